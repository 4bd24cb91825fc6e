#ifndef ACTIONS_ZIP_RECORD_H
#define ACTIONS_ZIP_RECORD_H

/*
 * The records of a ZIP file (PKWARE's APPNOTE), for zip_tree.c and unzip.c: their signatures, sizes
 * and flags, and numbers in the order of bytes that the format has.
 *
 *     local header · name · content · (descriptor)      per member
 *     central header · name · extra                     per member
 *     [end 64 · locator 64] · end
 */

#include <stdint.h>

struct buf;

#define ZIP_LOCAL_SIGNATURE      0x04034b50u
#define ZIP_DESCRIPTOR_SIGNATURE 0x08074b50u
#define ZIP_CENTRAL_SIGNATURE    0x02014b50u
#define ZIP_END64_SIGNATURE      0x06064b50u
#define ZIP_LOCATOR64_SIGNATURE  0x07064b50u
#define ZIP_END_SIGNATURE        0x06054b50u

#define ZIP_LOCAL_BYTES     30
#define ZIP_CENTRAL_BYTES   46
#define ZIP_END_BYTES       22
#define ZIP_END64_BYTES     56
#define ZIP_LOCATOR64_BYTES 20

#define ZIP_FLAG_ENCRYPTED  0x0001u
#define ZIP_FLAG_DESCRIPTOR 0x0008u
#define ZIP_FLAG_UTF8       0x0800u

#define ZIP_METHOD_STORED   0
#define ZIP_METHOD_DEFLATED 8

#define ZIP_EXTRA64 0x0001u
/* A number that stands in the extra of 64 bit numbers. */
#define ZIP_IN_EXTRA64    0xffffffffu
#define ZIP_IN_EXTRA64_16 0xffffu

void zip_put16(struct buf *out, uint64_t number);
void zip_put32(struct buf *out, uint64_t number);
void zip_put64(struct buf *out, uint64_t number);
uint16_t zip_get16(const char *bytes);
uint32_t zip_get32(const char *bytes);
uint64_t zip_get64(const char *bytes);

#endif

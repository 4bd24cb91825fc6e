#ifndef ACTIONS_FILE_HASH_H
#define ACTIONS_FILE_HASH_H

/*
 * SHA-256 (FIPS 180-4) of bytes that come in pieces, so that a client can tell that a file arrived
 * as it was sent. Written out here because a cryptographic library would cost start time in every
 * process for this one use. The struct is a plain value.
 */

#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

#define FILE_HASH_HEX_LEN 64

struct file_hash {
    uint32_t state[8];
    uint64_t total_bytes;
    unsigned char block[64];
};

struct file_hash_text {
    char text[FILE_HASH_HEX_LEN + 1];
};

void file_hash_init(struct file_hash *hash);
void file_hash_add(struct file_hash *hash, struct str bytes);
/* Ends it: lower-case hex digits. */
struct file_hash_text file_hash_finish(struct file_hash *hash);

#endif

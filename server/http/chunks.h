#ifndef HTTP_CHUNKS_H
#define HTTP_CHUNKS_H

/*
 * The chunked coding of bodies (RFC 9112 §7.1), read strictly: sizes in hexadecimal, every line
 * ends with CR LF, and a chunk is as long as it says. Extensions and trailers are skipped, but
 * bounded. libhttp-parser as Debian builds it takes any byte for the CR and LF around a chunk,
 * which a proxy in front may understand differently; therefore this file.
 *
 * Pure: a zeroed struct chunks is ready for the first byte.
 */

#include <stdint.h>

#include "server/base/str.h"

#define CHUNKS_MAX_LINE_BYTES    4096 /* a size with its extensions */
#define CHUNKS_MAX_TRAILER_BYTES 16384

struct chunks {
    int state; /* of chunks.c */
    uint64_t left;
    size_t line_bytes;
    size_t trailer_bytes;
};

enum chunks_outcome {
    CHUNKS_MORE,
    CHUNKS_PIECE, /* *ret_piece is data */
    CHUNKS_END,   /* what is left in *bytes belongs to the next message */
    CHUNKS_MALFORMED,
};

/* Takes bytes from the front of *bytes up to the end of the next piece of data. */
enum chunks_outcome chunks_next(struct chunks *chunks, struct str *bytes, struct str *ret_piece);

#endif

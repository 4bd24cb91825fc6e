#ifndef API_NATIVE_OUTPUT_PIECE_H
#define API_NATIVE_OUTPUT_PIECE_H

/*
 * A piece of an output that is read by offset, as the native routes answer it.
 *
 *   raw    the bytes, with the headers x-offset, x-next-offset, x-end
 *   json   {"offset", "next_offset", "end", "encoding": "utf-8" | "base64", "data"}
 *
 * `offset` is where it begins, `next` where to go on; `is_end`: nothing follows, now or later.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct http_request;
struct jsonw;

struct output_piece {
    struct buf bytes;
    uint64_t offset;
    uint64_t next;
    bool is_end;
};

void output_piece_reply(struct http_request *request, const struct output_piece *piece,
                        bool wants_json);
/* The members "encoding" and "data": text where the bytes are UTF-8, else base64. */
void output_piece_print_bytes(struct jsonw *w, struct str bytes);

#endif

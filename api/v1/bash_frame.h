#ifndef API_V1_BASH_FRAME_H
#define API_V1_BASH_FRAME_H

/*
 * What a client says on the socket of bash events, and how it is told that it was not understood
 * (contract v1-server §9.3): BashError with the code and the text that clients of the reference
 * know. The text goes back to the sender only, never to a log.
 */

#include <stdbool.h>

#include "api/v1/bash_request.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;
struct buf;

struct bash_frame_error {
    const char *code;   /* the name of the reference's exception */
    struct buf *detail; /* appended to */
};

/* Strings of the request are copied into the arena. */
bool bash_frame_read(struct str message, bool is_binary, struct arena *arena,
                     struct bash_request *ret_request, struct bash_frame_error *error) MUST_CHECK;

/* Appends a BashError as JSON. */
void bash_frame_write_error(struct buf *out, struct str code, struct str detail);

#endif

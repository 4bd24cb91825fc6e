#ifndef ACTIONS_COMMAND_INPUT_H
#define ACTIONS_COMMAND_INPUT_H

/*
 * The input of a running command: a pipe of its own, or its terminal, or nothing.
 *
 * All that is ever written has offsets, so writing the same piece again is harmless. What the
 * command has not read yet is bounded: COMMAND_MAX_STDIN_BYTES, then writing is refused (LIMIT).
 *
 * Owned by its command.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct pipe;

#define COMMAND_MAX_STDIN_BYTES ((size_t)8 << 20)

struct command_input {
    struct pipe *pipe; /* NULL: closed. A terminal's belongs to the command's output */
    bool is_terminal;
    bool is_ended; /* by the client */
    uint64_t written;
};

/* See command_write. */
bool command_input_write(struct command_input *input, uint64_t from, struct str bytes, bool is_end,
                         struct error *error) MUST_CHECK;
/* The command has ended. */
void command_input_close(struct command_input *input);

#endif

#include "actions/command_input.h"

#include "server/base/error.h"
#include "server/loop/pipe.h"

#define END_OF_INPUT STR("\x04") /* what a terminal takes for it */

/* The end is not given away by closing: a terminal stays open for output. */
static void end(struct command_input *input)
{
    if (input->is_terminal) {
        pipe_write(input->pipe, END_OF_INPUT);
        return;
    }
    input->is_ended = true;
    pipe_write_end(input->pipe);
}

bool command_input_write(struct command_input *input, uint64_t from, struct str bytes, bool is_end,
                         struct error *error)
{
    if (from > input->written)
        return error_set(error, ERROR_CONFLICT, "offset %llu is beyond the %llu bytes written",
                         (unsigned long long)from, (unsigned long long)input->written);
    const uint64_t known = input->written - from;
    bytes = str_skip(bytes, known < bytes.len ? (size_t)known : bytes.len);
    is_end = is_end && !input->is_ended;
    if (bytes.len == 0 && !is_end)
        return true;
    if (input->pipe == NULL || input->is_ended)
        return error_set(error, ERROR_CONFLICT, "the command's input is closed");
    if (bytes.len > 0 && pipe_pending_bytes(input->pipe) + bytes.len > COMMAND_MAX_STDIN_BYTES)
        return error_set(error, ERROR_LIMIT, "the command does not read its input fast enough");
    pipe_write(input->pipe, bytes);
    input->written += bytes.len;
    if (is_end)
        end(input);
    return true;
}

void command_input_close(struct command_input *input)
{
    if (!input->is_terminal)
        pipe_close(input->pipe);
    input->pipe = NULL;
}

#ifndef API_NATIVE_TERMINAL_RUN_H
#define API_NATIVE_TERMINAL_RUN_H

/*
 * Running a text in a terminal's shell and waiting for its end.
 *
 *   POST …/run                  hands the text over; answers at its end, or when `timeout` is over:
 *                               it runs on then, and "state" says so
 *   GET  …/commands             the last commands, oldest first, without their output
 *   GET  …/commands/{number}    one of the last commands; with ?timeout= it waits for the end
 *
 * The answer is the command (api/native/terminal_print.h) and its output so far:
 *
 *   output                  as a person would read it: no escapes, no progress bars drawn over
 *   output_from, output_to  where these bytes lie in the log
 *   output_cut_bytes        at the beginning of the output that are not in the answer
 *   output_cut_lines        the same for lines of the rendered text
 *   raw                     {"encoding", "data"}: the bytes themselves, or null
 */

struct http_request;
struct schema;

extern const struct schema terminal_run_schema;
extern const struct schema terminal_command_schema;

void terminal_run_post(struct http_request *request, void *context);
void terminal_commands_get(struct http_request *request, void *context);
void terminal_command_get(struct http_request *request, void *context);

#endif

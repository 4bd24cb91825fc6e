#ifndef API_NATIVE_TERMINAL_OUTPUT_H
#define API_NATIVE_TERMINAL_OUTPUT_H

/*
 * GET /api/native/terminals/{id}/output: what a terminal has printed, from an offset on, as the
 * output of a command is read (api/native/command_reader.h).
 *
 *   from     offset of the first byte wanted
 *   limit    the most bytes to return
 *   wait     seconds to wait for the first new byte, when there is none yet
 *   format   raw or json; see api/native/output_piece.h
 */

struct http_request;
struct schema;

extern const struct schema terminal_output_schema;

void terminal_output_get(struct http_request *request, void *context);

#endif

#ifndef API_NATIVE_COMMAND_READER_H
#define API_NATIVE_COMMAND_READER_H

/*
 * GET /api/native/commands/{id}/output: the bytes of a command's output from an offset on, while it
 * runs and afterwards.
 *
 *   stream   all (in the order of arrival) · stdout · stderr
 *   from     offset of the first byte wanted
 *   limit    the most bytes to return
 *   wait     seconds to wait for the first new byte, when there is none yet
 *   format   raw: the bytes, with the headers x-offset, x-next-offset, x-end
 *            json: {"offset", "next_offset", "end", "encoding": "utf-8" | "base64", "data"}
 *
 * `offset` is larger than `from` when what lay between has been dropped. `end` is true when nothing
 * follows any more, now or later.
 */

struct http_request;
struct schema;

extern const struct schema command_reader_schema;

void command_reader_get(struct http_request *request, void *context);

#endif

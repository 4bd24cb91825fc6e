#ifndef API_NATIVE_TERMINAL_STREAM_H
#define API_NATIVE_TERMINAL_STREAM_H

/*
 * GET /api/native/terminals/{id}/stream: a terminal as server-sent events. `id:` is the offset
 * behind what was shown, so a client that comes back with Last-Event-ID goes on where it was.
 *
 *   terminal   first: {"who", "terminal": the description}
 *   screen     {"cols", "rows", "encoding", "data"}: bytes for an empty terminal of that size
 *   output     {"next_offset", "encoding", "data"}
 *   gap        {"from", "to"}: dropped before it could be shown
 *   resize, driver, state, command    what has happened
 *   end        {"reason": "ended" | "closed"}
 *
 * Each is an object with "type" and "offset". `encoding` is "utf-8" (repaired, characters whole)
 * or, by ?encoding=base64, exact.
 */

struct http_request;
struct schema;

extern const struct schema terminal_stream_schema;

void terminal_stream_get(struct http_request *request, void *context);

#endif

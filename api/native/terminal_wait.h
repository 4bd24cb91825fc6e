#ifndef API_NATIVE_TERMINAL_WAIT_H
#define API_NATIVE_TERMINAL_WAIT_H

/*
 * POST /api/native/terminals/{id}/wait: answers when something shows in a terminal. Nothing is
 * polled: each arrival of bytes is looked at once.
 *
 *   "pattern"   a regular expression (Perl's syntax), or "text": a text as it is
 *   "on"        "output": the bytes from offset `from` on (null: what comes from now on), escape
 *               sequences included; "screen": what the screen shows, now or later, lines ending
 *               in \n
 *   "quiet_ms"  instead of both: nothing was printed for so long
 *   "timeout"   seconds
 *
 * The answer: {"outcome": "matched" | "quiet" | "timeout" | "ended", "match", "from", "to",
 * "next_offset"}: `from` and `to` are offsets in the output, null for the screen and for quiet.
 * "ended": the program has ended and nothing will come. A match in the output is found when it has
 * at most TERMINAL_WAIT_OVERLAP bytes, or arrives at once.
 */

struct http_request;
struct schema;

#define TERMINAL_WAIT_OVERLAP 4096

extern const struct schema terminal_wait_schema;

void terminal_wait_post(struct http_request *request, void *context);

#endif

#ifndef API_NATIVE_TERMINAL_VIEWER_H
#define API_NATIVE_TERMINAL_VIEWER_H

/*
 * What both live views of a terminal, the stream and the socket, let a client say and tell it
 * first.
 *
 *   client   its name, for the list of watchers and for driving
 *   from     the offset to begin with; null: what comes from now on
 *   replay   true: without `from`, and after a gap, begin with the screen as it is
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/schema.h"
#include "server/base/str.h"

struct buf;
struct terminal;

/* What may wait for one client's connection. */
#define TERMINAL_VIEWER_PENDING_BYTES ((size_t)128 << 10)

struct terminal_viewer_query {
    struct str client;
    struct schema_int from;
    struct schema_bool replay;
};

/* Fields of a table; `type` has a `struct terminal_viewer_query viewer`. */
#define TERMINAL_VIEWER_FIELDS(type, standard_replay)                                              \
    {.name = "client",                                                                             \
     .kind = SCHEMA_STRING,                                                                        \
     .offset = offsetof(type, viewer.client),                                                      \
     .is_nullable = true,                                                                          \
     .max_bytes = TERMINAL_WHO_BYTES - 1,                                                          \
     .help = "The client's name; without one it is viewer-1, viewer-2 …"},                         \
        {.name = "from",                                                                           \
         .kind = SCHEMA_INT,                                                                       \
         .offset = offsetof(type, viewer.from),                                                    \
         .is_nullable = true,                                                                      \
         .has_min = true,                                                                          \
         .min = 0,                                                                                 \
         .help = "The offset of the output to begin with"},                                        \
    {                                                                                              \
        .name = "replay", .kind = SCHEMA_BOOL, .offset = offsetof(type, viewer.replay),            \
        .default_json = (standard_replay),                                                         \
        .help = "Begin with the screen as it is, where there is no `from` and after a gap"         \
    }

/* Messages that both send, as JSON objects. */
void terminal_viewer_greet(const struct terminal *terminal, const char *who, uint64_t offset,
                           struct buf *out);
void terminal_viewer_gap(uint64_t from, uint64_t to, struct buf *out);
void terminal_viewer_end(uint64_t offset, struct str reason, struct buf *out);

#endif

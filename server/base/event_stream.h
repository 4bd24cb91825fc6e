#ifndef BASE_EVENT_STREAM_H
#define BASE_EVENT_STREAM_H

/*
 * Server-sent events as they arrive, cut anywhere: gives each event whole. Lines end in \n, \r or
 * \r\n; comments and unknown fields are passed over, several data lines are joined by \n, an event
 * without data is none (the rules of the HTML standard). The last id that was sent stays, for who
 * wants to go on behind it with another stream.
 *
 * Embedded in whoever reads them. Limit: EVENT_STREAM_MAX_BYTES for one event.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

#define EVENT_STREAM_MAX_BYTES ((size_t)16 << 20)

/* `name` is that of the field "event", or empty. False stops the feeding. */
typedef bool (*event_stream_fn)(void *owner, struct str name, struct str data);

struct event_stream {
    struct buf line;
    struct buf data;
    struct buf name;
    struct buf last_id;
    bool has_data;
    bool was_cr; /* a \n that follows belongs to it */
    event_stream_fn on_event;
    void *owner;
};

void event_stream_init(struct event_stream *stream, event_stream_fn on_event, void *owner);
void event_stream_fini(struct event_stream *stream);
/* False: on_event stopped it, or an event is too large (event_stream_is_too_large). */
bool event_stream_feed(struct event_stream *stream, struct str bytes) MUST_CHECK;
bool event_stream_is_too_large(const struct event_stream *stream);

#endif

#ifndef AGENT_EVENT_INDEX_H
#define AGENT_EVENT_INDEX_H

/*
 * One small record for each event of a conversation, in a file beside the events: what searches
 * and walks need to know without opening the events themselves. The file is mapped, so that a long
 * history costs no memory of ours and looking at 100,000 records takes a fraction of a millisecond.
 *
 *     events/.actiond-index     header · record · record · …     (number n of the log is record n)
 *
 * It is a cache: event_log.h checks it against the events when it opens and has it written anew
 * when it is missing, damaged or behind. Names that start with a dot are not events to the
 * reference. Owned by the event log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event.h"
#include "server/base/attributes.h"
#include "server/base/id.h"

struct error;
struct event_index;

#define EVENT_INDEX_NAME ".actiond-index"

/* Of `parent`: none, or the marker for the root of the tree. */
#define EVENT_NO_PARENT   UINT32_MAX
#define EVENT_ROOT_PARENT (UINT32_MAX - 1)

struct event_record {
    struct id id;
    int64_t naive_us; /* the timestamp's digits read as if they were UTC */
    uint32_t size;    /* of the event's text */
    uint32_t parent;  /* number of the parent in the log */
    uint8_t kind;     /* enum event_kind */
    uint8_t source;   /* enum event_source */
    uint8_t is_unreadable;
    uint8_t padding[5];
};

/* In the folder; with a file that does not fit, the index is empty. */
bool event_index_open(const char *directory, struct event_index **ret_index,
                      struct error *error) MUST_CHECK;
void event_index_close(struct event_index *index);

size_t event_index_count(const struct event_index *index);
const struct event_record *event_index_at(const struct event_index *index, size_t number);
bool event_index_add(struct event_index *index, const struct event_record *record,
                     struct error *error) MUST_CHECK;
/* Keeps the first `count` records. */
bool event_index_truncate(struct event_index *index, size_t count, struct error *error) MUST_CHECK;
/* Number of the event, looked for from the newest on; SIZE_MAX when it is not there. */
size_t event_index_find(const struct event_index *index, struct id id);

#endif

#ifndef AGENT_EVENT_LOG_H
#define AGENT_EVENT_LOG_H

/*
 * The append-only log of a conversation's events, in the files of the reference (contract
 * v1-conversations §7): a log that Python has written is continued here, and the other way round.
 *
 *     events/event-00000-<id>.json …         one event each, numbered without a gap
 *     events/.eventlog-len-<count>.marker    the count that other writers may trust
 *     events/.actiond-index                  event_index.h
 *
 * An event is in place, whole, before append returns; readers address it by number (the sequence
 * number of sockets and streams) and are cursors of their own. A full disk is an error of append
 * and changes nothing. Opening reads no event when the index is up to date; else it reads those
 * that the index lacks, which blocks: call it from a worker job. All else is small.
 *
 * Owned by a conversation; one writer at a time, which the lease sees to.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct error;
struct event_log;
struct event_record;

#define EVENT_MAX_BYTES ((size_t)64 << 20) /* of one event's text */

/* Makes the folder when there is none. */
bool event_log_open(const char *directory, struct event_log **ret_log,
                    struct error *error) MUST_CHECK;
void event_log_close(struct event_log *log);

/* The number of events, which is the number of the next one. */
size_t event_log_count(const struct event_log *log);

/* `parent`: EVENT_NO_PARENT, EVENT_ROOT_PARENT or the number of an event. The text of the event as
 * it was stored is appended to `out`, which may be NULL. Times grow by a microsecond at least. */
bool event_log_append(struct event_log *log, const struct event_draft *draft, uint32_t parent,
                      struct buf *out, size_t *ret_number, struct error *error) MUST_CHECK;
/* Stores the text of an event as it is: a copy of another conversation's. */
bool event_log_append_copy(struct event_log *log, struct str text, struct error *error) MUST_CHECK;

const struct event_record *event_log_record(const struct event_log *log, size_t number);
/* Appends the text. False: the file is gone or unreadable. */
bool event_log_read(const struct event_log *log, size_t number, struct buf *out) MUST_CHECK;
/* The same without a log, from any thread: `directory` is the one that was opened. */
bool event_log_read_file(const char *directory, size_t number, struct id id,
                         struct buf *out) MUST_CHECK;
/* SIZE_MAX: no such event. */
size_t event_log_find(const struct event_log *log, struct str id);

#endif

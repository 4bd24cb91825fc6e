#ifndef AGENT_RUNNER_LOG_H
#define AGENT_RUNNER_LOG_H

/*
 * How a runner writes events and reads them again: what it appends is on disk, told to everybody
 * and seen by the model; what is blocked stands in the state until it is dealt with.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event.h"
#include "agent/state.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct doc;
struct error;
struct runner;

struct runner_event {
    enum event_kind kind;
    enum event_source source;
    struct id id; /* nil: a new one */
    struct str members;
    bool has_parent; /* else it stands behind HEAD */
    uint32_t parent;
};
/* On disk, told, and seen by the model. */
bool runner_append(struct runner *runner, const struct runner_event *event, size_t *ret_number,
                   struct error *error) MUST_CHECK;
/* STATE_BLOCKED_ACTIONS or _MESSAGES: id → reason. STR_NULL takes it out. */
bool runner_set_blocked(struct runner *runner, enum state_field field, struct id id,
                        struct str reason, struct error *error) MUST_CHECK;
/* False: it is not blocked. */
bool runner_is_blocked(const struct runner *runner, enum state_field field, struct id id,
                       struct buf *reason) MUST_CHECK;
/* The text of an event that is stored, parsed; NULL: unreadable. To be freed. */
struct doc *runner_event(const struct runner *runner, size_t number);
/* Actions that nothing has answered yet, oldest first; free it. */
size_t *runner_pending(const struct runner *runner, size_t *ret_count);
/* `Tool 'x' not found. Available: [...]` */
void runner_write_unknown_tool(const struct runner *runner, struct str name, struct buf *out);
/* A message of the environment's to the model. */
bool runner_notice(struct runner *runner, struct str text, struct error *error) MUST_CHECK;
/* Appends a ConversationErrorEvent; best effort. */
void runner_report(struct runner *runner, struct str code, struct str detail);

#endif

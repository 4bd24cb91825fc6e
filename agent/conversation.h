#ifndef AGENT_CONVERSATION_H
#define AGENT_CONVERSATION_H

/*
 * One open conversation: its events, its state and who listens. The only writer of both.
 *
 *     registry ──< conversation ── event_log · state · meta · lease · secret_mask
 *                       └──< listeners (sockets, streams, webhooks, waits): cursors on the log
 *
 * An event is on disk when append returns. At the end of the turn of the loop the state is written,
 * once for all changes, and then the listeners are told, so that nobody hears of what is not kept.
 * What is not stored (full_state, pieces of a streamed answer) is told in the same order.
 *
 * Opened and closed by the registry. Whoever works with it over several turns holds it; it closes
 * when the last lets go. Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/conversation_change.h"
#include "agent/conversation_listener.h"
#include "agent/event.h"
#include "agent/event_form.h"
#include "agent/state.h"
#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct conversation;
struct error;
struct event_log;
struct meta;
struct runner;
struct secret_mask;

struct id conversation_id(const struct conversation *conversation);
const char *conversation_directory(const struct conversation *conversation);
const char *conversation_working_dir(const struct conversation *conversation);
const struct event_log *conversation_log(const struct conversation *conversation);
/* To read; changes go through the functions below. */
const struct state *conversation_state(const struct conversation *conversation);
const struct meta *conversation_meta(const struct conversation *conversation);
struct secret_mask *conversation_mask(struct conversation *conversation);
/* For look-ups and commands; conversation_secrets_changed tells when names were added. */
struct secrets *conversation_secrets(struct conversation *conversation);
struct stats *conversation_stats(struct conversation *conversation);
enum event_level conversation_level(const struct conversation *conversation);
/* The number of events that it was opened with: those behind them are of this server's life. */
size_t conversation_opened_count(const struct conversation *conversation);

/* Keeps it in memory, also beyond its close; released as often as held. */
void conversation_hold(struct conversation *conversation);
void conversation_release(struct conversation *conversation);
/* It closes as soon as nobody holds it; until then events can be added still. */
bool conversation_is_closing(const struct conversation *conversation);
/* It closes for good, or with the server; not because it was idle or is another server's. */
bool conversation_ends_session(const struct conversation *conversation);
/* What runs it: set by the runner itself, not owned here. `on_close` comes when the conversation
 * closes, before the listeners are told; it may hold the conversation until its work has ended. */
struct runner *conversation_runner(const struct conversation *conversation);
void conversation_set_runner(struct conversation *conversation, struct runner *runner,
                             void (*on_close)(struct runner *runner));

/* --- events --- */

/* Behind HEAD, which moves to it (but for state updates). ERROR_GONE: another server has taken the
 * conversation over; ERROR_NO_SPACE: nothing was changed. */
bool conversation_append(struct conversation *conversation, const struct event_draft *draft,
                         size_t *ret_number, struct error *error) MUST_CHECK;
/* Behind another event (a number, EVENT_NO_PARENT, EVENT_ROOT_PARENT). */
bool conversation_append_behind(struct conversation *conversation, const struct event_draft *draft,
                                uint32_t parent, size_t *ret_number,
                                struct error *error) MUST_CHECK;
/* A state update of a key that is no field: "stats", "goal". */
bool conversation_append_update(struct conversation *conversation, const char *key,
                                struct str value_json, struct error *error) MUST_CHECK;

/* What the next event gets as its parent: EVENT_NO_PARENT and EVENT_ROOT_PARENT are none. */
uint32_t conversation_head(const struct conversation *conversation);
/* Numbers of the events from the root to HEAD, oldest first, without state updates; free it. */
size_t *conversation_branch(const struct conversation *conversation, size_t *ret_count);
/* The same to another event. */
size_t *conversation_branch_to(const struct conversation *conversation, uint32_t last,
                               size_t *ret_count);
/* HEAD moves to the event, or before the first one when `event_id` is not set. ERROR_NOT_FOUND. */
bool conversation_navigate(struct conversation *conversation, struct str event_id,
                           struct error *error) MUST_CHECK;

/* --- the event full_state, which is told but not stored --- */

/* Appends the event of now. */
void conversation_print_full_state(struct conversation *conversation, struct buf *out);
void conversation_publish_full_state(struct conversation *conversation);

#endif

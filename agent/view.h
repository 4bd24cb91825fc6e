#ifndef AGENT_VIEW_H
#define AGENT_VIEW_H

/*
 * What the model sees of a conversation (contract v1-conversations §5.3): the active branch without
 * what was forgotten, each message rendered once into the bytes of every later request.
 *
 *     events of the branch ──view_add──> items ──> fragments, handed out by view_fragments
 *
 * An item is one event that the model sees: its number in the log and a few facts, no text. The
 * actions of one answer share one message, rendered when a request wants it or something else is
 * said. Results follow the calls that they answer; a call without its result, and a result without
 * its call, are never sent. Texts of events are dropped once rendered.
 *
 * A conversation owns one view of its active branch and feeds it every event of the branch in
 * order. Another branch, another model: a new view. view_load builds one from a whole branch and
 * blocks, so it runs in a worker job on a view that nobody else knows yet; all else is quick and
 * belongs to the loop thread. `config` and what it holds outlive the view.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/event.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct llm_config;
struct llm_fragment;
struct stuck;
struct view;

/* One event that the model sees. Keys stand for texts: equal texts have equal keys. */
struct view_item {
    size_t number;        /* in the log; of a summary: of the condensation that made it */
    struct id id;         /* likewise */
    enum event_kind kind; /* EVENT_CONDENSATION_SUMMARY for a summary */
    enum event_source source;
    struct id call;     /* key of the tool call; nil: none */
    struct id response; /* key of the model's response; of actions only */
    uint32_t bytes;     /* of the event's text */
    bool has_thinking;  /* an action with thinking blocks */
    bool has_image;
    bool is_executable;           /* an action that has a payload */
    struct view_message *message; /* the view's own; actions of one answer share it */
};

/* `save_dir`: where results go that are too long for the model; unset: nowhere. Copied. */
struct view *view_new(const struct llm_config *config, struct str save_dir);
void view_free(struct view *view); /* NULL is fine */

/* The stored text of the branch's next event. Text that is no event is passed over. */
void view_add(struct view *view, size_t number, struct str text);

/* A whole branch, from its root on. */
struct view_branch {
    const struct view_branch_event *events;
    size_t count;
    /* Appends the text of an event; false: unreadable, it is passed over. Called only for events
     * that the model still sees. */
    bool (*read)(void *owner, const struct view_branch_event *event, struct buf *out);
    void *owner;
};
struct view_branch_event {
    size_t number;
    struct id id;
    enum event_kind kind;
    enum event_source source;
};
/* For an empty view. */
void view_load(struct view *view, const struct view_branch *branch);

/* The messages of the next request in order, valid until the view changes. */
size_t view_fragments(struct view *view, const struct llm_fragment *const **ret_fragments);
/* What the model sees, event by event; valid until the view changes. */
const struct view_item *view_items(const struct view *view, size_t *ret_count);

/* Numbers of executable actions that nothing has answered yet, oldest first. */
const size_t *view_unmatched(const struct view *view, size_t *ret_count);
/* The newest message from the user: its number in the log (SIZE_MAX: none) and id, which may be
 * NULL. */
size_t view_last_user_message(const struct view *view, struct id *ret_id);
/* An image is among what the model would see. */
bool view_has_image(const struct view *view);
/* A CondensationRequest that no Condensation has answered. */
bool view_wants_condensation(const struct view *view);
struct stuck *view_stuck(struct view *view);

/* For models that call tools in their text (prompt_calls.h): what is added behind the system
 * prompt and around the first message of the user. Copied; only without native calls. */
struct view_prompt_calls {
    struct str system_suffix;
    struct str first_prefix;
    struct str first_suffix;
};
void view_set_prompt_calls(struct view *view, const struct view_prompt_calls *texts);

#endif

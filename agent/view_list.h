#ifndef AGENT_VIEW_LIST_H
#define AGENT_VIEW_LIST_H

/*
 * The list behind a view: items in the order of their events, and the messages that they belong to.
 *
 *     item ─┐
 *     item ─┴─> message (the calls of one answer) <─ answers ─ message (a result) <─ item
 *
 * A message lives as long as some item of it is left. Calls that wait for their results are found
 * by their key. What may be sent is decided when it is asked for: a message of calls goes with all
 * its results behind it, or not at all.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/llm/message.h"
#include "agent/view.h"
#include "server/base/map.h"

struct doc;

struct view_message {
    struct llm_fragment fragment;
    bool is_broken;    /* a call of it is forgotten */
    bool is_listed;    /* among those to be sent, while these are listed */
    size_t item_count; /* that are left */
    /* of calls: */
    struct id response;
    struct doc **docs; /* until it is rendered */
    size_t call_count; /* with the forgotten ones */
    size_t result_count;
    /* of a result: */
    bool is_result;
    struct view_message *answers; /* NULL: the call is not there */
};

struct view_list {
    struct view_item *items;
    size_t count;
    size_t capacity;
    struct map open_calls; /* key of a call -> its struct view_message */
};

void view_list_fini(struct view_list *list);

/* Takes the item; its message may be NULL for an event that will not be sent. A result finds its
 * call, an action opens one. */
void view_list_add(struct view_list *list, const struct view_item *item);
/* Beyond the end: at the end. */
void view_list_insert(struct view_list *list, size_t at, const struct view_item *item);
/* Drops all items for which `is_gone` holds. */
void view_list_remove(struct view_list *list,
                      bool (*is_gone)(void *owner, const struct view_item *item), void *owner);
/* Appends the messages that may be sent, in the order of sending; room for `count` is enough. */
size_t view_list_messages(const struct view_list *list, struct view_message **messages);
/* Keeps a parsed event with its message until that is rendered; takes it. */
void view_message_keep(struct view_message *message, struct doc *doc);
void view_message_drop_docs(struct view_message *message);
/* Gives back the room that rendering has taken too much: a message stays for long. */
void view_message_fit(struct view_message *message);

#endif

#include "agent/conversation_listener.h"

#include <stdlib.h>

#include "agent/conversation_parts.h"
#include "agent/event_log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

/* Something that is not stored; its texts are heap memory. */
struct notice {
    struct conversation_piece piece;
    struct str event; /* not set: it is a piece */
    size_t count;     /* of the events before it */
};

static struct str copy(struct str text)
{
    return str_is_set(text) ? str_span(mem_strndup(text.data, text.len), text.len) : STR_NULL;
}

static void drop(struct str text)
{
    free((char *)(uintptr_t)text.data);
}

static void notice_fini(struct notice *notice)
{
    drop(notice->event);
    drop(notice->piece.content);
    drop(notice->piece.raw);
    drop(notice->piece.chunk_id);
}

void conversation_listen(struct conversation *conversation, struct conversation_listener *listener)
{
    assert(!list_is_linked(&listener->link) && !conversation->is_closing);
    list_append(&conversation->listeners, &listener->link);
    conversation->last_use_ms = loop_now_ms(conversation->options.loop);
}

void conversation_unlisten(struct conversation *conversation,
                           struct conversation_listener *listener)
{
    if (!list_is_linked(&listener->link))
        return;
    if (conversation->next_listener == &listener->link)
        conversation->next_listener = list_next(&conversation->listeners, &listener->link);
    list_remove(&listener->link);
    conversation->last_use_ms = loop_now_ms(conversation->options.loop);
}

size_t conversation_listener_count(const struct conversation *conversation)
{
    size_t count = 0;
    const struct list *link = list_first(&conversation->listeners);
    for (; link != NULL; link = list_next(&conversation->listeners, link))
        count++;
    return count;
}

uint64_t conversation_last_use(const struct conversation *conversation)
{
    return conversation->last_use_ms;
}

/* --- publishing --- */

static struct notice *add_notice(struct conversation *conversation)
{
    if (conversation->notice_count == conversation->notice_capacity) {
        conversation->notice_capacity = conversation->notice_capacity * 2 + 4;
        conversation->notices = mem_resize(conversation->notices,
                                           conversation->notice_capacity * sizeof(struct notice));
    }
    struct notice *notice = &conversation->notices[conversation->notice_count++];
    *notice = (struct notice){.count = event_log_count(conversation->files.log)};
    conversation_touch(conversation);
    return notice;
}

/* Nobody listens: nothing is kept. */
void conversation_publish(struct conversation *conversation, struct str event)
{
    if (!list_is_empty(&conversation->listeners))
        add_notice(conversation)->event = copy(event);
}

void conversation_publish_piece(struct conversation *conversation,
                                const struct conversation_piece *piece)
{
    if (list_is_empty(&conversation->listeners))
        return;
    struct notice *notice = add_notice(conversation);
    notice->piece = *piece;
    notice->piece.content = copy(piece->content);
    notice->piece.raw = copy(piece->raw);
    notice->piece.chunk_id = copy(piece->chunk_id);
}

/* --- telling --- */

/* Listeners may go while they are told, also others than the one that is. */
static struct conversation_listener *next_listener(struct conversation *conversation)
{
    struct list *link = conversation->next_listener;
    if (link == NULL)
        return NULL;
    conversation->next_listener = list_next(&conversation->listeners, link);
    return container_of(link, struct conversation_listener, link);
}

static void tell_grown(struct conversation *conversation)
{
    struct conversation_listener *listener;
    conversation->next_listener = list_first(&conversation->listeners);
    while ((listener = next_listener(conversation)) != NULL)
        if (listener->on_grown != NULL)
            listener->on_grown(listener->owner);
}

static void tell_renamed(struct conversation *conversation)
{
    struct conversation_listener *listener;
    conversation->next_listener = list_first(&conversation->listeners);
    while ((listener = next_listener(conversation)) != NULL)
        if (listener->on_renamed != NULL)
            listener->on_renamed(listener->owner);
}

static void tell_notice(struct conversation *conversation, const struct notice *notice)
{
    struct conversation_listener *listener;
    conversation->next_listener = list_first(&conversation->listeners);
    while ((listener = next_listener(conversation)) != NULL) {
        if (str_is_set(notice->event) && listener->on_transient != NULL)
            listener->on_transient(listener->owner, notice->event, notice->count);
        else if (!str_is_set(notice->event) && listener->on_piece != NULL)
            listener->on_piece(listener->owner, &notice->piece, notice->count);
    }
}

/* What comes up meanwhile is told in the next turn. */
void conversation_tell(struct conversation *conversation)
{
    struct notice *notices = take_pointer(&conversation->notices);
    const size_t count = conversation->notice_count;
    conversation->notice_count = 0;
    conversation->notice_capacity = 0;
    const bool has_grown = conversation->has_grown;
    const bool is_renamed = conversation->is_renamed;
    conversation->has_grown = false;
    conversation->is_renamed = false;
    for (size_t i = 0; i < count; i++) {
        tell_notice(conversation, &notices[i]);
        notice_fini(&notices[i]);
    }
    free(notices);
    if (has_grown)
        tell_grown(conversation);
    if (is_renamed)
        tell_renamed(conversation);
}

void conversation_tell_closed(struct conversation *conversation)
{
    struct list *link;
    while ((link = list_first(&conversation->listeners)) != NULL) {
        struct conversation_listener *listener =
            container_of(link, struct conversation_listener, link);
        list_remove(link);
        if (listener->on_closed != NULL)
            listener->on_closed(listener->owner, conversation->close == CLOSE_DELETED);
    }
}

void conversation_drop_notices(struct conversation *conversation)
{
    for (size_t i = 0; i < conversation->notice_count; i++)
        notice_fini(&conversation->notices[i]);
    free(take_pointer(&conversation->notices));
    conversation->notice_count = 0;
}

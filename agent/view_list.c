#include "agent/view_list.h"

#include <stdlib.h>

#include "server/base/json.h"
#include "server/base/mem.h"

/* --- messages --- */

void view_message_keep(struct view_message *message, struct doc *doc)
{
    message->docs = mem_resize(message->docs, (message->call_count + 1) * sizeof(struct doc *));
    message->docs[message->call_count++] = doc;
}

void view_message_drop_docs(struct view_message *message)
{
    for (size_t i = 0; message->docs != NULL && i < message->call_count; i++)
        doc_free(message->docs[i]);
    free(message->docs);
    message->docs = NULL;
}

void view_message_fit(struct view_message *message)
{
    struct buf *json = &message->fragment.json;
    if (json->data == NULL || json->capacity == json->len + 1)
        return;
    json->capacity = json->len + 1;
    json->data = mem_resize(json->data, json->capacity);
}

static void message_free(struct view_message *message)
{
    view_message_drop_docs(message);
    llm_fragment_fini(&message->fragment);
    free(message);
}

static bool has_calls(const struct view_message *message)
{
    return message != NULL && message->call_count > 0;
}

/* --- items --- */

void view_list_fini(struct view_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct view_message *message = list->items[i].message;
        if (message != NULL && --message->item_count == 0)
            message_free(message);
    }
    free(list->items);
    map_fini(&list->open_calls);
    *list = (struct view_list){0};
}

void view_list_insert(struct view_list *list, size_t at, const struct view_item *item)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->items = mem_resize(list->items, list->capacity * sizeof(*list->items));
    }
    if (at > list->count)
        at = list->count;
    memmove(&list->items[at + 1], &list->items[at], (list->count - at) * sizeof(*list->items));
    list->items[at] = *item;
    list->count++;
    if (item->message != NULL)
        item->message->item_count++;
}

static void answer_call(struct view_list *list, const struct view_item *item)
{
    struct view_message *calls = map_find(&list->open_calls, item->call);
    if (calls == NULL)
        return;
    item->message->answers = calls;
    calls->result_count++;
    map_remove(&list->open_calls, item->call);
}

void view_list_add(struct view_list *list, const struct view_item *item)
{
    view_list_insert(list, list->count, item);
    if (item->message == NULL)
        return;
    if (has_calls(item->message))
        map_set(&list->open_calls, item->call, item->message);
    else if (item->message->is_result)
        answer_call(list, item);
}

/* --- forgetting --- */

typedef bool (*is_gone_fn)(void *owner, const struct view_item *item);

/* The item is about to go: what others know of it is undone. */
static void detach(struct view_list *list, const struct view_item *item)
{
    struct view_message *message = item->message;
    if (message->answers != NULL) {
        message->answers->result_count--;
        message->answers = NULL;
    }
    if (!has_calls(message))
        return;
    message->is_broken = true;
    if (map_find(&list->open_calls, item->call) == message)
        map_remove(&list->open_calls, item->call);
}

/* Results of calls that will never be sent lose sight of them, before these are freed. */
static void orphan_results(const struct view_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct view_message *message = list->items[i].message;
        if (message != NULL && message->answers != NULL && message->answers->is_broken)
            message->answers = NULL;
    }
}

/* Keeps the items that are not gone and frees the messages of which none is left. */
static void compact(struct view_list *list, const bool *gone)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct view_message *message = list->items[i].message;
        if (!gone[i])
            list->items[kept++] = list->items[i];
        else if (message != NULL && --message->item_count == 0)
            message_free(message);
    }
    list->count = kept;
}

void view_list_remove(struct view_list *list, is_gone_fn is_gone, void *owner)
{
    scoped_free bool *gone = mem_zero(list->count + 1, sizeof(*gone));
    for (size_t i = 0; i < list->count; i++) {
        gone[i] = is_gone(owner, &list->items[i]);
        if (gone[i] && list->items[i].message != NULL)
            detach(list, &list->items[i]);
    }
    orphan_results(list);
    compact(list, gone);
}

/* --- sending --- */

/* The results stand behind their calls, mostly at once. */
static size_t append_results(const struct view_list *list, size_t from,
                             const struct view_message *calls, struct view_message **messages)
{
    size_t count = 0;
    for (size_t i = from; i < list->count && count < calls->result_count; i++)
        if (list->items[i].message != NULL && list->items[i].message->answers == calls)
            messages[count++] = list->items[i].message;
    return count;
}

static bool may_be_sent(const struct view_message *message)
{
    return message != NULL && !message->is_result && !message->is_listed && !message->is_broken &&
           message->result_count == message->call_count;
}

size_t view_list_messages(const struct view_list *list, struct view_message **messages)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].message != NULL)
            list->items[i].message->is_listed = false;
    for (size_t i = 0; i < list->count; i++) {
        struct view_message *message = list->items[i].message;
        if (!may_be_sent(message))
            continue;
        message->is_listed = true;
        messages[count++] = message;
        if (has_calls(message))
            count += append_results(list, i, message, &messages[count]);
    }
    return count;
}

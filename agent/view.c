#include "agent/view.h"

#include <stdlib.h>

#include "agent/llm/config.h"
#include "agent/llm/message.h"
#include "agent/stuck.h"
#include "agent/view_forgotten.h"
#include "agent/view_key.h"
#include "agent/view_list.h"
#include "agent/view_render.h"
#include "agent/view_waiting.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"

/*
 * view_list.h keeps items and messages; here events become such. A message of calls is rendered
 * when the last of its calls is known, which is when something else is said or a request is due.
 * Of a whole branch the condensations are read first: what they forget is not read at all, but has
 * an item until its condensation comes by, because offsets of summaries count these.
 */

struct view {
    const struct llm_config *config;
    struct view_list list;
    struct view_message *calls; /* not rendered yet; NULL: none */
    struct llm_fragment const **fragments;
    size_t fragment_count;
    bool is_fresh; /* fragments are those of the list */
    size_t image_count;
    struct view_waiting waiting;
    size_t user_number;
    struct id user_id;
    bool wants_condensation;
    struct stuck stuck;
    /* Without native calls: */
    struct buf system_suffix;
    struct buf first_prefix;
    struct buf first_suffix;
    struct buf save_dir;
    struct doc *system_doc; /* of the two messages that the texts above belong to */
    struct doc *first_doc;
    struct view_message *system_message;
    struct view_message *first_message;
};

struct view *view_new(const struct llm_config *config, struct str save_dir)
{
    struct view *view = mem_zero(1, sizeof(*view));
    view->config = config;
    buf_append(&view->save_dir, save_dir);
    view->user_number = SIZE_MAX;
    return view;
}

void view_free(struct view *view)
{
    if (view == NULL)
        return;
    view_list_fini(&view->list);
    stuck_fini(&view->stuck);
    free(view->fragments);
    view_waiting_fini(&view->waiting);
    buf_fini(&view->system_suffix);
    buf_fini(&view->first_prefix);
    buf_fini(&view->first_suffix);
    buf_fini(&view->save_dir);
    doc_free(view->system_doc);
    doc_free(view->first_doc);
    free(view);
}

/* --- members --- */

static const struct doc_value *member(const struct doc_value *object, const char *name)
{
    return object == NULL || doc_kind(object) != DOC_OBJECT ? NULL
                                                            : doc_find(object, str_from(name));
}

static struct str text_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = member(object, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static bool is_object(const struct doc_value *value)
{
    return value != NULL && doc_kind(value) == DOC_OBJECT;
}

/* --- rendering --- */

static void render_calls(struct view *view)
{
    struct view_message *message = view->calls;
    view->calls = NULL;
    if (message == NULL)
        return;
    scoped_free const struct doc_value **events = mem_zero(message->call_count, sizeof(*events));
    for (size_t i = 0; i < message->call_count; i++)
        events[i] = doc_root(message->docs[i]);
    view_render_actions(view->config, events, message->call_count, &message->fragment);
    view_message_fit(message);
    view_message_drop_docs(message);
}

static void render_system(struct view *view)
{
    struct llm_fragment *fragment = &view->system_message->fragment;
    llm_fragment_fini(fragment);
    view_render_system(view->config, doc_root(view->system_doc), buf_str(&view->system_suffix),
                       fragment);
}

static size_t render_first(struct view *view)
{
    struct llm_fragment *fragment = &view->first_message->fragment;
    const struct view_render_frame frame = {.prefix = buf_str(&view->first_prefix),
                                            .suffix = buf_str(&view->first_suffix)};
    llm_fragment_fini(fragment);
    return view_render_message(view->config, doc_root(view->first_doc), &frame, fragment);
}

void view_set_prompt_calls(struct view *view, const struct view_prompt_calls *texts)
{
    if (view->config->native_tool_calling)
        return;
    buf_clear(&view->system_suffix);
    buf_clear(&view->first_prefix);
    buf_clear(&view->first_suffix);
    buf_append(&view->system_suffix, texts->system_suffix);
    buf_append(&view->first_prefix, texts->first_prefix);
    buf_append(&view->first_suffix, texts->first_suffix);
    if (view->system_message != NULL)
        render_system(view);
    if (view->first_message != NULL)
        (void)render_first(view); /* its images are counted already */
}

/* --- events --- */

/* One event on its way into the view. */
struct arrival {
    struct view_item item;
    struct doc *doc; /* NULL: it is forgotten later on, and was not read */
};

static const struct doc_value *event_of(const struct arrival *arrival)
{
    return arrival->doc == NULL ? NULL : doc_root(arrival->doc);
}

static struct view_message *message_new(struct arrival *arrival)
{
    arrival->item.message = mem_zero(1, sizeof(*arrival->item.message));
    return arrival->item.message;
}

static void count_images(struct view *view, struct arrival *arrival, size_t count)
{
    arrival->item.has_image = count > 0;
    view->image_count += count > 0;
}

static void add_system(struct view *view, struct arrival *arrival)
{
    struct view_message *message = message_new(arrival);
    if (view->config->native_tool_calling) {
        view_render_system(view->config, event_of(arrival), STR(""), &message->fragment);
        return;
    }
    doc_free(view->system_doc);
    view->system_doc = take_pointer(&arrival->doc);
    view->system_message = message;
    render_system(view);
}

static bool is_first_of_user(const struct view *view, const struct arrival *arrival)
{
    return !view->config->native_tool_calling && view->first_doc == NULL &&
           arrival->item.source == EVENT_FROM_USER;
}

static void add_message(struct view *view, struct arrival *arrival)
{
    struct view_message *message = message_new(arrival);
    if (is_first_of_user(view, arrival)) {
        view->first_doc = take_pointer(&arrival->doc);
        view->first_message = message;
        count_images(view, arrival, render_first(view));
        return;
    }
    count_images(view, arrival,
                 view_render_message(view->config, event_of(arrival),
                                     &(struct view_render_frame){0}, &message->fragment));
}

static bool has_thinking(const struct doc_value *event)
{
    const struct doc_value *blocks = member(event, "thinking_blocks");
    return blocks != NULL && doc_kind(blocks) == DOC_ARRAY && doc_count(blocks) > 0;
}

/* Joins the answer that its siblings belong to. */
static void add_action(struct view *view, struct arrival *arrival)
{
    const struct doc_value *event = event_of(arrival);
    arrival->item.call = view_key(text_member(event, "tool_call_id"));
    arrival->item.response = view_key(text_member(event, "llm_response_id"));
    arrival->item.has_thinking = has_thinking(event);
    arrival->item.is_executable = is_object(member(event, "action"));
    if (view->calls == NULL || !id_equal(view->calls->response, arrival->item.response)) {
        render_calls(view);
        view->calls = message_new(arrival);
        view->calls->response = arrival->item.response;
    }
    arrival->item.message = view->calls;
    view_message_keep(view->calls, take_pointer(&arrival->doc));
    if (arrival->item.is_executable)
        view_waiting_add(&view->waiting, &arrival->item);
}

static void add_result(struct view *view, struct arrival *arrival)
{
    const struct doc_value *event = event_of(arrival);
    struct view_message *message = message_new(arrival);
    message->is_result = true;
    arrival->item.call = view_key(text_member(event, "tool_call_id"));
    count_images(
        view, arrival,
        view_render_result(view->config, event, buf_str(&view->save_dir), &message->fragment));
    /* An error names the call, everything else the action. */
    if (arrival->item.kind == EVENT_AGENT_ERROR)
        view_waiting_take_call(&view->waiting, arrival->item.call);
    else
        view_waiting_take_action(&view->waiting, view_event_id(text_member(event, "action_id")));
}

/* --- condensation --- */

struct condensation {
    struct view *view;
    struct view_forgotten forgotten;
};

static bool is_forgotten(void *owner, const struct view_item *item)
{
    const struct condensation *condensation = owner;
    struct view *view = condensation->view;
    if (!view_forgotten_has(&condensation->forgotten, item))
        return false;
    view->image_count -= item->has_image;
    if (item->message != NULL && item->message == view->system_message)
        view->system_message = NULL;
    if (item->message != NULL && item->message == view->first_message)
        view->first_message = NULL;
    return true;
}

static void insert_summary(struct view *view, const struct arrival *arrival)
{
    const struct doc_value *condensation = event_of(arrival);
    const struct doc_value *offset = member(condensation, "summary_offset");
    const struct doc_value *summary = member(condensation, "summary");
    if (summary == NULL || doc_kind(summary) != DOC_STRING || offset == NULL ||
        doc_kind(offset) != DOC_INT || doc_int(offset) < 0)
        return;
    struct view_item item = {
        .number = arrival->item.number,
        .id = arrival->item.id,
        .kind = EVENT_CONDENSATION_SUMMARY,
        .source = EVENT_FROM_ENVIRONMENT,
        .bytes = (uint32_t)doc_string(summary).len,
        .message = mem_zero(1, sizeof(*item.message)),
    };
    view_render_summary(view->config, doc_string(summary), &item.message->fragment);
    view_message_fit(item.message);
    view_list_insert(&view->list, (size_t)doc_int(offset), &item);
}

static void condense(struct view *view, const struct arrival *arrival)
{
    struct condensation condensation = {.view = view};
    render_calls(view);
    view_forgotten_read(&condensation.forgotten, event_of(arrival));
    view_list_remove(&view->list, is_forgotten, &condensation);
    view_waiting_forget(&view->waiting, &condensation.forgotten);
    view_forgotten_fini(&condensation.forgotten);
    insert_summary(view, arrival);
    view->wants_condensation = false;
}

/* --- arrival --- */

static bool is_shown(enum event_kind kind)
{
    return kind == EVENT_SYSTEM_PROMPT || kind == EVENT_MESSAGE || kind == EVENT_ACTION ||
           kind == EVENT_OBSERVATION || kind == EVENT_USER_REJECT || kind == EVENT_AGENT_ERROR;
}

/* The events between the calls of one answer are their results. */
static void show(struct view *view, struct arrival *arrival)
{
    const enum event_kind kind = arrival->item.kind;
    if (kind == EVENT_ACTION) {
        add_action(view, arrival);
        return;
    }
    if (kind == EVENT_OBSERVATION || kind == EVENT_USER_REJECT || kind == EVENT_AGENT_ERROR) {
        add_result(view, arrival);
        return;
    }
    render_calls(view);
    if (kind == EVENT_SYSTEM_PROMPT)
        add_system(view, arrival);
    else
        add_message(view, arrival);
}

/* Takes the document. */
static void arrive(struct view *view, struct arrival *arrival)
{
    const enum event_kind kind = arrival->item.kind;
    view->is_fresh = false;
    stuck_add(&view->stuck, kind, arrival->item.source, event_of(arrival));
    if (kind == EVENT_MESSAGE && arrival->item.source == EVENT_FROM_USER) {
        view->user_number = arrival->item.number;
        view->user_id = arrival->item.id;
    }
    if (kind == EVENT_CONDENSATION_REQUEST)
        view->wants_condensation = true;
    else if (kind == EVENT_CONDENSATION)
        condense(view, arrival);
    else if (is_shown(kind)) {
        if (arrival->doc != NULL) {
            show(view, arrival);
            view_message_fit(arrival->item.message);
        }
        view_list_add(&view->list, &arrival->item);
    }
    doc_free(arrival->doc);
}

void view_add(struct view *view, size_t number, struct str text)
{
    struct doc_error why;
    struct event_head head;
    struct doc *doc = doc_parse(text, &why);
    if (doc == NULL || !event_read_head(doc_root(doc), &head) ||
        !event_kind_moves_head(head.kind)) {
        doc_free(doc);
        return;
    }
    struct arrival arrival = {
        .doc = doc,
        .item = {.number = number,
                 .id = view_event_id(head.id),
                 .kind = head.kind,
                 .source = head.source,
                 .bytes = (uint32_t)text.len},
    };
    arrive(view, &arrival);
}

/* --- a whole branch --- */

static struct doc *read_event(const struct view_branch *branch,
                              const struct view_branch_event *event, struct buf *text)
{
    struct doc_error why;
    buf_clear(text);
    return branch->read(branch->owner, event, text) ? doc_parse(buf_str(text), &why) : NULL;
}

static void collect_forgotten(const struct view_branch *branch, struct view_forgotten *forgotten)
{
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < branch->count; i++) {
        if (branch->events[i].kind != EVENT_CONDENSATION)
            continue;
        struct doc *doc = read_event(branch, &branch->events[i], &text);
        if (doc != NULL)
            view_forgotten_read(forgotten, doc_root(doc));
        doc_free(doc);
    }
}

static bool is_forgotten_event(const struct view_forgotten *forgotten,
                               const struct view_branch_event *event)
{
    const struct view_item item = {.id = event->id, .kind = event->kind};
    return view_forgotten_has(forgotten, &item);
}

/* The action before or behind this one stays: both may belong to one answer, which then has to be
 * known. */
static bool is_at_edge(const struct view_branch *branch, size_t at,
                       const struct view_forgotten *forgotten)
{
    size_t before = at;
    size_t behind = at + 1;
    if (branch->events[at].kind != EVENT_ACTION)
        return false;
    while (before > 0 && branch->events[before - 1].kind != EVENT_ACTION)
        before--;
    while (behind < branch->count && branch->events[behind].kind != EVENT_ACTION)
        behind++;
    return (before > 0 && !is_forgotten_event(forgotten, &branch->events[before - 1])) ||
           (behind < branch->count && !is_forgotten_event(forgotten, &branch->events[behind]));
}

static bool must_read(const struct view_branch *branch, size_t at,
                      const struct view_forgotten *forgotten)
{
    const struct view_branch_event *event = &branch->events[at];
    if (event->kind == EVENT_CONDENSATION)
        return true;
    return is_shown(event->kind) &&
           (!is_forgotten_event(forgotten, event) || is_at_edge(branch, at, forgotten));
}

void view_load(struct view *view, const struct view_branch *branch)
{
    scoped_buf struct buf text = {0};
    struct view_forgotten forgotten = {0};
    collect_forgotten(branch, &forgotten);
    for (size_t i = 0; i < branch->count; i++) {
        const struct view_branch_event *event = &branch->events[i];
        struct arrival arrival = {.item = {.number = event->number,
                                           .id = event->id,
                                           .kind = event->kind,
                                           .source = event->source}};
        const bool is_read = must_read(branch, i, &forgotten);
        if (is_read)
            arrival.doc = read_event(branch, event, &text);
        if (is_read && arrival.doc == NULL)
            continue;
        arrival.item.bytes = is_read ? (uint32_t)text.len : 0;
        if (event_kind_moves_head(event->kind))
            arrive(view, &arrival);
    }
    view_forgotten_fini(&forgotten);
}

/* --- asking --- */

static void list_fragments(struct view *view)
{
    scoped_free struct view_message **messages =
        mem_zero(view->list.count + 1, sizeof(struct view_message *));
    render_calls(view);
    view->fragment_count = view_list_messages(&view->list, messages);
    view->fragments =
        mem_resize(view->fragments, (view->fragment_count + 1) * sizeof(struct llm_fragment *));
    for (size_t i = 0; i < view->fragment_count; i++)
        view->fragments[i] = &messages[i]->fragment;
    view->is_fresh = true;
}

size_t view_fragments(struct view *view, const struct llm_fragment *const **ret_fragments)
{
    if (!view->is_fresh)
        list_fragments(view);
    *ret_fragments = view->fragments;
    return view->fragment_count;
}

const struct view_item *view_items(const struct view *view, size_t *ret_count)
{
    *ret_count = view->list.count;
    return view->list.items;
}

const size_t *view_unmatched(const struct view *view, size_t *ret_count)
{
    *ret_count = view->waiting.count;
    return view->waiting.numbers;
}

size_t view_last_user_message(const struct view *view, struct id *ret_id)
{
    if (ret_id != NULL)
        *ret_id = view->user_id;
    return view->user_number;
}

bool view_has_image(const struct view *view)
{
    return view->image_count > 0;
}

bool view_wants_condensation(const struct view *view)
{
    return view->wants_condensation;
}

struct stuck *view_stuck(struct view *view)
{
    return &view->stuck;
}

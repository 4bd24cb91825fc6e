#include "agent/runner_log.h"

#include "agent/conversation.h"
#include "agent/event_log.h"
#include "agent/pending.h"
#include "agent/run_event.h"
#include "agent/runner_state.h"
#include "agent/tool_set.h"
#include "agent/view.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/base/repr.h"

bool runner_append(struct runner *runner, const struct runner_event *event, size_t *ret_number,
                   struct error *error)
{
    size_t number;
    scoped_buf struct buf text = {0};
    const struct event_draft draft = {
        .kind = event->kind, .source = event->source, .id = event->id, .members = event->members};
    const bool is_stored = event->has_parent
                               ? conversation_append_behind(runner->conversation, &draft,
                                                            event->parent, &number, error)
                               : conversation_append(runner->conversation, &draft, &number, error);
    if (!is_stored)
        return false;
    if (runner->parts != NULL && !runner->is_stale &&
        event_log_read(conversation_log(runner->conversation), number, &text))
        view_add(runner->parts->view, number, buf_str(&text));
    if (ret_number != NULL)
        *ret_number = number;
    return true;
}

struct doc *runner_event(const struct runner *runner, size_t number)
{
    struct doc_error why;
    scoped_buf struct buf text = {0};
    if (!event_log_read(conversation_log(runner->conversation), number, &text))
        return NULL;
    return doc_parse(buf_str(&text), &why);
}

static struct doc *parse_field(const struct runner *runner, enum state_field field)
{
    struct doc_error why;
    return doc_parse(state_json(conversation_state(runner->conversation), field), &why);
}

bool runner_set_blocked(struct runner *runner, enum state_field field, struct id id,
                        struct str reason, struct error *error)
{
    struct doc *doc = parse_field(runner, field);
    const struct id_text text = id_uuid(id);
    scoped_buf struct buf json = {0};
    struct jsonw w;
    void *at = NULL;
    struct str name;
    const struct doc_value *value;
    jsonw_init(&w, &json);
    jsonw_object(&w);
    while (doc != NULL && doc_next(doc_root(doc), &at, &name, &value)) {
        if (str_equal(name, str_from(text.text)))
            continue;
        jsonw_name(&w, name);
        jsonw_string(&w, NULL, doc_string(value));
    }
    if (str_is_set(reason))
        jsonw_string(&w, text.text, reason);
    jsonw_end(&w);
    doc_free(doc);
    return conversation_set_field(runner->conversation, field, buf_str(&json), error);
}

bool runner_is_blocked(const struct runner *runner, enum state_field field, struct id id,
                       struct buf *reason)
{
    struct doc *doc = parse_field(runner, field);
    const struct doc_value *found =
        doc == NULL ? NULL : doc_find(doc_root(doc), str_from(id_uuid(id).text));
    const bool is_blocked = found != NULL && doc_kind(found) == DOC_STRING;
    if (is_blocked)
        buf_append(reason, doc_string(found));
    doc_free(doc);
    return is_blocked;
}

void runner_write_unknown_tool(const struct runner *runner, struct str name, struct buf *out)
{
    const struct list *all = tool_set_all(runner->tools);
    const char *comma = "";
    buf_append(out, STR("Tool "));
    repr_append(out, name);
    buf_append(out, STR(" not found. Available: ["));
    for (struct list *link = list_first(all); link != NULL; link = list_next(all, link)) {
        buf_append(out, str_from(comma));
        repr_append(out, container_of(link, struct tool, link)->name);
        comma = ", ";
    }
    buf_append_byte(out, ']');
}

bool runner_notice(struct runner *runner, struct str text, struct error *error)
{
    scoped_buf struct buf members = {0};
    run_event_notice(text, &members);
    return runner_append(runner,
                         &(struct runner_event){.kind = EVENT_MESSAGE,
                                                .source = EVENT_FROM_ENVIRONMENT,
                                                .members = buf_str(&members)},
                         NULL, error);
}

void runner_report(struct runner *runner, struct str code, struct str detail)
{
    scoped_buf struct buf members = {0};
    struct error error;
    run_event_error(code, detail, &members);
    if (!runner_append(runner,
                       &(struct runner_event){.kind = EVENT_CONVERSATION_ERROR,
                                              .source = EVENT_FROM_ENVIRONMENT,
                                              .members = buf_str(&members)},
                       NULL, &error))
        log_warn("conversation.error_lost", "error=\"%s\"", error.text);
}

size_t *runner_pending(const struct runner *runner, size_t *ret_count)
{
    if (runner->parts == NULL || runner->is_stale)
        return pending_actions(runner->conversation, ret_count);
    const size_t *numbers = view_unmatched(runner->parts->view, ret_count);
    size_t *copy = mem_zero(*ret_count + 1, sizeof(*copy));
    for (size_t i = 0; i < *ret_count; i++)
        copy[i] = numbers[i];
    return copy;
}

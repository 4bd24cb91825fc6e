#include "agent/conversation_restart.h"

#include "agent/conversation.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/object_copy.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"

#define NOTICE                                                                                     \
    "A restart occurred while this tool was in progress. This may indicate a fatal memory error "  \
    "or system crash. The tool execution was interrupted and did not complete."
#define CLASSIFICATION "{\"kind\":\"internal\",\"retryable\":false,\"user_action\":\"none\"}"

static struct doc *read_event(const struct conversation *conversation, size_t number)
{
    scoped_buf struct buf text = {0};
    struct doc_error why;
    if (!event_log_read(conversation_log(conversation), number, &text))
        return NULL;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT)
        return doc;
    doc_free(doc);
    return NULL;
}

static struct str text_of(const struct doc_value *event, const char *name)
{
    const struct doc_value *value = doc_find(event, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR("");
}

static void print_member(struct buf *out, const char *name, struct str text)
{
    buf_printf(out, "\"%s\":", name);
    jsonw_quote(out, text);
    buf_append_byte(out, ',');
}

static bool answer(struct conversation *conversation, uint32_t number, struct error *error)
{
    scoped_buf struct buf members = {0};
    size_t ignored;
    struct doc *action = read_event(conversation, number);
    if (action == NULL)
        return true;
    print_member(&members, "tool_name", text_of(doc_root(action), "tool_name"));
    print_member(&members, "tool_call_id", text_of(doc_root(action), "tool_call_id"));
    print_member(&members, "error", STR(NOTICE));
    buf_append(&members, STR("\"classification\":" CLASSIFICATION));
    doc_free(action);
    const struct event_draft draft = {
        .kind = EVENT_AGENT_ERROR, .source = EVENT_FROM_AGENT, .members = buf_str(&members)};
    return conversation_append_behind(conversation, &draft, number, &ignored, error);
}

/* --- goals --- */

/* What is told of a goal that has been interrupted. */
static bool change_goal(void *owner, struct str name, const struct doc_value *value,
                        struct jsonw *w)
{
    (void)owner;
    (void)value;
    if (str_equal(name, STR("active")))
        jsonw_bool(w, NULL, false);
    else if (str_equal(name, STR("status")))
        jsonw_cstr(w, NULL, "interrupted");
    else if (str_equal(name, STR("verdict")))
        jsonw_null(w, NULL);
    else
        return false;
    return true;
}

static void print_interrupted(const struct doc_value *goal, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    object_copy(goal, change_goal, NULL, &w);
    jsonw_end(&w);
}

static bool interrupt(struct conversation *conversation, uint32_t number, struct error *error)
{
    scoped_buf struct buf value = {0};
    struct doc *event = read_event(conversation, number);
    const struct doc_value *goal = event == NULL ? NULL : doc_find(doc_root(event), STR("value"));
    const bool has_goal = goal != NULL && doc_kind(goal) == DOC_OBJECT;
    if (has_goal)
        print_interrupted(goal, &value);
    doc_free(event);
    return !has_goal || conversation_append_update(conversation, "goal", buf_str(&value), error);
}

static bool mark(struct conversation *conversation, uint32_t unanswered, uint32_t goal,
                 struct error *error)
{
    if (conversation_status(conversation) == STATUS_RUNNING &&
        (!conversation_set_status(conversation, STATUS_ERROR, error) ||
         (unanswered != EVENT_NO_PARENT && !answer(conversation, unanswered, error))))
        return false;
    return goal == EVENT_NO_PARENT || interrupt(conversation, goal, error);
}

void conversation_restart(struct conversation *conversation, uint32_t unanswered, uint32_t goal)
{
    struct error error;
    if (!mark(conversation, unanswered, goal, &error))
        log_error("conversation.restart", "id=%s error=\"%s\"",
                  id_hex(conversation_id(conversation)).text, error.text);
}

/*
 * From the newest event back, so that an answer is known before its call is met. Answers are kept
 * by what they name: the event of the call, or its id as the model gave it.
 */
#include "agent/unanswered.h"

#include <stdlib.h>

#include "agent/event.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/map.h"
#include "server/base/mem.h"

struct answers {
    struct map by_event;
    struct map by_call; /* keys are hashes of texts */
};

/* A call's id as a key: the text's FNV-1a hash, twice. */
static struct id key_of(struct str text)
{
    uint64_t hash[2] = {UINT64_C(0xcbf29ce484222325), UINT64_C(0x84222325cbf29ce4)};
    struct id key;
    for (size_t i = 0; i < text.len; i++)
        for (size_t part = 0; part < 2; part++)
            hash[part] = (hash[part] ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    memcpy(key.bytes, hash, sizeof(key.bytes));
    return key;
}

static struct str text_of(const struct doc_value *event, const char *name)
{
    const struct doc_value *value = doc_find(event, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static void note_answer(struct answers *answers, const struct doc_value *event)
{
    struct id action;
    const struct str call = text_of(event, "tool_call_id");
    if (id_parse(text_of(event, "action_id"), &action))
        map_set(&answers->by_event, action, answers);
    if (str_is_set(call))
        map_set(&answers->by_call, key_of(call), answers);
}

static bool is_open_call(const struct answers *answers, const struct doc_value *event, struct id id)
{
    const struct doc_value *action = doc_find(event, STR("action"));
    return action != NULL && doc_kind(action) == DOC_OBJECT &&
           map_find(&answers->by_event, id) == NULL &&
           map_find(&answers->by_call, key_of(text_of(event, "tool_call_id"))) == NULL;
}

/* True: the event is a call without an answer. */
static bool look_at(const struct event_log *log, size_t number, struct answers *answers)
{
    const struct event_record *record = event_log_record(log, number);
    scoped_buf struct buf text = {0};
    struct doc_error why;
    if (record->kind != EVENT_ACTION && record->kind != EVENT_OBSERVATION &&
        record->kind != EVENT_USER_REJECT && record->kind != EVENT_AGENT_ERROR)
        return false;
    if (!event_log_read(log, number, &text))
        return false;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    bool is_open = false;
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT) {
        if (record->kind == EVENT_ACTION)
            is_open = is_open_call(answers, doc_root(doc), record->id);
        else
            note_answer(answers, doc_root(doc));
    }
    doc_free(doc);
    return is_open;
}

uint32_t unanswered_find(const struct event_log *log)
{
    struct answers answers = {0};
    uint32_t found = EVENT_NO_PARENT;
    for (size_t number = event_log_count(log); number > 0; number--)
        if (look_at(log, number - 1, &answers))
            found = (uint32_t)(number - 1);
    map_fini(&answers.by_event);
    map_fini(&answers.by_call);
    return found;
}

/* --- goals --- */

/* False: the event is about something else. */
static bool is_goal(const struct event_log *log, size_t number, bool *ret_is_active)
{
    scoped_buf struct buf text = {0};
    struct doc_error why;
    if (event_log_record(log, number)->kind != EVENT_STATE_UPDATE ||
        !event_log_read(log, number, &text) || !str_contains(buf_str(&text), STR("\"goal\"")))
        return false;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    const struct doc_value *event = doc == NULL ? NULL : doc_root(doc);
    const bool is_about = event != NULL && doc_kind(event) == DOC_OBJECT &&
                          str_equal(text_of(event, "key"), STR("goal"));
    const struct doc_value *value = is_about ? doc_find(event, STR("value")) : NULL;
    const struct doc_value *active =
        value != NULL && doc_kind(value) == DOC_OBJECT ? doc_find(value, STR("active")) : NULL;
    *ret_is_active = active != NULL && doc_kind(active) == DOC_BOOL && doc_bool(active);
    doc_free(doc);
    return is_about;
}

uint32_t unanswered_goal(const struct event_log *log)
{
    for (size_t number = event_log_count(log); number > 0; number--) {
        bool is_active;
        if (is_goal(log, number - 1, &is_active))
            return is_active ? (uint32_t)(number - 1) : EVENT_NO_PARENT;
    }
    return EVENT_NO_PARENT;
}

#include "agent/pending.h"

#include "agent/conversation.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/llm/reader.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct scan {
    struct arena arena;
    struct str answered[PENDING_WINDOW]; /* ids of calls */
    size_t answered_count;
    size_t found[PENDING_WINDOW]; /* newest first */
    size_t found_count;
};

static bool is_answered(const struct scan *scan, struct str call)
{
    for (size_t i = 0; i < scan->answered_count; i++) {
        if (str_equal(scan->answered[i], call))
            return true;
    }
    return false;
}

static void look_at(struct scan *scan, size_t number, enum event_kind kind,
                    const struct doc_value *event)
{
    const struct str call = llm_text_member(event, "tool_call_id");
    if (kind != EVENT_ACTION)
        scan->answered[scan->answered_count++] = arena_copy(&scan->arena, call);
    else if (llm_object_member(event, "action") != NULL && !is_answered(scan, call))
        scan->found[scan->found_count++] = number;
}

static bool matters(enum event_kind kind)
{
    return kind == EVENT_ACTION || kind == EVENT_OBSERVATION || kind == EVENT_AGENT_ERROR ||
           kind == EVENT_USER_REJECT;
}

static void read_one(struct scan *scan, const struct event_log *log, size_t number)
{
    const struct event_record *record = event_log_record(log, number);
    scoped_buf struct buf text = {0};
    struct doc_error why;
    if (!matters(record->kind) || !event_log_read(log, number, &text))
        return;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    if (doc != NULL)
        look_at(scan, number, record->kind, doc_root(doc));
    doc_free(doc);
}

size_t *pending_actions(const struct conversation *conversation, size_t *ret_count)
{
    const struct event_log *log = conversation_log(conversation);
    size_t count;
    scoped_free size_t *branch = conversation_branch(conversation, &count);
    scoped_free struct scan *scan = mem_zero(1, sizeof(*scan));
    const size_t window = count < PENDING_WINDOW ? count : PENDING_WINDOW;
    for (size_t i = 0; i < window; i++)
        read_one(scan, log, branch[count - 1 - i]);
    size_t *numbers = mem_zero(scan->found_count + 1, sizeof(*numbers));
    for (size_t i = 0; i < scan->found_count; i++)
        numbers[i] = scan->found[scan->found_count - 1 - i];
    *ret_count = scan->found_count;
    arena_fini(&scan->arena);
    return numbers;
}

#include "agent/condenser.h"

#include <stdlib.h>

#include "agent/llm/config.h"
#include "agent/llm/message.h"
#include "agent/llm/request.h"
#include "agent/message_parts.h"
#include "agent/observation.h"
#include "agent/prompt/texts.h"
#include "agent/truncate.h"
#include "agent/view.h"
#include "agent/view_cuts.h"
#include "agent/view_forgotten.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

/*
 * A pipeline in a pipeline is the same as one that has all their stages. Tokens are shared out
 * among the items by the size of their events: close enough to find the half.
 */

struct stage {
    struct llm_config *llm;
    int64_t max_size;
    int64_t max_tokens; /* 0: none */
    int64_t keep_first;
    double minimum_progress;
    int64_t max_retries;
    double scaling;
};

struct condenser {
    struct stage stages[CONDENSER_MAX_STAGES];
    size_t count;
};

/* --- configuration --- */

static const struct doc_value *member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value =
        object == NULL || doc_kind(object) != DOC_OBJECT ? NULL : doc_find(object, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

static struct str text_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = member(object, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static bool read_count(const struct doc_value *config, const char *name, int64_t min,
                       int64_t *field, struct error *error)
{
    const struct doc_value *value = member(config, name);
    if (value == NULL)
        return true;
    if (doc_kind(value) != DOC_INT || doc_int(value) < min)
        return error_set(error, ERROR_UNPROCESSABLE,
                         "condenser.%s should be a whole number of %d or more", name, (int)min);
    *field = doc_int(value);
    return true;
}

static bool read_share(const struct doc_value *config, const char *name, double *field,
                       struct error *error)
{
    const struct doc_value *value = member(config, name);
    if (value == NULL)
        return true;
    const bool is_number = doc_kind(value) == DOC_INT || doc_kind(value) == DOC_DOUBLE;
    if (!is_number || doc_double(value) <= 0 || doc_double(value) >= 1)
        return error_set(error, ERROR_UNPROCESSABLE,
                         "condenser.%s should be a number between 0 and 1", name);
    *field = doc_double(value);
    return true;
}

static bool read_limits(struct stage *stage, const struct doc_value *config, struct error *error)
{
    if (!read_count(config, "max_size", 1, &stage->max_size, error) ||
        !read_count(config, "max_tokens", 0, &stage->max_tokens, error) ||
        !read_count(config, "keep_first", 0, &stage->keep_first, error) ||
        !read_share(config, "minimum_progress", &stage->minimum_progress, error) ||
        !read_count(config, "hard_context_reset_max_retries", 1, &stage->max_retries, error) ||
        !read_share(config, "hard_context_reset_context_scaling", &stage->scaling, error))
        return false;
    if (stage->keep_first < stage->max_size / 2 - 1)
        return true;
    return error_set(error, ERROR_UNPROCESSABLE,
                     "condenser.keep_first must be less than max_size // 2 to leave room for "
                     "condensation");
}

static bool is_kind(const struct doc_value *config, const char *kind)
{
    return str_equal(text_member(config, "kind"), str_from(kind));
}

static bool read_stage(struct stage *stage, const struct doc_value *config, struct error *error)
{
    const struct doc_value *llm = member(config, "llm");
    *stage = (struct stage){.max_size = 240,
                            .keep_first = 2,
                            .minimum_progress = 0.1,
                            .max_retries = 5,
                            .scaling = 0.8};
    if (llm == NULL)
        return error_set(error, ERROR_UNPROCESSABLE, "condenser.llm is required");
    if (!read_limits(stage, config, error))
        return false;
    if (!llm_config_decode(llm, &stage->llm, error))
        return error_wrap(error, "condenser");
    stage->llm->stream = false;
    return true;
}

static bool add_stage(struct condenser *condenser, const struct doc_value *config,
                      struct error *error)
{
    if (condenser->count == CONDENSER_MAX_STAGES)
        return error_set(error, ERROR_UNPROCESSABLE,
                         "condenser.condensers should be at most %d that summarize",
                         CONDENSER_MAX_STAGES);
    if (!read_stage(&condenser->stages[condenser->count], config, error))
        return false;
    condenser->count++;
    return true;
}

/* Calls itself for a pipeline in a pipeline; the depth of any JSON is bounded. */
static bool add_stages(struct condenser *condenser, const struct doc_value *config,
                       struct error *error)
{
    const struct doc_value *list = member(config, "condensers");
    if (is_kind(config, "LLMSummarizingCondenser"))
        return add_stage(condenser, config, error);
    if (!is_kind(config, "PipelineCondenser") || list == NULL || doc_kind(list) != DOC_ARRAY)
        return true;
    for (size_t i = 0; i < doc_count(list); i++) {
        if (!add_stages(condenser, doc_at(list, i), error))
            return false;
    }
    return true;
}

bool condenser_decode(const struct doc_value *config, struct condenser **ret_condenser,
                      struct error *error)
{
    struct condenser *condenser = mem_zero(1, sizeof(*condenser));
    if (!add_stages(condenser, config, error)) {
        condenser_free(condenser);
        return false;
    }
    *ret_condenser = condenser;
    return true;
}

void condenser_free(struct condenser *condenser)
{
    if (condenser == NULL)
        return;
    for (size_t i = 0; i < condenser->count; i++)
        llm_config_free(condenser->stages[i].llm);
    free(condenser);
}

const struct llm_config *condenser_llm(const struct condenser *condenser, size_t stage)
{
    return stage < condenser->count ? condenser->stages[stage].llm : NULL;
}

bool condenser_handles_requests(const struct condenser *condenser)
{
    return condenser->count > 0;
}

/* --- planning --- */

struct situation {
    const struct stage *stage;
    const struct view_item *items;
    size_t count;
    int64_t prompt_tokens;
    int64_t token_limit; /* 0: none */
    bool is_requested;
    bool has_too_many_tokens;
    bool has_too_many_events;
};

static int64_t lesser_limit(int64_t a, int64_t b)
{
    if (a == 0 || b == 0)
        return a + b;
    return a < b ? a : b;
}

/* How many of the newest items may stay so that half of the tokens are gone. */
static int64_t tail_for_tokens(const struct situation *now)
{
    const int64_t surplus = now->prompt_tokens - now->token_limit / 2;
    const size_t first = (size_t)now->stage->keep_first;
    uint64_t all = 0;
    uint64_t dropped = 0;
    size_t at = first;
    for (size_t i = 0; i < now->count; i++)
        all += now->items[i].bytes;
    const double wanted = (double)all * (double)surplus / (double)now->prompt_tokens;
    while (at < now->count && (double)dropped < wanted)
        dropped += now->items[at++].bytes;
    return at < now->count ? (int64_t)(now->count - at) : 0;
}

/* The strictest of the reasons decides. */
static size_t tail_length(const struct situation *now)
{
    const int64_t head = now->stage->keep_first + 1;
    int64_t tail = INT64_MAX;
    if (now->is_requested)
        tail = (int64_t)(now->count / 2) - head;
    if (now->has_too_many_events && now->stage->max_size / 2 - head < tail)
        tail = now->stage->max_size / 2 - head;
    if (now->has_too_many_tokens && tail_for_tokens(now) < tail)
        tail = tail_for_tokens(now);
    if (tail < 0)
        return 0;
    return (uint64_t)tail > now->count ? now->count : (size_t)tail;
}

static size_t behind_system_prompt(const struct situation *now)
{
    for (size_t i = 0; i < now->count; i++)
        if (now->items[i].kind == EVENT_SYSTEM_PROMPT)
            return i + 1;
    return 0;
}

/* False: there is no range, or forgetting it would not help. */
static bool find_range(const struct situation *now, struct condenser_plan *plan)
{
    scoped_free bool *may_cut = mem_zero(now->count + 1, sizeof(*may_cut));
    const size_t head = (size_t)now->stage->keep_first;
    const size_t prompt = behind_system_prompt(now);
    view_cuts(now->items, now->count, may_cut);
    const size_t from = view_cuts_next(may_cut, now->count, head > prompt ? head : prompt);
    const size_t to = view_cuts_next(may_cut, now->count, now->count - tail_length(now));
    if (from == SIZE_MAX || to == SIZE_MAX || to <= from)
        return false;
    plan->from = from;
    plan->to = to;
    return (double)(to - from) >= (double)now->count * now->stage->minimum_progress;
}

static enum condenser_verdict plan_reset(const struct situation *now, struct condenser_plan *plan)
{
    plan->is_reset = true;
    plan->from = behind_system_prompt(now);
    plan->to = now->count;
    return plan->from < plan->to ? CONDENSER_SUMMARIZE : CONDENSER_FAIL;
}

static enum condenser_verdict plan_stage(const struct situation *now, struct condenser_plan *plan)
{
    if (!now->is_requested && !now->has_too_many_tokens && !now->has_too_many_events)
        return CONDENSER_CARRY_ON;
    plan->is_required = now->is_requested || now->has_too_many_tokens;
    if (find_range(now, plan))
        return CONDENSER_SUMMARIZE;
    return plan->is_required ? plan_reset(now, plan) : CONDENSER_CARRY_ON;
}

enum condenser_verdict condenser_plan(const struct condenser *condenser, const struct view *view,
                                      int64_t prompt_tokens, int64_t input_limit,
                                      struct condenser_plan *ret_plan)
{
    enum condenser_verdict verdict = CONDENSER_CARRY_ON;
    for (size_t i = 0; i < condenser->count && verdict == CONDENSER_CARRY_ON; i++) {
        const struct stage *stage = &condenser->stages[i];
        struct situation now = {.stage = stage, .prompt_tokens = prompt_tokens};
        now.items = view_items(view, &now.count);
        now.token_limit = lesser_limit(stage->max_tokens, input_limit);
        now.is_requested = view_wants_condensation(view);
        now.has_too_many_tokens = now.token_limit > 0 && prompt_tokens > now.token_limit;
        now.has_too_many_events = now.count > (size_t)stage->max_size;
        *ret_plan = (struct condenser_plan){.stage = i};
        verdict = plan_stage(&now, ret_plan);
    }
    return verdict;
}

bool condenser_retry(const struct condenser *condenser, const struct condenser_plan *plan,
                     unsigned attempt, size_t *ret_max_chars)
{
    const struct stage *stage = &condenser->stages[plan->stage];
    double chars = CONDENSER_MAX_EVENT_CHARS;
    if (!plan->is_required || (int64_t)attempt + 1 >= stage->max_retries)
        return false;
    for (unsigned i = 0; i <= attempt; i++)
        chars *= stage->scaling;
    *ret_max_chars = (size_t)chars;
    return true;
}

/* --- the request --- */

static void append_parts(const struct message_parts *parts, struct buf *out)
{
    for (size_t i = 0; i < parts->count; i++) {
        if (out->len > 0)
            buf_append_byte(out, '\n');
        buf_append(out,
                   str_is_set(parts->items[i].image) ? STR("[an image]") : parts->items[i].text);
    }
}

static void append_content(const struct doc_value *content, struct buf *out)
{
    struct message_parts parts = {0};
    message_parts_add_content(&parts, content);
    append_parts(&parts, out);
    message_parts_fini(&parts);
}

static void append_result(const struct doc_value *event, struct buf *out)
{
    struct message_parts parts = {0};
    const struct doc_value *payload = member(event, "observation");
    if (payload != NULL)
        observation_parts(payload, STR_NULL, &parts);
    append_parts(&parts, out);
    message_parts_fini(&parts);
    append_content(member(event, "extended_content"), out);
}

static void append_call(const struct doc_value *event, struct buf *out)
{
    const struct doc_value *call = member(event, "tool_call");
    append_content(member(event, "thought"), out);
    if (out->len > 0)
        buf_append_byte(out, '\n');
    buf_printf(out, "calls %.*s: ", STR_ARG(text_member(event, "tool_name")));
    buf_append(out, text_member(call, "arguments"));
}

static void append_message(const struct doc_value *event, struct buf *out)
{
    append_content(member(member(event, "llm_message"), "content"), out);
    append_content(member(event, "extended_content"), out);
}

static void append_rejection(const struct doc_value *event, struct buf *out)
{
    buf_append(out, STR("Action rejected: "));
    buf_append(out, text_member(event, "rejection_reason"));
}

static void append_error(const struct doc_value *event, struct buf *out)
{
    buf_append(out, text_member(event, "error"));
}

static void append_summary(const struct doc_value *event, struct buf *out)
{
    buf_append(out, text_member(event, "summary"));
}

/* What an event says, without its frame. Others say nothing. */
static void (*const append_body[EVENT_KIND_COUNT])(const struct doc_value *event,
                                                   struct buf *out) = {
    [EVENT_MESSAGE] = append_message,    [EVENT_ACTION] = append_call,
    [EVENT_OBSERVATION] = append_result, [EVENT_USER_REJECT] = append_rejection,
    [EVENT_AGENT_ERROR] = append_error,  [EVENT_CONDENSATION] = append_summary,
};

static struct str role_of(const struct doc_value *event, enum event_kind kind)
{
    const struct str role = text_member(member(event, "llm_message"), "role");
    if (str_is_set(role))
        return role;
    if (kind == EVENT_ACTION)
        return STR("assistant");
    return kind == EVENT_CONDENSATION ? STR("user") : STR("tool");
}

void condenser_write_event(const struct doc_value *event, size_t max_chars, struct buf *out)
{
    scoped_buf struct buf body = {0};
    struct event_head head;
    if (!event_read_head(event, &head))
        return;
    if (append_body[head.kind] != NULL)
        append_body[head.kind](event, &body);
    const struct str name = head.kind == EVENT_CONDENSATION
                                ? event_kind_name(EVENT_CONDENSATION_SUMMARY)
                                : event_kind_name(head.kind);
    const struct str role = role_of(event, head.kind);
    buf_printf(out, "<EVENT>\n%.*s (%.*s)\n  %.*s: ", STR_ARG(name),
               STR_ARG(event_source_name(head.source)), STR_ARG(role));
    truncate_append(buf_str(&body), &(struct truncate_options){.limit = max_chars}, out);
    buf_append(out, STR("\n</EVENT>\n"));
}

static void render(const struct llm_config *llm, enum llm_role role, struct str text,
                   struct llm_fragment *ret_fragment)
{
    const struct llm_part part = {.text = text};
    const struct llm_message message = {.role = role, .parts = &part, .part_count = 1};
    llm_request_render(llm, &message, ret_fragment);
}

void condenser_request(const struct llm_config *llm, struct str events,
                       struct llm_fragment *ret_instructions, struct llm_fragment *ret_events)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, events);
    buf_append(&text, STR("\nNow summarize the events using the rules above."));
    render(llm, LLM_SYSTEM, prompt_text(PROMPT_TEXT_CONDENSE), ret_instructions);
    render(llm, LLM_USER, buf_str(&text), ret_events);
}

/* --- the Condensation --- */

void condenser_write_members(const struct view *view, const struct condenser_plan *plan,
                             struct str summary, struct str response_id, struct buf *out)
{
    size_t count;
    struct jsonw w;
    scoped_buf struct buf object = {0};
    const struct view_item *items = view_items(view, &count);
    jsonw_init(&w, &object);
    jsonw_object(&w);
    jsonw_array_in(&w, "forgotten_event_ids");
    for (size_t i = plan->from; i < plan->to && i < count; i++) {
        scoped_buf struct buf id = {0};
        const bool is_summary = items[i].kind == EVENT_CONDENSATION_SUMMARY;
        buf_printf(&id, "%s%s", id_uuid(items[i].id).text, is_summary ? VIEW_SUMMARY_SUFFIX : "");
        jsonw_string(&w, NULL, buf_str(&id));
    }
    jsonw_end(&w);
    jsonw_string(&w, "summary", summary);
    jsonw_uint(&w, "summary_offset", plan->from);
    jsonw_string(&w, "llm_response_id", response_id);
    jsonw_end(&w);
    buf_append(out, str_slice(buf_str(&object), 1, object.len - 1));
}

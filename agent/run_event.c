#include "agent/run_event.h"

#include "agent/llm/answer.h"
#include "agent/llm/failure.h"
#include "agent/secret_mask.h"
#include "agent/tool_arguments.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"

/* --- parts --- */

/* An object whose braces are taken off at the end. */
static void begin(struct jsonw *w, struct buf *object)
{
    jsonw_init(w, object);
    jsonw_object(w);
}

static void end(struct jsonw *w, struct buf *object, struct buf *out)
{
    jsonw_end(w);
    const struct str text = buf_str(object);
    buf_append(out, str_slice(text, 1, text.len - 1));
    buf_fini(object);
}

static void write_text(struct jsonw *w, struct str text)
{
    jsonw_object(w);
    jsonw_bool(w, "cache_prompt", false);
    jsonw_cstr(w, "type", "text");
    jsonw_string(w, "text", text);
    jsonw_end(w);
}

static void write_texts(struct jsonw *w, const char *name, const struct str *texts, size_t count)
{
    jsonw_array_in(w, name);
    for (size_t i = 0; i < count; i++) {
        if (!str_is_empty(texts[i]))
            write_text(w, texts[i]);
    }
    jsonw_end(w);
}

static void write_thinking(struct jsonw *w, const struct llm_answer *answer)
{
    jsonw_array_in(w, "thinking_blocks");
    if (answer != NULL && answer->thinking_blocks.len > 0)
        jsonw_raw(w, NULL, buf_str(&answer->thinking_blocks));
    jsonw_end(w);
}

static void write_reasoning_item(struct jsonw *w, const struct llm_answer *answer)
{
    if (answer != NULL && answer->reasoning_item.len > 0)
        jsonw_raw(w, "responses_reasoning_item", buf_str(&answer->reasoning_item));
}

/* --- actions --- */

static void write_call(struct jsonw *w, const struct run_action *action)
{
    jsonw_object_in(w, "tool_call");
    jsonw_string(w, "id", buf_str(&action->call->id));
    if (action->call->item_id.len > 0)
        jsonw_string(w, "responses_item_id", buf_str(&action->call->item_id));
    jsonw_string(w, "name", buf_str(&action->proposal->call_name));
    jsonw_string(w, "arguments", buf_str(&action->proposal->arguments));
    jsonw_cstr(w, "origin", action->call->item_id.len > 0 ? "responses" : "completion");
    jsonw_end(w);
}

void run_event_action(const struct run_action *action, struct buf *out)
{
    const struct tool_proposal *proposal = action->proposal;
    const struct llm_answer *thinking = action->is_first ? action->answer : NULL;
    const struct str thought = action->is_first ? buf_str(&action->answer->text) : STR_NULL;
    struct buf object = {0};
    struct jsonw w;
    begin(&w, &object);
    write_texts(&w, "thought", &thought, 1);
    if (thinking != NULL && thinking->reasoning.len > 0)
        jsonw_string(&w, "reasoning_content", buf_str(&thinking->reasoning));
    write_thinking(&w, thinking);
    write_reasoning_item(&w, thinking);
    if (proposal->tool != NULL)
        jsonw_raw(&w, "action", buf_str(&proposal->action));
    jsonw_string(&w, "tool_name", buf_str(&proposal->call_name));
    jsonw_string(&w, "tool_call_id", buf_str(&action->call->id));
    write_call(&w, action);
    jsonw_string(&w, "llm_response_id", buf_str(&action->answer->id));
    jsonw_string(&w, "security_risk", tool_risk_name(proposal->risk));
    if (proposal->tool != NULL)
        jsonw_string(&w, "summary", buf_str(&proposal->summary));
    end(&w, &object, out);
}

static void write_subject(struct jsonw *w, const struct run_subject *subject)
{
    jsonw_string(w, "tool_name", subject->tool_name);
    jsonw_string(w, "tool_call_id", subject->call_id);
}

void run_event_observation(const struct run_subject *subject, struct str observation,
                           struct str context, struct buf *out)
{
    struct buf object = {0};
    struct jsonw w;
    begin(&w, &object);
    write_subject(&w, subject);
    jsonw_raw(&w, "observation", observation);
    jsonw_cstr(&w, "action_id", id_uuid(subject->action).text);
    write_texts(&w, "extended_content", &context, 1);
    end(&w, &object, out);
}

static void write_classification(struct jsonw *w, bool is_internal)
{
    jsonw_object_in(w, "classification");
    jsonw_cstr(w, "kind", is_internal ? "internal" : "agent_action");
    jsonw_bool(w, "retryable", !is_internal);
    jsonw_cstr(w, "user_action", is_internal ? "none" : "retry");
    jsonw_end(w);
}

void run_event_agent_error(const struct run_subject *subject, struct str error, bool is_internal,
                           struct buf *out)
{
    struct buf object = {0};
    struct jsonw w;
    begin(&w, &object);
    write_subject(&w, subject);
    jsonw_string(&w, "error", error);
    write_classification(&w, is_internal);
    end(&w, &object, out);
}

void run_event_rejection(const struct run_subject *subject, struct str reason, bool is_by_hook,
                         struct buf *out)
{
    struct buf object = {0};
    struct jsonw w;
    begin(&w, &object);
    write_subject(&w, subject);
    jsonw_string(&w, "rejection_reason", reason);
    jsonw_cstr(&w, "rejection_source", is_by_hook ? "hook" : "user");
    jsonw_cstr(&w, "action_id", id_uuid(subject->action).text);
    end(&w, &object, out);
}

/* --- messages --- */

void run_event_answer(const struct llm_answer *answer, const struct secret_mask *mask,
                      struct buf *out)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf reasoning = {0};
    struct buf object = {0};
    struct jsonw w;
    secret_mask_apply(mask, buf_str(&answer->text), &text);
    secret_mask_apply(mask, buf_str(&answer->reasoning), &reasoning);
    begin(&w, &object);
    jsonw_object_in(&w, "llm_message");
    jsonw_cstr(&w, "role", "assistant");
    jsonw_array_in(&w, "content");
    write_text(&w, buf_str(&text));
    jsonw_end(&w);
    if (reasoning.len > 0)
        jsonw_string(&w, "reasoning_content", buf_str(&reasoning));
    write_thinking(&w, answer);
    write_reasoning_item(&w, answer);
    jsonw_end(&w);
    jsonw_string(&w, "llm_response_id", buf_str(&answer->id));
    jsonw_raw(&w, "activated_skills", STR("[]"));
    jsonw_raw(&w, "extended_content", STR("[]"));
    end(&w, &object, out);
}

void run_event_message(const struct run_message *message, struct buf *out)
{
    struct buf object = {0};
    struct jsonw w;
    begin(&w, &object);
    jsonw_object_in(&w, "llm_message");
    jsonw_cstr(&w, "role", "user");
    jsonw_raw(&w, "content", message->content);
    write_thinking(&w, NULL);
    jsonw_end(&w);
    jsonw_raw(&w, "activated_skills", str_is_set(message->skills) ? message->skills : STR("[]"));
    write_texts(&w, "extended_content", message->context, message->context_count);
    end(&w, &object, out);
}

void run_event_notice(struct str text, struct buf *out)
{
    scoped_buf struct buf content = {0};
    struct jsonw w;
    jsonw_init(&w, &content);
    jsonw_array(&w);
    write_text(&w, text);
    jsonw_end(&w);
    run_event_message(&(struct run_message){.content = buf_str(&content)}, out);
}

void run_event_error(struct str code, struct str detail, struct buf *out)
{
    struct buf object = {0};
    struct jsonw w;
    begin(&w, &object);
    jsonw_string(&w, "code", code);
    jsonw_string(&w, "detail", detail);
    llm_failure_classify(&w, code, detail);
    end(&w, &object, out);
}

#include "agent/llm/responses_reader.h"

#include "agent/llm/reader.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static void set(struct buf *to, struct str text)
{
    if (str_is_empty(text))
        return;
    buf_clear(to);
    buf_append(to, text);
}

/* Texts of parts {"type", "text"}, joined by newlines. */
static void join_texts(const struct doc_value *parts, struct buf *out)
{
    for (size_t i = 0; parts != NULL && i < doc_count(parts); i++) {
        const struct str text = llm_text_member(doc_at(parts, i), "text");
        if (!str_is_set(text))
            continue;
        if (out->len > 0)
            buf_append_byte(out, '\n');
        buf_append(out, text);
    }
}

static void read_message_item(const struct doc_value *item, struct llm_sink *sink)
{
    scoped_buf struct buf text = {0};
    join_texts(llm_array_member(item, "content"), &text);
    if (sink->answer->text.len > 0 && text.len > 0)
        llm_sink_text(sink, STR("\n"));
    llm_sink_text(sink, buf_str(&text));
}

static void read_call_item(const struct doc_value *item, struct llm_answer *answer)
{
    struct llm_answer_call *call = llm_answer_call(answer, (int64_t)answer->call_count);
    if (call == NULL)
        return;
    set(&call->id, llm_text_member(item, "call_id"));
    set(&call->item_id, llm_text_member(item, "id"));
    set(&call->name, llm_text_member(item, "name"));
    set(&call->arguments, llm_text_member(item, "arguments"));
}

static void write_texts(struct jsonw *w, const char *name, const struct doc_value *parts)
{
    jsonw_array_in(w, name);
    for (size_t i = 0; parts != NULL && i < doc_count(parts); i++)
        jsonw_string(w, NULL, llm_text_member(doc_at(parts, i), "text"));
    jsonw_end(w);
}

/* Kept in the form that events have: summaries and contents as plain texts. */
static void read_reasoning_item(const struct doc_value *item, struct llm_answer *answer)
{
    const struct str encrypted = llm_text_member(item, "encrypted_content");
    const struct str status = llm_text_member(item, "status");
    struct jsonw w;
    buf_clear(&answer->reasoning_item);
    jsonw_init(&w, &answer->reasoning_item);
    jsonw_object(&w);
    jsonw_string(&w, "id", llm_text_member(item, "id"));
    write_texts(&w, "summary", llm_array_member(item, "summary"));
    if (llm_array_member(item, "content") != NULL)
        write_texts(&w, "content", llm_array_member(item, "content"));
    if (str_is_set(encrypted))
        jsonw_string(&w, "encrypted_content", encrypted);
    if (str_is_set(status))
        jsonw_string(&w, "status", status);
    jsonw_end(&w);
}

static void read_item(const struct doc_value *item, bool with_text, struct llm_sink *sink)
{
    const struct str type = llm_text_member(item, "type");
    if (str_equal(type, STR("function_call")))
        read_call_item(item, sink->answer);
    else if (str_equal(type, STR("reasoning")))
        read_reasoning_item(item, sink->answer);
    else if (with_text && str_equal(type, STR("message")))
        read_message_item(item, sink);
}

static void read_usage(const struct doc_value *body, struct llm_usage *usage)
{
    const struct doc_value *object = llm_object_member(body, "usage");
    if (object == NULL)
        return;
    const struct doc_value *input = llm_object_member(object, "input_tokens_details");
    const struct doc_value *output = llm_object_member(object, "output_tokens_details");
    usage->prompt_tokens = llm_int_member(object, "input_tokens", 0);
    usage->completion_tokens = llm_int_member(object, "output_tokens", 0);
    usage->cache_read_tokens = llm_int_member(input, "cached_tokens", 0);
    usage->reasoning_tokens = llm_int_member(output, "reasoning_tokens", 0);
    usage->is_known = usage->prompt_tokens > 0 || usage->completion_tokens > 0;
}

static void read_end(const struct doc_value *response, struct llm_answer *answer)
{
    const struct str status = llm_text_member(response, "status");
    set(&answer->id, llm_text_member(response, "id"));
    set(&answer->model, llm_text_member(response, "model"));
    set(&answer->finish_reason, str_is_empty(status) ? STR("completed") : status);
    read_usage(response, &answer->usage);
}

static void read_output(const struct doc_value *response, bool with_text, struct llm_sink *sink)
{
    const struct doc_value *output = llm_array_member(response, "output");
    for (size_t i = 0; output != NULL && i < doc_count(output); i++)
        read_item(doc_at(output, i), with_text, sink);
}

void llm_responses_read_body(const struct doc_value *body, struct llm_sink *sink)
{
    read_output(body, true, sink);
    read_end(body, sink->answer);
}

/* Items were taken when they were done; a server that announced none has them in its last word. */
static void read_completed(const struct doc_value *response, struct llm_sink *sink)
{
    struct llm_answer *answer = sink->answer;
    if (answer->call_count == 0 && answer->reasoning_item.len == 0)
        read_output(response, answer->text.len == 0, sink);
    read_end(response, answer);
    sink->is_complete = true;
}

void llm_responses_read_event(struct str name, const struct doc_value *data, struct llm_sink *sink)
{
    const struct str named = llm_text_member(data, "type");
    const struct str type = str_is_empty(named) ? name : named;
    const struct doc_value *response = llm_object_member(data, "response");
    if (str_equal(type, STR("response.created")))
        set(&sink->answer->id, llm_text_member(response, "id"));
    else if (str_equal(type, STR("response.output_text.delta")))
        llm_sink_text(sink, llm_text_member(data, "delta"));
    else if (str_equal(type, STR("response.reasoning_summary_text.delta")) ||
             str_equal(type, STR("response.reasoning_text.delta")))
        llm_sink_reasoning(sink, llm_text_member(data, "delta"));
    else if (str_equal(type, STR("response.output_item.done")))
        read_item(llm_object_member(data, "item"), sink->answer->text.len == 0, sink);
    else if (str_equal(type, STR("response.completed")) ||
             str_equal(type, STR("response.incomplete")))
        read_completed(response, sink);
    else if (str_equal(type, STR("response.failed")))
        llm_sink_fail(sink, llm_object_member(response, "error"));
    else if (str_equal(type, STR("error")))
        llm_sink_fail(sink, data);
}

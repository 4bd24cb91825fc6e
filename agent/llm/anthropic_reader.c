#include "agent/llm/anthropic_reader.h"

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

/* Tokens that came from the cache or went into it are not part of "input_tokens". */
static void read_usage(const struct doc_value *usage, struct llm_usage *ret_usage)
{
    if (usage == NULL)
        return;
    const int64_t input = llm_int_member(usage, "input_tokens", -1);
    const int64_t output = llm_int_member(usage, "output_tokens", -1);
    if (input >= 0) {
        ret_usage->cache_read_tokens = llm_int_member(usage, "cache_read_input_tokens", 0);
        ret_usage->cache_write_tokens = llm_int_member(usage, "cache_creation_input_tokens", 0);
        ret_usage->prompt_tokens =
            input + ret_usage->cache_read_tokens + ret_usage->cache_write_tokens;
    }
    if (output >= 0)
        ret_usage->completion_tokens = output;
    ret_usage->is_known = ret_usage->prompt_tokens > 0 || ret_usage->completion_tokens > 0;
}

static void add_thinking(struct llm_answer *answer, struct str thinking, struct str signature)
{
    struct jsonw w;
    if (answer->thinking_blocks.len > 0)
        buf_append_byte(&answer->thinking_blocks, ',');
    jsonw_init(&w, &answer->thinking_blocks);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "thinking");
    jsonw_string(&w, "thinking", thinking);
    jsonw_string_or_null(&w, "signature", signature);
    jsonw_end(&w);
}

static void add_redacted(struct llm_answer *answer, struct str data)
{
    struct jsonw w;
    if (answer->thinking_blocks.len > 0)
        buf_append_byte(&answer->thinking_blocks, ',');
    jsonw_init(&w, &answer->thinking_blocks);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "redacted_thinking");
    jsonw_string(&w, "data", data);
    jsonw_end(&w);
}

static void read_head(const struct doc_value *message, struct llm_answer *answer)
{
    set(&answer->id, llm_text_member(message, "id"));
    set(&answer->model, llm_text_member(message, "model"));
    read_usage(llm_object_member(message, "usage"), &answer->usage);
}

static void read_tool_use(const struct doc_value *block, int64_t index, struct llm_answer *answer)
{
    struct llm_answer_call *call = llm_answer_call(answer, index);
    const struct doc_value *input = llm_object_member(block, "input");
    if (call == NULL)
        return;
    set(&call->id, llm_text_member(block, "id"));
    set(&call->name, llm_text_member(block, "name"));
    if (input != NULL && doc_count(input) > 0)
        doc_print(input, &call->arguments);
}

static void read_block(const struct doc_value *block, int64_t index, struct llm_sink *sink)
{
    const struct str type = llm_text_member(block, "type");
    if (str_equal(type, STR("text"))) {
        llm_sink_text(sink, llm_text_member(block, "text"));
    } else if (str_equal(type, STR("tool_use"))) {
        read_tool_use(block, index, sink->answer);
    } else if (str_equal(type, STR("thinking"))) {
        llm_sink_reasoning(sink, llm_text_member(block, "thinking"));
        add_thinking(sink->answer, llm_text_member(block, "thinking"),
                     llm_text_member(block, "signature"));
    } else if (str_equal(type, STR("redacted_thinking"))) {
        add_redacted(sink->answer, llm_text_member(block, "data"));
    }
}

static void settle_arguments(struct llm_answer *answer)
{
    for (size_t i = 0; i < answer->call_count; i++)
        if (answer->calls[i].arguments.len == 0)
            buf_append(&answer->calls[i].arguments, STR("{}"));
}

void llm_anthropic_read_body(const struct doc_value *body, struct llm_sink *sink)
{
    const struct doc_value *content = llm_array_member(body, "content");
    read_head(body, sink->answer);
    for (size_t i = 0; content != NULL && i < doc_count(content); i++)
        read_block(doc_at(content, i), (int64_t)i, sink);
    settle_arguments(sink->answer);
    set(&sink->answer->finish_reason, llm_text_member(body, "stop_reason"));
}

/* A thinking block of a stream grows in the answer's reasoning; where it begins is kept in the
 * length that the reasoning had. Its signature comes last and closes it. */
static void read_delta(const struct doc_value *data, struct llm_sink *sink)
{
    const struct doc_value *delta = llm_object_member(data, "delta");
    const struct str type = llm_text_member(delta, "type");
    struct llm_answer *answer = sink->answer;
    if (str_equal(type, STR("text_delta"))) {
        llm_sink_text(sink, llm_text_member(delta, "text"));
    } else if (str_equal(type, STR("thinking_delta"))) {
        llm_sink_reasoning(sink, llm_text_member(delta, "thinking"));
    } else if (str_equal(type, STR("signature_delta"))) {
        const struct str thinking = str_skip(buf_str(&answer->reasoning), answer->thinking_from);
        add_thinking(answer, thinking, llm_text_member(delta, "signature"));
        answer->thinking_from = answer->reasoning.len;
    } else if (str_equal(type, STR("input_json_delta"))) {
        struct llm_answer_call *call = llm_answer_call(answer, llm_int_member(data, "index", 0));
        if (call != NULL)
            buf_append(&call->arguments, llm_text_member(delta, "partial_json"));
    }
}

static void start_block(const struct doc_value *data, struct llm_sink *sink)
{
    const struct doc_value *block = llm_object_member(data, "content_block");
    const struct str type = llm_text_member(block, "type");
    if (str_equal(type, STR("thinking")))
        return; /* grows by deltas, and is added when its signature comes */
    read_block(block, llm_int_member(data, "index", 0), sink);
}

void llm_anthropic_read_event(struct str name, const struct doc_value *data, struct llm_sink *sink)
{
    const struct str named = llm_text_member(data, "type");
    const struct str type = str_is_empty(named) ? name : named;
    if (str_equal(type, STR("message_start"))) {
        read_head(llm_object_member(data, "message"), sink->answer);
    } else if (str_equal(type, STR("content_block_start"))) {
        start_block(data, sink);
    } else if (str_equal(type, STR("content_block_delta"))) {
        read_delta(data, sink);
    } else if (str_equal(type, STR("message_delta"))) {
        set(&sink->answer->finish_reason,
            llm_text_member(llm_object_member(data, "delta"), "stop_reason"));
        read_usage(llm_object_member(data, "usage"), &sink->answer->usage);
    } else if (str_equal(type, STR("message_stop"))) {
        settle_arguments(sink->answer);
        sink->is_complete = true;
    }
}

#include "agent/llm/chat_reader.h"

#include "agent/llm/reader.h"
#include "server/base/json.h"

static void set(struct buf *to, struct str text)
{
    if (str_is_empty(text))
        return;
    buf_clear(to);
    buf_append(to, text);
}

static void read_head(const struct doc_value *body, struct llm_answer *answer)
{
    set(&answer->id, llm_text_member(body, "id"));
    set(&answer->model, llm_text_member(body, "model"));
}

static void read_usage(const struct doc_value *body, struct llm_usage *usage)
{
    const struct doc_value *object = llm_object_member(body, "usage");
    if (object == NULL)
        return;
    const struct doc_value *prompt = llm_object_member(object, "prompt_tokens_details");
    const struct doc_value *output = llm_object_member(object, "completion_tokens_details");
    usage->prompt_tokens = llm_int_member(object, "prompt_tokens", 0);
    usage->completion_tokens = llm_int_member(object, "completion_tokens", 0);
    usage->cache_read_tokens = llm_int_member(prompt, "cached_tokens", 0);
    usage->cache_write_tokens = llm_int_member(prompt, "cache_creation_tokens", 0);
    usage->reasoning_tokens = llm_int_member(output, "reasoning_tokens", 0);
    usage->is_known = usage->prompt_tokens > 0 || usage->completion_tokens > 0;
}

static void read_call(const struct doc_value *item, size_t position, struct llm_answer *answer)
{
    const struct doc_value *function = llm_object_member(item, "function");
    struct llm_answer_call *call =
        llm_answer_call(answer, llm_int_member(item, "index", (int64_t)position));
    if (call == NULL)
        return;
    set(&call->id, llm_text_member(item, "id"));
    set(&call->name, llm_text_member(function, "name"));
    const struct str arguments = llm_text_member(function, "arguments");
    buf_append(&call->arguments, arguments);
}

/* Text comes as a string, or as parts with a text each. */
static void read_content(const struct doc_value *message, struct llm_sink *sink)
{
    llm_sink_text(sink, llm_text_member(message, "content"));
    const struct doc_value *parts = llm_array_member(message, "content");
    for (size_t i = 0; parts != NULL && i < doc_count(parts); i++)
        llm_sink_text(sink, llm_text_member(doc_at(parts, i), "text"));
}

static void read_reasoning(const struct doc_value *message, struct llm_sink *sink)
{
    const struct str text = llm_text_member(message, "reasoning_content");
    llm_sink_reasoning(sink, str_is_empty(text) ? llm_text_member(message, "reasoning") : text);
    const struct doc_value *blocks = llm_array_member(message, "thinking_blocks");
    for (size_t i = 0; blocks != NULL && i < doc_count(blocks); i++) {
        struct buf *to = &sink->answer->thinking_blocks;
        if (to->len > 0)
            buf_append_byte(to, ',');
        doc_print(doc_at(blocks, i), to);
    }
}

/* A whole message and a piece of one have the same members. */
static void read_message(const struct doc_value *message, struct llm_sink *sink)
{
    const struct doc_value *calls = llm_array_member(message, "tool_calls");
    read_reasoning(message, sink);
    read_content(message, sink);
    for (size_t i = 0; calls != NULL && i < doc_count(calls); i++)
        read_call(doc_at(calls, i), i, sink->answer);
}

static void read_choice(const struct doc_value *body, const char *member, struct llm_sink *sink)
{
    const struct doc_value *choices = llm_array_member(body, "choices");
    if (choices == NULL || doc_count(choices) == 0)
        return;
    const struct doc_value *choice = doc_at(choices, 0);
    read_message(llm_object_member(choice, member), sink);
    set(&sink->answer->finish_reason, llm_text_member(choice, "finish_reason"));
}

void llm_chat_read_body(const struct doc_value *body, struct llm_sink *sink)
{
    const struct doc_value *choices = llm_array_member(body, "choices");
    if (choices == NULL || doc_count(choices) == 0)
        return; /* an answer without choices is none, whatever its id */
    read_head(body, sink->answer);
    read_choice(body, "message", sink);
    read_usage(body, &sink->answer->usage);
}

void llm_chat_read_event(struct str name, const struct doc_value *data, struct llm_sink *sink)
{
    (void)name; /* the protocol has none */
    read_head(data, sink->answer);
    read_choice(data, "delta", sink);
    read_usage(data, &sink->answer->usage);
}

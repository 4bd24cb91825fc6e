#include "agent/llm/chat.h"

#include "agent/llm/config.h"
#include "agent/llm/request.h"
#include "server/base/jsonw.h"

static const char *const roles[] = {
    [LLM_SYSTEM] = "system",
    [LLM_USER] = "user",
    [LLM_ASSISTANT] = "assistant",
    [LLM_TOOL] = "tool",
};

/* --- messages --- */

static bool has_shown_image(const struct llm_config *config, const struct llm_message *message)
{
    for (size_t i = 0; config->has_vision && i < message->part_count; i++)
        if (str_is_set(message->parts[i].image))
            return true;
    return false;
}

static void write_image(struct jsonw *w, struct str url)
{
    jsonw_object(w);
    jsonw_cstr(w, "type", "image_url");
    jsonw_object_in(w, "image_url");
    jsonw_string(w, "url", url);
    jsonw_end(w);
    jsonw_end(w);
}

/* The mark stands behind the text of the last part, but for a tool's message: behind its last
 * member (§5.3). A system prompt is marked at its first part, which never changes. */
static void write_text(struct jsonw *w, struct str text, struct llm_fragment *fragment,
                       bool is_marked)
{
    jsonw_object(w);
    jsonw_cstr(w, "type", "text");
    jsonw_string(w, "text", text);
    if (is_marked) {
        fragment->has_mark = true;
        fragment->mark_at = fragment->json.len;
    }
    jsonw_end(w);
}

static bool is_mark_place(const struct llm_message *message, size_t i)
{
    if (message->role == LLM_SYSTEM)
        return i == 0;
    return message->role == LLM_USER && i + 1 == message->part_count;
}

static void write_parts(const struct llm_config *config, struct jsonw *w,
                        const struct llm_message *message, struct llm_fragment *fragment)
{
    jsonw_array_in(w, "content");
    fragment->content_from = fragment->json.len;
    for (size_t i = 0; i < message->part_count; i++) {
        const struct llm_part *part = &message->parts[i];
        if (str_is_set(part->text))
            write_text(w, part->text, fragment, is_mark_place(message, i));
        else if (config->has_vision)
            write_image(w, part->image);
    }
    fragment->content_to = fragment->json.len;
    jsonw_end(w);
}

static void write_string(struct jsonw *w, const struct llm_message *message)
{
    scoped_buf struct buf text = {0};
    llm_message_text(message, &text);
    jsonw_string(w, "content", buf_str(&text));
}

static void write_content(const struct llm_config *config, struct jsonw *w,
                          const struct llm_message *message, struct llm_fragment *fragment)
{
    if (message->role == LLM_ASSISTANT && message->part_count == 0)
        return;
    if (config->wants_string && !has_shown_image(config, message)) {
        write_string(w, message);
        return;
    }
    write_parts(config, w, message, fragment);
    fragment->is_plain_user = message->role == LLM_USER;
}

static void write_call(struct jsonw *w, const struct llm_call *call)
{
    jsonw_object(w);
    jsonw_string(w, "id", call->id);
    jsonw_cstr(w, "type", "function");
    jsonw_object_in(w, "function");
    jsonw_string(w, "name", call->name);
    jsonw_string(w, "arguments", call->arguments);
    jsonw_end(w);
    jsonw_end(w);
}

static void write_assistant(const struct llm_config *config, struct jsonw *w,
                            const struct llm_message *message)
{
    if (message->call_count > 0) {
        jsonw_array_in(w, "tool_calls");
        for (size_t i = 0; i < message->call_count; i++)
            write_call(w, &message->calls[i]);
        jsonw_end(w);
    }
    if (config->target.known.returns_reasoning && !str_is_empty(message->reasoning))
        jsonw_string(w, "reasoning_content", message->reasoning);
    if (!str_is_empty(message->thinking_blocks))
        jsonw_raw(w, "thinking_blocks", message->thinking_blocks);
}

void llm_chat_render(const struct llm_config *config, const struct llm_message *message,
                     struct llm_fragment *ret_fragment)
{
    *ret_fragment = (struct llm_fragment){.role = message->role};
    struct jsonw w;
    jsonw_init(&w, &ret_fragment->json);
    jsonw_object(&w);
    write_content(config, &w, message, ret_fragment);
    jsonw_cstr(&w, "role", roles[message->role]);
    if (message->role == LLM_ASSISTANT)
        write_assistant(config, &w, message);
    if (message->role == LLM_TOOL) {
        jsonw_string(&w, "tool_call_id", message->tool_call_id);
        jsonw_string(&w, "name", message->tool_name);
        ret_fragment->has_mark = true;
        ret_fragment->mark_at = ret_fragment->json.len;
    }
    jsonw_end(&w);
}

/* --- tools --- */

void llm_chat_render_tool(const struct llm_tool *tool, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "function");
    jsonw_object_in(&w, "function");
    jsonw_string(&w, "name", tool->name);
    jsonw_string(&w, "description", tool->description);
    jsonw_raw(&w, "parameters", tool->parameters);
    jsonw_end(&w);
    jsonw_end(&w);
}

/* --- the request --- */

static void write_sampling(struct jsonw *w, const struct llm_config *config)
{
    const bool reasons = config->target.known.reasons;
    if (config->has_temperature && !reasons)
        jsonw_double(w, "temperature", config->temperature);
    if (config->has_top_p && !reasons)
        jsonw_double(w, "top_p", config->top_p);
    if (config->has_top_k && !reasons)
        jsonw_double(w, "top_k", config->top_k);
    if (config->has_seed)
        jsonw_int(w, "seed", config->seed);
    if (reasons && !str_is_empty(config->reasoning_effort) &&
        !str_equal(config->reasoning_effort, STR("none")))
        jsonw_string(w, "reasoning_effort", config->reasoning_effort);
}

static void write_limits(struct jsonw *w, const struct llm_request *request)
{
    const struct llm_config *config = request->config;
    const bool is_azure = str_equal(config->target.provider->name, STR("azure"));
    if (config->max_output_tokens > 0)
        jsonw_int(w, is_azure ? "max_tokens" : "max_completion_tokens", config->max_output_tokens);
    if (!config->target.provider->takes_cache_key)
        return;
    if (str_is_set(request->cache_key))
        jsonw_string(w, "prompt_cache_key", request->cache_key);
    if (!is_azure && config->target.known.keeps_cache_a_day &&
        !str_is_empty(config->cache_retention))
        jsonw_string(w, "prompt_cache_retention", config->cache_retention);
}

static void write_stop_words(struct jsonw *w, const struct llm_config *config)
{
    if (config->native_tool_calling || config->disable_stop_word ||
        config->target.known.lacks_stop_words)
        return;
    jsonw_array_in(w, "stop");
    jsonw_cstr(w, NULL, "</function");
    jsonw_end(w);
}

void llm_chat_body(const struct llm_request *request, struct buf *out)
{
    const struct llm_config *config = request->config;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_array_in(&w, "messages");
    llm_request_join(request, LLM_SYSTEM, out);
    jsonw_end(&w);
    jsonw_string(&w, "model", config->target.model);
    write_limits(&w, request);
    write_sampling(&w, config);
    write_stop_words(&w, config);
    if (request->stream) {
        jsonw_bool(&w, "stream", true);
        jsonw_object_in(&w, "stream_options");
        jsonw_bool(&w, "include_usage", true);
        jsonw_end(&w);
    }
    if (!str_is_empty(request->tools)) {
        jsonw_array_in(&w, "tools");
        buf_append(out, request->tools);
        jsonw_end(&w);
    }
    if (!str_is_empty(config->extra_body)) {
        buf_append_byte(out, ',');
        buf_append(out, config->extra_body);
    }
    jsonw_end(&w);
}

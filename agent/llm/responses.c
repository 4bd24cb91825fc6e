#include "agent/llm/responses.h"

#include "agent/llm/config.h"
#include "agent/llm/request.h"
#include "server/base/jsonw.h"

/* A system message is kept as one JSON string, for the member "instructions". */

/* Items follow each other with commas; the writer counts per message, so the first is ours. */
static void begin_item(struct jsonw *w, struct buf *json)
{
    if (json->len > 0)
        buf_append_byte(json, ',');
    jsonw_init(w, json);
    jsonw_object(w);
}

static void write_input_part(const struct llm_config *config, struct jsonw *w,
                             const struct llm_part *part)
{
    if (str_is_set(part->text)) {
        jsonw_object(w);
        jsonw_cstr(w, "type", "input_text");
        jsonw_string(w, "text", part->text);
        jsonw_end(w);
    } else if (config->has_vision) {
        jsonw_object(w);
        jsonw_cstr(w, "type", "input_image");
        jsonw_string(w, "image_url", part->image);
        jsonw_cstr(w, "detail", "auto");
        jsonw_end(w);
    }
}

static void render_user(const struct llm_config *config, const struct llm_message *message,
                        struct llm_fragment *fragment)
{
    struct jsonw w;
    begin_item(&w, &fragment->json);
    jsonw_cstr(&w, "type", "message");
    jsonw_cstr(&w, "role", "user");
    jsonw_array_in(&w, "content");
    fragment->content_from = fragment->json.len;
    for (size_t i = 0; i < message->part_count; i++)
        write_input_part(config, &w, &message->parts[i]);
    fragment->content_to = fragment->json.len;
    fragment->is_plain_user = true;
    jsonw_end(&w);
    jsonw_end(&w);
}

static void render_text(const struct llm_message *message, struct buf *json)
{
    struct jsonw w;
    scoped_buf struct buf text = {0};
    llm_message_text(message, &text);
    if (text.len == 0)
        return;
    begin_item(&w, json);
    jsonw_cstr(&w, "type", "message");
    jsonw_cstr(&w, "role", "assistant");
    jsonw_array_in(&w, "content");
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "output_text");
    jsonw_string(&w, "text", buf_str(&text));
    jsonw_end(&w);
    jsonw_end(&w);
    jsonw_end(&w);
}

/* The id of an item begins with "fc". */
static void write_call_id(struct jsonw *w, const struct llm_call *call)
{
    scoped_buf struct buf id = {0};
    const struct str known = str_is_empty(call->item_id) ? call->id : call->item_id;
    if (!str_starts_with(known, STR("fc")))
        buf_append(&id, STR("fc_"));
    buf_append(&id, known);
    jsonw_string(w, "id", buf_str(&id));
}

static void render_assistant(const struct llm_message *message, struct buf *json)
{
    if (!str_is_empty(message->reasoning_item)) {
        if (json->len > 0)
            buf_append_byte(json, ',');
        buf_append(json, message->reasoning_item);
    }
    render_text(message, json);
    for (size_t i = 0; i < message->call_count; i++) {
        struct jsonw w;
        begin_item(&w, json);
        jsonw_cstr(&w, "type", "function_call");
        write_call_id(&w, &message->calls[i]);
        jsonw_string(&w, "call_id", message->calls[i].id);
        jsonw_string(&w, "name", message->calls[i].name);
        jsonw_string(&w, "arguments", message->calls[i].arguments);
        jsonw_end(&w);
    }
}

/* One output for each text, and one for each image. */
static void render_tool_part(const struct llm_config *config, const struct llm_message *message,
                             const struct llm_part *part, struct buf *json)
{
    struct jsonw w;
    if (!str_is_set(part->text) && !config->has_vision)
        return;
    begin_item(&w, json);
    jsonw_cstr(&w, "type", "function_call_output");
    jsonw_string(&w, "call_id", message->tool_call_id);
    if (str_is_set(part->text)) {
        jsonw_string(&w, "output", part->text);
    } else {
        jsonw_array_in(&w, "output");
        write_input_part(config, &w, part);
        jsonw_end(&w);
    }
    jsonw_end(&w);
}

static void render_tool(const struct llm_config *config, const struct llm_message *message,
                        struct buf *json)
{
    static const struct llm_part nothing = {.text = STR_INIT("")};
    for (size_t i = 0; i < message->part_count; i++)
        render_tool_part(config, message, &message->parts[i], json);
    if (json->len == 0) /* each call wants its output */
        render_tool_part(config, message, &nothing, json);
}

static void render_system(const struct llm_message *message, struct buf *json)
{
    scoped_buf struct buf text = {0};
    llm_message_text(message, &text);
    jsonw_quote(json, buf_str(&text));
}

void llm_responses_render(const struct llm_config *config, const struct llm_message *message,
                          struct llm_fragment *ret_fragment)
{
    *ret_fragment = (struct llm_fragment){.role = message->role};
    switch (message->role) {
    case LLM_SYSTEM:
        render_system(message, &ret_fragment->json);
        break;
    case LLM_USER:
        render_user(config, message, ret_fragment);
        break;
    case LLM_ASSISTANT:
        render_assistant(message, &ret_fragment->json);
        break;
    case LLM_TOOL:
        render_tool(config, message, &ret_fragment->json);
        break;
    }
}

void llm_responses_render_tool(const struct llm_tool *tool, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "function");
    jsonw_string(&w, "name", tool->name);
    jsonw_string(&w, "description", tool->description);
    jsonw_raw(&w, "parameters", tool->parameters);
    jsonw_bool(&w, "strict", false);
    jsonw_end(&w);
}

static void write_reasoning(struct jsonw *w, const struct llm_config *config)
{
    if (!config->target.known.reasons || str_is_empty(config->reasoning_effort))
        return;
    jsonw_object_in(w, "reasoning");
    jsonw_string(w, "effort", config->reasoning_effort);
    if (!str_is_empty(config->reasoning_summary))
        jsonw_string(w, "summary", config->reasoning_summary);
    jsonw_end(w);
}

static void write_instructions(struct jsonw *w, const struct llm_request *request)
{
    for (size_t i = 0; i < request->fragment_count; i++)
        if (request->fragments[i]->role == LLM_SYSTEM) {
            jsonw_raw(w, "instructions", buf_str(&request->fragments[i]->json));
            return;
        }
}

static void write_cache(struct jsonw *w, const struct llm_request *request)
{
    const struct llm_config *config = request->config;
    if (config->target.known.keeps_cache_a_day && !str_is_empty(config->cache_retention))
        jsonw_string(w, "prompt_cache_retention", config->cache_retention);
    if (str_is_set(request->cache_key))
        jsonw_string(w, "prompt_cache_key", request->cache_key);
}

void llm_responses_body(const struct llm_request *request, struct buf *out)
{
    const struct llm_config *config = request->config;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "model", config->target.model);
    jsonw_array_in(&w, "input");
    llm_request_join(request, LLM_USER, out);
    jsonw_end(&w);
    if (config->wants_encrypted_reasoning) {
        jsonw_array_in(&w, "include");
        jsonw_cstr(&w, NULL, "reasoning.encrypted_content");
        jsonw_end(&w);
    }
    write_instructions(&w, request);
    if (config->max_output_tokens > 0)
        jsonw_int(&w, "max_output_tokens", config->max_output_tokens);
    write_reasoning(&w, config);
    jsonw_bool(&w, "store", false);
    if (!str_is_empty(request->tools)) {
        jsonw_cstr(&w, "tool_choice", "auto");
        jsonw_array_in(&w, "tools");
        buf_append(out, request->tools);
        jsonw_end(&w);
    }
    write_cache(&w, request);
    if (request->stream)
        jsonw_bool(&w, "stream", true);
    if (!str_is_empty(config->extra_body)) {
        buf_append_byte(out, ',');
        buf_append(out, config->extra_body);
    }
    jsonw_end(&w);
}

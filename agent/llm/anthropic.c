#include "agent/llm/anthropic.h"

#include "agent/llm/config.h"
#include "agent/llm/request.h"
#include "server/base/jsonw.h"

/* A fragment is a row of content blocks without brackets; the body puts the blocks of neighbours of
 * one side into one message, because the protocol wants sides to alternate. */

#define DEFAULT_MAX_TOKENS 4096 /* the protocol demands a number */

static void write_source(struct jsonw *w, struct str url)
{
    const size_t comma = str_find_byte(url, ',');
    const size_t semicolon = str_find_byte(url, ';');
    jsonw_object_in(w, "source");
    if (str_starts_with(url, STR("data:")) && comma != SIZE_MAX && semicolon < comma) {
        jsonw_cstr(w, "type", "base64");
        jsonw_string(w, "media_type", str_slice(url, 5, semicolon));
        jsonw_string(w, "data", str_skip(url, comma + 1));
    } else {
        jsonw_cstr(w, "type", "url");
        jsonw_string(w, "url", url);
    }
    jsonw_end(w);
}

static void write_part(const struct llm_config *config, struct jsonw *w,
                       const struct llm_part *part)
{
    if (str_is_set(part->text)) {
        if (str_is_empty(str_trim(part->text)))
            return; /* the protocol refuses blank texts */
        jsonw_object(w);
        jsonw_cstr(w, "type", "text");
        jsonw_string(w, "text", part->text);
        jsonw_end(w);
    } else if (config->has_vision) {
        jsonw_object(w);
        jsonw_cstr(w, "type", "image");
        write_source(w, part->image);
        jsonw_end(w);
    }
}

/* The end of the block that closes the fragment is the place of the mark. */
static void mark_last_block(struct llm_fragment *fragment)
{
    if (fragment->json.len == 0)
        return;
    fragment->has_mark = true;
    fragment->mark_at = fragment->json.len - 1;
}

/* Blocks as a row: an array of which only the inside is kept. */
static void begin_row(struct jsonw *w, struct buf *json)
{
    jsonw_init(w, json);
    jsonw_array(w);
}

static void end_row(struct jsonw *w, struct buf *json)
{
    jsonw_end(w);
    buf_truncate(json, json->len - 1);
    buf_consume(json, 1);
}

static void write_call(struct jsonw *w, const struct llm_call *call)
{
    jsonw_object(w);
    jsonw_cstr(w, "type", "tool_use");
    jsonw_string(w, "id", call->id);
    jsonw_string(w, "name", call->name);
    jsonw_raw(w, "input", str_is_empty(call->arguments) ? STR("{}") : call->arguments);
    jsonw_end(w);
}

static void write_result(const struct llm_config *config, struct jsonw *w,
                         const struct llm_message *message)
{
    jsonw_object(w);
    jsonw_cstr(w, "type", "tool_result");
    jsonw_string(w, "tool_use_id", message->tool_call_id);
    jsonw_array_in(w, "content");
    for (size_t i = 0; i < message->part_count; i++)
        write_part(config, w, &message->parts[i]);
    jsonw_end(w);
    jsonw_end(w);
}

/* An array's items; the array itself is given with brackets. */
static void write_thinking(struct jsonw *w, struct str blocks)
{
    const struct str items = str_trim(blocks);
    if (items.len > 2)
        jsonw_raw(w, NULL, str_slice(items, 1, items.len - 1));
}

void llm_anthropic_render(const struct llm_config *config, const struct llm_message *message,
                          struct llm_fragment *ret_fragment)
{
    *ret_fragment = (struct llm_fragment){.role = message->role};
    struct buf *json = &ret_fragment->json;
    struct jsonw w;
    begin_row(&w, json);
    if (message->role == LLM_TOOL) {
        write_result(config, &w, message);
    } else {
        write_thinking(&w, message->thinking_blocks);
        for (size_t i = 0; i < message->part_count; i++) {
            write_part(config, &w, &message->parts[i]);
            if (message->role == LLM_SYSTEM && i == 0) {
                ret_fragment->has_mark = true; /* the first part never changes */
                ret_fragment->mark_at = json->len - 2;
            }
        }
        for (size_t i = 0; i < message->call_count; i++)
            write_call(&w, &message->calls[i]);
    }
    end_row(&w, json);
    if (message->role == LLM_USER || message->role == LLM_TOOL)
        mark_last_block(ret_fragment);
}

void llm_anthropic_render_tool(const struct llm_tool *tool, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "custom");
    jsonw_string(&w, "name", tool->name);
    jsonw_raw(&w, "input_schema", tool->parameters);
    jsonw_string(&w, "description", tool->description);
    jsonw_end(&w);
}

static bool is_users_side(enum llm_role role)
{
    return role != LLM_ASSISTANT;
}

static void append_blocks(const struct llm_fragment *fragment, bool is_marked, struct buf *out)
{
    const struct str json = buf_str(&fragment->json);
    if (!is_marked || !fragment->has_mark) {
        buf_append(out, json);
        return;
    }
    buf_append(out, str_slice(json, 0, fragment->mark_at));
    buf_append(out, STR(LLM_CACHE_MARK));
    buf_append(out, str_skip(json, fragment->mark_at));
}

/* The newest message of the user's side carries a mark. */
static size_t marked_fragment(const struct llm_request *request)
{
    const struct llm_config *config = request->config;
    if (!config->caching_prompt || !config->target.known.marks_cache)
        return SIZE_MAX;
    for (size_t i = request->fragment_count; i > 0; i--)
        if (request->fragments[i - 1]->has_mark && request->fragments[i - 1]->role != LLM_SYSTEM)
            return i - 1;
    return SIZE_MAX;
}

static void write_messages(const struct llm_request *request, struct buf *out)
{
    const size_t marked = marked_fragment(request);
    bool is_open = false;
    bool is_user = false;
    for (size_t i = 0; i < request->fragment_count; i++) {
        const struct llm_fragment *fragment = request->fragments[i];
        if (fragment->role == LLM_SYSTEM || fragment->json.len == 0)
            continue;
        if (is_open && is_user == is_users_side(fragment->role)) {
            buf_append_byte(out, ',');
        } else {
            is_user = is_users_side(fragment->role);
            buf_append(out, is_open ? STR("]},") : STR(""));
            buf_printf(out, "{\"role\":\"%s\",\"content\":[", is_user ? "user" : "assistant");
            is_open = true;
        }
        append_blocks(fragment, i == marked, out);
    }
    if (is_open)
        buf_append(out, STR("]}"));
}

static void write_system(struct jsonw *w, const struct llm_request *request, struct buf *out)
{
    const bool is_marked =
        request->config->caching_prompt && request->config->target.known.marks_cache;
    for (size_t i = 0; i < request->fragment_count; i++) {
        if (request->fragments[i]->role != LLM_SYSTEM)
            continue;
        jsonw_array_in(w, "system");
        append_blocks(request->fragments[i], is_marked, out);
        jsonw_end(w);
        return;
    }
}

static void write_thinking_budget(struct jsonw *w, const struct llm_config *config, int64_t limit)
{
    if (!config->target.known.has_thinking_budget || config->thinking_budget <= 0 || limit < 2)
        return;
    const int64_t budget = config->thinking_budget < limit ? config->thinking_budget : limit - 1;
    jsonw_object_in(w, "thinking");
    jsonw_cstr(w, "type", "enabled");
    jsonw_int(w, "budget_tokens", budget);
    jsonw_end(w);
}

void llm_anthropic_body(const struct llm_request *request, struct buf *out)
{
    const struct llm_config *config = request->config;
    const int64_t limit =
        config->max_output_tokens > 0 ? config->max_output_tokens : DEFAULT_MAX_TOKENS;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "model", config->target.model);
    jsonw_array_in(&w, "messages");
    write_messages(request, out);
    jsonw_end(&w);
    write_system(&w, request, out);
    if (!str_is_empty(request->tools)) {
        jsonw_array_in(&w, "tools");
        buf_append(out, request->tools);
        jsonw_end(&w);
    }
    jsonw_int(&w, "max_tokens", limit);
    write_thinking_budget(&w, config, limit);
    if (config->has_temperature && !config->target.known.has_thinking_budget)
        jsonw_double(&w, "temperature", config->temperature);
    if (request->stream)
        jsonw_bool(&w, "stream", true);
    if (!str_is_empty(config->extra_body)) {
        buf_append_byte(out, ',');
        buf_append(out, config->extra_body);
    }
    jsonw_end(&w);
}

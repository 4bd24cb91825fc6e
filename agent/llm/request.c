#include "agent/llm/request.h"

#include "agent/llm/anthropic.h"
#include "agent/llm/chat.h"
#include "agent/llm/config.h"
#include "agent/llm/responses.h"

struct protocol {
    const char *path;
    void (*render)(const struct llm_config *config, const struct llm_message *message,
                   struct llm_fragment *ret_fragment);
    void (*render_tool)(const struct llm_tool *tool, struct buf *out);
    void (*body)(const struct llm_request *request, struct buf *out);
};

static const struct protocol protocols[] = {
    [LLM_CHAT] = {"/chat/completions", llm_chat_render, llm_chat_render_tool, llm_chat_body},
    [LLM_RESPONSES] = {"/responses", llm_responses_render, llm_responses_render_tool,
                       llm_responses_body},
    [LLM_ANTHROPIC] = {"/v1/messages", llm_anthropic_render, llm_anthropic_render_tool,
                       llm_anthropic_body},
};

void llm_request_render(const struct llm_config *config, const struct llm_message *message,
                        struct llm_fragment *ret_fragment)
{
    protocols[config->protocol].render(config, message, ret_fragment);
}

void llm_request_render_tools(const struct llm_config *config, const struct llm_tool *tools,
                              size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        protocols[config->protocol].render_tool(&tools[i], out);
    }
}

void llm_request_url(const struct llm_config *config, struct buf *out)
{
    buf_append(out, config->base_url);
    if (config->target.provider->auth == LLM_AUTH_API_KEY) {
        const struct str version =
            str_is_empty(config->api_version) ? STR("2024-12-01-preview") : config->api_version;
        buf_printf(out, "/openai/deployments/%.*s%s?api-version=%.*s",
                   STR_ARG(config->target.model), protocols[config->protocol].path,
                   STR_ARG(version));
        return;
    }
    buf_append(out, str_from(protocols[config->protocol].path));
}

void llm_request_body(const struct llm_request *request, struct buf *out)
{
    protocols[request->config->protocol].body(request, out);
}

typedef void (*add_header_fn)(void *owner, struct str name, struct str value);

static void add_key(const struct llm_config *config, add_header_fn add, void *owner)
{
    if (!str_is_set(config->api_key))
        return;
    switch (config->target.provider->auth) {
    case LLM_AUTH_X_API_KEY:
        add(owner, STR("x-api-key"), config->api_key);
        break;
    case LLM_AUTH_API_KEY:
        add(owner, STR("api-key"), config->api_key);
        break;
    case LLM_AUTH_BEARER: {
        scoped_buf struct buf value = {0};
        buf_append(&value, STR("Bearer "));
        buf_append(&value, config->api_key);
        add(owner, STR("Authorization"), buf_str(&value));
        break;
    }
    }
}

void llm_request_headers(const struct llm_request *request, add_header_fn add, void *owner)
{
    const struct llm_config *config = request->config;
    add(owner, STR("Content-Type"), STR("application/json"));
    add(owner, STR("HTTP-Referer"), STR("https://docs.all-hands.dev/"));
    add(owner, STR("X-Title"), STR("OpenHands"));
    if (config->protocol == LLM_ANTHROPIC)
        add(owner, STR("anthropic-version"), STR("2023-06-01"));
    if (config->protocol == LLM_ANTHROPIC && config->target.known.has_thinking_budget)
        add(owner, STR("anthropic-beta"), STR("interleaved-thinking-2025-05-14"));
    if (str_is_set(request->cache_key))
        add(owner, STR("x-litellm-session-id"), request->cache_key);
    add_key(config, add, owner);
    for (size_t i = 0; i < config->header_count; i++)
        add(owner, config->headers[i].name, config->headers[i].value);
}

/* --- joining --- */

static bool wants_marks(const struct llm_request *request)
{
    return request->config->caching_prompt && request->config->target.known.marks_cache;
}

/* The newest message that can carry a mark; the system prompt carries its own. */
static size_t newest_mark(const struct llm_request *request)
{
    for (size_t i = request->fragment_count; i > 0; i--) {
        const struct llm_fragment *fragment = request->fragments[i - 1];
        if (fragment->has_mark && fragment->role != LLM_SYSTEM)
            return i - 1;
    }
    return SIZE_MAX;
}

/* The bytes from `from` to `to` of a fragment, with its mark when it is asked for. */
static void append_range(const struct llm_fragment *fragment, size_t from, size_t to,
                         bool is_marked, struct buf *out)
{
    const struct str json = buf_str(&fragment->json);
    if (!is_marked || fragment->mark_at < from || fragment->mark_at > to) {
        buf_append(out, str_slice(json, from, to));
        return;
    }
    buf_append(out, str_slice(json, from, fragment->mark_at));
    buf_append(out, STR(LLM_CACHE_MARK));
    buf_append(out, str_slice(json, fragment->mark_at, to));
}

/* Messages of the user's that follow each other become one, with the content of all. */
static size_t append_message(const struct llm_request *request, size_t first, size_t marked,
                             struct buf *out)
{
    const struct llm_fragment *opening = request->fragments[first];
    const bool has_own_mark = opening->role == LLM_SYSTEM && wants_marks(request);
    if (!opening->is_plain_user) {
        append_range(opening, 0, opening->json.len, has_own_mark || first == marked, out);
        return first + 1;
    }
    append_range(opening, 0, opening->content_to, first == marked, out);
    size_t next = first + 1;
    for (; next < request->fragment_count && request->fragments[next]->is_plain_user; next++) {
        const struct llm_fragment *fragment = request->fragments[next];
        if (fragment->content_from == fragment->content_to)
            continue;
        buf_append_byte(out, ',');
        append_range(fragment, fragment->content_from, fragment->content_to, next == marked, out);
    }
    buf_append(out, str_skip(buf_str(&opening->json), opening->content_to));
    return next;
}

void llm_request_join(const struct llm_request *request, enum llm_role from, struct buf *out)
{
    const size_t marked = wants_marks(request) ? newest_mark(request) : SIZE_MAX;
    bool is_first = true;
    for (size_t i = 0; i < request->fragment_count;) {
        const struct llm_fragment *fragment = request->fragments[i];
        if (fragment->role < from || fragment->json.len == 0) {
            i++;
            continue;
        }
        if (!is_first)
            buf_append_byte(out, ',');
        is_first = false;
        i = append_message(request, i, marked, out);
    }
}

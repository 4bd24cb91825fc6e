#include "agent/view_render.h"

#include "agent/llm/config.h"
#include "agent/llm/message.h"
#include "agent/llm/request.h"
#include "agent/message_parts.h"
#include "agent/observation.h"
#include "agent/prompt_calls.h"
#include "agent/truncate.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/* --- members of an event --- */

static const struct doc_value *member(const struct doc_value *object, const char *name)
{
    return object == NULL || doc_kind(object) != DOC_OBJECT ? NULL
                                                            : doc_find(object, str_from(name));
}

static struct str text_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = member(object, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

/* A member that goes along as JSON; STR_NULL when it is empty. */
static struct str json_member(struct arena *arena, const struct doc_value *object, const char *name,
                              enum doc_kind kind)
{
    scoped_buf struct buf text = {0};
    const struct doc_value *value = member(object, name);
    if (value == NULL || doc_kind(value) != kind || doc_count(value) == 0)
        return STR_NULL;
    doc_print(value, &text);
    return arena_copy(arena, buf_str(&text));
}

static size_t count_images(const struct message_parts *parts)
{
    size_t count = 0;
    for (size_t i = 0; i < parts->count; i++)
        count += str_is_set(parts->items[i].image);
    return count;
}

/* An assistant's text may be empty; some providers refuse that. */
static void drop_empty_texts(struct message_parts *parts)
{
    size_t kept = 0;
    for (size_t i = 0; i < parts->count; i++)
        if (str_is_set(parts->items[i].image) || !str_is_empty(parts->items[i].text))
            parts->items[kept++] = parts->items[i];
    parts->count = kept;
}

static struct str concat(struct arena *arena, struct str a, struct str b)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, a);
    buf_append(&text, b);
    return arena_copy(arena, buf_str(&text));
}

/* --- messages --- */

static enum llm_role read_role(struct str name)
{
    if (str_equal(name, STR("assistant")))
        return LLM_ASSISTANT;
    return str_equal(name, STR("system")) ? LLM_SYSTEM : LLM_USER;
}

static void add_framed(struct message_parts *parts, const struct doc_value *event,
                       const struct view_render_frame *frame)
{
    if (!str_is_empty(frame->prefix))
        message_parts_add_text(parts, frame->prefix);
    message_parts_add_content(parts, member(member(event, "llm_message"), "content"));
    message_parts_add_content(parts, member(event, "extended_content"));
    if (!str_is_empty(frame->suffix))
        message_parts_add_text(parts, frame->suffix);
}

static void add_thinking(struct llm_message *message, struct arena *arena,
                         const struct doc_value *from)
{
    message->reasoning = text_member(from, "reasoning_content");
    message->thinking_blocks = json_member(arena, from, "thinking_blocks", DOC_ARRAY);
    message->reasoning_item = json_member(arena, from, "responses_reasoning_item", DOC_OBJECT);
}

static bool says_nothing(const struct llm_message *message)
{
    return message->part_count == 0 && message->call_count == 0 &&
           str_is_empty(message->thinking_blocks) && str_is_empty(message->reasoning_item);
}

size_t view_render_message(const struct llm_config *config, const struct doc_value *event,
                           const struct view_render_frame *frame, struct llm_fragment *ret_fragment)
{
    const struct doc_value *source = member(event, "llm_message");
    struct llm_message message = {.role = read_role(text_member(source, "role"))};
    struct message_parts parts = {0};
    add_framed(&parts, event, frame);
    if (message.role == LLM_ASSISTANT) {
        drop_empty_texts(&parts);
        add_thinking(&message, &parts.arena, source);
    }
    message.parts = parts.items;
    message.part_count = parts.count;
    const size_t image_count = count_images(&parts);
    if (says_nothing(&message))
        *ret_fragment = (struct llm_fragment){.role = message.role};
    else
        llm_request_render(config, &message, ret_fragment);
    message_parts_fini(&parts);
    return image_count;
}

void view_render_system(const struct llm_config *config, const struct doc_value *event,
                        struct str suffix, struct llm_fragment *ret_fragment)
{
    struct message_parts parts = {0};
    const struct str dynamic = text_member(member(event, "dynamic_context"), "text");
    message_parts_add_text(&parts, text_member(member(event, "system_prompt"), "text"));
    if (!str_is_empty(dynamic))
        message_parts_add_text(&parts, dynamic);
    struct str *last = &parts.items[parts.count - 1].text;
    if (!str_is_empty(suffix))
        *last = concat(&parts.arena, *last, suffix);
    const struct llm_message message = {
        .role = LLM_SYSTEM, .parts = parts.items, .part_count = parts.count};
    llm_request_render(config, &message, ret_fragment);
    message_parts_fini(&parts);
}

void view_render_summary(const struct llm_config *config, struct str summary,
                         struct llm_fragment *ret_fragment)
{
    const struct llm_part part = {.text = str_is_set(summary) ? summary : STR("")};
    const struct llm_message message = {.role = LLM_USER, .parts = &part, .part_count = 1};
    llm_request_render(config, &message, ret_fragment);
}

/* --- calls --- */

static struct llm_call read_call(const struct doc_value *event)
{
    const struct doc_value *call = member(event, "tool_call");
    const struct str id = text_member(call, "id");
    const struct str name = text_member(call, "name");
    const struct str arguments = text_member(call, "arguments");
    return (struct llm_call){
        .id = str_is_set(id) ? id : text_member(event, "tool_call_id"),
        .item_id = text_member(call, "responses_item_id"),
        .name = str_is_set(name) ? name : text_member(event, "tool_name"),
        .arguments = str_is_empty(arguments) ? STR("{}") : arguments,
    };
}

/* The calls as text behind the thought. */
static void render_calls_as_text(const struct llm_config *config, struct llm_message *message,
                                 struct message_parts *parts, struct llm_fragment *ret_fragment)
{
    scoped_buf struct buf text = {0};
    llm_message_text(message, &text);
    for (size_t i = 0; i < message->call_count; i++) {
        if (text.len > 0)
            buf_append(&text, STR("\n\n"));
        prompt_calls_write(message->calls[i].name, message->calls[i].arguments, &text);
    }
    parts->count = 0;
    message_parts_add_text(parts, buf_str(&text));
    message->parts = parts->items;
    message->part_count = parts->count;
    message->call_count = 0;
    llm_request_render(config, message, ret_fragment);
}

void view_render_actions(const struct llm_config *config, const struct doc_value *const *events,
                         size_t count, struct llm_fragment *ret_fragment)
{
    scoped_free struct llm_call *calls = mem_zero(count, sizeof(*calls));
    struct llm_message message = {.role = LLM_ASSISTANT, .calls = calls, .call_count = count};
    struct message_parts parts = {0};
    for (size_t i = 0; i < count; i++)
        calls[i] = read_call(events[i]);
    message_parts_add_content(&parts, member(events[0], "thought"));
    drop_empty_texts(&parts);
    add_thinking(&message, &parts.arena, events[0]);
    message.parts = parts.items;
    message.part_count = parts.count;
    if (config->native_tool_calling)
        llm_request_render(config, &message, ret_fragment);
    else
        render_calls_as_text(config, &message, &parts, ret_fragment);
    message_parts_fini(&parts);
}

/* --- results --- */

static void cut_long_texts(struct message_parts *parts)
{
    const struct truncate_options limits = {.limit = VIEW_MAX_RESULT_CHARS};
    for (size_t i = 0; i < parts->count; i++) {
        scoped_buf struct buf cut = {0};
        if (utf8_count(parts->items[i].text) <= limits.limit)
            continue;
        truncate_append(parts->items[i].text, &limits, &cut);
        parts->items[i].text = arena_copy(&parts->arena, buf_str(&cut));
    }
}

/* Without native calls a result is a message of the user's, and its first text says of what. */
static void name_tool(struct message_parts *parts, struct str tool_name)
{
    scoped_buf struct buf text = {0};
    prompt_calls_write_result(tool_name, &text);
    if (parts->count == 0 || !str_is_set(parts->items[0].text)) {
        message_parts_add_text(parts, arena_copy(&parts->arena, buf_str(&text)));
        return;
    }
    parts->items[0].text = concat(&parts->arena, buf_str(&text), parts->items[0].text);
}

static size_t render_result_parts(const struct llm_config *config, const struct doc_value *event,
                                  struct message_parts *parts, struct llm_fragment *ret_fragment)
{
    cut_long_texts(parts);
    if (!config->native_tool_calling)
        name_tool(parts, text_member(event, "tool_name"));
    const struct llm_message message = {
        .role = config->native_tool_calling ? LLM_TOOL : LLM_USER,
        .parts = parts->items,
        .part_count = parts->count,
        .tool_call_id = text_member(event, "tool_call_id"),
        .tool_name = text_member(event, "tool_name"),
    };
    llm_request_render(config, &message, ret_fragment);
    return count_images(parts);
}

size_t view_render_result(const struct llm_config *config, const struct doc_value *event,
                          struct str save_dir, struct llm_fragment *ret_fragment)
{
    struct message_parts parts = {0};
    const struct doc_value *payload = member(event, "observation");
    const struct str reason = text_member(event, "rejection_reason");
    if (payload != NULL)
        observation_parts(payload, save_dir, &parts);
    else if (str_is_set(reason))
        message_parts_add_text(&parts, concat(&parts.arena, STR("Action rejected: "), reason));
    else
        message_parts_add_text(&parts, text_member(event, "error"));
    message_parts_add_content(&parts, member(event, "extended_content"));
    const size_t image_count = render_result_parts(config, event, &parts, ret_fragment);
    message_parts_fini(&parts);
    return image_count;
}

#include "agent/observation.h"

#include "agent/message_parts.h"
#include "agent/secret_mask.h"
#include "agent/truncate.h"
#include "server/base/json.h"
#include "server/base/mem.h"

#define MAX_JSON_DEPTH 24 /* of a value that is copied; deeper ones are null */

void observation_begin(struct observation *observation, const struct secret_mask *mask,
                       struct str kind)
{
    *observation = (struct observation){.mask = mask, .kind = kind};
    jsonw_init(&observation->w, &observation->json);
    jsonw_object(&observation->w);
    jsonw_array_in(&observation->w, "content");
}

static void write_string(struct observation *observation, const char *name, struct str value)
{
    scoped_buf struct buf masked = {0};
    if (observation->mask == NULL) {
        jsonw_string(&observation->w, name, value);
        return;
    }
    secret_mask_apply(observation->mask, value, &masked);
    jsonw_string(&observation->w, name, buf_str(&masked));
}

void observation_text(struct observation *observation, struct str text)
{
    struct jsonw *w = &observation->w;
    jsonw_object(w);
    jsonw_bool(w, "cache_prompt", false);
    jsonw_string(w, "type", STR("text"));
    write_string(observation, "text", text);
    jsonw_end(w);
}

void observation_image(struct observation *observation, struct str url)
{
    struct jsonw *w = &observation->w;
    jsonw_object(w);
    jsonw_bool(w, "cache_prompt", false);
    jsonw_string(w, "type", STR("image"));
    jsonw_array_in(w, "image_urls");
    if (str_starts_with(url, STR("data:")))
        jsonw_string(w, NULL, url);
    else
        write_string(observation, NULL, url);
    jsonw_end(w);
    jsonw_end(w);
}

void observation_content_end(struct observation *observation, bool is_error)
{
    jsonw_end(&observation->w);
    jsonw_bool(&observation->w, "is_error", is_error);
}

void observation_string(struct observation *observation, const char *name, struct str value)
{
    if (str_is_set(value))
        write_string(observation, name, value);
}

void observation_int(struct observation *observation, const char *name, int64_t value)
{
    jsonw_int(&observation->w, name, value);
}

void observation_bool(struct observation *observation, const char *name, bool value)
{
    jsonw_bool(&observation->w, name, value);
}

static void write_value(struct observation *observation, const struct doc_value *value,
                        unsigned depth);

static void write_members(struct observation *observation, const struct doc_value *object,
                          unsigned depth)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    jsonw_object(&observation->w);
    while (doc_next(object, &iterator, &name, &value)) {
        if (doc_kind(value) == DOC_NULL)
            continue;
        jsonw_name(&observation->w, name);
        write_value(observation, value, depth + 1);
    }
    jsonw_end(&observation->w);
}

static void write_items(struct observation *observation, const struct doc_value *array,
                        unsigned depth)
{
    jsonw_array(&observation->w);
    for (size_t i = 0; i < doc_count(array); i++)
        write_value(observation, doc_at(array, i), depth + 1);
    jsonw_end(&observation->w);
}

static void write_scalar(struct observation *observation, const struct doc_value *value)
{
    scoped_buf struct buf json = {0};
    doc_print(value, &json);
    jsonw_raw(&observation->w, NULL, buf_str(&json));
}

/* Deeper than any real result: not worth a stack of our own. */
static void write_value(struct observation *observation, const struct doc_value *value,
                        unsigned depth)
{
    const enum doc_kind kind = doc_kind(value);
    if (depth > MAX_JSON_DEPTH)
        jsonw_null(&observation->w, NULL);
    else if (kind == DOC_OBJECT)
        write_members(observation, value, depth);
    else if (kind == DOC_ARRAY)
        write_items(observation, value, depth);
    else if (kind == DOC_STRING)
        write_string(observation, NULL, doc_string(value));
    else
        write_scalar(observation, value);
}

void observation_json(struct observation *observation, const char *name,
                      const struct doc_value *value)
{
    jsonw_name(&observation->w, str_from(name));
    write_value(observation, value, 0);
}

struct buf observation_finish(struct observation *observation)
{
    jsonw_string(&observation->w, "kind", observation->kind);
    jsonw_end(&observation->w);
    return buf_take(&observation->json);
}

void observation_fini(struct observation *observation)
{
    buf_fini(&observation->json);
}

static struct str find_text(const struct doc_value *object, const char *name)
{
    const struct doc_value *value =
        object != NULL && doc_kind(object) == DOC_OBJECT ? doc_find(object, str_from(name)) : NULL;
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static bool is_true(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_BOOL && doc_bool(value);
}

static void append_texts(const struct doc_value *content, struct buf *out)
{
    for (size_t i = 0; content != NULL && i < doc_count(content); i++)
        buf_append(out, find_text(doc_at(content, i), "text"));
}

static void append_line(struct buf *out, const char *label, struct str value)
{
    if (value.len > 0)
        buf_printf(out, "\n[%s: %.*s]", label, STR_ARG(value));
}

static void append_exit_code(struct buf *out, const struct doc_value *metadata)
{
    const struct doc_value *code = metadata != NULL ? doc_find(metadata, STR("exit_code")) : NULL;
    if (code != NULL && doc_kind(code) == DOC_INT && doc_int(code) != -1)
        buf_printf(out, "\n[Command finished with exit code %lld]", (long long)doc_int(code));
}

/* The text between prefix and suffix, and what is known of the shell. */
static void add_terminal(const struct doc_value *observation, struct str save_dir,
                         struct message_parts *parts)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf limited = {0};
    const struct doc_value *metadata = doc_find(observation, STR("metadata"));
    const bool is_saved = str_is_set(find_text(observation, "full_output_save_dir"));
    const struct truncate_options limit = {.limit = OBSERVATION_MAX_TEXT,
                                           .save_dir = is_saved ? save_dir : STR_NULL,
                                           .prefix = STR("terminal")};
    buf_append(&text, find_text(metadata, "prefix"));
    append_texts(doc_find(observation, STR("content")), &text);
    buf_append(&text, find_text(metadata, "suffix"));
    append_line(&text, "Current working directory", find_text(metadata, "working_dir"));
    append_line(&text, "Python interpreter", find_text(metadata, "py_interpreter_path"));
    append_exit_code(&text, metadata);
    truncate_append(buf_str(&text), &limit, &limited);
    message_parts_add_text(parts, arena_copy(&parts->arena, buf_str(&limited)));
}

/* Who has worked on a task, in front of its result. */
static void add_task_header(const struct doc_value *observation, struct message_parts *parts)
{
    message_parts_add_text(parts, arena_printf(&parts->arena,
                                               "Task ID: %.*s\nSubagent: %.*s\nStatus: %.*s",
                                               STR_ARG(find_text(observation, "task_id")),
                                               STR_ARG(find_text(observation, "subagent")),
                                               STR_ARG(find_text(observation, "status"))));
}

void observation_parts(const struct doc_value *observation, struct str save_dir,
                       struct message_parts *parts)
{
    const struct str kind = find_text(observation, "kind");
    if (str_equal(kind, STR("TaskObservation")))
        add_task_header(observation, parts);
    if (is_true(observation, "is_error"))
        message_parts_add_text(parts, STR(OBSERVATION_ERROR_HEADER));
    if (str_equal(kind, STR("TerminalObservation")))
        add_terminal(observation, save_dir, parts);
    else
        message_parts_add_content(parts, doc_find(observation, STR("content")));
}

#include "api/v1/conversation_message.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/schema.h"
#include "server/base/schema_issue.h"
#include "server/base/utf8.h"

/* --- content --- */

struct problem {
    const char *type;
    const char *message;
};

static const struct problem not_an_object = {
    "model_attributes_type", "Input should be a valid dictionary or object to extract fields from"};
static const struct problem unknown_type = {"literal_error", "Input should be 'text' or 'image'"};
static const struct problem no_text = {"string_type", "Input should be a valid string"};
static const struct problem no_list = {"list_type", "Input should be a valid list"};
static const struct problem more_members = {"extra_forbidden", "Extra inputs are not permitted"};

static struct str text_member(const struct doc_value *object, struct str name)
{
    const struct doc_value *value = doc_find(object, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static bool caches(const struct doc_value *item)
{
    const struct doc_value *value = doc_find(item, STR("cache_prompt"));
    return value != NULL && doc_kind(value) == DOC_BOOL && doc_bool(value);
}

/* The last one is of clients up to 1.15, and means nothing here. */
static bool is_text_member(struct str name)
{
    return str_equal(name, STR("type")) || str_equal(name, STR("text")) ||
           str_equal(name, STR("cache_prompt")) || str_equal(name, STR("enable_truncation"));
}

static const struct problem *write_text(const struct doc_value *item, struct jsonw *w)
{
    const struct str text = text_member(item, STR("text"));
    void *at = NULL;
    struct str name;
    const struct doc_value *value;
    if (!str_is_set(text))
        return &no_text;
    while (doc_next(item, &at, &name, &value)) {
        if (!is_text_member(name))
            return &more_members;
    }
    jsonw_object(w);
    jsonw_bool(w, "cache_prompt", caches(item));
    jsonw_cstr(w, "type", "text");
    jsonw_string(w, "text", text);
    jsonw_end(w);
    return NULL;
}

static const struct problem *check_urls(const struct doc_value *urls)
{
    if (urls == NULL || doc_kind(urls) != DOC_ARRAY)
        return &no_list;
    for (size_t i = 0; i < doc_count(urls); i++) {
        if (doc_kind(doc_at(urls, i)) != DOC_STRING)
            return &no_text;
    }
    return NULL;
}

static const struct problem *write_image(const struct doc_value *item, struct jsonw *w)
{
    const struct doc_value *urls = doc_find(item, STR("image_urls"));
    const struct problem *problem = check_urls(urls);
    if (problem != NULL)
        return problem;
    jsonw_object(w);
    jsonw_bool(w, "cache_prompt", caches(item));
    jsonw_cstr(w, "type", "image");
    jsonw_array_in(w, "image_urls");
    for (size_t i = 0; i < doc_count(urls); i++)
        jsonw_string(w, NULL, doc_string(doc_at(urls, i)));
    jsonw_end(w);
    jsonw_end(w);
    return NULL;
}

/* What has no type is known by its other members. */
static const struct problem *write_item(const struct doc_value *item, struct jsonw *w)
{
    if (doc_kind(item) != DOC_OBJECT)
        return &not_an_object;
    const bool has_type = doc_find(item, STR("type")) != NULL;
    const struct str type = text_member(item, STR("type"));
    if (str_equal(type, STR("text")) || (!has_type && doc_find(item, STR("text")) != NULL))
        return write_text(item, w);
    if (str_equal(type, STR("image")) || (!has_type && doc_find(item, STR("image_urls")) != NULL))
        return write_image(item, w);
    return &unknown_type;
}

static void refuse(struct issues *issues, const struct problem *problem,
                   const struct doc_value *input, size_t index)
{
    const struct issue issue = {
        .type = problem->type,
        .message = str_from(problem->message),
        .place = {.part = "body",
                  .field = STR("content"),
                  .index = index == SIZE_MAX ? 0 : index,
                  .has_index = index != SIZE_MAX},
        .input = {.value = input},
    };
    issues_add_issue(issues, &issue);
}

bool conversation_message_content(const struct doc_value *content, struct issues *issues,
                                  struct buf *out)
{
    const size_t before = issues->count;
    const bool is_absent = content == NULL || doc_kind(content) == DOC_NULL;
    struct jsonw w;
    if (!is_absent && doc_kind(content) != DOC_ARRAY) {
        refuse(issues, &no_list, content, SIZE_MAX);
        return false;
    }
    jsonw_init(&w, out);
    jsonw_array(&w);
    for (size_t i = 0; !is_absent && i < doc_count(content); i++) {
        const struct problem *problem = write_item(doc_at(content, i), &w);
        if (problem != NULL)
            refuse(issues, problem, doc_at(content, i), i);
    }
    jsonw_end(&w);
    return issues->count == before;
}

/* --- frames --- */

/* Line and column of a position in characters, as Python words it. */
static void append_position(struct buf *out, struct str message, size_t position)
{
    const struct str before = str_slice(message, 0, utf8_prefix_bytes(message, position));
    size_t line = 1;
    for (size_t i = 0; i < before.len; i++)
        line += before.data[i] == '\n' ? 1 : 0;
    const size_t last_break = str_find_last_byte(before, '\n');
    const struct str last_line = last_break == SIZE_MAX ? before : str_skip(before, last_break + 1);
    buf_printf(out, ": line %zu column %zu (char %zu)", line, utf8_count(last_line) + 1, position);
}

static bool fail(struct conversation_message_error *error, const char *code, struct str detail)
{
    error->code = code;
    buf_append(error->detail, detail);
    return false;
}

static bool fail_validation(struct conversation_message_error *error, const char *place,
                            const struct problem *problem)
{
    error->code = "ValidationError";
    buf_printf(error->detail, "1 validation error for Message\n%s%s  %s [type=%s]", place,
               place[0] == '\0' ? "" : "\n", problem->message, problem->type);
    return false;
}

/* A message's content may be one text. */
static bool read_content(const struct doc_value *value, struct buf *content,
                         struct conversation_message_error *error)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    if (value != NULL && doc_kind(value) == DOC_STRING) {
        buf_append(content, STR("[{\"cache_prompt\":false,\"type\":\"text\",\"text\":"));
        jsonw_quote(content, doc_string(value));
        buf_append(content, STR("}]"));
        return true;
    }
    issues_init(&issues, &items);
    if (conversation_message_content(value, &issues, content))
        return true;
    return fail_validation(
        error, "content", value != NULL && doc_kind(value) == DOC_ARRAY ? &unknown_type : &no_list);
}

static bool read_message(const struct doc_value *root, struct buf *content,
                         struct conversation_message_error *error)
{
    static const struct problem no_model = {
        "model_type", "Input should be a valid dictionary or instance of Message"};
    static const struct problem no_role = {
        "literal_error", "Input should be 'user', 'system', 'assistant' or 'tool'"};
    if (doc_kind(root) != DOC_OBJECT)
        return fail_validation(error, "", &no_model);
    const struct str role = text_member(root, STR("role"));
    if (str_equal(role, STR("system")) || str_equal(role, STR("assistant")) ||
        str_equal(role, STR("tool")))
        return fail(error, "AssertionError", STR(CONVERSATION_NOT_FROM_USER));
    if (!str_equal(role, STR("user")))
        return fail_validation(error, "role", &no_role);
    return read_content(doc_find(root, STR("content")), content, error);
}

bool conversation_message_read(struct str frame, bool is_binary, struct buf *content,
                               struct conversation_message_error *error)
{
    struct doc_error position;
    if (is_binary)
        return fail(error, "KeyError", STR("'text'"));
    struct doc *doc = doc_parse(frame, &position);
    if (doc == NULL) {
        (void)fail(error, "JSONDecodeError", str_from(position.text)); /* is false */
        append_position(error->detail, frame, position.position);
        return false;
    }
    const bool is_read = read_message(doc_root(doc), content, error);
    doc_free(doc);
    return is_read;
}

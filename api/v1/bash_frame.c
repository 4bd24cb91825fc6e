#include "api/v1/bash_frame.h"

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/id.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/repr.h"
#include "server/base/utf8.h"

#define REPR_MAX_CHARACTERS 50
#define REPR_HEAD           25 /* of a longer one; "..." and REPR_TAIL follow */
#define REPR_TAIL           24
#define HELP_URL            "https://errors.pydantic.dev/2.14/v/"

static void append_repr(struct buf *out, const struct doc_value *value, unsigned depth);

static void append_list_repr(struct buf *out, const struct doc_value *list, unsigned depth)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < doc_count(list); i++) {
        if (i > 0)
            buf_append(out, STR(", "));
        append_repr(out, doc_at(list, i), depth + 1);
    }
    buf_append_byte(out, ']');
}

static void append_dict_repr(struct buf *out, const struct doc_value *dict, unsigned depth)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    bool is_first = true;
    buf_append_byte(out, '{');
    while (doc_next(dict, &iterator, &name, &value)) {
        if (!is_first)
            buf_append(out, STR(", "));
        is_first = false;
        repr_append(out, name);
        buf_append(out, STR(": "));
        append_repr(out, value, depth + 1);
    }
    buf_append_byte(out, '}');
}

/* As Python writes a value. Only the ends are shown, so depth is cut. */
static void append_repr(struct buf *out, const struct doc_value *value, unsigned depth)
{
    if (depth > REPR_MAX_CHARACTERS)
        return;
    switch (doc_kind(value)) {
    case DOC_NULL:
        buf_append(out, STR("None"));
        break;
    case DOC_BOOL:
        buf_append(out, doc_bool(value) ? STR("True") : STR("False"));
        break;
    case DOC_INT:
        buf_printf(out, "%lld", (long long)doc_int(value));
        break;
    case DOC_DOUBLE:
        jsonw_number(out, doc_double(value));
        break;
    case DOC_STRING:
        repr_append(out, doc_string(value));
        break;
    case DOC_ARRAY:
        append_list_repr(out, value, depth);
        break;
    case DOC_OBJECT:
        append_dict_repr(out, value, depth);
        break;
    }
}

static const char *type_name(const struct doc_value *value)
{
    static const char *const names[] = {
        [DOC_NULL] = "NoneType", [DOC_BOOL] = "bool",  [DOC_INT] = "int",
        [DOC_DOUBLE] = "float",  [DOC_STRING] = "str", [DOC_ARRAY] = "list",
        [DOC_OBJECT] = "dict",
    };
    return names[doc_kind(value)];
}

static void append_input(struct buf *out, const struct doc_value *value)
{
    scoped_buf struct buf repr = {0};
    append_repr(&repr, value, 0);
    const struct str text = buf_str(&repr);
    const size_t characters = utf8_count(text);
    if (characters <= REPR_MAX_CHARACTERS) {
        buf_append(out, text);
        return;
    }
    buf_append(out, str_slice(text, 0, utf8_prefix_bytes(text, REPR_HEAD)));
    buf_append(out, STR("..."));
    buf_append(out, str_skip(text, utf8_prefix_bytes(text, characters - REPR_TAIL)));
}

static void append_reason(struct buf *out, struct str message, struct str type,
                          const struct doc_value *input)
{
    buf_printf(out, "\n  %.*s [type=%.*s, input_value=", STR_ARG(message), STR_ARG(type));
    append_input(out, input);
    buf_printf(out, ", input_type=%s]\n    For further information visit " HELP_URL "%.*s",
               type_name(input), STR_ARG(type));
}

static void append_count(struct buf *out, size_t count)
{
    buf_printf(out, "%zu validation error%s for ExecuteBashRequest", count, count == 1 ? "" : "s");
}

static struct str member_text(const struct doc_value *item, struct str name)
{
    return doc_string(doc_find(item, name));
}

/* The items of a 422 body, told the other way. */
static void append_issues(struct buf *out, struct str items, const struct doc_value *root)
{
    struct doc_error error;
    struct doc *doc = doc_parse(items, &error);
    const struct doc_value *list = doc_root(doc);
    append_count(out, doc_count(list));
    for (size_t i = 0; i < doc_count(list); i++) {
        const struct doc_value *item = doc_at(list, i);
        const struct str field = doc_string(doc_at(doc_find(item, STR("loc")), 1));
        const struct doc_value *input = doc_find(root, field);
        buf_append_byte(out, '\n');
        buf_append(out, field);
        append_reason(out, member_text(item, STR("msg")), member_text(item, STR("type")),
                      input == NULL ? root : input);
    }
    doc_free(doc);
}

static void append_wrong_kind(struct buf *out, const struct doc_value *root)
{
    append_count(out, 1);
    append_reason(out, STR("Input should be a valid dictionary or instance of ExecuteBashRequest"),
                  STR("model_type"), root);
}

/* Line and column of a position in characters. */
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

static bool read_object(const struct doc_value *root, struct arena *arena,
                        struct bash_request *ret_request, struct buf *detail)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    if (doc_kind(root) != DOC_OBJECT) {
        append_wrong_kind(detail, root);
        return false;
    }
    struct bash_request request = bash_request_default();
    issues_init(&issues, &items);
    schema_decode_json(&bash_request_schema, root, arena, &request, &issues);
    if (issues.count > 0) {
        append_issues(detail, buf_str(&items), root);
        return false;
    }
    request.command = arena_copy(arena, request.command);
    if (str_is_set(request.cwd))
        request.cwd = arena_copy(arena, request.cwd);
    *ret_request = request;
    return true;
}

bool bash_frame_read(struct str message, bool is_binary, struct arena *arena,
                     struct bash_request *ret_request, struct bash_frame_error *error)
{
    if (is_binary) {
        error->code = "KeyError";
        buf_append(error->detail, STR("'text'"));
        return false;
    }
    struct doc_error position;
    struct doc *doc = doc_parse(message, &position);
    if (doc == NULL) {
        error->code = "JSONDecodeError";
        buf_append(error->detail, str_from(position.text));
        append_position(error->detail, message, position.position);
        return false;
    }
    const bool is_read = read_object(doc_root(doc), arena, ret_request, error->detail);
    error->code = "ValidationError";
    doc_free(doc);
    return is_read;
}

void bash_frame_write_error(struct buf *out, struct str code, struct str detail)
{
    scoped_buf struct buf time = {0};
    clock_format_utc(&time, clock_wall_us());
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "id", id_hex(id_new()).text);
    jsonw_string(&w, "timestamp", buf_str(&time));
    jsonw_string(&w, "code", code);
    jsonw_string(&w, "detail", detail);
    jsonw_string(&w, "kind", STR("BashError"));
    jsonw_end(&w);
}

/*
 * The walk calls itself for the tables inside a table; how deep that goes is the tables'
 * doing, but for lists of condensers in condensers, which the depth bounds.
 */
#include "agent/shape.h"

#include <stdarg.h>
#include <string.h>

#include "agent/shape_print.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static bool is_null(const struct doc_value *value)
{
    return value == NULL || doc_kind(value) == DOC_NULL;
}

static struct str kind_of(const struct doc_value *object)
{
    const struct doc_value *kind = doc_find(object, STR("kind"));
    return kind != NULL && doc_kind(kind) == DOC_STRING ? doc_string(kind) : STR_NULL;
}

const struct shape_member *shape_find_member(const struct shape *shape, struct str name)
{
    for (size_t i = 0; i < shape->count; i++)
        if (str_equal(str_from(shape->members[i].name), name))
            return &shape->members[i];
    return NULL;
}

const struct shape *shape_choose(const struct shape *shape, const struct doc_value *object)
{
    if (shape->choices == NULL)
        return shape;
    struct str kind = kind_of(object);
    if (!str_is_set(kind))
        kind = str_from(shape->default_kind);
    for (const struct shape *const *choice = shape->choices; *choice != NULL; choice++)
        if (str_equal(str_from((*choice)->kind), kind))
            return *choice;
    return NULL;
}

/* --- completing --- */

struct completion {
    const struct cipher *cipher;
    struct shape_problem *problem;
    struct error *error;
    unsigned depth;
};

void shape_problem_move(struct shape_problem *problem, const struct doc_value *object)
{
    const struct str name = str_slice(problem->member, 0, SHAPE_NAME_BYTES - 1);
    problem->input = object;
    if (!str_is_set(problem->member))
        return;
    memmove(problem->name, name.data, name.len);
    problem->member = str_span(problem->name, name.len);
    problem->input = doc_find(object, problem->member);
}

static bool complete(struct completion *completion, const struct shape *shape,
                     const struct doc_value *object, struct buf *out);

PRINTF_LIKE(5, 6)
static bool refuse(struct completion *completion, const char *type, struct str member,
                   const struct doc_value *input, const char *format, ...)
{
    va_list arguments;
    char message[512];
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof(message), format, arguments); /* a long one is cut */
    va_end(arguments);
    *completion->problem = (struct shape_problem){.type = type, .member = member, .input = input};
    return error_set(completion->error, ERROR_UNPROCESSABLE, "%s", message);
}

static bool refuse_kind(struct completion *completion, const struct shape *shape,
                        const struct doc_value *object)
{
    scoped_buf struct buf names = {0};
    for (const struct shape *const *choice = shape->choices; *choice != NULL; choice++)
        buf_printf(&names, "%s'%s'", names.len > 0 ? ", " : "", (*choice)->kind);
    return refuse(completion, "value_error", STR_NULL, object,
                  "Value error, Unknown kind '%.*s' for %s; Expected one of: [%s]",
                  STR_ARG(kind_of(object)), shape->path, names.data);
}

static bool complete_string(struct completion *completion, struct str name,
                            const struct doc_value *value, struct buf *out)
{
    if (doc_kind(value) != DOC_STRING)
        return refuse(completion, "string_type", name, value, "Input should be a valid string");
    jsonw_quote(out, doc_string(value));
    return true;
}

static bool read_number(const struct doc_value *value, double *ret_number)
{
    if (doc_kind(value) == DOC_STRING)
        return str_to_double(str_trim(doc_string(value)), ret_number);
    if (doc_kind(value) != DOC_INT && doc_kind(value) != DOC_DOUBLE)
        return false;
    *ret_number = doc_double(value);
    return true;
}

static bool complete_number(struct completion *completion, const struct shape_member *member,
                            const struct doc_value *value, struct buf *out)
{
    const bool is_int = member->kind == SHAPE_INT;
    double number;
    if (!read_number(value, &number))
        return refuse(completion, is_int ? "int_type" : "float_type", str_from(member->name), value,
                      "Input should be a valid %s", is_int ? "integer" : "number");
    if (number < 0)
        return refuse(completion, "greater_than_equal", str_from(member->name), value,
                      "Input should be greater than or equal to 0");
    if (!is_int) {
        jsonw_number(out, number);
        return true;
    }
    if (number > 9e15 || number != (double)(int64_t)number)
        return refuse(completion, "int_from_float", str_from(member->name), value,
                      "Input should be a valid integer, got a number with a fractional part");
    buf_printf(out, "%lld", (long long)number);
    return true;
}

static bool complete_bool(struct completion *completion, struct str name,
                          const struct doc_value *value, struct buf *out)
{
    if (doc_kind(value) != DOC_BOOL)
        return refuse(completion, "bool_type", name, value, "Input should be a valid boolean");
    buf_append(out, doc_bool(value) ? STR("true") : STR("false"));
    return true;
}

static bool complete_threshold(struct completion *completion, struct str name,
                               const struct doc_value *value, struct buf *out)
{
    static const struct str risks[] = {STR_INIT("LOW"), STR_INIT("MEDIUM"), STR_INIT("HIGH")};
    const struct str given = doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
    for (size_t i = 0; i < ARRAY_SIZE(risks); i++) {
        if (str_equal(given, risks[i])) {
            jsonw_quote(out, given);
            return true;
        }
    }
    if (str_equal(given, STR("UNKNOWN")))
        return refuse(completion, "value_error", name, value,
                      "Value error, Threshold cannot be UNKNOWN");
    (void)refuse(completion, "enum", name, value,
                 "Input should be 'UNKNOWN', 'LOW', 'MEDIUM' or 'HIGH'"); /* is false */
    completion->problem->ctx = "{\"expected\":\"'UNKNOWN', 'LOW', 'MEDIUM' or 'HIGH'\"}";
    return false;
}

static bool complete_container(struct completion *completion, const struct shape_member *member,
                               const struct doc_value *value, struct buf *out)
{
    const bool is_list = member->kind == SHAPE_LIST;
    if (doc_kind(value) != (is_list ? DOC_ARRAY : DOC_OBJECT))
        return refuse(completion, is_list ? "list_type" : "dict_type", str_from(member->name),
                      value, "Input should be a valid %s", is_list ? "list" : "dictionary");
    doc_print(value, out);
    return true;
}

static bool complete_secret(struct completion *completion, struct str name,
                            const struct doc_value *value, struct buf *out)
{
    scoped_buf struct buf plain = {0};
    if (doc_kind(value) != DOC_STRING)
        return refuse(completion, "string_type", name, NULL, "Input should be a valid string");
    if (secret_read(doc_string(value), completion->cipher, &plain))
        jsonw_quote(out, buf_str(&plain));
    else
        buf_append(out, STR("null"));
    return true;
}

/* Values that say nothing are left out. */
static bool complete_secret_map(struct completion *completion, struct str name,
                                const struct doc_value *map, struct buf *out)
{
    void *iterator = NULL;
    struct str key;
    const struct doc_value *value;
    struct jsonw w;
    if (doc_kind(map) != DOC_OBJECT)
        return refuse(completion, "dict_type", name, NULL, "Input should be a valid dictionary");
    jsonw_init(&w, out);
    jsonw_object(&w);
    while (doc_next(map, &iterator, &key, &value)) {
        scoped_buf struct buf plain = {0};
        if (doc_kind(value) != DOC_STRING ||
            !secret_read(doc_string(value), completion->cipher, &plain))
            continue;
        jsonw_name(&w, key);
        jsonw_string(&w, NULL, buf_str(&plain));
    }
    jsonw_end(&w);
    return true;
}

static bool complete_sources(struct completion *completion, struct str name,
                             const struct doc_value *sources, struct buf *out)
{
    const struct secret_writer writer = {.form = FORM_PLAIN};
    struct error reason;
    if (shape_print_sources(sources, completion->cipher, &writer, out, &reason))
        return true;
    return refuse(completion, "value_error", name, NULL, "Value error, %s", reason.text);
}

static bool complete_many(struct completion *completion, const struct shape_member *member,
                          const struct doc_value *list, struct buf *out)
{
    if (doc_kind(list) != DOC_ARRAY)
        return refuse(completion, "list_type", str_from(member->name), list,
                      "Input should be a valid list");
    if (doc_count(list) == 0 && member->kind == SHAPE_SOME) {
        (void)refuse(completion, "too_short", str_from(member->name), list,
                     "List should have at least 1 item after validation, not 0"); /* is false */
        completion->problem->ctx = "{\"field_type\":\"List\",\"min_length\":1,\"actual_length\":0}";
        return false;
    }
    buf_append_byte(out, '[');
    for (size_t i = 0; i < doc_count(list); i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        if (!complete(completion, member->shape, doc_at(list, i), out))
            return false;
    }
    buf_append_byte(out, ']');
    return true;
}

static bool complete_map(struct completion *completion, const struct shape_member *member,
                         const struct doc_value *map, struct buf *out)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    bool is_first = true;
    if (doc_kind(map) != DOC_OBJECT)
        return refuse(completion, "dict_type", str_from(member->name), map,
                      "Input should be a valid dictionary");
    buf_append_byte(out, '{');
    while (doc_next(map, &iterator, &name, &value)) {
        if (!is_first)
            buf_append_byte(out, ',');
        is_first = false;
        jsonw_quote(out, name);
        buf_append_byte(out, ':');
        if (!complete(completion, member->shape, value, out))
            return false;
    }
    buf_append_byte(out, '}');
    return true;
}

static bool complete_value(struct completion *completion, const struct shape_member *member,
                           const struct doc_value *value, struct buf *out)
{
    const struct str name = str_from(member->name);
    switch (member->kind) {
    case SHAPE_ANY:
        doc_print(value, out);
        return true;
    case SHAPE_STRING:
        return complete_string(completion, name, value, out);
    case SHAPE_INT:
    case SHAPE_FLOAT:
        return complete_number(completion, member, value, out);
    case SHAPE_BOOL:
        return complete_bool(completion, name, value, out);
    case SHAPE_THRESHOLD:
        return complete_threshold(completion, name, value, out);
    case SHAPE_OBJECT:
    case SHAPE_LIST:
        return complete_container(completion, member, value, out);
    case SHAPE_SECRET:
        return complete_secret(completion, name, value, out);
    case SHAPE_SECRET_MAP:
        return complete_secret_map(completion, name, value, out);
    case SHAPE_SOURCES:
        return complete_sources(completion, name, value, out);
    case SHAPE_ONE:
        return complete(completion, member->shape, value, out);
    case SHAPE_MANY:
    case SHAPE_SOME:
        return complete_many(completion, member, value, out);
    case SHAPE_MAP:
        return complete_map(completion, member, value, out);
    case SHAPE_GONE:
        break;
    }
    return true;
}

static void begin_member(struct str name, struct buf *out)
{
    if (out->data[out->len - 1] != '{')
        buf_append_byte(out, ',');
    jsonw_quote(out, name);
    buf_append_byte(out, ':');
}

/* The member's value or what stands for it; NULL: the default of the table. */
static const struct doc_value *find_value(const struct shape_member *member,
                                          const struct doc_value *object)
{
    const struct doc_value *value = doc_find(object, str_from(member->name));
    if (is_null(value) && member->same_as != NULL)
        value = doc_find(object, str_from(member->same_as));
    return is_null(value) ? NULL : value;
}

/* Nothing is appended for what is absent without a default. */
static bool complete_member(struct completion *completion, const struct shape_member *member,
                            const struct doc_value *object, struct buf *out)
{
    const struct doc_value *value = find_value(member, object);
    const struct str name = str_from(member->name);
    if (member->kind == SHAPE_GONE)
        return true;
    if (value == NULL && member->missing == NULL)
        return refuse(completion, "missing", name, NULL, "Field required");
    if (value == NULL && member->missing[0] == '\0')
        return true;
    begin_member(name, out);
    if (value != NULL)
        return complete_value(completion, member, value, out);
    const bool is_told = member->keeps_null && doc_find(object, name) != NULL;
    buf_append(out, is_told ? STR("null") : str_from(member->missing));
    return true;
}

/* All members of the table in their order. */
static bool complete_in_order(struct completion *completion, const struct shape *shape,
                              const struct doc_value *object, struct buf *out)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    for (size_t i = 0; i < shape->count; i++)
        if (!complete_member(completion, &shape->members[i], object, out))
            return false;
    while (shape->forbids_unknown && doc_next(object, &iterator, &name, &value))
        if (shape_find_member(shape, name) == NULL && !str_equal(name, STR("kind")))
            return refuse(completion, "extra_forbidden", name, value,
                          "Extra inputs are not permitted");
    return true;
}

/* The object's members in its own order, then those it does not have. */
static bool complete_as_given(struct completion *completion, const struct shape *shape,
                              const struct doc_value *object, struct buf *out)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(object, &iterator, &name, &value)) {
        const struct shape_member *member = shape_find_member(shape, name);
        if (member != NULL && !complete_member(completion, member, object, out))
            return false;
        if (member != NULL || (shape->kind != NULL && str_equal(name, STR("kind"))))
            continue;
        begin_member(name, out);
        doc_print(value, out);
    }
    for (size_t i = 0; i < shape->count; i++)
        if (doc_find(object, str_from(shape->members[i].name)) == NULL &&
            !complete_member(completion, &shape->members[i], object, out))
            return false;
    return true;
}

static bool complete_members(struct completion *completion, const struct shape *shape,
                             const struct doc_value *object, struct buf *out)
{
    buf_append_byte(out, '{');
    const bool is_good = shape->keeps_unknown ? complete_as_given(completion, shape, object, out)
                                              : complete_in_order(completion, shape, object, out);
    if (!is_good)
        return false;
    if (shape->kind != NULL) {
        begin_member(STR("kind"), out);
        jsonw_quote(out, str_from(shape->kind));
    }
    buf_append_byte(out, '}');
    return true;
}

static bool complete(struct completion *completion, const struct shape *shape,
                     const struct doc_value *object, struct buf *out)
{
    if (shape->word != NULL && doc_kind(object) == DOC_STRING)
        return complete_secret(completion, STR_NULL, object, out);
    if (doc_kind(object) != DOC_OBJECT)
        return refuse(completion, "model_attributes_type", STR_NULL, object,
                      "Input should be a valid dictionary or object to extract fields from");
    const struct shape *chosen = shape_choose(shape, object);
    if (chosen == NULL)
        return refuse_kind(completion, shape, object);
    if (completion->depth == SHAPE_MAX_DEPTH) {
        buf_append(out, STR("null"));
        return true;
    }
    completion->depth++;
    const bool is_good = complete_members(completion, chosen, object, out);
    completion->depth--;
    return is_good;
}

bool shape_complete(const struct shape *shape, const struct doc_value *object,
                    const struct cipher *cipher, struct buf *out, struct shape_problem *ret_problem,
                    struct error *error)
{
    struct completion completion = {.cipher = cipher, .problem = ret_problem, .error = error};
    return complete(&completion, shape, object, out);
}

#include "agent/tool_check.h"

#include <math.h>

#include "agent/python_json.h"
#include "agent/tool.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

#define MAX_DEPTH            16  /* deeper values are taken as they are */
#define MAX_VALUE_CHARACTERS 100 /* of a value in an error text */
#define MAX_EXACT_DOUBLE     9007199254740992.0

struct check {
    struct jsonw w; /* of the action; after an error nobody reads it */
    struct buf *errors;
    size_t count;
    char path[256]; /* of the member: "task_list.0.title" */
    bool allows_unknown;
};

static const struct doc_value *find(const struct doc_value *schema, const char *name,
                                    enum doc_kind kind)
{
    const struct doc_value *value =
        schema != NULL && doc_kind(schema) == DOC_OBJECT ? doc_find(schema, str_from(name)) : NULL;
    return value != NULL && doc_kind(value) == kind ? value : NULL;
}

static void add_error(struct check *check, struct str path, const char *reason,
                      const struct doc_value *value)
{
    scoped_buf struct buf shown = {0};
    if (value != NULL)
        python_json_append(value, &shown);
    buf_printf(check->errors, "\n%.*s\n  %s", STR_ARG(path), reason);
    if (value != NULL)
        buf_printf(check->errors, " [input_value=%.*s%s]", MAX_VALUE_CHARACTERS, shown.data,
                   shown.len > MAX_VALUE_CHARACTERS ? "…" : "");
    check->count++;
}

static bool fail(struct check *check, const char *reason, const struct doc_value *value)
{
    add_error(check, str_from(check->path), reason, value);
    return false;
}

/* Appends a step to the path; returns where to cut it again. */
static size_t enter(struct check *check, struct str name)
{
    const size_t len = strlen(check->path);
    (void)snprintf(check->path + len, sizeof(check->path) - len, "%s%.*s", len == 0 ? "" : ".",
                   STR_ARG(name)); /* a long path is cut */
    return len;
}

static void leave(struct check *check, size_t len)
{
    check->path[len] = '\0';
}

static bool check_value(struct check *check, const struct doc_value *schema,
                        const struct doc_value *value, unsigned depth);

static void write_plain(struct jsonw *w, const struct doc_value *value)
{
    scoped_buf struct buf json = {0};
    doc_print(value, &json);
    jsonw_raw(w, NULL, buf_str(&json));
}

static bool check_string(struct check *check, const struct doc_value *schema,
                         const struct doc_value *value)
{
    const struct doc_value *choices = find(schema, "enum", DOC_ARRAY);
    scoped_buf struct buf reason = {0};
    bool is_chosen = choices == NULL;
    if (doc_kind(value) != DOC_STRING)
        return fail(check, "Input should be a valid string", value);
    buf_append(&reason, STR("Input should be one of:"));
    for (size_t i = 0; choices != NULL && i < doc_count(choices); i++) {
        is_chosen = is_chosen || (doc_kind(doc_at(choices, i)) == DOC_STRING &&
                                  str_equal(doc_string(doc_at(choices, i)), doc_string(value)));
        buf_append_byte(&reason, ' ');
        doc_print(doc_at(choices, i), &reason);
    }
    if (!is_chosen)
        return fail(check, reason.data, value);
    jsonw_string(&check->w, NULL, doc_string(value));
    return true;
}

static bool is_word(struct str text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (str_equal_nocase(text, str_from(words[i])))
            return true;
    }
    return false;
}

static bool check_bool(struct check *check, const struct doc_value *value)
{
    static const char *const yes[] = {"true", "1", "yes", "y", "on", "t"};
    static const char *const no[] = {"false", "0", "no", "n", "off", "f"};
    const enum doc_kind kind = doc_kind(value);
    const struct str text = kind == DOC_STRING ? str_trim(doc_string(value)) : STR("");
    const bool is_number = kind == DOC_INT && (doc_int(value) == 0 || doc_int(value) == 1);
    const bool is_yes = is_word(text, yes, ARRAY_SIZE(yes));
    if (kind == DOC_BOOL)
        jsonw_bool(&check->w, NULL, doc_bool(value));
    else if (is_number)
        jsonw_bool(&check->w, NULL, doc_int(value) == 1);
    else if (is_yes || is_word(text, no, ARRAY_SIZE(no)))
        jsonw_bool(&check->w, NULL, is_yes);
    else
        return fail(check, "Input should be true or false", value);
    return true;
}

static bool is_below_minimum(const struct doc_value *schema, double number)
{
    const struct doc_value *minimum = find(schema, "minimum", DOC_INT);
    return minimum != NULL && number < doc_double(minimum);
}

static bool check_minimum(struct check *check, const struct doc_value *schema,
                          const struct doc_value *value, double number)
{
    char reason[64];
    if (!is_below_minimum(schema, number))
        return true;
    (void)snprintf(reason, sizeof(reason), "Input should be at least %lld",
                   (long long)doc_int(find(schema, "minimum", DOC_INT)));
    return fail(check, reason, value);
}

static bool read_integer(const struct doc_value *value, int64_t *ret_number)
{
    const enum doc_kind kind = doc_kind(value);
    if (kind == DOC_STRING)
        return str_to_i64(str_trim(doc_string(value)), INT64_MIN, INT64_MAX, ret_number);
    if (kind == DOC_INT)
        *ret_number = doc_int(value);
    else if (kind == DOC_DOUBLE && fabs(doc_double(value)) < MAX_EXACT_DOUBLE &&
             trunc(doc_double(value)) == doc_double(value))
        *ret_number = (int64_t)doc_double(value);
    else
        return false;
    return true;
}

static bool check_integer(struct check *check, const struct doc_value *schema,
                          const struct doc_value *value)
{
    int64_t number;
    if (!read_integer(value, &number))
        return fail(check, "Input should be a valid integer", value);
    if (!check_minimum(check, schema, value, (double)number))
        return false;
    jsonw_int(&check->w, NULL, number);
    return true;
}

static bool read_number(const struct doc_value *value, double *ret_number)
{
    const enum doc_kind kind = doc_kind(value);
    if (kind == DOC_STRING)
        return str_to_double(str_trim(doc_string(value)), ret_number) && isfinite(*ret_number);
    if (kind != DOC_INT && kind != DOC_DOUBLE)
        return false;
    *ret_number = doc_double(value);
    return true;
}

static bool check_number(struct check *check, const struct doc_value *schema,
                         const struct doc_value *value)
{
    double number;
    if (!read_number(value, &number))
        return fail(check, "Input should be a valid number", value);
    if (!check_minimum(check, schema, value, number))
        return false;
    jsonw_double(&check->w, NULL, number);
    return true;
}

static bool check_array(struct check *check, const struct doc_value *schema,
                        const struct doc_value *value, unsigned depth)
{
    const struct doc_value *items = find(schema, "items", DOC_OBJECT);
    bool is_good = true;
    if (doc_kind(value) != DOC_ARRAY)
        return fail(check, "Input should be a valid list", value);
    jsonw_array(&check->w);
    for (size_t i = 0; i < doc_count(value); i++) {
        char index[24];
        (void)snprintf(index, sizeof(index), "%zu", i);
        const size_t len = enter(check, str_from(index));
        is_good = check_value(check, items, doc_at(value, i), depth + 1) && is_good;
        leave(check, len);
    }
    jsonw_end(&check->w);
    return is_good;
}

static bool is_required(const struct doc_value *schema, struct str name)
{
    const struct doc_value *required = find(schema, "required", DOC_ARRAY);
    for (size_t i = 0; required != NULL && i < doc_count(required); i++) {
        if (doc_kind(doc_at(required, i)) == DOC_STRING &&
            str_equal(doc_string(doc_at(required, i)), name))
            return true;
    }
    return false;
}

static bool check_member(struct check *check, const struct doc_value *schema, struct str name,
                         const struct doc_value *member, const struct doc_value *value,
                         unsigned depth)
{
    const size_t len = enter(check, name);
    bool is_good = true;
    if (value != NULL && doc_kind(value) == DOC_NULL)
        value = NULL;
    if (value == NULL)
        value = doc_find(member, STR("default"));
    if (value != NULL) {
        jsonw_name(&check->w, name);
        is_good = check_value(check, member, value, depth + 1);
        if (check->w.is_named)
            jsonw_null(&check->w, NULL); /* it was refused */
    } else if (is_required(schema, name)) {
        is_good = fail(check, "Field required", NULL);
    }
    leave(check, len);
    return is_good;
}

/* Members that the schema does not have. */
static bool check_others(struct check *check, const struct doc_value *properties,
                         const struct doc_value *object)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    bool is_good = true;
    while (doc_next(object, &iterator, &name, &value)) {
        if (properties != NULL && doc_find(properties, name) != NULL)
            continue;
        if (check->allows_unknown || properties == NULL) {
            jsonw_name(&check->w, name);
            write_plain(&check->w, value);
            continue;
        }
        const size_t len = enter(check, name);
        is_good = fail(check, "Extra inputs are not permitted", value);
        leave(check, len);
    }
    return is_good;
}

static bool check_members(struct check *check, const struct doc_value *schema,
                          const struct doc_value *object, unsigned depth)
{
    const struct doc_value *properties = find(schema, "properties", DOC_OBJECT);
    void *iterator = NULL;
    struct str name;
    const struct doc_value *member;
    bool is_good = true;
    while (properties != NULL && doc_next(properties, &iterator, &name, &member)) {
        if (doc_kind(member) == DOC_OBJECT)
            is_good =
                check_member(check, schema, name, member, doc_find(object, name), depth) && is_good;
    }
    return check_others(check, properties, object) && is_good;
}

static bool check_object(struct check *check, const struct doc_value *schema,
                         const struct doc_value *value, unsigned depth)
{
    if (doc_kind(value) != DOC_OBJECT)
        return fail(check, "Input should be a valid dictionary", value);
    jsonw_object(&check->w);
    const bool is_good = check_members(check, schema, value, depth);
    jsonw_end(&check->w);
    return is_good;
}

/* After a failure something may be missing in the output, which nobody reads then. */
static bool check_value(struct check *check, const struct doc_value *schema,
                        const struct doc_value *value, unsigned depth)
{
    const struct doc_value *given = find(schema, "type", DOC_STRING);
    const struct str type = given == NULL || depth > MAX_DEPTH ? STR("") : doc_string(given);
    if (str_equal(type, STR("string")))
        return check_string(check, schema, value);
    if (str_equal(type, STR("boolean")))
        return check_bool(check, value);
    if (str_equal(type, STR("integer")))
        return check_integer(check, schema, value);
    if (str_equal(type, STR("number")))
        return check_number(check, schema, value);
    if (str_equal(type, STR("array")))
        return check_array(check, schema, value, depth);
    if (str_equal(type, STR("object")))
        return check_object(check, schema, value, depth);
    write_plain(&check->w, value);
    return true;
}

bool tool_check(const struct tool *tool, const struct doc_value *arguments, struct buf *out,
                struct buf *error)
{
    scoped_buf struct buf errors = {0};
    scoped_buf struct buf json = {0};
    struct check check = {.errors = &errors, .allows_unknown = tool->allows_unknown};
    jsonw_init(&check.w, &json);
    if (check_object(&check, doc_root(tool->schema), arguments, 0)) {
        buf_append(out, str_slice(buf_str(&json), 1, json.len - 1));
        return true;
    }
    buf_printf(error, "%zu validation error%s for %.*s", check.count, check.count == 1 ? "" : "s",
               STR_ARG(tool->action_kind));
    buf_append(error, buf_str(&errors));
    return false;
}

#include "server/config/config_env.h"

#include <math.h>

#include "server/auth/keyring.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/config/config_merge.h"
#include "server/config/config_options.h"

/*
 * Each option appends its JSON value to a buffer, or nothing when no variable gives it. Where a
 * variable holds JSON and finer variables change parts of it, both become documents and are merged.
 * Calls nest as deep as the option table does (a list of objects), never as deep as a value.
 */

struct reader {
    const char *const *environment;
    struct error *error;
};

static bool read_option(const struct reader *reader, const struct config_option *option,
                        struct str name, struct buf *out);

static struct str entry_name(const char *entry)
{
    const struct str text = str_from(entry);
    return str_slice(text, 0, str_find_byte(text, '='));
}

struct str config_env_find(const char *const *environment, struct str name)
{
    for (size_t i = 0; environment[i] != NULL; i++) {
        const struct str text = str_from(environment[i]);
        if (str_starts_with(text, name) && text.len > name.len && text.data[name.len] == '=')
            return str_skip(text, name.len + 1);
    }
    return STR_NULL;
}

static struct str find(const struct reader *reader, struct str name)
{
    return config_env_find(reader->environment, name);
}

static struct buf join_name(struct str name, const char *suffix)
{
    struct buf joined = {0};
    buf_append(&joined, name);
    buf_append_byte(&joined, '_');
    for (const char *c = suffix; *c != '\0'; c++)
        buf_append_byte(&joined, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c);
    return joined;
}

static struct buf join_index(struct str name, size_t index)
{
    struct buf joined = {0};
    buf_printf(&joined, "%.*s_%zu", STR_ARG(name), index);
    return joined;
}

static bool refuse(const struct reader *reader, const struct config_option *option, struct str name,
                   const char *expected)
{
    const struct str value = str_slice(find(reader, name), 0, 60);
    if (option == NULL || option->is_secret)
        return error_set(reader->error, ERROR_INVALID, "%.*s: expected %s", STR_ARG(name),
                         expected);
    return error_set(reader->error, ERROR_INVALID, "%.*s: expected %s, got '%.*s'", STR_ARG(name),
                     expected, STR_ARG(value));
}

/* The variable's value as a document; NULL with *ret_ok when it is not set. Empty text is an error
 * for lists and maps, and nothing for objects. */
static struct doc *read_json(const struct reader *reader, struct str name, bool empty_is_absent,
                             const char *expected, bool *ret_ok)
{
    const struct str text = find(reader, name);
    *ret_ok = true;
    if (!str_is_set(text) || (empty_is_absent && str_is_empty(text)))
        return NULL;
    struct doc_error at = {0};
    struct doc *doc = doc_parse(text, &at);
    if (doc == NULL)
        *ret_ok =
            error_set(reader->error, ERROR_INVALID, "%.*s: expected %s: %s at character %zu",
                      STR_ARG(name), expected, at.is_encoding ? "not UTF-8" : at.text, at.position);
    return doc;
}

static bool is_true(struct str text)
{
    return str_equal(text, STR("1")) || str_equal_nocase(text, STR("true"));
}

static bool is_choice(const struct config_option *option, struct str text)
{
    for (const char *const *choice = option->choices; *choice != NULL; choice++) {
        if (str_equal_nocase(text, str_from(*choice)))
            return true;
    }
    return false;
}

static bool read_string(const struct reader *reader, const struct config_option *option,
                        struct str name, struct buf *out)
{
    const struct str text = find(reader, name);
    if (option->choices != NULL && !is_choice(option, text))
        return true; /* the contract ignores what is not permitted */
    if (!utf8_is_valid(text))
        return error_set(reader->error, ERROR_INVALID, "%.*s: expected UTF-8 text", STR_ARG(name));
    jsonw_quote(out, text);
    return true;
}

static bool read_int(const struct reader *reader, const struct config_option *option,
                     struct str name, struct buf *out)
{
    int64_t value;
    if (!str_to_i64(str_trim(find(reader, name)), INT64_MIN, INT64_MAX, &value))
        return option->is_lenient || refuse(reader, option, name, "an integer");
    buf_printf(out, "%lld", (long long)value);
    return true;
}

static bool read_float(const struct reader *reader, const struct config_option *option,
                       struct str name, struct buf *out)
{
    double value;
    if (!str_to_double(str_trim(find(reader, name)), &value) || !isfinite(value))
        return option->is_lenient || refuse(reader, option, name, "a number");
    jsonw_number(out, value);
    return true;
}

static bool read_bool(const struct reader *reader, const struct config_option *option,
                      struct str name, struct buf *out)
{
    const struct str text = find(reader, name);
    const bool value = is_true(text) || (option->takes_yes && str_equal_nocase(text, STR("yes")));
    buf_append(out, value ? STR("true") : STR("false"));
    return true;
}

static bool read_map(const struct reader *reader, struct str name, struct buf *out)
{
    bool is_ok;
    struct doc *doc = read_json(reader, name, false, "a JSON object", &is_ok);
    if (doc == NULL)
        return is_ok;
    is_ok = doc_kind(doc_root(doc)) == DOC_OBJECT || refuse(reader, NULL, name, "a JSON object");
    if (is_ok)
        doc_print(doc_root(doc), out);
    doc_free(doc);
    return is_ok;
}

static bool read_scalar(const struct reader *reader, const struct config_option *option,
                        struct str name, struct buf *out)
{
    switch (option->kind) {
    case CONFIG_STRING:
        return read_string(reader, option, name, out);
    case CONFIG_INT:
        return read_int(reader, option, name, out);
    case CONFIG_FLOAT:
        return read_float(reader, option, name, out);
    case CONFIG_FLAG:
    case CONFIG_BOOL:
        return read_bool(reader, option, name, out);
    case CONFIG_MAP:
        return read_map(reader, name, out);
    case CONFIG_STRINGS:
    case CONFIG_OBJECTS:
        break;
    }
    assert(false); /* lists are not scalars */
}

/* Appends `text` laid over `base`; either may be absent. */
static void append_merged(const struct doc_value *base, struct str text, struct buf *out)
{
    struct doc_error at;
    struct doc *doc = str_is_empty(text) ? NULL : doc_parse(text, &at);
    config_merge(base, doc == NULL ? NULL : doc_root(doc), false, out);
    doc_free(doc);
}

static void append_member(struct buf *object, const char *name, struct str json)
{
    buf_append_byte(object, object->len == 0 ? '{' : ',');
    jsonw_quote(object, str_from(name));
    buf_append_byte(object, ':');
    buf_append(object, json);
}

static bool read_fields(const struct reader *reader, const struct config_option *option,
                        struct str name, struct buf *object)
{
    for (size_t i = 0; i < option->field_count; i++) {
        const struct config_option *field = &option->fields[i];
        scoped_buf struct buf field_name = join_name(name, field->name);
        scoped_buf struct buf value = {0};
        if (!read_option(reader, field, buf_str(&field_name), &value))
            return false;
        if (value.len > 0)
            append_member(object, field->name, buf_str(&value));
    }
    if (object->len > 0)
        buf_append_byte(object, '}');
    return true;
}

static bool read_object(const struct reader *reader, const struct config_option *option,
                        struct str name, struct buf *out)
{
    bool is_ok;
    struct doc *base = read_json(reader, name, true, "a JSON object", &is_ok);
    if (base != NULL && doc_kind(doc_root(base)) != DOC_OBJECT)
        is_ok = refuse(reader, NULL, name, "a JSON object");
    scoped_buf struct buf object = {0};
    is_ok = is_ok && read_fields(reader, option, name, &object);
    if (is_ok && (base != NULL || object.len > 0))
        append_merged(base == NULL ? NULL : doc_root(base), buf_str(&object), out);
    doc_free(base);
    return is_ok;
}

static bool read_item(const struct reader *reader, const struct config_option *option,
                      struct str name, struct buf *out)
{
    if (option->kind == CONFIG_OBJECTS)
        return read_object(reader, option, name, out);
    return !str_is_set(find(reader, name)) || read_string(reader, option, name, out);
}

/* What K itself says about the list: its items, or how many empty ones there are. */
struct list_base {
    struct doc *doc; /* NULL: K is absent */
    size_t count;
};

static bool read_list_base(const struct reader *reader, struct str name, struct list_base *base)
{
    static const char expected[] = "a JSON list or a number of items";
    bool is_ok;
    *base = (struct list_base){.doc = read_json(reader, name, false, expected, &is_ok)};
    if (base->doc == NULL)
        return is_ok;
    const struct doc_value *root = doc_root(base->doc);
    if (doc_kind(root) == DOC_ARRAY)
        base->count = doc_count(root);
    else if (doc_kind(root) == DOC_INT && doc_int(root) >= 0 &&
             doc_int(root) <= CONFIG_ENV_MAX_ITEMS)
        base->count = (size_t)doc_int(root);
    else
        return refuse(reader, NULL, name, expected);
    return true;
}

/* What the document holds at one place, under what the variables of that place say. */
static void append_slot(const struct list_base *base, size_t index, struct buf *item,
                        struct buf *list)
{
    const struct doc_value *root = base->doc == NULL ? NULL : doc_root(base->doc);
    const bool has_items = root != NULL && doc_kind(root) == DOC_ARRAY;
    if (item->len == 0 && !has_items)
        buf_append(item, STR("null")); /* an empty slot */
    buf_append_byte(list, list->len == 0 ? '[' : ',');
    append_merged(has_items ? doc_at(root, index) : NULL, buf_str(item), list);
}

static bool read_items(const struct reader *reader, const struct config_option *option,
                       struct str name, const struct list_base *base, struct buf *list)
{
    const size_t most = base->doc == NULL ? CONFIG_ENV_MAX_ITEMS : base->count;
    for (size_t i = 0; i < most; i++) {
        scoped_buf struct buf item_name = join_index(name, i);
        scoped_buf struct buf item = {0};
        if (!read_item(reader, option, buf_str(&item_name), &item))
            return false;
        if (item.len == 0 && base->doc == NULL)
            return true;
        append_slot(base, i, &item, list);
    }
    return true;
}

static bool read_list(const struct reader *reader, const struct config_option *option,
                      struct str name, struct buf *out)
{
    struct list_base base;
    scoped_buf struct buf list = {0};
    const bool is_ok =
        read_list_base(reader, name, &base) && read_items(reader, option, name, &base, &list);
    if (is_ok && (list.len > 0 || base.doc != NULL)) {
        buf_append(out, list.len == 0 ? STR("[") : buf_str(&list));
        buf_append_byte(out, ']');
    }
    doc_free(base.doc);
    return is_ok;
}

static bool read_option(const struct reader *reader, const struct config_option *option,
                        struct str name, struct buf *out)
{
    bool is_ok = true;
    if (option->kind == CONFIG_STRINGS || option->kind == CONFIG_OBJECTS)
        is_ok = read_list(reader, option, name, out);
    else if (str_is_set(find(reader, name)))
        is_ok = read_scalar(reader, option, name, out);
    if (!is_ok || out->len > 0 || !option->is_nullable)
        return is_ok;
    scoped_buf struct buf none = join_name(name, "is_none");
    if (is_true(find(reader, buf_str(&none))))
        buf_append(out, STR("null"));
    return true;
}

/* The variable itself, else the first that goes into it: OH_X_0, OH_X_0_FIELD, OH_X_IS_NONE. */
static struct str find_source(const struct reader *reader, const char *env)
{
    const struct str name = str_from(env);
    if (str_is_set(find(reader, name)))
        return name;
    for (size_t i = 0; reader->environment[i] != NULL; i++) {
        const struct str other = entry_name(reader->environment[i]);
        if (str_starts_with(other, name) && other.len > name.len && other.data[name.len] == '_')
            return other;
    }
    return STR_NULL;
}

static bool read_options(const struct reader *reader, struct str *sources, struct buf *object)
{
    for (size_t i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        scoped_buf struct buf value = {0};
        if (option->env == NULL)
            continue;
        if (!read_option(reader, option, str_from(option->env), &value))
            return false;
        if (value.len == 0)
            continue;
        append_member(object, option->name, buf_str(&value));
        sources[i] = find_source(reader, option->env);
        keyring_wipe(value.data, value.len);
    }
    buf_append(object, object->len == 0 ? STR("{}") : STR("}"));
    return true;
}

/* Drops members that OH cannot set, and notes which ones it did set. */
static void append_base(const struct doc_value *base, struct str *sources, struct buf *out)
{
    for (size_t i = 0; i < config_option_count; i++) {
        const struct doc_value *value = doc_find(base, str_from(config_options[i].name));
        if (value == NULL || !config_options[i].in_file)
            continue;
        scoped_buf struct buf json = {0};
        doc_print(value, &json);
        append_member(out, config_options[i].name, buf_str(&json));
        if (!str_is_set(sources[i]))
            sources[i] = STR("OH");
    }
    buf_append(out, out->len == 0 ? STR("{}") : STR("}"));
}

static bool read_base(const struct reader *reader, struct str *sources, struct buf *out)
{
    bool is_ok;
    struct doc *base = read_json(reader, STR("OH"), true, "a JSON object", &is_ok);
    if (base != NULL && doc_kind(doc_root(base)) != DOC_OBJECT)
        is_ok = refuse(reader, NULL, STR("OH"), "a JSON object");
    if (is_ok && base != NULL)
        append_base(doc_root(base), sources, out);
    doc_free(base);
    return is_ok;
}

static void wipe(struct buf *buf)
{
    keyring_wipe(buf->data, buf->len);
    buf_fini(buf);
}

bool config_env_read(const char *const *environment, struct config_env *ret_env,
                     struct error *error)
{
    const struct reader reader = {.environment = environment, .error = error};
    struct str *sources = mem_zero(config_option_count, sizeof(*sources));
    struct buf options = {0};
    struct buf base = {0};
    const bool is_ok =
        read_options(&reader, sources, &options) && read_base(&reader, sources, &base);
    if (is_ok) {
        *ret_env = (struct config_env){.sources = sources};
        struct doc_error at;
        struct doc *doc = base.len == 0 ? NULL : doc_parse(buf_str(&base), &at);
        append_merged(doc == NULL ? NULL : doc_root(doc), buf_str(&options), &ret_env->json);
        doc_free(doc);
    } else {
        free(sources);
    }
    wipe(&options);
    wipe(&base);
    return is_ok;
}

void config_env_fini(struct config_env *env)
{
    wipe(&env->json);
    free(env->sources);
    env->sources = NULL;
}

#include "server/config/config_value.h"

#include <math.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/config/config_options.h"

#define SHOWN_BYTES_MAX 60
#define EXACT_INT_MAX   9e15 /* a double holds every integer below */

static const char *const kind_names[] = {
    [CONFIG_FLAG] = "true or false",     [CONFIG_STRING] = "a text",
    [CONFIG_INT] = "an integer",         [CONFIG_FLOAT] = "a number",
    [CONFIG_BOOL] = "true or false",     [CONFIG_STRINGS] = "a list of texts",
    [CONFIG_MAP] = "an object of texts", [CONFIG_OBJECTS] = "a list of objects",
};

void config_value_describe(const struct config_option *option, struct buf *out)
{
    buf_append(out, str_from(kind_names[option->kind]));
    if (option->choices != NULL) {
        buf_append(out, STR(" out of"));
        for (const char *const *choice = option->choices; *choice != NULL; choice++)
            buf_printf(out, " %s", *choice);
    }
    if (option->has_min && option->has_max && !option->min_is_exclusive)
        buf_printf(out, " from %.0f to %.0f", option->min, option->max);
    else if (option->has_min)
        buf_printf(out, option->min_is_exclusive ? " above %.0f" : " of at least %.0f",
                   option->min);
}

static bool refuse(const struct config_option *option, const struct doc_value *value,
                   struct error *error)
{
    scoped_buf struct buf expected = {0};
    scoped_buf struct buf shown = {0};
    config_value_describe(option, &expected);
    if (option->is_secret || option->kind == CONFIG_OBJECTS)
        return error_set(error, ERROR_INVALID, "expected %s", expected.data);
    doc_print(value, &shown);
    return error_set(error, ERROR_INVALID, "expected %s, got %.*s", expected.data,
                     STR_ARG(str_slice(buf_str(&shown), 0, SHOWN_BYTES_MAX)));
}

static bool is_in_range(const struct config_option *option, double number)
{
    if (option->has_max && number > option->max)
        return false;
    if (!option->has_min)
        return true;
    return option->min_is_exclusive ? number > option->min : number >= option->min;
}

static bool number_of(const struct doc_value *value, double *ret_number)
{
    const enum doc_kind kind = doc_kind(value);
    if (kind == DOC_STRING)
        return str_to_double(str_trim(doc_string(value)), ret_number) && isfinite(*ret_number);
    if (kind != DOC_INT && kind != DOC_DOUBLE)
        return false;
    *ret_number = doc_double(value);
    return true;
}

static bool read_int(const struct config_option *option, const struct doc_value *value,
                     int64_t *target, struct error *error)
{
    double number;
    int64_t integer;
    if (doc_kind(value) == DOC_INT)
        integer = doc_int(value);
    else if (!number_of(value, &number) || !(number > -EXACT_INT_MAX && number < EXACT_INT_MAX) ||
             (double)(int64_t)number != number)
        return refuse(option, value, error);
    else
        integer = (int64_t)number;
    if (!is_in_range(option, (double)integer))
        return refuse(option, value, error);
    *target = integer;
    return true;
}

static bool read_float(const struct config_option *option, const struct doc_value *value,
                       double *target, struct error *error)
{
    double number;
    if (!number_of(value, &number) || !is_in_range(option, number))
        return refuse(option, value, error);
    *target = number;
    return true;
}

static bool is_word(struct str text, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (str_equal_nocase(text, str_from(*words)))
            return true;
    }
    return false;
}

static bool read_bool(const struct config_option *option, const struct doc_value *value,
                      bool *target, struct error *error)
{
    static const char *const yes[] = {"1", "true", "yes", "on", "t", "y", NULL};
    static const char *const no[] = {"0", "false", "no", "off", "f", "n", NULL};
    const enum doc_kind kind = doc_kind(value);
    if (kind == DOC_BOOL)
        *target = doc_bool(value);
    else if (kind == DOC_INT && (doc_int(value) == 0 || doc_int(value) == 1))
        *target = doc_int(value) == 1;
    else if (kind == DOC_STRING && is_word(doc_string(value), yes))
        *target = true;
    else if (kind == DOC_STRING && is_word(doc_string(value), no))
        *target = false;
    else
        return refuse(option, value, error);
    return true;
}

static bool read_string(const struct config_option *option, const struct doc_value *value,
                        struct arena *arena, struct str *target, struct error *error)
{
    if (doc_kind(value) != DOC_STRING ||
        (option->choices != NULL && !is_word(doc_string(value), option->choices)) ||
        str_has_byte(doc_string(value), '\0'))
        return refuse(option, value, error);
    *target = arena_copy(arena, doc_string(value));
    return true;
}

static bool read_strings(const struct config_option *option, const struct doc_value *value,
                         struct arena *arena, char *target, struct error *error)
{
    if (doc_kind(value) != DOC_ARRAY)
        return refuse(option, value, error);
    const size_t count = doc_count(value);
    struct str *items = arena_zero(arena, count, sizeof(*items));
    const struct config_option item = {.kind = CONFIG_STRING, .is_secret = option->is_secret};
    for (size_t i = 0; i < count; i++) {
        if (!read_string(&item, doc_at(value, i), arena, &items[i], error))
            return error_wrap(error, "item %zu", i);
    }
    *(struct str **)(void *)(target + option->offset) = items;
    *(size_t *)(void *)(target + option->count_offset) = count;
    return true;
}

static bool read_map(const struct config_option *option, const struct doc_value *value,
                     struct arena *arena, struct config_map *target, struct error *error)
{
    if (doc_kind(value) != DOC_OBJECT)
        return refuse(option, value, error);
    const size_t count = doc_count(value);
    struct str *names = arena_zero(arena, count, sizeof(*names));
    struct str *values = arena_zero(arena, count, sizeof(*values));
    const struct doc_value *member;
    struct str name;
    size_t i = 0;
    for (void *iterator = NULL; doc_next(value, &iterator, &name, &member); i++) {
        if (doc_kind(member) != DOC_STRING)
            return refuse(option, value, error);
        names[i] = arena_copy(arena, name);
        values[i] = arena_copy(arena, doc_string(member));
    }
    *target = (struct config_map){.names = names, .values = values, .count = count};
    return true;
}

static bool read_objects(const struct config_option *option, const struct doc_value *value,
                         struct arena *arena, char *target, struct error *error)
{
    if (doc_kind(value) != DOC_ARRAY)
        return refuse(option, value, error);
    const size_t count = doc_count(value);
    char *items = arena_zero(arena, count, option->item_size);
    for (size_t i = 0; i < count; i++) {
        const struct doc_value *item = doc_at(value, i);
        if (doc_kind(item) != DOC_OBJECT)
            return error_set(error, ERROR_INVALID, "item %zu: expected an object", i);
        if (!config_value_read_fields(option->fields, option->field_count, item, arena,
                                      items + i * option->item_size, error))
            return error_wrap(error, "item %zu", i);
    }
    *(void **)(void *)(target + option->offset) = items;
    *(size_t *)(void *)(target + option->count_offset) = count;
    return true;
}

static bool read_by_kind(const struct config_option *option, const struct doc_value *value,
                         struct arena *arena, char *target, struct error *error)
{
    void *member = target + option->offset;
    switch (option->kind) {
    case CONFIG_FLAG:
    case CONFIG_BOOL:
        return read_bool(option, value, member, error);
    case CONFIG_STRING:
        return read_string(option, value, arena, member, error);
    case CONFIG_INT:
        return read_int(option, value, member, error);
    case CONFIG_FLOAT:
        return read_float(option, value, member, error);
    case CONFIG_STRINGS:
        return read_strings(option, value, arena, target, error);
    case CONFIG_MAP:
        return read_map(option, value, arena, member, error);
    case CONFIG_OBJECTS:
        return read_objects(option, value, arena, target, error);
    }
    return false;
}

bool config_value_read(const struct config_option *option, const struct doc_value *value,
                       struct arena *arena, void *target, struct error *error)
{
    union {
        bool as_bool;
        int64_t as_int;
        double as_double;
        struct str as_str;
    } scratch;
    if (doc_kind(value) == DOC_NULL && option->is_nullable)
        return true;
    if (option->offset != CONFIG_NO_MEMBER)
        return read_by_kind(option, value, arena, target, error);
    struct config_option checked = *option;
    checked.offset = 0;
    return read_by_kind(&checked, value, arena, (char *)&scratch, error);
}

static bool read_default(const struct config_option *field, struct arena *arena, void *target,
                         struct error *error)
{
    if (field->default_json == NULL)
        return field->is_nullable || error_set(error, ERROR_INVALID, "required, but missing");
    struct doc_error at;
    struct doc *doc = doc_parse(str_from(field->default_json), &at);
    const bool is_ok = config_value_read(field, doc_root(doc), arena, target, error);
    doc_free(doc);
    return is_ok;
}

bool config_value_read_fields(const struct config_option *fields, size_t count,
                              const struct doc_value *object, struct arena *arena, void *target,
                              struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        const struct doc_value *value = doc_find(object, str_from(fields[i].name));
        const bool is_ok = value == NULL
                               ? read_default(&fields[i], arena, target, error)
                               : config_value_read(&fields[i], value, arena, target, error);
        if (!is_ok)
            return error_wrap(error, "%s", fields[i].name);
    }
    return true;
}

/*
 * One decoder per kind, found by a table; those of numbers, truth values, identifiers and times are
 * in schema_scalar.c. Each looks at what was given, either converts it or reports, and stops at the
 * first thing that is wrong with it: type first, then form, then bounds, as clients expect.
 */
#include "server/base/schema_value.h"

#include <inttypes.h>

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/base/schema_scalar.h"
#include "server/base/schema_text.h"
#include "server/base/utf8.h"

bool schema_value_report_with(const struct schema_value *value, const char *type,
                              struct str message, struct str ctx_json)
{
    issues_add_issue(value->issues, &(struct issue){.type = type,
                                                    .message = message,
                                                    .place = value->place,
                                                    .input = value->given,
                                                    .ctx_json = ctx_json});
    return false;
}

bool schema_value_report(const struct schema_value *value, const char *type, const char *message)
{
    return schema_value_report_with(value, type, str_from(message), STR_NULL);
}

bool schema_value_report_because(const struct schema_value *value, const char *type,
                                 const char *message, struct str reason)
{
    scoped_buf struct buf full = {0};
    scoped_buf struct buf ctx = {0};
    buf_printf(&full, "%s, ", message);
    buf_append(&full, reason);
    buf_append(&ctx, STR("{\"error\":"));
    jsonw_quote(&ctx, reason);
    buf_append_byte(&ctx, '}');
    return schema_value_report_with(value, type, buf_str(&full), buf_str(&ctx));
}

enum doc_kind schema_value_kind(const struct schema_value *value)
{
    return value->given.value == NULL ? DOC_STRING : doc_kind(value->given.value);
}

struct str schema_value_text(const struct schema_value *value)
{
    return value->given.value == NULL ? value->given.text : doc_string(value->given.value);
}

static bool report_length(const struct schema_value *value, bool is_long, uint64_t limit,
                          const char *unit)
{
    scoped_buf struct buf message = {0};
    scoped_buf struct buf ctx = {0};
    buf_printf(&message, "String should have at %s %" PRIu64 " %s%s", is_long ? "most" : "least",
               limit, unit, limit == 1 ? "" : "s");
    buf_printf(&ctx, "{\"%s\":%" PRIu64 "}", is_long ? "max_length" : "min_length", limit);
    return schema_value_report_with(value, is_long ? "string_too_long" : "string_too_short",
                                    buf_str(&message), buf_str(&ctx));
}

static bool check_length(const struct schema_value *value, struct str text)
{
    const struct schema_field *field = value->field;
    if (field->max_bytes > 0 && text.len > field->max_bytes)
        return report_length(value, true, field->max_bytes, "byte");
    if (!field->has_min && !field->has_max)
        return true;
    const int64_t characters = (int64_t)utf8_count(text);
    if (field->has_max && characters > field->max)
        return report_length(value, true, (uint64_t)field->max, "character");
    if (field->has_min && characters < field->min)
        return report_length(value, false, (uint64_t)field->min, "character");
    return true;
}

static bool check_pattern(const struct schema_value *value, struct str text)
{
    const struct schema_field *field = value->field;
    if (field->matches == NULL || field->matches(text))
        return true;
    scoped_buf struct buf message = {0};
    scoped_buf struct buf ctx = {0};
    buf_printf(&message, "String should match pattern '%s'", field->pattern);
    buf_append(&ctx, STR("{\"pattern\":"));
    jsonw_quote(&ctx, str_from(field->pattern));
    buf_append_byte(&ctx, '}');
    return schema_value_report_with(value, "string_pattern_mismatch", buf_str(&message),
                                    buf_str(&ctx));
}

/* Text of a query is borrowed from the request and may be no UTF-8. */
static struct str keep_text(const struct schema_value *value)
{
    const struct str text = schema_value_text(value);
    if (value->given.value != NULL)
        return text;
    if (utf8_is_valid(text))
        return arena_copy(value->arena, text);
    scoped_buf struct buf repaired = {0};
    utf8_repair(&repaired, text);
    return arena_copy(value->arena, buf_str(&repaired));
}

bool schema_value_string(const struct schema_value *value, struct str *ret_text)
{
    if (schema_value_kind(value) != DOC_STRING)
        return schema_value_report(value, "string_type", "Input should be a valid string");
    const struct str text = keep_text(value);
    if (!check_length(value, text) || !check_pattern(value, text))
        return false;
    *ret_text = text;
    return true;
}

static void decode_string(const struct schema_value *value, void *member)
{
    struct str *target = member;
    struct str text;
    if (schema_value_string(value, &text))
        *target = text;
}

/* "'a', 'b' or 'c'" */
static void print_choices(const char *const *choices, struct buf *out)
{
    for (size_t i = 0; choices[i] != NULL; i++) {
        if (i > 0)
            buf_append(out, choices[i + 1] == NULL ? STR(" or ") : STR(", "));
        buf_printf(out, "'%s'", choices[i]);
    }
}

static void decode_enum(const struct schema_value *value, void *member)
{
    const char *const *choices = value->field->choices;
    struct str *target = member;
    for (size_t i = 0; schema_value_kind(value) == DOC_STRING && choices[i] != NULL; i++) {
        if (str_equal(schema_value_text(value), str_from(choices[i]))) {
            *target = str_from(choices[i]);
            return;
        }
    }
    scoped_buf struct buf expected = {0};
    scoped_buf struct buf message = {0};
    scoped_buf struct buf ctx = {0};
    print_choices(choices, &expected);
    buf_printf(&message, "Input should be %s", expected.data);
    buf_append(&ctx, STR("{\"expected\":"));
    jsonw_quote(&ctx, buf_str(&expected));
    buf_append_byte(&ctx, '}');
    (void)schema_value_report_with(value, value->field->is_literal ? "literal_error" : "enum",
                                   buf_str(&message), buf_str(&ctx));
}

static void decode_strings(const struct schema_value *value, void *member)
{
    struct schema_strings *target = member;
    if (schema_value_kind(value) != DOC_ARRAY) {
        (void)schema_value_report(value, "list_type", "Input should be a valid list");
        return;
    }
    const size_t count = doc_count(value->given.value);
    struct str *items = arena_zero(value->arena, count, sizeof(*items));
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        struct schema_value item = *value;
        item.given = (struct issue_input){.value = doc_at(value->given.value, i)};
        item.place.has_index = true;
        item.place.index = i;
        is_good = schema_value_string(&item, &items[i]) && is_good;
    }
    if (is_good)
        *target = (struct schema_strings){.items = items, .count = count};
}

static void decode_string_map(const struct schema_value *value, void *member)
{
    const struct doc_value **target = member;
    if (schema_value_kind(value) != DOC_OBJECT) {
        (void)schema_value_report(value, "dict_type", "Input should be a valid dictionary");
        return;
    }
    bool is_good = true;
    void *iterator = NULL;
    struct schema_value item = *value;
    while (doc_next(value->given.value, &iterator, &item.place.member, &item.given.value)) {
        struct str ignored;
        is_good = schema_value_string(&item, &ignored) && is_good;
    }
    if (is_good)
        *target = value->given.value;
}

static void decode_base64(const struct schema_value *value, void *member)
{
    struct str *target = member;
    const char *reason;
    struct str bytes;
    if (schema_value_kind(value) != DOC_STRING) {
        (void)schema_value_report(value, "string_type", "Input should be a valid string");
        return;
    }
    if (!text_from_base64(schema_value_text(value), value->arena, &bytes, &reason)) {
        scoped_buf struct buf message = {0};
        scoped_buf struct buf ctx = {0};
        buf_printf(&message, "Base64 decoding error: '%s'", reason);
        buf_printf(&ctx, "{\"error\":\"%s\"}", reason);
        (void)schema_value_report_with(value, "base64_decode", buf_str(&message), buf_str(&ctx));
        return;
    }
    const size_t max = value->field->max_bytes;
    if (max > 0 && bytes.len > max) {
        scoped_buf struct buf message = {0};
        scoped_buf struct buf ctx = {0};
        buf_printf(&message, "Data should have at most %zu byte%s", max, max == 1 ? "" : "s");
        buf_printf(&ctx, "{\"max_length\":%zu}", max);
        (void)schema_value_report_with(value, "bytes_too_long", buf_str(&message), buf_str(&ctx));
        return;
    }
    *target = bytes;
}

static void decode_any(const struct schema_value *value, void *member)
{
    const struct doc_value **target = member;
    *target = value->given.value;
}

static const struct kind {
    void (*decode)(const struct schema_value *value, void *member);
    size_t member_bytes;
} kinds[] = {
    [SCHEMA_STRING] = {decode_string, sizeof(struct str)},
    [SCHEMA_ENUM] = {decode_enum, sizeof(struct str)},
    [SCHEMA_INT] = {schema_scalar_int, sizeof(struct schema_int)},
    [SCHEMA_FLOAT] = {schema_scalar_float, sizeof(struct schema_float)},
    [SCHEMA_BOOL] = {schema_scalar_bool, sizeof(struct schema_bool)},
    [SCHEMA_UUID] = {schema_scalar_uuid, sizeof(struct schema_id)},
    [SCHEMA_DATETIME] = {schema_scalar_datetime, sizeof(struct schema_int)},
    [SCHEMA_STRINGS] = {decode_strings, sizeof(struct schema_strings)},
    [SCHEMA_STRING_MAP] = {decode_string_map, sizeof(const struct doc_value *)},
    [SCHEMA_BYTES_BASE64] = {decode_base64, sizeof(struct str)},
    [SCHEMA_ANY] = {decode_any, sizeof(const struct doc_value *)},
};

void schema_value_decode(const struct schema_value *value, void *member)
{
    const struct kind *kind = &kinds[value->field->kind];
    if (value->field->is_nullable && schema_value_kind(value) == DOC_NULL)
        memset(member, 0, kind->member_bytes);
    else
        kind->decode(value, member);
}

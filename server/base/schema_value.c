/*
 * One decoder per kind. Each looks at what was given, either converts it or reports, and stops at
 * the first thing that is wrong with it: type first, then form, then bounds, as clients expect.
 */
#include "server/base/schema_value.h"

#include <inttypes.h>
#include <math.h>

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/base/schema_datetime.h"
#include "server/base/schema_number.h"
#include "server/base/schema_text.h"
#include "server/base/utf8.h"

static bool report_with(const struct schema_value *value, const char *type, struct str message,
                        struct str ctx_json)
{
    issues_add_issue(value->issues, &(struct issue){.type = type,
                                                    .message = message,
                                                    .place = value->place,
                                                    .input = value->given,
                                                    .ctx_json = ctx_json});
    return false;
}

static bool report(const struct schema_value *value, const char *type, const char *message)
{
    return report_with(value, type, str_from(message), STR_NULL);
}

/* ctx is {key: text}; the message ends with the text. */
static bool report_because(const struct schema_value *value, const char *type, const char *message,
                           struct str reason)
{
    scoped_buf struct buf full = {0};
    scoped_buf struct buf ctx = {0};
    buf_printf(&full, "%s, ", message);
    buf_append(&full, reason);
    buf_append(&ctx, STR("{\"error\":"));
    jsonw_quote(&ctx, reason);
    buf_append_byte(&ctx, '}');
    return report_with(value, type, buf_str(&full), buf_str(&ctx));
}

/* DOC_STRING for the text of a query. */
static enum doc_kind given_kind(const struct schema_value *value)
{
    return value->given.value == NULL ? DOC_STRING : doc_kind(value->given.value);
}

static struct str given_text(const struct schema_value *value)
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
    return report_with(value, is_long ? "string_too_long" : "string_too_short", buf_str(&message),
                       buf_str(&ctx));
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
    return report_with(value, "string_pattern_mismatch", buf_str(&message), buf_str(&ctx));
}

/* Text of a query is borrowed from the request and may be no UTF-8. */
static struct str keep_text(const struct schema_value *value)
{
    const struct str text = given_text(value);
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
    if (given_kind(value) != DOC_STRING)
        return report(value, "string_type", "Input should be a valid string");
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
    for (size_t i = 0; given_kind(value) == DOC_STRING && choices[i] != NULL; i++) {
        if (str_equal(given_text(value), str_from(choices[i]))) {
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
    (void)report_with(value, value->field->is_literal ? "literal_error" : "enum", buf_str(&message),
                      buf_str(&ctx));
}

static bool report_bound(const struct schema_value *value, bool is_above)
{
    const struct schema_field *field = value->field;
    const bool is_exclusive = !is_above && field->min_is_exclusive;
    const int64_t limit = is_above ? field->max : field->min;
    scoped_buf struct buf message = {0};
    scoped_buf struct buf ctx = {0};
    buf_printf(&message, "Input should be %s than %s%" PRId64, is_above ? "less" : "greater",
               is_exclusive ? "" : "or equal to ", limit);
    buf_printf(&ctx, "{\"%s\":%" PRId64 "%s}",
               is_above       ? "le"
               : is_exclusive ? "gt"
                              : "ge",
               limit, field->kind == SCHEMA_FLOAT ? ".0" : "");
    const char *type = is_above       ? "less_than_equal"
                       : is_exclusive ? "greater_than"
                                      : "greater_than_equal";
    return report_with(value, type, buf_str(&message), buf_str(&ctx));
}

static bool report_size(const struct schema_value *value)
{
    return report(value, "int_parsing_size",
                  "Unable to parse input string as an integer, exceeded maximum size");
}

static enum number_result read_int(const struct schema_value *value, int64_t *ret_number)
{
    switch (given_kind(value)) {
    case DOC_INT:
        *ret_number = doc_int(value->given.value);
        return NUMBER_OK;
    case DOC_BOOL:
        *ret_number = doc_bool(value->given.value);
        return NUMBER_OK;
    case DOC_DOUBLE:
        return number_from_double(doc_double(value->given.value), ret_number);
    case DOC_STRING:
        return number_from_text(given_text(value), ret_number);
    case DOC_NULL:
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    return NUMBER_BAD;
}

static bool report_no_int(const struct schema_value *value)
{
    if (given_kind(value) == DOC_STRING)
        return report(value, "int_parsing",
                      "Input should be a valid integer, unable to parse string as an integer");
    return report(value, "int_type", "Input should be a valid integer");
}

static bool decode_int_number(const struct schema_value *value, int64_t *ret_number)
{
    const struct schema_field *field = value->field;
    int64_t number = 0;
    const enum number_result result = read_int(value, &number);
    if (result == NUMBER_BAD)
        return report_no_int(value);
    if (result == NUMBER_FRACTION)
        return report(value, "int_from_float",
                      "Input should be a valid integer, got a number with a fractional part");
    if (field->has_max &&
        (result == NUMBER_TOO_BIG || (result == NUMBER_OK && number > field->max)))
        return report_bound(value, true);
    const bool is_below = number < field->min || (field->min_is_exclusive && number == field->min);
    if (field->has_min && (result == NUMBER_TOO_SMALL || (result == NUMBER_OK && is_below)))
        return report_bound(value, false);
    if (result != NUMBER_OK)
        return report_size(value);
    *ret_number = number;
    return true;
}

static void decode_int(const struct schema_value *value, void *member)
{
    struct schema_int *target = member;
    int64_t number = 0;
    if (decode_int_number(value, &number))
        *target = (struct schema_int){.value = number, .is_set = true};
}

static bool read_float(const struct schema_value *value, double *ret_number)
{
    switch (given_kind(value)) {
    case DOC_INT:
    case DOC_DOUBLE:
        *ret_number = doc_double(value->given.value);
        return true;
    case DOC_BOOL:
        *ret_number = doc_bool(value->given.value) ? 1 : 0;
        return true;
    case DOC_STRING:
        if (number_double_from_text(given_text(value), ret_number))
            return true;
        return report(value, "float_parsing",
                      "Input should be a valid number, unable to parse string as a number");
    case DOC_NULL:
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    return report(value, "float_type", "Input should be a valid number");
}

/* Written so that NaN fails each bound. */
static bool check_float(const struct schema_value *value, double number)
{
    const struct schema_field *field = value->field;
    if (field->has_max && !(number <= (double)field->max))
        return report_bound(value, true);
    const bool is_enough =
        field->min_is_exclusive ? number > (double)field->min : number >= (double)field->min;
    if (field->has_min && !is_enough)
        return report_bound(value, false);
    if (!isfinite(number))
        return report(value, "finite_number", "Input should be a finite number");
    return true;
}

static void decode_float(const struct schema_value *value, void *member)
{
    struct schema_float *target = member;
    double number;
    if (read_float(value, &number) && check_float(value, number))
        *target = (struct schema_float){.value = number, .is_set = true};
}

static bool bool_from_text(struct str text, bool *ret_value)
{
    static const char *const words[] = {"0",  "1",   "f",   "t",  "n",     "y",
                                        "no", "yes", "off", "on", "false", "true"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        if (str_equal_nocase(text, str_from(words[i]))) {
            *ret_value = i % 2 == 1;
            return true;
        }
    }
    return false;
}

static void decode_bool(const struct schema_value *value, void *member)
{
    struct schema_bool *target = member;
    const enum doc_kind kind = given_kind(value);
    bool truth = false;
    int64_t number = -1;
    if (kind == DOC_BOOL)
        *target = (struct schema_bool){.value = doc_bool(value->given.value), .is_set = true};
    else if (kind == DOC_STRING && bool_from_text(given_text(value), &truth))
        *target = (struct schema_bool){.value = truth, .is_set = true};
    else if (kind == DOC_NULL || kind == DOC_ARRAY || kind == DOC_OBJECT ||
             (kind != DOC_STRING && read_int(value, &number) != NUMBER_OK))
        (void)report(value, "bool_type", "Input should be a valid boolean");
    else if (number == 0 || number == 1)
        *target = (struct schema_bool){.value = number == 1, .is_set = true};
    else
        (void)report(value, "bool_parsing",
                     "Input should be a valid boolean, unable to interpret input");
}

static void decode_uuid(const struct schema_value *value, void *member)
{
    struct schema_id *target = member;
    scoped_buf struct buf reason = {0};
    struct id id;
    if (given_kind(value) != DOC_STRING)
        (void)report(value, "uuid_type", "UUID input should be a string, bytes or UUID object");
    else if (text_to_uuid(given_text(value), &id, &reason))
        *target = (struct schema_id){.value = id, .is_set = true};
    else
        (void)report_because(value, "uuid_parsing", "Input should be a valid UUID",
                             buf_str(&reason));
}

static bool read_datetime(const struct schema_value *value, int64_t *ret_wall_us)
{
    const char *reason;
    switch (given_kind(value)) {
    case DOC_INT:
    case DOC_DOUBLE:
        if (datetime_from_number(doc_double(value->given.value), ret_wall_us, &reason))
            return true;
        return report_because(value, "datetime_parsing", "Input should be a valid datetime",
                              str_from(reason));
    case DOC_STRING:
        if (datetime_from_text(given_text(value), ret_wall_us, &reason))
            return true;
        if (str_equal(str_from(reason), STR(DATETIME_YEAR_ZERO)))
            return report_because(value, "datetime_parsing", "Input should be a valid datetime",
                                  str_from(reason));
        return report_because(value, "datetime_from_date_parsing",
                              "Input should be a valid datetime or date", str_from(reason));
    case DOC_NULL:
    case DOC_BOOL:
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    return report(value, "datetime_type", "Input should be a valid datetime");
}

static void decode_datetime(const struct schema_value *value, void *member)
{
    struct schema_int *target = member;
    int64_t wall_us;
    if (read_datetime(value, &wall_us))
        *target = (struct schema_int){.value = wall_us, .is_set = true};
}

static void decode_strings(const struct schema_value *value, void *member)
{
    struct schema_strings *target = member;
    if (given_kind(value) != DOC_ARRAY) {
        (void)report(value, "list_type", "Input should be a valid list");
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
    if (given_kind(value) != DOC_OBJECT) {
        (void)report(value, "dict_type", "Input should be a valid dictionary");
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
    if (given_kind(value) != DOC_STRING) {
        (void)report(value, "string_type", "Input should be a valid string");
        return;
    }
    if (!text_from_base64(given_text(value), value->arena, &bytes, &reason)) {
        scoped_buf struct buf message = {0};
        scoped_buf struct buf ctx = {0};
        buf_printf(&message, "Base64 decoding error: '%s'", reason);
        buf_printf(&ctx, "{\"error\":\"%s\"}", reason);
        (void)report_with(value, "base64_decode", buf_str(&message), buf_str(&ctx));
        return;
    }
    const size_t max = value->field->max_bytes;
    if (max > 0 && bytes.len > max) {
        scoped_buf struct buf message = {0};
        scoped_buf struct buf ctx = {0};
        buf_printf(&message, "Data should have at most %zu byte%s", max, max == 1 ? "" : "s");
        buf_printf(&ctx, "{\"max_length\":%zu}", max);
        (void)report_with(value, "bytes_too_long", buf_str(&message), buf_str(&ctx));
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
    [SCHEMA_INT] = {decode_int, sizeof(struct schema_int)},
    [SCHEMA_FLOAT] = {decode_float, sizeof(struct schema_float)},
    [SCHEMA_BOOL] = {decode_bool, sizeof(struct schema_bool)},
    [SCHEMA_UUID] = {decode_uuid, sizeof(struct schema_id)},
    [SCHEMA_DATETIME] = {decode_datetime, sizeof(struct schema_int)},
    [SCHEMA_STRINGS] = {decode_strings, sizeof(struct schema_strings)},
    [SCHEMA_STRING_MAP] = {decode_string_map, sizeof(const struct doc_value *)},
    [SCHEMA_BYTES_BASE64] = {decode_base64, sizeof(struct str)},
    [SCHEMA_ANY] = {decode_any, sizeof(const struct doc_value *)},
};

void schema_value_decode(const struct schema_value *value, void *member)
{
    const struct kind *kind = &kinds[value->field->kind];
    if (value->field->is_nullable && given_kind(value) == DOC_NULL)
        memset(member, 0, kind->member_bytes);
    else
        kind->decode(value, member);
}

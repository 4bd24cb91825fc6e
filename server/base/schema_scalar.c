#include "server/base/schema_scalar.h"

#include <inttypes.h>
#include <math.h>

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/schema.h"
#include "server/base/schema_datetime.h"
#include "server/base/schema_number.h"
#include "server/base/schema_text.h"
#include "server/base/schema_value.h"

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
    return schema_value_report_with(value, type, buf_str(&message), buf_str(&ctx));
}

static bool report_size(const struct schema_value *value)
{
    return schema_value_report(value, "int_parsing_size",
                               "Unable to parse input string as an integer, exceeded maximum size");
}

static enum number_result read_int(const struct schema_value *value, int64_t *ret_number)
{
    switch (schema_value_kind(value)) {
    case DOC_INT:
        *ret_number = doc_int(value->given.value);
        return NUMBER_OK;
    case DOC_BOOL:
        *ret_number = doc_bool(value->given.value);
        return NUMBER_OK;
    case DOC_DOUBLE:
        return number_from_double(doc_double(value->given.value), ret_number);
    case DOC_STRING:
        return number_from_text(schema_value_text(value), ret_number);
    case DOC_NULL:
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    return NUMBER_BAD;
}

static bool report_no_int(const struct schema_value *value)
{
    if (schema_value_kind(value) == DOC_STRING)
        return schema_value_report(
            value, "int_parsing",
            "Input should be a valid integer, unable to parse string as an integer");
    return schema_value_report(value, "int_type", "Input should be a valid integer");
}

static bool decode_int_number(const struct schema_value *value, int64_t *ret_number)
{
    const struct schema_field *field = value->field;
    int64_t number = 0;
    const enum number_result result = read_int(value, &number);
    if (result == NUMBER_BAD)
        return report_no_int(value);
    if (result == NUMBER_FRACTION)
        return schema_value_report(
            value, "int_from_float",
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

void schema_scalar_int(const struct schema_value *value, void *member)
{
    struct schema_int *target = member;
    int64_t number = 0;
    if (decode_int_number(value, &number))
        *target = (struct schema_int){.value = number, .is_set = true};
}

static bool read_float(const struct schema_value *value, double *ret_number)
{
    switch (schema_value_kind(value)) {
    case DOC_INT:
    case DOC_DOUBLE:
        *ret_number = doc_double(value->given.value);
        return true;
    case DOC_BOOL:
        *ret_number = doc_bool(value->given.value) ? 1 : 0;
        return true;
    case DOC_STRING:
        if (number_double_from_text(schema_value_text(value), ret_number))
            return true;
        return schema_value_report(
            value, "float_parsing",
            "Input should be a valid number, unable to parse string as a number");
    case DOC_NULL:
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    return schema_value_report(value, "float_type", "Input should be a valid number");
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
        return schema_value_report(value, "finite_number", "Input should be a finite number");
    return true;
}

void schema_scalar_float(const struct schema_value *value, void *member)
{
    struct schema_float *target = member;
    double number = 0;
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

void schema_scalar_bool(const struct schema_value *value, void *member)
{
    struct schema_bool *target = member;
    const enum doc_kind kind = schema_value_kind(value);
    bool truth = false;
    int64_t number = -1;
    if (kind == DOC_BOOL)
        *target = (struct schema_bool){.value = doc_bool(value->given.value), .is_set = true};
    else if (kind == DOC_STRING && bool_from_text(schema_value_text(value), &truth))
        *target = (struct schema_bool){.value = truth, .is_set = true};
    else if (kind == DOC_NULL || kind == DOC_ARRAY || kind == DOC_OBJECT ||
             (kind != DOC_STRING && read_int(value, &number) != NUMBER_OK))
        (void)schema_value_report(value, "bool_type", "Input should be a valid boolean");
    else if (number == 0 || number == 1)
        *target = (struct schema_bool){.value = number == 1, .is_set = true};
    else
        (void)schema_value_report(value, "bool_parsing",
                                  "Input should be a valid boolean, unable to interpret input");
}

void schema_scalar_uuid(const struct schema_value *value, void *member)
{
    struct schema_id *target = member;
    scoped_buf struct buf reason = {0};
    struct id id;
    if (schema_value_kind(value) != DOC_STRING)
        (void)schema_value_report(value, "uuid_type",
                                  "UUID input should be a string, bytes or UUID object");
    else if (text_to_uuid(schema_value_text(value), &id, &reason))
        *target = (struct schema_id){.value = id, .is_set = true};
    else
        (void)schema_value_report_because(value, "uuid_parsing", "Input should be a valid UUID",
                                          buf_str(&reason));
}

static bool read_datetime(const struct schema_value *value, int64_t *ret_wall_us)
{
    const char *reason;
    switch (schema_value_kind(value)) {
    case DOC_INT:
    case DOC_DOUBLE:
        if (datetime_from_number(doc_double(value->given.value), ret_wall_us, &reason))
            return true;
        return schema_value_report_because(value, "datetime_parsing",
                                           "Input should be a valid datetime", str_from(reason));
    case DOC_STRING:
        if (datetime_from_text(schema_value_text(value), ret_wall_us, &reason))
            return true;
        if (str_equal(str_from(reason), STR(DATETIME_YEAR_ZERO)))
            return schema_value_report_because(
                value, "datetime_parsing", "Input should be a valid datetime", str_from(reason));
        return schema_value_report_because(value, "datetime_from_date_parsing",
                                           "Input should be a valid datetime or date",
                                           str_from(reason));
    case DOC_NULL:
    case DOC_BOOL:
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    return schema_value_report(value, "datetime_type", "Input should be a valid datetime");
}

void schema_scalar_datetime(const struct schema_value *value, void *member)
{
    struct schema_int *target = member;
    int64_t wall_us;
    if (read_datetime(value, &wall_us))
        *target = (struct schema_int){.value = wall_us, .is_set = true};
}

#include "server/base/schema_print.h"

#include <ctype.h>

#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/schema.h"

static const struct type {
    const char *type;
    const char *format;
} types[] = {
    [SCHEMA_STRING] = {"string", NULL},
    [SCHEMA_ENUM] = {"string", NULL},
    [SCHEMA_INT] = {"integer", NULL},
    [SCHEMA_FLOAT] = {"number", NULL},
    [SCHEMA_BOOL] = {"boolean", NULL},
    [SCHEMA_UUID] = {"string", "uuid"},
    [SCHEMA_DATETIME] = {"string", "date-time"},
    [SCHEMA_STRINGS] = {"array", NULL},
    [SCHEMA_STRING_MAP] = {"object", NULL},
    [SCHEMA_BYTES_BASE64] = {"string", "base64"},
    [SCHEMA_ANY] = {NULL, NULL},
};

static void print_bounds(const struct schema_field *field, struct jsonw *w)
{
    const bool is_length = field->kind == SCHEMA_STRING;
    if (field->has_max)
        jsonw_int(w, is_length ? "maxLength" : "maximum", field->max);
    if (field->has_min)
        jsonw_int(w,
                  is_length                 ? "minLength"
                  : field->min_is_exclusive ? "exclusiveMinimum"
                                            : "minimum",
                  field->min);
    if (field->pattern != NULL)
        jsonw_cstr(w, "pattern", field->pattern);
}

static void print_string_type(struct jsonw *w, const char *name)
{
    jsonw_object_in(w, name);
    jsonw_cstr(w, "type", "string");
    jsonw_end(w);
}

static void print_type(const struct schema_field *field, struct jsonw *w)
{
    const struct type *type = &types[field->kind];
    if (field->kind == SCHEMA_STRINGS)
        print_string_type(w, "items");
    if (field->kind == SCHEMA_STRING_MAP)
        print_string_type(w, "additionalProperties");
    if (type->type != NULL)
        jsonw_cstr(w, "type", type->type);
    if (type->format != NULL)
        jsonw_cstr(w, "format", type->format);
    if (field->choices != NULL) {
        jsonw_array_in(w, "enum");
        for (size_t i = 0; field->choices[i] != NULL; i++)
            jsonw_cstr(w, NULL, field->choices[i]);
        jsonw_end(w);
    }
    print_bounds(field, w);
}

/* "page_id" is "Page Id" */
static void print_title(const struct schema_field *field, struct jsonw *w)
{
    if (field->title != NULL) {
        jsonw_cstr(w, "title", field->title);
        return;
    }
    scoped_buf struct buf title = {0};
    bool is_inside_word = false;
    for (const char *c = field->name; *c != '\0'; c++) {
        const unsigned char letter = (unsigned char)*c;
        const int shown = is_inside_word ? tolower(letter) : toupper(letter);
        buf_append_byte(&title, (char)(letter == '_' ? ' ' : shown));
        is_inside_word = isalpha(letter) != 0;
    }
    jsonw_string(w, "title", buf_str(&title));
}

void schema_print_field(const struct schema_field *field, struct jsonw *w)
{
    jsonw_object(w);
    if (field->is_nullable && field->kind != SCHEMA_ANY) {
        jsonw_array_in(w, "anyOf");
        jsonw_object(w);
        print_type(field, w);
        jsonw_end(w);
        jsonw_object(w);
        jsonw_cstr(w, "type", "null");
        jsonw_end(w);
        jsonw_end(w);
    } else {
        print_type(field, w);
    }
    print_title(field, w);
    if (field->help != NULL)
        jsonw_cstr(w, "description", field->help);
    if (field->default_json != NULL)
        jsonw_raw(w, "default", str_from(field->default_json));
    jsonw_end(w);
}

static void print_required(const struct schema *schema, struct jsonw *w)
{
    bool is_open = false;
    for (size_t i = 0; i < schema->count; i++) {
        if (!schema->fields[i].is_required)
            continue;
        if (!is_open)
            jsonw_array_in(w, "required");
        is_open = true;
        jsonw_cstr(w, NULL, schema->fields[i].name);
    }
    if (is_open)
        jsonw_end(w);
}

void schema_print(const struct schema *schema, struct jsonw *w)
{
    jsonw_object(w);
    jsonw_object_in(w, "properties");
    for (size_t i = 0; i < schema->count; i++) {
        jsonw_name(w, str_from(schema->fields[i].name));
        schema_print_field(&schema->fields[i], w);
    }
    jsonw_end(w);
    if (schema->forbids_unknown)
        jsonw_bool(w, "additionalProperties", false);
    jsonw_cstr(w, "type", "object");
    print_required(schema, w);
    jsonw_cstr(w, "title", schema->name);
    jsonw_end(w);
}

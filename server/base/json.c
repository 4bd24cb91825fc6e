/*
 * A value is jansson's json_t behind a cast. Good texts take one pass in the library; only what it
 * refuses is looked at again (json_scan.h). Printing walks with a stack of its own, because the
 * depth of a document is the client's choice.
 */
#include "server/base/json.h"

#include <jansson.h>

#include "server/base/buf.h"
#include "server/base/json_encoding.h"
#include "server/base/json_scan.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

struct doc {
    json_t *root;
};

static const struct doc_value *as_value(const json_t *json)
{
    return (const struct doc_value *)(const void *)json;
}

static const json_t *as_json(const struct doc_value *value)
{
    return (const json_t *)(const void *)value;
}

/* For the library's readers that take no const pointer although they change nothing. */
static json_t *as_mutable(const struct doc_value *value)
{
    union {
        const struct doc_value *value;
        json_t *json;
    } both = {.value = value};
    return both.json;
}

/* NULL when the library refuses the text. A zero byte stands in no JSON text, but the library
 * skips one behind a number or a word. */
static json_t *load(struct str text)
{
    if (str_has_byte(text, '\0'))
        return NULL;
    json_error_t ignored; /* its positions count bytes and its words are not Python's */
    return json_loadb(text.data == NULL ? "" : text.data, text.len,
                      JSON_DECODE_ANY | JSON_ALLOW_NUL, &ignored);
}

/* The text was refused: says why, or loads what it means. */
static json_t *load_again(struct str text, struct doc_error *ret_error)
{
    scoped_buf struct buf rewritten = {.max_bytes = SIZE_MAX / 2};
    if (!doc_scan(text, &rewritten, ret_error))
        return NULL;
    json_t *root = load(buf_str(&rewritten));
    if (root == NULL)
        *ret_error = (struct doc_error){.text = "Nested too deep", .is_encoding = true};
    return root;
}

struct doc *doc_parse(struct str text, struct doc_error *ret_error)
{
    json_t *root = load(text);
    if (root == NULL) {
        scoped_buf struct buf decoded = {.max_bytes = SIZE_MAX / 2};
        if (!doc_decode_text(text, &decoded)) {
            *ret_error = (struct doc_error){.text = "Not UTF-8", .is_encoding = true};
            return NULL;
        }
        root = load_again(buf_str(&decoded), ret_error);
    }
    if (root == NULL)
        return NULL;
    struct doc *doc = mem_alloc(sizeof(*doc));
    *doc = (struct doc){.root = root};
    return doc;
}

void doc_free(struct doc *doc)
{
    if (doc == NULL)
        return;
    json_decref(doc->root);
    free(doc);
}

const struct doc_value *doc_root(const struct doc *doc)
{
    return as_value(doc->root);
}

enum doc_kind doc_kind(const struct doc_value *value)
{
    static const enum doc_kind kinds[] = {
        [JSON_OBJECT] = DOC_OBJECT, [JSON_ARRAY] = DOC_ARRAY, [JSON_STRING] = DOC_STRING,
        [JSON_INTEGER] = DOC_INT,   [JSON_REAL] = DOC_DOUBLE, [JSON_TRUE] = DOC_BOOL,
        [JSON_FALSE] = DOC_BOOL,    [JSON_NULL] = DOC_NULL,
    };
    return kinds[json_typeof(as_json(value))];
}

bool doc_bool(const struct doc_value *value)
{
    return json_is_true(as_json(value));
}

int64_t doc_int(const struct doc_value *value)
{
    return json_integer_value(as_json(value));
}

double doc_double(const struct doc_value *value)
{
    return json_number_value(as_json(value));
}

struct str doc_string(const struct doc_value *value)
{
    return str_span(json_string_value(as_json(value)), json_string_length(as_json(value)));
}

size_t doc_count(const struct doc_value *value)
{
    const json_t *json = as_json(value);
    return json_is_array(json) ? json_array_size(json) : json_object_size(json);
}

const struct doc_value *doc_at(const struct doc_value *array, size_t index)
{
    return as_value(json_array_get(as_json(array), index));
}

const struct doc_value *doc_find(const struct doc_value *object, struct str name)
{
    return as_value(json_object_getn(as_json(object), name.data, name.len));
}

bool doc_next(const struct doc_value *object, void **iterator, struct str *ret_name,
              const struct doc_value **ret_value)
{
    json_t *json = as_mutable(object);
    *iterator = *iterator == NULL ? json_object_iter(json) : json_object_iter_next(json, *iterator);
    if (*iterator == NULL)
        return false;
    *ret_name = str_span(json_object_iter_key(*iterator), json_object_iter_key_len(*iterator));
    *ret_value = as_value(json_object_iter_value(*iterator));
    return true;
}

/* One open array or object while printing. */
struct level {
    const struct doc_value *container;
    void *iterator; /* of an object */
    size_t index;   /* of an array; > 0 in both once something is written */
    bool masks_leaves;
};

struct printer {
    struct buf *out;
    doc_mask_fn mask;
    struct level *levels;
    size_t depth;
    size_t capacity;
};

static void print_scalar(const struct doc_value *value, struct buf *out)
{
    switch (doc_kind(value)) {
    case DOC_STRING:
        jsonw_quote(out, doc_string(value));
        return;
    case DOC_INT:
        buf_printf(out, "%lld", (long long)doc_int(value));
        return;
    case DOC_DOUBLE:
        jsonw_number(out, doc_double(value));
        return;
    case DOC_BOOL:
        buf_append(out, doc_bool(value) ? STR("true") : STR("false"));
        return;
    case DOC_NULL:
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    buf_append(out, STR("null"));
}

static void print_open(struct printer *printer, const struct doc_value *value, bool masks_leaves)
{
    if (printer->depth == printer->capacity) {
        printer->capacity = printer->capacity == 0 ? 16 : printer->capacity * 2;
        printer->levels = mem_resize(printer->levels, printer->capacity * sizeof(*printer->levels));
    }
    printer->levels[printer->depth++] =
        (struct level){.container = value, .masks_leaves = masks_leaves};
    buf_append_byte(printer->out, doc_kind(value) == DOC_OBJECT ? '{' : '[');
}

static void print_begin(struct printer *printer, const struct doc_value *value, enum doc_mask mask)
{
    const bool is_container = doc_kind(value) == DOC_OBJECT || doc_kind(value) == DOC_ARRAY;
    if (mask == DOC_MASK || (mask == DOC_MASK_LEAVES && !is_container))
        buf_append(printer->out, STR("\"<redacted>\""));
    else if (is_container)
        print_open(printer, value, mask == DOC_MASK_LEAVES);
    else
        print_scalar(value, printer->out);
}

/* The next item of the innermost level, with what stands in front of it; NULL at its end. */
static const struct doc_value *print_advance(struct printer *printer, enum doc_mask *ret_mask)
{
    struct level *level = &printer->levels[printer->depth - 1];
    *ret_mask = level->masks_leaves ? DOC_MASK_LEAVES : DOC_SHOW;
    const struct doc_value *value = NULL;
    struct str name = STR_NULL;
    if (doc_kind(level->container) == DOC_ARRAY)
        value = doc_at(level->container, level->index);
    else if (!doc_next(level->container, &level->iterator, &name, &value))
        return NULL;
    if (value == NULL)
        return NULL;
    if (level->index++ > 0)
        buf_append_byte(printer->out, ',');
    if (str_is_set(name)) {
        jsonw_quote(printer->out, name);
        buf_append_byte(printer->out, ':');
        if (!level->masks_leaves && printer->mask != NULL)
            *ret_mask = printer->mask(name);
    }
    return value;
}

void doc_print_masked(const struct doc_value *value, doc_mask_fn mask, struct buf *out)
{
    struct printer printer = {.out = out, .mask = mask};
    print_begin(&printer, value, DOC_SHOW);
    while (printer.depth > 0) {
        enum doc_mask item_mask;
        const struct doc_value *item = print_advance(&printer, &item_mask);
        if (item != NULL) {
            print_begin(&printer, item, item_mask);
            continue;
        }
        const struct doc_value *ended = printer.levels[--printer.depth].container;
        buf_append_byte(out, doc_kind(ended) == DOC_OBJECT ? '}' : ']');
    }
    free(printer.levels);
}

void doc_print(const struct doc_value *value, struct buf *out)
{
    doc_print_masked(value, NULL, out);
}

static int append_piece(const char *bytes, size_t count, void *out)
{
    buf_append(out, str_span(bytes, count));
    return 0;
}

void doc_print_sorted(const struct doc_value *value, struct buf *out)
{
    const int result = json_dump_callback(as_json(value), append_piece, out,
                                          JSON_SORT_KEYS | JSON_COMPACT | JSON_ENCODE_ANY);
    assert(result == 0); /* a value that was read can be written */
}

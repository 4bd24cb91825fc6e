#include "agent/call_arguments.h"

#include <stdlib.h>

#include "agent/python_json.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/repr.h"

/* Raw control characters inside of strings become escapes; outside they are blanks. */
static void escape_controls(struct str text, struct buf *out)
{
    bool is_string = false;
    for (size_t i = 0; i < text.len; i++) {
        const char byte = text.data[i];
        if (is_string && byte == '\\' && i + 1 < text.len) {
            buf_append(out, str_span(text.data + i, 2));
            i++;
            continue;
        }
        if (byte == '"')
            is_string = !is_string;
        if (is_string && (unsigned char)byte < ' ')
            buf_printf(out, "\\u%04x", (unsigned char)byte);
        else
            buf_append_byte(out, byte);
    }
}

struct doc *call_arguments_parse_value(struct str text, struct doc_error *ret_error)
{
    scoped_buf struct buf escaped = {0};
    struct doc *doc = doc_parse(text, ret_error);
    if (doc != NULL)
        return doc;
    escape_controls(text, &escaped);
    return doc_parse(buf_str(&escaped), ret_error);
}

static void keep(struct call_arguments *arguments, struct doc *doc)
{
    arguments->docs =
        mem_resize(arguments->docs, (arguments->doc_count + 1) * sizeof(struct doc *));
    arguments->docs[arguments->doc_count++] = doc;
}

static void add(struct call_arguments *arguments, size_t at, struct call_argument argument)
{
    if (arguments->count == arguments->capacity) {
        arguments->capacity = arguments->capacity == 0 ? 8 : 2 * arguments->capacity;
        arguments->items =
            mem_resize(arguments->items, arguments->capacity * sizeof(*arguments->items));
    }
    memmove(arguments->items + at + 1, arguments->items + at,
            (arguments->count - at) * sizeof(*arguments->items));
    arguments->items[at] = argument;
    arguments->count++;
}

static void add_members(struct call_arguments *arguments, const struct doc_value *object)
{
    void *iterator = NULL;
    struct call_argument argument;
    while (doc_next(object, &iterator, &argument.name, &argument.value)) {
        if (doc_kind(argument.value) != DOC_NULL)
            add(arguments, arguments->count, argument);
    }
}

bool call_arguments_parse(struct call_arguments *arguments, struct str text,
                          struct doc_error *ret_error)
{
    if (str_trim(text).len == 0)
        return true;
    struct doc *doc = call_arguments_parse_value(text, ret_error);
    if (doc == NULL)
        return false;
    keep(arguments, doc);
    if (doc_kind(doc_root(doc)) == DOC_OBJECT)
        add_members(arguments, doc_root(doc));
    return true;
}

void call_arguments_fini(struct call_arguments *arguments)
{
    for (size_t i = 0; i < arguments->doc_count; i++)
        doc_free(arguments->docs[i]);
    free((void *)arguments->docs);
    free(arguments->items);
    arena_fini(&arguments->arena);
    *arguments = (struct call_arguments){0};
}

static size_t index_of(const struct call_arguments *arguments, struct str name)
{
    size_t at = 0;
    while (at < arguments->count && !str_equal(arguments->items[at].name, name))
        at++;
    return at;
}

const struct doc_value *call_arguments_find(const struct call_arguments *arguments, struct str name)
{
    const size_t at = index_of(arguments, name);
    return at < arguments->count ? arguments->items[at].value : NULL;
}

struct str call_arguments_string(const struct call_arguments *arguments, struct str name)
{
    const struct doc_value *value = call_arguments_find(arguments, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

void call_arguments_set(struct call_arguments *arguments, struct str name, struct doc *value)
{
    const size_t at = index_of(arguments, name);
    keep(arguments, value);
    if (at < arguments->count)
        arguments->items[at].value = doc_root(value);
    else
        add(arguments, 0,
            (struct call_argument){.name = arena_copy(&arguments->arena, name),
                                   .value = doc_root(value)});
}

void call_arguments_set_string(struct call_arguments *arguments, struct str name, struct str value)
{
    struct doc_error ignored; /* a quoted text can be read */
    scoped_buf struct buf json = {0};
    jsonw_quote(&json, value);
    struct doc *doc = doc_parse(buf_str(&json), &ignored);
    assert(doc != NULL);
    call_arguments_set(arguments, name, doc);
}

void call_arguments_remove(struct call_arguments *arguments, struct str name)
{
    const size_t at = index_of(arguments, name);
    if (at == arguments->count)
        return;
    arguments->count--;
    memmove(arguments->items + at, arguments->items + at + 1,
            (arguments->count - at) * sizeof(*arguments->items));
}

void call_arguments_rename(struct call_arguments *arguments, struct str name, struct str new_name)
{
    const size_t at = index_of(arguments, name);
    if (at == arguments->count)
        return;
    const struct doc_value *value = arguments->items[at].value;
    call_arguments_remove(arguments, name);
    call_arguments_remove(arguments, new_name);
    add(arguments, arguments->count,
        (struct call_argument){.name = arena_copy(&arguments->arena, new_name), .value = value});
}

void call_arguments_print(const struct call_arguments *arguments, struct buf *out)
{
    buf_append_byte(out, '{');
    for (size_t i = 0; i < arguments->count; i++) {
        if (i > 0)
            buf_append(out, STR(", "));
        python_json_quote(arguments->items[i].name, out);
        buf_append(out, STR(": "));
        python_json_append(arguments->items[i].value, out);
    }
    buf_append_byte(out, '}');
}

void call_arguments_print_names(const struct call_arguments *arguments, struct buf *out)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < arguments->count; i++) {
        if (i > 0)
            buf_append(out, STR(", "));
        repr_append(out, arguments->items[i].name);
    }
    buf_append_byte(out, ']');
}

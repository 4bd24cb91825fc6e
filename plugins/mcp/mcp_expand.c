#include "plugins/mcp/mcp_expand.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

/* What stands at the front of a text that begins with '$'. */
struct reference {
    struct str whole;
    struct str name;
    struct str otherwise; /* STR_NULL: no default */
};

static bool is_name_byte(char c, bool is_first)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (!is_first && c >= '0' && c <= '9');
}

static size_t name_length(struct str text)
{
    size_t len = 0;
    while (len < text.len && is_name_byte(text.data[len], len == 0))
        len++;
    return len;
}

/* "${NAME}", "${NAME:-default}" */
static bool read_braced(struct str text, struct reference *reference)
{
    const struct str inner = str_skip(text, 2);
    const size_t len = name_length(inner);
    const struct str behind = str_skip(inner, len);
    const bool has_default = str_starts_with(behind, STR(":-"));
    const size_t end = has_default ? str_find_byte(behind, '}') : 0;
    if (len == 0 || end == SIZE_MAX || !str_starts_with(str_skip(behind, end), STR("}")))
        return false;
    *reference = (struct reference){
        .whole = str_slice(text, 0, 2 + len + end + 1),
        .name = str_slice(inner, 0, len),
        .otherwise = has_default ? str_slice(behind, 2, end) : STR_NULL,
    };
    return true;
}

static bool read_reference(const struct mcp_expand *expand, struct str text,
                           struct reference *reference)
{
    if (str_starts_with(text, STR("${")))
        return read_braced(text, reference);
    const size_t len = name_length(str_skip(text, 1));
    *reference = (struct reference){.whole = str_slice(text, 0, 1 + len),
                                    .name = str_slice(text, 1, 1 + len)};
    return expand->takes_plain && len > 0;
}

static bool append_variable(const char *const *env, struct str name, struct buf *out)
{
    for (; env != NULL && *env != NULL; env++) {
        const struct str pair = str_from(*env);
        const bool is_it = pair.len > name.len && pair.data[name.len] == '=';
        if (is_it && str_starts_with(pair, name)) {
            buf_append(out, str_skip(pair, name.len + 1));
            return true;
        }
    }
    return false;
}

static void append_value(const struct mcp_expand *expand, const struct reference *reference,
                         struct buf *out)
{
    if (expand->find_secret != NULL && expand->find_secret(expand->owner, reference->name, out))
        return;
    if (append_variable(expand->env, reference->name, out))
        return;
    buf_append(out, str_is_set(reference->otherwise) ? reference->otherwise : reference->whole);
}

void mcp_expand_text(const struct mcp_expand *expand, struct str text, struct buf *out)
{
    size_t dollar;
    while ((dollar = str_find_byte(text, '$')) != SIZE_MAX) {
        struct reference reference;
        buf_append(out, str_slice(text, 0, dollar));
        text = str_skip(text, dollar);
        if (read_reference(expand, text, &reference)) {
            append_value(expand, &reference, out);
            text = str_skip(text, reference.whole.len);
        } else {
            buf_append_byte(out, '$');
            text = str_skip(text, 1);
        }
    }
    buf_append(out, text);
}

/* One level deeper: the members of an object or the items of an array, and where we are in it. */
struct level {
    const struct doc_value *value;
    void *iterator;
    size_t index;
};

struct printer {
    const struct mcp_expand *expand;
    struct jsonw w;
    struct level levels[JSONW_MAX_DEPTH];
    size_t depth;
};

static bool is_container(const struct doc_value *value)
{
    return doc_kind(value) == DOC_OBJECT || doc_kind(value) == DOC_ARRAY;
}

static void print_scalar(struct printer *printer, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    if (doc_kind(value) != DOC_STRING) {
        doc_print(value, &text); /* also what lies too deep */
        jsonw_raw(&printer->w, NULL, buf_str(&text));
        return;
    }
    mcp_expand_text(printer->expand, doc_string(value), &text);
    jsonw_string(&printer->w, NULL, text.len == 0 ? STR("") : buf_str(&text));
}

static void print_value(struct printer *printer, const struct doc_value *value)
{
    if (!is_container(value) || printer->depth == JSONW_MAX_DEPTH) {
        print_scalar(printer, value);
        return;
    }
    printer->levels[printer->depth++] = (struct level){.value = value};
    if (doc_kind(value) == DOC_OBJECT)
        jsonw_object(&printer->w);
    else
        jsonw_array(&printer->w);
}

/* The next value of the innermost level; false: there is none. */
static bool print_next(struct printer *printer)
{
    struct level *level = &printer->levels[printer->depth - 1];
    const struct doc_value *value;
    struct str name;
    if (doc_kind(level->value) == DOC_OBJECT) {
        if (!doc_next(level->value, &level->iterator, &name, &value))
            return false;
        jsonw_name(&printer->w, name);
    } else {
        if (level->index == doc_count(level->value))
            return false;
        value = doc_at(level->value, level->index++);
    }
    print_value(printer, value);
    return true;
}

void mcp_expand_json(const struct mcp_expand *expand, const struct doc_value *value,
                     struct buf *out)
{
    struct printer printer = {.expand = expand};
    jsonw_init(&printer.w, out);
    print_value(&printer, value);
    while (printer.depth > 0) {
        if (print_next(&printer))
            continue;
        jsonw_end(&printer.w);
        printer.depth--;
    }
}

#include "agent/python_json.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/utf8.h"

#define MAX_DEPTH 200 /* deeper values are null */

static void append_escaped(struct buf *out, unsigned code_point)
{
    if (code_point > 0xffff) {
        const unsigned rest = code_point - 0x10000;
        buf_printf(out, "\\u%04x\\u%04x", 0xd800 + (rest >> 10), 0xdc00 + (rest & 0x3ff));
    } else {
        buf_printf(out, "\\u%04x", code_point);
    }
}

/* jsonw escapes what JSON must have escaped; what is left beyond ASCII is done here. */
void python_json_quote(struct str text, struct buf *out)
{
    scoped_buf struct buf quoted = {0};
    jsonw_quote(&quoted, text);
    struct str rest = buf_str(&quoted);
    while (rest.len > 0) {
        unsigned code_point;
        bool is_valid;
        const size_t len = utf8_step(rest, &code_point, &is_valid);
        if (code_point < 0x80)
            buf_append_byte(out, rest.data[0]);
        else
            append_escaped(out, code_point);
        rest = str_skip(rest, len);
    }
}

static void append_value(const struct doc_value *value, struct buf *out, unsigned depth);

static void append_object(const struct doc_value *object, struct buf *out, unsigned depth)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    const char *separator = "";
    buf_append_byte(out, '{');
    while (doc_next(object, &iterator, &name, &value)) {
        buf_append(out, str_from(separator));
        python_json_quote(name, out);
        buf_append(out, STR(": "));
        append_value(value, out, depth + 1);
        separator = ", ";
    }
    buf_append_byte(out, '}');
}

static void append_array(const struct doc_value *array, struct buf *out, unsigned depth)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < doc_count(array); i++) {
        if (i > 0)
            buf_append(out, STR(", "));
        append_value(doc_at(array, i), out, depth + 1);
    }
    buf_append_byte(out, ']');
}

static void append_value(const struct doc_value *value, struct buf *out, unsigned depth)
{
    const enum doc_kind kind = doc_kind(value);
    if (depth > MAX_DEPTH)
        buf_append(out, STR("null"));
    else if (kind == DOC_OBJECT)
        append_object(value, out, depth);
    else if (kind == DOC_ARRAY)
        append_array(value, out, depth);
    else if (kind == DOC_STRING)
        python_json_quote(doc_string(value), out);
    else if (kind == DOC_DOUBLE)
        jsonw_number(out, doc_double(value));
    else
        doc_print(value, out);
}

void python_json_append(const struct doc_value *value, struct buf *out)
{
    append_value(value, out, 0);
}

#include "agent/frontmatter.h"

#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/*
 * The lines are taken apart first: how far each is indented and what it says. A value is then what
 * stands behind its key, or the deeper lines below it. A list item is read as if its dash were one
 * more blank, so that what follows the dash is just a line that is indented further.
 */

#define MAX_LINES 10000

struct line {
    size_t indent;
    struct str text; /* without blanks around it; a comment counts as empty */
    struct str raw;
    size_t number;
};

struct reader {
    struct line *lines;
    size_t count;
    size_t at;
    size_t line_number; /* for messages: `at` may be further already */
    struct jsonw w;
    unsigned depth;
    struct error *error;
};

static bool fail(const struct reader *reader, const char *what)
{
    return error_set(reader->error, ERROR_INVALID, "line %zu of the head: %s", reader->line_number,
                     what);
}

/* --- lines --- */

static struct str without_return(struct str line)
{
    return str_ends_with(line, STR("\r")) ? str_slice(line, 0, line.len - 1) : line;
}

/* Three dashes or more, and nothing else but blanks behind them. */
static bool is_boundary(struct str line)
{
    size_t dashes = 0;
    while (dashes < line.len && line.data[dashes] == '-')
        dashes++;
    return dashes >= 3 && str_is_empty(str_trim(str_skip(line, dashes)));
}

bool frontmatter_split(struct str text, struct str *ret_yaml, struct str *ret_content)
{
    struct str rest = str_trim(text);
    struct str line;
    *ret_content = rest;
    if (!str_next(&rest, '\n', &line) || !is_boundary(line))
        return false;
    const char *yaml = rest.data;
    while (str_next(&rest, '\n', &line)) {
        if (!is_boundary(line))
            continue;
        *ret_yaml = str_span(yaml, (size_t)(line.data - yaml));
        *ret_content = str_trim(rest);
        return true;
    }
    return false;
}

static size_t indent_of(struct str line)
{
    size_t indent = 0;
    while (indent < line.len && line.data[indent] == ' ')
        indent++;
    return indent;
}

static void split_lines(struct reader *reader, struct str yaml)
{
    struct str rest = yaml;
    struct str raw;
    reader->lines = mem_zero(MAX_LINES, sizeof(*reader->lines));
    while (reader->count < MAX_LINES && str_next(&rest, '\n', &raw)) {
        const struct str text = str_trim(raw);
        reader->lines[reader->count] = (struct line){
            .indent = indent_of(raw),
            .text = str_starts_with(text, STR("#")) ? STR("") : text,
            .raw = without_return(raw),
            .number = reader->count + 1,
        };
        reader->count++;
    }
}

/* The next line that says something; NULL at the end. */
static struct line *next_line(struct reader *reader)
{
    while (reader->at < reader->count && str_is_empty(reader->lines[reader->at].text))
        reader->at++;
    return reader->at < reader->count ? &reader->lines[reader->at] : NULL;
}

static bool is_item(struct str text)
{
    return str_equal(text, STR("-")) || str_starts_with(text, STR("- "));
}

/* --- scalars --- */

/* Where a comment behind a plain scalar begins. */
static struct str without_comment(struct str text)
{
    const size_t at = str_find(text, STR(" #"));
    return str_trim(at == SIZE_MAX ? text : str_slice(text, 0, at));
}

static bool is_one_of(struct str text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (str_equal(text, str_from(*words)))
            return true;
    return false;
}

static bool is_number(struct str text)
{
    double value;
    const char first = text.len == 0 ? 'x' : text.data[text.data[0] == '-' && text.len > 1];
    return first >= '0' && first <= '9' && str_to_double(text, &value);
}

static void write_plain(struct reader *reader, struct str text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const truths[] = {"true", "True", "TRUE", NULL};
    static const char *const lies[] = {"false", "False", "FALSE", NULL};
    int64_t whole;
    double number;
    if (is_one_of(text, nulls))
        jsonw_null(&reader->w, NULL);
    else if (is_one_of(text, truths) || is_one_of(text, lies))
        jsonw_bool(&reader->w, NULL, is_one_of(text, truths));
    else if (is_number(text) && str_to_i64(text, INT64_MIN, INT64_MAX, &whole))
        jsonw_int(&reader->w, NULL, whole);
    else if (is_number(text) && str_to_double(text, &number))
        jsonw_double(&reader->w, NULL, number);
    else
        jsonw_string(&reader->w, NULL, text);
}

/* How many hexadecimal digits follow this sign; 0: it is none of those. */
static size_t hex_digits(char byte)
{
    if (byte == 'x')
        return 2;
    if (byte == 'u')
        return 4;
    return byte == 'U' ? 8 : 0;
}

static bool read_hex(struct str digits, unsigned *ret_value)
{
    unsigned value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        const size_t digit = str_find_byte(STR("0123456789abcdefABCDEF"), digits.data[i]);
        if (digit == SIZE_MAX || value > UINT32_MAX >> 4)
            return false;
        value = value * 16 + (unsigned)(digit < 16 ? digit : digit - 6);
    }
    *ret_value = value;
    return true;
}

/* What stands behind a backslash, at `*at`; moves to the last byte of it. */
static void take_escape(struct str text, size_t *at, struct buf *out)
{
    const char byte = text.data[*at];
    const size_t digits = hex_digits(byte);
    const size_t control = str_find_byte(STR("0abtnvfre"), byte);
    unsigned code_point;
    if (digits > 0 && *at + digits < text.len &&
        read_hex(str_slice(text, *at + 1, *at + 1 + digits), &code_point)) {
        utf8_append(out, code_point);
        *at += digits;
    } else if (control != SIZE_MAX && byte != '0') {
        buf_append_byte(out, "\0\a\b\t\n\v\f\r\x1b"[control]);
    } else {
        buf_append_byte(out, byte);
    }
}

/* Cuts a quoted scalar off the front. */
static bool take_quoted(struct reader *reader, struct str *rest, struct buf *out)
{
    const char quote = rest->data[0];
    size_t at = 1;
    for (; at < rest->len; at++) {
        const char byte = rest->data[at];
        const bool has_next = at + 1 < rest->len;
        if (byte == '\\' && quote == '"' && has_next) {
            at++;
            take_escape(*rest, &at, out);
        } else if (byte == quote && quote == '\'' && has_next && rest->data[at + 1] == quote)
            buf_append_byte(out, rest->data[++at]);
        else if (byte == quote)
            break;
        else
            buf_append_byte(out, byte);
    }
    if (at >= rest->len)
        return fail(reader, "a quote is not closed");
    *rest = str_skip(*rest, at + 1);
    return true;
}

static bool is_quote(struct str text)
{
    return text.len > 0 && (text.data[0] == '"' || text.data[0] == '\'');
}

/* --- lists and maps in brackets --- */

static bool write_flow(struct reader *reader, struct str *rest);

/* Up to the next comma, colon or bracket. */
static struct str take_flow_plain(struct str *rest, bool is_key)
{
    size_t at = 0;
    while (at < rest->len && !str_has_byte(STR(",]}"), rest->data[at]) &&
           !(is_key && rest->data[at] == ':'))
        at++;
    const struct str text = str_trim(str_slice(*rest, 0, at));
    *rest = str_skip(*rest, at);
    return text;
}

static bool write_flow_key(struct reader *reader, struct str *rest)
{
    scoped_buf struct buf key = {0};
    if (is_quote(*rest) && !take_quoted(reader, rest, &key))
        return false;
    buf_append(&key, take_flow_plain(rest, true));
    if (!str_starts_with(*rest, STR(":")))
        return fail(reader, "a key in braces has no colon");
    *rest = str_trim(str_skip(*rest, 1));
    jsonw_name(&reader->w, buf_str(&key));
    return true;
}

static bool write_flow_items(struct reader *reader, struct str *rest, bool is_map)
{
    const struct str end = is_map ? STR("}") : STR("]");
    *rest = str_trim(str_skip(*rest, 1));
    while (!str_starts_with(*rest, end)) {
        if (str_is_empty(*rest))
            return fail(reader, "a bracket is not closed on its line");
        if ((is_map && !write_flow_key(reader, rest)) || !write_flow(reader, rest))
            return false;
        *rest = str_trim(*rest);
        if (str_starts_with(*rest, STR(",")))
            *rest = str_trim(str_skip(*rest, 1));
        else if (!str_is_empty(*rest) && !str_starts_with(*rest, end))
            return fail(reader, "a comma is missing between brackets");
    }
    *rest = str_trim(str_skip(*rest, 1));
    return true;
}

static bool write_flow(struct reader *reader, struct str *rest)
{
    scoped_buf struct buf text = {0};
    const bool is_map = str_starts_with(*rest, STR("{"));
    if (is_map || str_starts_with(*rest, STR("["))) {
        if (++reader->depth > FRONTMATTER_MAX_DEPTH)
            return fail(reader, "nested too deep");
        if (is_map)
            jsonw_object(&reader->w);
        else
            jsonw_array(&reader->w);
        if (!write_flow_items(reader, rest, is_map))
            return false;
        jsonw_end(&reader->w);
        reader->depth--;
        return true;
    }
    if (!is_quote(*rest)) {
        write_plain(reader, take_flow_plain(rest, false));
        return true;
    }
    if (!take_quoted(reader, rest, &text))
        return false;
    jsonw_string(&reader->w, NULL, buf_str(&text));
    return true;
}

/* --- values --- */

/* How far the first line of a text block is indented; all of them lose that much. */
static size_t block_indent(const struct reader *reader)
{
    for (size_t i = reader->at; i < reader->count; i++)
        if (!str_is_empty(str_trim(reader->lines[i].raw)))
            return reader->lines[i].indent;
    return 0;
}

/* The lines that are indented further than the key, with what joins them. */
static void take_block(struct reader *reader, char joint, size_t parent_indent, struct buf *text)
{
    const size_t indent = block_indent(reader);
    for (; reader->at < reader->count; reader->at++) {
        const struct line *line = &reader->lines[reader->at];
        const bool is_blank = str_is_empty(str_trim(line->raw));
        if (!is_blank && line->indent <= parent_indent)
            return;
        if (is_blank && joint == ' ' && text->len > 0 && text->data[text->len - 1] == ' ')
            buf_truncate(text, text->len - 1);
        if (!is_blank)
            buf_append(text, str_skip(line->raw, indent));
        buf_append_byte(text, is_blank ? '\n' : joint);
    }
}

/* "|" keeps the line ends, ">" makes blanks of them; a minus drops the last one. */
static void write_block(struct reader *reader, struct str sign, size_t parent_indent)
{
    scoped_buf struct buf text = {0};
    take_block(reader, str_starts_with(sign, STR("|")) ? '\n' : ' ', parent_indent, &text);
    while (text.len > 0 && str_has_byte(STR(" \n\t"), text.data[text.len - 1]))
        buf_truncate(&text, text.len - 1);
    if (text.len > 0 && !str_ends_with(sign, STR("-")))
        buf_append_byte(&text, '\n');
    jsonw_string(&reader->w, NULL, buf_str(&text));
}

/* A plain scalar may go on in the lines below, when these are indented further. */
static void write_folded(struct reader *reader, struct str text, size_t parent_indent)
{
    scoped_buf struct buf all = {0};
    const struct line *line;
    size_t more = 0;
    buf_append(&all, without_comment(text));
    while ((line = next_line(reader)) != NULL && line->indent > parent_indent) {
        buf_append_byte(&all, ' ');
        buf_append(&all, without_comment(line->text));
        reader->at++;
        more++;
    }
    if (more == 0)
        write_plain(reader, buf_str(&all));
    else
        jsonw_string(&reader->w, NULL, buf_str(&all));
}

static bool is_block_sign(struct str text)
{
    static const char *const signs[] = {"|", ">", "|-", ">-", "|+", ">+", NULL};
    return is_one_of(text, signs);
}

/* What stands on a line behind its key or dash; the reader is on the line below already. */
static bool write_inline(struct reader *reader, struct str text, size_t parent_indent)
{
    struct str rest = text;
    if (str_starts_with(text, STR("&")) || str_starts_with(text, STR("*")) ||
        str_starts_with(text, STR("!")))
        return fail(reader, "anchors and tags are not understood");
    if (is_block_sign(without_comment(text))) {
        write_block(reader, without_comment(text), parent_indent);
        return true;
    }
    if (!is_quote(text) && !str_starts_with(text, STR("[")) && !str_starts_with(text, STR("{"))) {
        write_folded(reader, text, parent_indent);
        return true;
    }
    if (!write_flow(reader, &rest))
        return false;
    rest = str_trim(rest);
    return str_is_empty(rest) || str_starts_with(rest, STR("#")) ||
           fail(reader, "something follows a closed value");
}

static bool write_node(struct reader *reader, size_t indent);

/* --- maps and lists by indentation --- */

/* The place of the colon that ends a key; SIZE_MAX: the line has none. */
static size_t find_colon(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == ':' && (i + 1 == text.len || text.data[i + 1] == ' '))
            return i;
    return SIZE_MAX;
}

/* The value of a key that has nothing behind its colon. */
static bool write_below(struct reader *reader, size_t indent)
{
    const struct line *line = next_line(reader);
    if (line == NULL || line->indent < indent || (line->indent == indent && !is_item(line->text))) {
        jsonw_null(&reader->w, NULL);
        return true;
    }
    return write_node(reader, line->indent);
}

static bool write_member(struct reader *reader, const struct line *line)
{
    scoped_buf struct buf key = {0};
    struct str rest = line->text;
    reader->line_number = line->number;
    const size_t colon = find_colon(rest);
    if (is_quote(rest)) {
        if (!take_quoted(reader, &rest, &key) || !str_starts_with(rest, STR(":")))
            return fail(reader, "a key has no colon");
        rest = str_trim(str_skip(rest, 1));
    } else {
        if (colon == SIZE_MAX)
            return fail(reader, "a key has no colon");
        buf_append(&key, str_trim(str_slice(rest, 0, colon)));
        rest = str_trim(str_skip(rest, colon + 1));
    }
    reader->at++;
    jsonw_name(&reader->w, buf_str(&key));
    if (str_is_empty(rest) || str_starts_with(rest, STR("#")))
        return write_below(reader, line->indent);
    return write_inline(reader, rest, line->indent);
}

static bool write_map(struct reader *reader, size_t indent)
{
    const struct line *line;
    jsonw_object(&reader->w);
    while ((line = next_line(reader)) != NULL && line->indent == indent && !is_item(line->text))
        if (!write_member(reader, line))
            return false;
    jsonw_end(&reader->w);
    return line == NULL || line->indent <= indent || fail(reader, "indented too far");
}

/* The line goes on behind the dash, where it is indented further. */
static bool write_item(struct reader *reader, struct line *line)
{
    const struct str rest = str_skip(line->text, 1);
    const struct str text = str_trim(rest);
    const size_t indent = line->indent;
    reader->line_number = line->number;
    const bool is_flow =
        is_quote(text) || str_starts_with(text, STR("[")) || str_starts_with(text, STR("{"));
    if (str_is_empty(text)) {
        reader->at++;
        line = next_line(reader);
        if (line != NULL && line->indent > indent)
            return write_node(reader, line->indent);
        jsonw_null(&reader->w, NULL);
        return true;
    }
    if (!is_item(text) && (is_flow || find_colon(text) == SIZE_MAX)) {
        reader->at++;
        return write_inline(reader, text, indent);
    }
    line->indent += (size_t)(text.data - line->text.data);
    line->text = text;
    return write_node(reader, line->indent);
}

static bool write_list(struct reader *reader, size_t indent)
{
    struct line *line;
    jsonw_array(&reader->w);
    while ((line = next_line(reader)) != NULL && line->indent == indent && is_item(line->text))
        if (!write_item(reader, line))
            return false;
    jsonw_end(&reader->w);
    return line == NULL || line->indent <= indent || fail(reader, "indented too far");
}

static bool write_node(struct reader *reader, size_t indent)
{
    const struct line *line = next_line(reader);
    if (++reader->depth > FRONTMATTER_MAX_DEPTH)
        return fail(reader, "nested too deep");
    const bool is_written =
        is_item(line->text) ? write_list(reader, indent) : write_map(reader, indent);
    reader->depth--;
    return is_written;
}

static bool write_head(struct reader *reader)
{
    const struct line *line = next_line(reader);
    if (line == NULL) {
        jsonw_object(&reader->w);
        jsonw_end(&reader->w);
        return true;
    }
    if (is_item(line->text))
        return fail(reader, "a head is a list of keys and values");
    return write_node(reader, line->indent) &&
           (next_line(reader) == NULL || fail(reader, "indented less than the first line"));
}

bool frontmatter_to_json(struct str yaml, struct buf *out, struct error *error)
{
    scoped_buf struct buf json = {0};
    struct reader reader = {.error = error};
    if (str_has_byte(yaml, '\0'))
        return error_set(error, ERROR_INVALID, "the head has a zero byte");
    jsonw_init(&reader.w, &json);
    split_lines(&reader, yaml);
    const bool is_written = write_head(&reader);
    free(reader.lines);
    if (is_written)
        buf_append(out, buf_str(&json));
    return is_written;
}

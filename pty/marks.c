#include "pty/marks.h"

#include <assert.h>
#include <string.h>

#define ESC '\x1b'
#define BEL '\a'
#define DEL '\x7f'

enum match {
    MATCH_NONE,
    MATCH_PARTIAL, /* more bytes may make it a mark */
    MATCH_BROKEN,  /* ours, but cut off */
    MATCH_MARK
};

void marks_init(struct marks *marks, struct str nonce)
{
    assert(nonce.len == MARKS_NONCE_BYTES);
    struct buf prefix = {0};
    buf_printf(&prefix, "\x1b]7077;%.*s;", STR_ARG(nonce));
    assert(prefix.len <= sizeof(marks->prefix));
    memcpy(marks->prefix, prefix.data, prefix.len);
    marks->prefix_len = prefix.len;
    marks->held = (struct buf){0};
    buf_fini(&prefix);
}

void marks_fini(struct marks *marks)
{
    buf_fini(&marks->held);
}

static bool is_control(char byte)
{
    return (unsigned char)byte < ' ' || byte == DEL;
}

/* What begins at the ESC that `text` begins with. *ret_len: of all of it. */
static enum match match_at(const struct marks *marks, struct str text, size_t *ret_len)
{
    const size_t known = text.len < marks->prefix_len ? text.len : marks->prefix_len;
    if (memcmp(text.data, marks->prefix, known) != 0)
        return MATCH_NONE;
    size_t end = known;
    while (end < text.len && !is_control(text.data[end]))
        end++;
    *ret_len = end;
    if (end - known > MARKS_MAX_PAYLOAD)
        return MATCH_BROKEN;
    if (end == text.len)
        return MATCH_PARTIAL;
    if (text.data[end] != BEL)
        return MATCH_BROKEN;
    *ret_len = end + 1;
    return MATCH_MARK;
}

static void emit_text(struct str text, const struct marks_events *events, void *owner)
{
    if (text.len > 0)
        events->on_text(owner, text);
}

/* Returns how many bytes are settled; those behind them are to be held back. */
static size_t scan(const struct marks *marks, struct str input, const struct marks_events *events,
                   void *owner)
{
    size_t text_start = 0;
    size_t position = 0;
    const char *escape;
    while (position < input.len &&
           (escape = memchr(input.data + position, ESC, input.len - position)) != NULL) {
        const size_t start = (size_t)(escape - input.data);
        size_t len = 0;
        const enum match match = match_at(marks, str_skip(input, start), &len);
        position = start + 1;
        if (match == MATCH_NONE)
            continue;
        emit_text(str_slice(input, text_start, start), events, owner);
        if (match == MATCH_PARTIAL)
            return start;
        position = start + len;
        text_start = position;
        if (match == MATCH_MARK)
            events->on_mark(owner, str_slice(input, start + marks->prefix_len, start + len - 1));
    }
    emit_text(str_skip(input, text_start), events, owner);
    return input.len;
}

void marks_feed(struct marks *marks, struct str chunk, const struct marks_events *events,
                void *owner)
{
    struct buf joined = {0};
    if (marks->held.len > 0) {
        joined = buf_take(&marks->held);
        buf_append(&joined, chunk);
        chunk = buf_str(&joined);
    }
    const size_t settled = scan(marks, chunk, events, owner);
    buf_append(&marks->held, str_skip(chunk, settled));
    buf_fini(&joined);
}

void marks_flush(struct marks *marks, const struct marks_events *events, void *owner)
{
    struct buf held = buf_take(&marks->held);
    emit_text(buf_str(&held), events, owner);
    buf_fini(&held);
}

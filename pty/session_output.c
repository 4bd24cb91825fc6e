#include "pty/session_output.h"

#include "pty/byte_log.h"
#include "pty/screen.h"
#include "pty/session_prompt.h"
#include "pty/session_state.h"
#include "pty/session_watch.h"
#include "server/base/utf8.h"

#define MAX_ECHO_BYTES  16384 /* more than an editor prints for one key */
#define MAX_SHOWN_BYTES 2048  /* of a text */

static void print(struct session *session, struct str text)
{
    byte_log_append(session->log, text);
    screen_feed(session->screen, text);
    if (session->state == SESSION_RUNNING && session->watch == WATCH_NOTHING)
        session_watch(session, WATCH_QUIET);
}

void session_output_release(struct session *session)
{
    struct buf echo = buf_take(&session->echo);
    if (echo.len > 0)
        print(session, buf_str(&echo));
    buf_fini(&echo);
}

static void on_text(void *owner, struct str text)
{
    struct session *session = owner;
    if (session->state != SESSION_HANDED) {
        print(session, text);
        return;
    }
    buf_append(&session->echo, text);
    if (session->echo.len > MAX_ECHO_BYTES)
        session_output_release(session);
}

static void on_mark(void *owner, struct str payload)
{
    session_prompt_mark(owner, payload);
}

static const struct marks_events events = {.on_text = on_text, .on_mark = on_mark};

void session_output_feed(struct session *session, struct str chunk)
{
    marks_feed(&session->marks, chunk, &events, session);
}

void session_output_flush(struct session *session)
{
    marks_flush(&session->marks, &events, session);
    session_output_release(session);
}

/* As an editor would show it: control characters as ^X, lines below each other. */
static void append_shown(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const unsigned char byte = (unsigned char)text.data[i];
        if (byte == '\n')
            buf_append(out, STR("\r\n"));
        else if (byte == '\t' || (byte >= ' ' && byte != 0x7f))
            buf_append_byte(out, (char)byte);
        else
            buf_printf(out, "^%c", byte ^ 0x40);
    }
}

/* What is left of a text that is too long to be shown whole. */
static struct str shown_part(struct str text)
{
    if (text.len <= MAX_SHOWN_BYTES)
        return text;
    const struct str part = str_slice(text, 0, MAX_SHOWN_BYTES);
    return str_slice(part, 0, part.len - utf8_incomplete_tail(part));
}

void session_output_print_load(const struct session *session, struct buf *out)
{
    buf_printf(out, " . %s/k;", session->directory.path);
}

/* What the editor shows before our line, which may have been typed as a whole. */
static struct str part_before(const struct session *session, struct str text)
{
    scoped_buf struct buf load = {0};
    session_output_print_load(session, &load);
    return str_ends_with(text, buf_str(&load)) ? str_slice(text, 0, text.len - load.len) : text;
}

void session_output_show_text(struct session *session)
{
    struct buf echo = buf_take(&session->echo);
    const struct str whole = buf_str(&echo);
    const struct str line = session->kind->shown_line;
    const size_t at = str_find(whole, line);
    scoped_buf struct buf shown = {0};
    if (at != SIZE_MAX) {
        const struct str text = shown_part(buf_str(&session->text));
        buf_append(&shown, part_before(session, str_slice(whole, 0, at)));
        append_shown(&shown, text);
        if (text.len < session->text.len)
            buf_append(&shown, STR(" …"));
        buf_append(&shown, str_skip(whole, at + line.len));
    } else {
        buf_append(&shown, whole);
    }
    if (shown.len > 0)
        print(session, buf_str(&shown));
    buf_fini(&echo);
}

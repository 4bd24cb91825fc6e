#include "actions/shell_output.h"

#include <stdlib.h>

#include "actions/shell_text.h"
#include "pty/byte_log.h"
#include "pty/transcript.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/*
 * What is new is found by comparing texts, because a program may change what it has printed: when
 * the text begins with what has been shown, the rest is new; else everything from the first line on
 * that differs. Lines that have been dropped from the start of the text are dropped from what has
 * been shown as well.
 */

#define FOLLOW_BYTES ((uint64_t)256 << 10) /* less than the log keeps */
#define READ_BYTES   ((size_t)64 << 10)

struct shell_output {
    struct byte_log *log;
    struct transcript *transcript;
    uint64_t next; /* of the log; before it all is in the transcript */
    bool has_gap;  /* the log did not keep all of it */
    struct buf shown;
    uint64_t shown_dropped; /* lines gone before its first */
    struct buf kept;
    struct buf sent;
};

struct shell_output *shell_output_new(struct byte_log *log, int cols, size_t max_lines)
{
    struct shell_output *output = mem_zero(1, sizeof(*output));
    output->log = log;
    output->transcript = transcript_new(cols, max_lines);
    return output;
}

void shell_output_free(struct shell_output *output)
{
    if (output == NULL)
        return;
    transcript_free(output->transcript);
    buf_fini(&output->shown);
    buf_fini(&output->kept);
    buf_fini(&output->sent);
    free(output);
}

void shell_output_begin(struct shell_output *output, uint64_t from)
{
    if (output->kept.len > 0)
        buf_append_byte(&output->kept, '\n');
    output->next = from;
}

static void feed_read(struct shell_output *output, size_t limit)
{
    scoped_buf struct buf bytes = {0};
    const uint64_t from = byte_log_read(output->log, output->next, limit, &bytes);
    if (from > output->next)
        output->has_gap = true;
    transcript_feed(output->transcript, buf_str(&bytes));
    output->next = from + bytes.len;
}

static void feed(struct shell_output *output, uint64_t to)
{
    while (output->next < to) {
        const uint64_t before = output->next;
        struct str view = byte_log_view(output->log, output->next);
        if (view.len > to - output->next)
            view.len = (size_t)(to - output->next);
        transcript_feed(output->transcript, view);
        output->next += view.len;
        if (view.len == 0)
            feed_read(output, to - before < READ_BYTES ? (size_t)(to - before) : READ_BYTES);
        if (output->next == before)
            break;
    }
}

void shell_output_follow(struct shell_output *output, uint64_t to)
{
    if (to > output->next && to - output->next >= FOLLOW_BYTES)
        feed(output, to);
}

static struct str skip_lines(struct str text, uint64_t count)
{
    struct str line = STR_NULL;
    while (count > 0 && str_next(&text, '\n', &line))
        count--;
    return text;
}

/* Where in the text the first line begins that differs. */
static size_t find_change(struct str text, struct str shown)
{
    size_t line = 0;
    for (size_t i = 0; i < text.len && i < shown.len && text.data[i] == shown.data[i]; i++) {
        if (text.data[i] == '\n')
            line = i + 1;
    }
    return line;
}

static struct str find_new(const struct shell_output *output, struct str text, uint64_t dropped)
{
    const struct str shown = skip_lines(buf_str(&output->shown), dropped - output->shown_dropped);
    if (str_starts_with(text, shown))
        return str_skip(text, shown.len);
    return str_skip(text, find_change(text, shown));
}

/* Keeps what is new, without the echo of what was sent; it is shown from now on. */
static bool take_new(struct shell_output *output, uint64_t to)
{
    struct buf text = {0};
    uint64_t dropped;
    feed(output, to);
    transcript_text(output->transcript, &text, &dropped);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        buf_truncate(&text, text.len - 1);
    const struct str fresh = find_new(output, buf_str(&text), dropped);
    const struct str sent = buf_str(&output->sent);
    buf_append(&output->kept, sent.len > 0 ? shell_text_drop_echo(fresh, sent) : fresh);
    buf_clear(&output->sent);
    buf_fini(&output->shown);
    output->shown = text;
    output->shown_dropped = dropped;
    return dropped > 0 || output->has_gap;
}

void shell_output_keep(struct shell_output *output, uint64_t to, struct str sent)
{
    (void)take_new(output, to); /* gaps are told where it is shown */
    buf_append(&output->sent, sent);
}

bool shell_output_take(struct shell_output *output, uint64_t to, struct buf *out)
{
    const bool is_cut = take_new(output, to);
    buf_append(out, utf8_trim(buf_str(&output->kept)));
    buf_fini(&output->kept);
    return is_cut;
}

bool shell_output_has_shown(const struct shell_output *output)
{
    return output->shown.len > 0;
}

void shell_output_end(struct shell_output *output)
{
    transcript_clear(output->transcript);
    buf_fini(&output->shown);
    buf_clear(&output->sent);
    output->shown_dropped = 0;
    output->has_gap = false;
}

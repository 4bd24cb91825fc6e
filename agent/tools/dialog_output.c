#include "agent/tools/dialog_output.h"

#include <stdlib.h>

#include "agent/tools/dialog_text.h"
#include "pty/byte_log.h"
#include "pty/transcript.h"
#include "server/base/buf.h"
#include "server/base/mem.h"

/*
 * A program may change what it has printed, so new text is found by comparing: what follows the
 * reported text where that is still the beginning, else everything from the first changed line on.
 */

#define FOLLOW_BYTES ((uint64_t)256 << 10) /* less than the log keeps in memory */
#define READ_BYTES   ((uint64_t)64 << 10)

struct dialog_output {
    struct byte_log *log;
    struct transcript *transcript;
    uint64_t next; /* offset of the log: all before it is in the transcript */
    bool has_gap;
    struct buf reported;
    uint64_t reported_dropped; /* lines gone before its first */
    struct buf aside;
    struct buf sent;
};

struct dialog_output *dialog_output_new(struct byte_log *log, int cols)
{
    struct dialog_output *output = mem_zero(1, sizeof(*output));
    output->log = log;
    output->transcript = transcript_new(cols, DIALOG_OUTPUT_MAX_LINES);
    return output;
}

void dialog_output_free(struct dialog_output *output)
{
    if (output == NULL)
        return;
    transcript_free(output->transcript);
    buf_fini(&output->reported);
    buf_fini(&output->aside);
    buf_fini(&output->sent);
    free(output);
}

void dialog_output_begin(struct dialog_output *output, uint64_t from)
{
    if (output->aside.len > 0)
        buf_append_byte(&output->aside, '\n');
    output->next = from;
}

/* One piece: from memory where it lies, else copied from the file. */
static bool feed_piece(struct dialog_output *output, uint64_t to)
{
    scoped_buf struct buf copied = {0};
    const uint64_t wanted = to - output->next;
    struct str piece = byte_log_view(output->log, output->next);
    if (piece.len == 0) {
        const size_t limit = (size_t)(wanted < READ_BYTES ? wanted : READ_BYTES);
        const uint64_t from = byte_log_read(output->log, output->next, limit, &copied);
        output->has_gap = output->has_gap || from > output->next;
        output->next = from;
        piece = buf_str(&copied);
    }
    if (output->next < to && piece.len > to - output->next)
        piece.len = (size_t)(to - output->next);
    transcript_feed(output->transcript, piece);
    output->next += piece.len;
    return piece.len > 0;
}

static void feed(struct dialog_output *output, uint64_t to)
{
    while (output->next < to && feed_piece(output, to))
        ;
}

void dialog_output_follow(struct dialog_output *output, uint64_t to)
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

/* Start of the first line that differs. */
static size_t find_change(struct str text, struct str reported)
{
    size_t line = 0;
    for (size_t i = 0; i < text.len && i < reported.len && text.data[i] == reported.data[i]; i++) {
        if (text.data[i] == '\n')
            line = i + 1;
    }
    return line;
}

static struct str find_new(const struct dialog_output *output, struct str text, uint64_t dropped)
{
    const struct str reported =
        skip_lines(buf_str(&output->reported), dropped - output->reported_dropped);
    if (str_starts_with(text, reported))
        return str_skip(text, reported.len);
    return str_skip(text, find_change(text, reported));
}

/* Appends what is new to what was put aside; it counts as reported. */
static bool take_new(struct dialog_output *output, uint64_t to)
{
    struct buf text = {0};
    uint64_t dropped;
    feed(output, to);
    transcript_text(output->transcript, &text, &dropped);
    while (text.len > 0 && text.data[text.len - 1] == '\n')
        buf_truncate(&text, text.len - 1);
    const struct str fresh = find_new(output, buf_str(&text), dropped);
    const struct str sent = buf_str(&output->sent);
    buf_append(&output->aside, sent.len > 0 ? dialog_text_drop_echo(fresh, sent) : fresh);
    buf_clear(&output->sent);
    buf_fini(&output->reported);
    output->reported = text;
    output->reported_dropped = dropped;
    return dropped > 0 || output->has_gap;
}

void dialog_output_put_aside(struct dialog_output *output, uint64_t to, struct str sent)
{
    (void)take_new(output, to); /* gaps are told with the next report */
    buf_append(&output->sent, sent);
}

bool dialog_output_report(struct dialog_output *output, uint64_t to, struct buf *out)
{
    const bool is_cut = take_new(output, to);
    buf_append(out, dialog_text_strip(buf_str(&output->aside)));
    buf_fini(&output->aside);
    return is_cut;
}

bool dialog_output_has_reported(const struct dialog_output *output)
{
    return output->reported.len > 0;
}

void dialog_output_end(struct dialog_output *output)
{
    transcript_clear(output->transcript);
    buf_fini(&output->reported);
    buf_clear(&output->sent);
    output->reported_dropped = 0;
    output->has_gap = false;
}

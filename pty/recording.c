#include "pty/recording.h"

#include <stdlib.h>

#include "pty/byte_log.h"
#include "pty/moments.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define DEFAULT_COLS 80
#define DEFAULT_ROWS 24

struct recording {
    const struct byte_log *log;
    struct moment *moments; /* a copy */
    size_t count;
    size_t index;
    uint64_t at;  /* all bytes before it are written, or in `text` */
    uint64_t end; /* of the log when the recording was opened */
    uint64_t start_us;
    struct buf header;
    struct buf text; /* read and not yet written: part of a character */
};

static void copy_moments(struct recording *recording)
{
    while (byte_log_moment(recording->log, recording->count) != NULL)
        recording->count++;
    recording->moments = mem_zero(recording->count + 1, sizeof(struct moment));
    for (size_t i = 0; i < recording->count; i++)
        recording->moments[i] = *byte_log_moment(recording->log, i);
}

/* The size at the beginning: what is set before the first byte. */
static struct moment first_size(struct recording *recording)
{
    if (recording->count > 0 && recording->moments[0].cols > 0)
        return recording->moments[recording->index++];
    return (struct moment){.cols = DEFAULT_COLS, .rows = DEFAULT_ROWS};
}

static void write_header(struct recording *recording, const struct recording_options *options)
{
    const struct moment size = first_size(recording);
    struct jsonw w;
    if (recording->count > 0)
        recording->start_us = recording->moments[0].time_us;
    jsonw_init(&w, &recording->header);
    jsonw_object(&w);
    jsonw_uint(&w, "version", 2);
    jsonw_uint(&w, "width", size.cols);
    jsonw_uint(&w, "height", size.rows);
    if (recording->start_us > 0)
        jsonw_uint(&w, "timestamp", recording->start_us / 1000000);
    if (str_is_set(options->title))
        jsonw_string(&w, "title", options->title);
    if (str_is_set(options->term)) {
        jsonw_object_in(&w, "env");
        jsonw_string(&w, "TERM", options->term);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    buf_append_byte(&recording->header, '\n');
}

struct recording *recording_open(const struct byte_log *log,
                                 const struct recording_options *options)
{
    struct recording *recording = mem_zero(1, sizeof(*recording));
    recording->log = log;
    recording->at = byte_log_first(log);
    recording->end = byte_log_next(log);
    copy_moments(recording);
    write_header(recording, options);
    return recording;
}

void recording_close(struct recording *recording)
{
    if (recording == NULL)
        return;
    buf_fini(&recording->header);
    buf_fini(&recording->text);
    free(recording->moments);
    free(recording);
}

/* [seconds, "code", "data"] */
static void write_line(const struct recording *recording, const struct moment *moment, char code,
                       struct str data, struct buf *out)
{
    const uint64_t passed = moment->time_us - recording->start_us;
    buf_printf(out, "[%llu.%06llu, \"%c\", ", (unsigned long long)(passed / 1000000),
               (unsigned long long)(passed % 1000000), code);
    jsonw_quote(out, data);
    buf_append(out, STR("]\n"));
}

static void write_size(const struct recording *recording, const struct moment *moment,
                       struct buf *out)
{
    scoped_buf struct buf size = {0};
    buf_printf(&size, "%ux%u", moment->cols, moment->rows);
    write_line(recording, moment, 'r', buf_str(&size), out);
}

/* Where the bytes of the current moment end. */
static uint64_t end_of_moment(const struct recording *recording)
{
    const size_t next = recording->index + 1;
    return next < recording->count ? recording->moments[next].offset : recording->end;
}

/* One line of the bytes that came at a moment; what is left of them is for the next call. */
static void write_bytes(struct recording *recording, struct buf *out)
{
    const uint64_t end = end_of_moment(recording);
    const uint64_t first = byte_log_first(recording->log);
    if (recording->at < first)
        recording->at = first < end ? first : end;
    const uint64_t left = end - recording->at;
    const size_t limit = left < RECORDING_LINE_BYTES ? (size_t)left : RECORDING_LINE_BYTES;
    const size_t before = recording->text.len;
    const uint64_t from = byte_log_read(recording->log, recording->at, limit, &recording->text);
    if (from != recording->at) { /* the disk has just failed */
        buf_truncate(&recording->text, before);
        recording->at = from < end ? from : end;
        return;
    }
    recording->at += recording->text.len - before;
    const bool is_last = recording->at == recording->end;
    const struct str text = buf_str(&recording->text);
    const size_t cut = is_last ? text.len : text.len - utf8_incomplete_tail(text);
    if (cut > 0)
        write_line(recording, &recording->moments[recording->index], 'o', str_slice(text, 0, cut),
                   out);
    buf_consume(&recording->text, cut);
}

static void write_moment(struct recording *recording, struct buf *out)
{
    const struct moment *moment = &recording->moments[recording->index];
    if (moment->cols > 0)
        write_size(recording, moment, out);
    else
        write_bytes(recording, out);
    if (moment->cols > 0 || recording->at >= end_of_moment(recording))
        recording->index++;
}

bool recording_next(struct recording *recording, size_t limit, struct buf *out)
{
    const size_t before = out->len;
    if (recording->header.len > 0) {
        buf_append(out, buf_str(&recording->header));
        buf_fini(&recording->header);
    }
    while (recording->index < recording->count && out->len - before < limit)
        write_moment(recording, out);
    return out->len > before;
}

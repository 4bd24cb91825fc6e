#include "server/http/file_reply.h"

#include <errno.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/id.h"
#include "server/base/mem.h"
#include "server/http/range.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/loop/work.h"

/*
 * The body is a list of parts: a piece of text, then a range of the file. A whole file is one part
 * without text; a multipart answer ends with a part that is text only. One read job is under way at
 * most; it fills `chunk`, which then belongs to the socket.
 */

struct part {
    struct str text; /* in the arena of the transfer */
    struct range range;
};

struct transfer {
    struct arena arena;
    struct loop *loop;
    int fd;
    struct part parts[RANGE_MAX_COUNT + 1];
    size_t part_count;
    size_t part;                /* being sent */
    uint64_t at;                /* next byte of the file */
    struct http_stream *stream; /* NULL once closed */
    bool is_reading;
    struct buf chunk;
    uint64_t wanted;
    int read_errno;
};

static void pump(struct transfer *transfer);

static void transfer_free(struct transfer *transfer)
{
    fd_close(&transfer->fd);
    buf_fini(&transfer->chunk);
    arena_fini(&transfer->arena);
    free(transfer);
}

/* On a worker thread. */
static void read_chunk(void *job)
{
    struct transfer *transfer = job;
    transfer->read_errno = 0;
    while (transfer->chunk.len < transfer->wanted) {
        const size_t left = transfer->wanted - transfer->chunk.len;
        const ssize_t count = pread(transfer->fd, transfer->chunk.data + transfer->chunk.len, left,
                                    (off_t)(transfer->at + transfer->chunk.len));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0) {
            transfer->read_errno = count < 0 ? errno : ENODATA;
            return;
        }
        transfer->chunk.len += (size_t)count;
    }
}

static void on_read(void *job, bool is_cancelled)
{
    struct transfer *transfer = job;
    transfer->is_reading = false;
    if (transfer->stream == NULL) {
        transfer_free(transfer);
        return;
    }
    if (is_cancelled || transfer->read_errno != 0) {
        stream_abort(transfer->stream);
        return;
    }
    transfer->at += transfer->chunk.len;
    /* A client that left is told by on_closed. */
    (void)stream_write_buf(transfer->stream, &transfer->chunk);
    pump(transfer);
}

static void start_read(struct transfer *transfer, uint64_t left)
{
    transfer->wanted = left < FILE_REPLY_READ_BYTES ? left : FILE_REPLY_READ_BYTES;
    buf_clear(&transfer->chunk);
    (void)buf_reserve(&transfer->chunk, transfer->wanted); /* below the buffer's maximum */
    transfer->is_reading = true;
    (void)work_start(transfer->loop, read_chunk, on_read, transfer);
}

/* Goes on until something has to be waited for. */
static void pump(struct transfer *transfer)
{
    while (!transfer->is_reading && transfer->part < transfer->part_count) {
        const struct part *part = &transfer->parts[transfer->part];
        if (stream_pending_bytes(transfer->stream) >= STREAM_HIGH_WATER_BYTES)
            return; /* on_writable comes back here */
        if (transfer->at < part->range.end) {
            start_read(transfer, part->range.end - transfer->at);
            return;
        }
        if (++transfer->part == transfer->part_count)
            break;
        const struct part *next = &transfer->parts[transfer->part];
        transfer->at = next->range.start;
        (void)stream_write(transfer->stream, next->text); /* on_closed tells */
    }
    if (!transfer->is_reading)
        stream_end(transfer->stream);
}

static void on_writable(void *owner)
{
    struct transfer *transfer = owner;
    if (!transfer->is_reading && transfer->part < transfer->part_count)
        pump(transfer);
}

static void on_closed(void *owner, bool is_complete)
{
    (void)is_complete; /* there is nothing to undo */
    struct transfer *transfer = owner;
    transfer->stream = NULL;
    if (!transfer->is_reading)
        transfer_free(transfer);
}

static const struct http_stream_events stream_events = {
    .on_writable = on_writable,
    .on_closed = on_closed,
};

static void append_etag(struct buf *out, const struct file_reply_options *options)
{
    if (str_is_set(options->etag))
        buf_printf(out, "\"%.*s\"", STR_ARG(options->etag));
    else
        buf_printf(out, "\"%016llx%016llx\"", (unsigned long long)options->modified_us,
                   (unsigned long long)options->size);
}

void file_disposition(struct buf *out, struct str filename)
{
    scoped_buf struct buf encoded = {0};
    http_encode(&encoded, filename);
    if (str_equal(buf_str(&encoded), filename))
        buf_printf(out, "attachment; filename=\"%.*s\"", STR_ARG(filename));
    else
        buf_printf(out, "attachment; filename*=utf-8''%s", encoded.data);
}

/* Whole seconds, as HTTP dates have them. */
static int64_t whole_seconds(int64_t time_us)
{
    return time_us / 1000000;
}

static bool date_is_equal_or_later(struct str text, int64_t modified_us)
{
    int64_t date_us;
    return clock_parse_http(text, &date_us) && whole_seconds(date_us) >= whole_seconds(modified_us);
}

static bool etag_is_listed(struct str list, struct str etag)
{
    struct str item;
    while (str_next(&list, ',', &item)) {
        item = str_trim(item);
        if (str_starts_with(item, STR("W/")))
            item = str_skip(item, 2);
        if (str_equal(item, etag) || str_equal(item, STR("*")))
            return true;
    }
    return false;
}

static bool is_not_modified(const struct http_request *request, struct str etag,
                            int64_t modified_us)
{
    const struct str none_match = http_request_header(request, "if-none-match");
    if (str_is_set(none_match))
        return etag_is_listed(none_match, etag);
    const struct str since = http_request_header(request, "if-modified-since");
    return str_is_set(since) && date_is_equal_or_later(since, modified_us);
}

static enum range_outcome read_range(const struct http_request *request,
                                     const struct file_reply_options *options,
                                     struct range_list *list)
{
    return range_parse(http_request_header(request, "range"), options->size, list);
}

static bool wants_range(const struct http_request *request,
                        const struct file_reply_options *options, struct str etag, struct str date)
{
    if (options->has_no_ranges || !str_is_set(http_request_header(request, "range")))
        return false;
    struct range_list list;
    const struct str condition = http_request_header(request, "if-range");
    if (str_is_set(condition) && !str_equal(condition, etag) && !str_equal(condition, date))
        return false;
    return read_range(request, options, &list) != RANGE_IGNORED;
}

static void send_parts(struct http_request *request, struct transfer *transfer, int status,
                       const char *content_type)
{
    uint64_t len = 0;
    for (size_t i = 0; i < transfer->part_count; i++)
        len += transfer->parts[i].text.len + transfer->parts[i].range.end -
               transfer->parts[i].range.start;
    transfer->at = transfer->parts[0].range.start;
    const struct str text = transfer->parts[0].text;
    transfer->stream =
        reply_stream(request, status, content_type, (int64_t)len, &stream_events, transfer);
    (void)stream_write(transfer->stream, text); /* on_closed tells */
    pump(transfer);
}

static void send_several(struct http_request *request, struct transfer *transfer,
                         const struct range_list *list, const struct file_reply_options *options)
{
    const struct id_text boundary = id_hex(id_new());
    for (size_t i = 0; i < list->count; i++) {
        transfer->parts[i] = (struct part){
            .text = arena_printf(
                &transfer->arena,
                "%s--%s\r\nContent-Type: %s\r\nContent-Range: bytes %llu-%llu/%llu\r\n\r\n",
                i == 0 ? "" : "\r\n", boundary.text, options->content_type,
                (unsigned long long)list->items[i].start,
                (unsigned long long)list->items[i].end - 1, (unsigned long long)options->size),
            .range = list->items[i],
        };
    }
    transfer->parts[list->count] =
        (struct part){.text = arena_printf(&transfer->arena, "\r\n--%s--", boundary.text)};
    transfer->part_count = list->count + 1;
    const struct str type =
        arena_printf(&transfer->arena, "multipart/byteranges; boundary=%s", boundary.text);
    send_parts(request, transfer, 206, type.data);
}

static void send_ranges(struct http_request *request, struct transfer *transfer,
                        const struct file_reply_options *options)
{
    struct range_list list;
    const enum range_outcome outcome = read_range(request, options, &list);
    if (outcome == RANGE_PARTIAL && list.count > 1) {
        send_several(request, transfer, &list, options);
        return;
    }
    if (outcome == RANGE_PARTIAL) {
        const struct range range = list.items[0];
        reply_header(
            request, "content-range",
            arena_printf(&transfer->arena, "bytes %llu-%llu/%llu", (unsigned long long)range.start,
                         (unsigned long long)range.end - 1, (unsigned long long)options->size));
        transfer->parts[0].range = range;
        transfer->part_count = 1;
        send_parts(request, transfer, 206, options->content_type);
        return;
    }
    if (outcome == RANGE_UNSATISFIABLE)
        reply_header(
            request, "content-range",
            arena_printf(&transfer->arena, "bytes */%llu", (unsigned long long)options->size));
    reply_text(request, outcome == RANGE_UNSATISFIABLE ? 416 : 400, "text/plain; charset=utf-8",
               outcome == RANGE_UNSATISFIABLE ? STR("") : str_from(list.problem));
    transfer_free(transfer);
}

static void add_headers(struct http_request *request, const struct file_reply_options *options,
                        struct str etag, struct str date)
{
    reply_header(request, "accept-ranges", STR("bytes"));
    reply_header(request, "last-modified", date);
    reply_header(request, "etag", etag);
    if (!str_is_set(options->filename))
        return;
    scoped_buf struct buf disposition = {0};
    file_disposition(&disposition, options->filename);
    reply_header(request, "content-disposition", buf_str(&disposition));
}

/* An error answer about a range is not about the file, so it carries none of the file's headers. */
static bool range_is_fine(const struct http_request *request,
                          const struct file_reply_options *options)
{
    struct range_list list;
    return read_range(request, options, &list) == RANGE_PARTIAL;
}

void reply_file(struct http_request *request, const struct file_reply_options *options)
{
    scoped_buf struct buf etag = {0};
    scoped_buf struct buf date = {0};
    append_etag(&etag, options);
    clock_format_http(&date, options->modified_us);
    struct transfer *transfer = mem_zero(1, sizeof(*transfer));
    transfer->loop = http_request_loop(request);
    transfer->fd = options->fd;
    if (options->is_conditional && is_not_modified(request, buf_str(&etag), options->modified_us)) {
        transfer_free(transfer);
        reply_header(request, "etag", buf_str(&etag));
        reply_empty(request, 304);
        return;
    }
    const bool is_ranged = wants_range(request, options, buf_str(&etag), buf_str(&date));
    if (!is_ranged || range_is_fine(request, options))
        add_headers(request, options, buf_str(&etag), buf_str(&date));
    if (is_ranged) {
        send_ranges(request, transfer, options);
        return;
    }
    transfer->parts[0].range = (struct range){.end = options->size};
    transfer->part_count = 1;
    send_parts(request, transfer, 200, options->content_type);
}

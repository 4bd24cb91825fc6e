#include "api/v1/bash_render.h"

#include "actions/command_log.h"
#include "actions/command_request.h"
#include "server/base/clock.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/http/reply.h"
#include "server/http/request.h"

#define SPAWN_FAILURE "Error executing command: "

enum phase {
    PHASE_PREFIX,
    PHASE_ITEM,
    PHASE_STDOUT,
    PHASE_STDERR,
    PHASE_TAIL,
    PHASE_DONE
};

void bash_render_init(struct bash_render *render, struct command_log *log)
{
    *render = (struct bash_render){.log = log};
    command_log_hold(log);
    buf_init(&render->bytes, (size_t)2 << 30);
}

void bash_render_fini(struct bash_render *render)
{
    buf_fini(&render->prefix);
    buf_fini(&render->suffix);
    buf_fini(&render->items);
    buf_fini(&render->bytes);
    command_log_release(render->log);
    render->log = NULL;
}

void bash_render_add(struct bash_render *render, uint64_t seq)
{
    buf_append_bytes(&render->items, &seq, sizeof(seq));
}

static size_t item_count(const struct bash_render *render)
{
    return render->items.len / sizeof(uint64_t);
}

/* The record behind the next item; false when there is none. */
static bool load_item(struct bash_render *render, uint64_t seq)
{
    const struct log_index *index = command_log_index(render->log);
    const size_t position = log_index_from_seq(index, seq);
    if (seq == 0 || position == log_index_count(index) || log_index_at(index, position)->seq != seq)
        return false;
    return command_log_read(render->log, log_index_at(index, position)->place, &render->bytes,
                            &render->record);
}

static void write_time(struct jsonw *w, int64_t wall_us)
{
    scoped_buf struct buf text = {0};
    clock_format_utc(&text, wall_us);
    jsonw_string(w, "timestamp", buf_str(&text));
}

static void write_command(const struct record *record, struct buf *out)
{
    const struct record_command *meta = &record->command;
    const bool has_timeout = (meta->flags & RECORD_HAS_TIMEOUT) != 0;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "command", record->command_text);
    jsonw_string_or_null(&w, "cwd", (meta->flags & RECORD_HAS_CWD) != 0 ? record->cwd : STR_NULL);
    /* Clients expect a number, also where our own routes have set no limit. */
    jsonw_int(&w, "timeout", has_timeout ? meta->timeout_s : COMMAND_MAX_TIMEOUT_S);
    jsonw_cstr(&w, "id", id_hex(meta->id).text);
    write_time(&w, meta->wall_us);
    jsonw_string(&w, "kind", STR("BashCommand"));
    jsonw_end(&w);
}

/* All but the last closing brace, which the tail adds. */
static void write_output_head(const struct record *record, struct buf *out)
{
    const struct record_output *meta = &record->output;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_cstr(&w, "id", id_hex(meta->id).text);
    write_time(&w, meta->wall_us);
    jsonw_cstr(&w, "command_id", id_hex(meta->command_id).text);
    jsonw_int(&w, "order", meta->order);
    if (meta->flags & RECORD_IS_LAST)
        jsonw_int(&w, "exit_code", meta->exit_code);
    else
        jsonw_null(&w, "exit_code");
}

/* The offset from which on any stored event shows the stream. */
static uint64_t first_shown(const struct bash_render *render, enum command_stream stream)
{
    const struct log_index *index = command_log_index(render->log);
    const struct log_command *command = log_index_command(index, render->record.output.command_id);
    const struct log_event *event = command == NULL ? NULL : log_index_first(index, command);
    while (event != NULL && event->order < 0)
        event = log_index_next(index, event);
    scoped_buf struct buf bytes = {0};
    struct record first;
    if (event == NULL || !command_log_read(render->log, event->place, &bytes, &first))
        first = render->record;
    return stream == COMMAND_STDOUT ? first.output.stdout_from : first.output.stderr_from;
}

static uint64_t range_begin(const struct bash_render *render, enum command_stream stream)
{
    if (render->is_whole_output)
        return first_shown(render, stream);
    return stream == COMMAND_STDOUT ? render->record.output.stdout_from
                                    : render->record.output.stderr_from;
}

static uint64_t range_end(const struct bash_render *render, enum command_stream stream)
{
    return stream == COMMAND_STDOUT ? render->record.output.stdout_to
                                    : render->record.output.stderr_to;
}

/* Up to `limit` bytes of the stream at or behind the offset, from the record itself or elsewhere
 * in the log; moves the offset behind them. */
static void read_piece(struct bash_render *render, enum command_stream stream, size_t limit,
                       struct buf *piece)
{
    const struct command_chunk *own = &render->record.chunk;
    const uint64_t end = range_end(render, stream);
    const uint64_t left = end - render->offset;
    uint64_t from = render->offset;
    if (left < limit)
        limit = (size_t)left;
    const size_t before = piece->len;
    const struct command_log_range range = {.command_id = render->record.output.command_id,
                                            .stream = stream,
                                            .from = render->offset,
                                            .limit = limit};
    if (own->bytes.len > 0 && chunk_first(own, stream) <= render->offset)
        (void)chunk_read(own, stream, render->offset, limit, piece); /* may have none of it */
    else if (!command_log_output(render->log, &range, piece, &from))
        from = end;
    const size_t count = piece->len - before;
    if (from >= end) /* what comes next is behind the range */
        buf_truncate(piece, before);
    render->offset = count == 0 || from >= end || end - from < count ? end : from + count;
}

/* Appends text to the JSON string that `out` ends in the middle of. */
static void append_escaped(struct buf *out, struct str text)
{
    if (out->len == 0) {
        jsonw_quote(out, text);
        buf_consume(out, 1);
    } else {
        /* The opening quote takes the place of the last byte, which is put back. */
        const size_t last = out->len - 1;
        const char byte = out->data[last];
        buf_truncate(out, last);
        jsonw_quote(out, text);
        out->data[last] = byte;
    }
    buf_truncate(out, out->len - 1);
}

/* One piece of the stream's string. True when the string is complete. */
static bool write_stream_piece(struct bash_render *render, enum command_stream stream,
                               struct buf *out, size_t limit)
{
    scoped_buf struct buf piece = {0};
    buf_append_bytes(&piece, render->carry, render->carry_len);
    read_piece(render, stream, limit, &piece);
    const bool is_end = render->offset >= range_end(render, stream);
    struct str text = buf_str(&piece);
    render->carry_len = is_end ? 0 : utf8_incomplete_tail(text);
    text = str_slice(text, 0, text.len - render->carry_len);
    memcpy(render->carry, piece.data + text.len, render->carry_len);
    append_escaped(out, text);
    return is_end;
}

static void begin_stream(struct bash_render *render, enum command_stream stream, struct buf *out)
{
    render->offset = range_begin(render, stream);
    render->carry_len = 0;
    render->phase = stream == COMMAND_STDOUT ? PHASE_STDOUT : PHASE_STDERR;
    buf_append(out, stream == COMMAND_STDOUT ? STR(",\"stdout\":") : STR(",\"stderr\":"));
    render->is_string_open = render->offset < range_end(render, stream);
    if (render->is_string_open)
        buf_append_byte(out, '"');
}

static void end_stream(struct bash_render *render, enum command_stream stream, struct buf *out)
{
    if (stream == COMMAND_STDOUT)
        begin_stream(render, COMMAND_STDERR, out);
    else
        render->phase = PHASE_TAIL;
}

static void write_failure(struct bash_render *render, struct buf *out)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, STR(SPAWN_FAILURE));
    buf_append(&text, render->record.message);
    jsonw_quote(out, buf_str(&text));
    render->phase = PHASE_TAIL;
}

static void write_stream(struct bash_render *render, enum command_stream stream, struct buf *out,
                         size_t limit)
{
    const bool is_failure = (render->record.output.flags & RECORD_HAS_MESSAGE) != 0;
    if (stream == COMMAND_STDERR && is_failure) {
        write_failure(render, out);
    } else if (!render->is_string_open) {
        buf_append(out, STR("null"));
        end_stream(render, stream, out);
    } else if (write_stream_piece(render, stream, out, limit)) {
        buf_append_byte(out, '"');
        end_stream(render, stream, out);
    }
}

static void next_item(struct bash_render *render, struct buf *out)
{
    if (render->next_item == item_count(render)) {
        buf_append(out, buf_str(&render->suffix));
        render->phase = PHASE_DONE;
        return;
    }
    uint64_t seq;
    memcpy(&seq, render->items.data + render->next_item++ * sizeof(seq), sizeof(seq));
    const bool is_there = load_item(render, seq);
    if (!is_there && !render->writes_null)
        return;
    if (render->written_items++ > 0)
        buf_append_byte(out, ',');
    if (!is_there) {
        buf_append(out, STR("null"));
    } else if (render->record.kind == RECORD_COMMAND) {
        write_command(&render->record, out);
    } else {
        write_output_head(&render->record, out);
        begin_stream(render, COMMAND_STDOUT, out);
    }
}

static void step(struct bash_render *render, struct buf *out, size_t limit)
{
    switch ((enum phase)render->phase) {
    case PHASE_PREFIX:
        buf_append(out, buf_str(&render->prefix));
        render->phase = PHASE_ITEM;
        break;
    case PHASE_ITEM:
        next_item(render, out);
        break;
    case PHASE_STDOUT:
        write_stream(render, COMMAND_STDOUT, out, limit);
        break;
    case PHASE_STDERR:
        write_stream(render, COMMAND_STDERR, out, limit);
        break;
    case PHASE_TAIL:
        buf_append(out, STR(",\"kind\":\"BashOutput\"}"));
        render->phase = PHASE_ITEM;
        break;
    case PHASE_DONE:
        break;
    }
}

bool bash_render_more(struct bash_render *render, struct buf *out, size_t budget)
{
    const size_t start = out->len;
    while (render->phase != PHASE_DONE && out->len - start < budget && !buf_has_overflowed(out))
        step(render, out, BASH_RENDER_PIECE_BYTES);
    return render->phase == PHASE_DONE;
}

/* A reply that is too large to be written at once. */
struct reply {
    struct bash_render render;
    struct http_stream *stream;
};

static void on_writable(void *owner)
{
    struct reply *reply = owner;
    struct buf piece = {0};
    const bool is_done = bash_render_more(&reply->render, &piece, BASH_RENDER_PIECE_BYTES);
    if (piece.len > 0)
        (void)stream_write_buf(reply->stream, &piece); /* on_closed tells when nobody reads */
    buf_fini(&piece);
    if (is_done)
        stream_end(reply->stream);
}

static void on_closed(void *owner, bool is_complete)
{
    struct reply *reply = owner;
    (void)is_complete; /* whoever left needs no more */
    bash_render_fini(&reply->render);
    free(reply);
}

static const struct http_stream_events stream_events = {.on_writable = on_writable,
                                                        .on_closed = on_closed};

void bash_render_reply(struct http_request *request, struct bash_render *render)
{
    struct buf body = {0};
    if (bash_render_more(render, &body, 4 * BASH_RENDER_PIECE_BYTES)) {
        reply_json(request, 200, &body);
        bash_render_fini(render);
        buf_fini(&body);
        return;
    }
    struct reply *reply = mem_alloc(sizeof(*reply));
    reply->render = *render;
    *render = (struct bash_render){0};
    reply->stream = reply_stream(request, 200, "application/json", -1, &stream_events, reply);
    (void)stream_write_buf(reply->stream, &body); /* on_writable or on_closed follows */
    buf_fini(&body);
}

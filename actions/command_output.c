#include "actions/command_output.h"

#include "actions/command_log.h"
#include "actions/command_log_record.h"
#include "server/base/utf8.h"

void output_init(struct command_output *output, struct command_log *log, struct id command_id)
{
    *output = (struct command_output){.log = log, .command_id = command_id};
}

void output_fini(struct command_output *output)
{
    tail_fini(&output->tail);
}

void output_flush(struct command_output *output)
{
    if (output->tail.bytes.len == 0)
        return;
    struct command_chunk chunk = tail_chunk(&output->tail);
    command_log_add_data(output->log, output->command_id, &chunk);
    tail_advance(&output->tail);
}

/* An event that shows one stream up to `to`, and nothing of the other one. */
static void add_event(struct command_output *output, enum command_stream stream, uint64_t to)
{
    output_flush(output);
    struct record record = {.kind = RECORD_OUTPUT};
    const struct output_stream *out = &output->streams[COMMAND_STDOUT];
    const struct output_stream *err = &output->streams[COMMAND_STDERR];
    record.output = (struct record_output){.id = id_new(),
                                           .command_id = output->command_id,
                                           .stdout_from = out->event_from,
                                           .stdout_to = out->event_from,
                                           .stderr_from = err->event_from,
                                           .stderr_to = err->event_from,
                                           .order = output->next_order++};
    if (stream == COMMAND_STDOUT)
        record.output.stdout_to = to;
    else
        record.output.stderr_to = to;
    command_log_add_output(output->log, &record);
    output->streams[stream].event_from = to;
}

/* Where events end, found while counting: at most two, since a piece is smaller than an event. */
struct cuts {
    uint64_t at[2];
    size_t count;
};

static void count_complete(struct output_stream *stream, uint64_t offset, struct str text,
                           struct cuts *cuts)
{
    size_t room = OUTPUT_EVENT_CHARACTERS - stream->characters;
    /* No text has more characters than bytes. */
    size_t fitting = text.len <= room ? text.len : utf8_prefix_bytes(text, room);
    if (fitting < text.len) {
        cuts->at[cuts->count++] = offset + fitting;
        stream->characters = 0;
        text = str_skip(text, fitting);
    }
    stream->characters += utf8_count(text);
}

/* Completes the pending character with the first bytes of `text`; returns how many it took. */
static size_t count_pending(struct output_stream *stream, uint64_t offset, struct str text,
                            struct cuts *cuts)
{
    size_t taken = 0;
    while (stream->pending_len > 0 && taken < text.len) {
        stream->pending[stream->pending_len++] = text.data[taken++];
        struct str pending = str_span(stream->pending, stream->pending_len);
        size_t tail = utf8_incomplete_tail(pending);
        if (tail == pending.len)
            continue;
        uint64_t begin = offset + taken - pending.len;
        count_complete(stream, begin, str_slice(pending, 0, pending.len - tail), cuts);
        memmove(stream->pending, stream->pending + pending.len - tail, tail);
        stream->pending_len = tail;
    }
    return taken;
}

/* `offset` is that of the first byte of `text`. */
static struct cuts count_characters(struct output_stream *stream, uint64_t offset, struct str text)
{
    struct cuts cuts = {0};
    size_t taken = count_pending(stream, offset, text, &cuts);
    text = str_skip(text, taken);
    if (text.len == 0)
        return cuts;
    size_t tail = utf8_incomplete_tail(text);
    count_complete(stream, offset + taken, str_slice(text, 0, text.len - tail), &cuts);
    memcpy(stream->pending, text.data + text.len - tail, tail);
    stream->pending_len = tail;
    return cuts;
}

static void append_piece(struct command_output *output, enum command_stream stream,
                         struct str piece)
{
    struct output_stream *state = &output->streams[stream];
    uint64_t offset = state->bytes;
    state->bytes += piece.len;
    tail_append(&output->tail, stream, piece);
    if (!output->is_finished) {
        struct cuts cuts = count_characters(state, offset, piece);
        for (size_t i = 0; i < cuts.count; i++)
            add_event(output, stream, cuts.at[i]);
    }
    if (tail_is_full(&output->tail))
        output_flush(output);
}

void output_append(struct command_output *output, enum command_stream stream, struct str bytes)
{
    uint64_t room = COMMAND_OUTPUT_MAX_BYTES - output_bytes(output, COMMAND_ALL);
    if (bytes.len > room) {
        output->dropped_bytes += bytes.len - room;
        bytes = str_slice(bytes, 0, (size_t)room);
    }
    while (bytes.len > 0) {
        struct str piece = str_slice(bytes, 0, CHUNK_FULL_BYTES);
        bytes = str_skip(bytes, piece.len);
        append_piece(output, stream, piece);
    }
}

void output_finish(struct command_output *output, struct record *record)
{
    record->chunk = tail_chunk(&output->tail);
    record->output.id = id_new();
    record->output.command_id = output->command_id;
    record->output.stdout_from = output->streams[COMMAND_STDOUT].event_from;
    record->output.stdout_to = output->streams[COMMAND_STDOUT].bytes;
    record->output.stderr_from = output->streams[COMMAND_STDERR].event_from;
    record->output.stderr_to = output->streams[COMMAND_STDERR].bytes;
    record->output.order = output->next_order++;
    record->output.dropped_bytes = output->dropped_bytes;
    output->is_finished = true;
    command_log_add_output(output->log, record);
    tail_advance(&output->tail);
}

bool output_read(const struct command_output *output, enum command_stream stream, uint64_t from,
                 size_t limit, struct buf *out, uint64_t *ret_from)
{
    struct command_chunk chunk = tail_chunk(&output->tail);
    uint64_t tail_from = chunk_first(&chunk, stream);
    struct command_log_range range = {
        .command_id = output->command_id, .stream = stream, .from = from, .limit = limit};
    if (from < tail_from && command_log_output(output->log, &range, out, ret_from))
        return true;
    if (chunk_read(&chunk, stream, from, limit, out) == 0)
        return false;
    *ret_from = from < tail_from ? tail_from : from;
    return true;
}

uint64_t output_bytes(const struct command_output *output, enum command_stream stream)
{
    uint64_t out = output->streams[COMMAND_STDOUT].bytes;
    uint64_t err = output->streams[COMMAND_STDERR].bytes;
    if (stream == COMMAND_ALL)
        return out + err;
    return stream == COMMAND_STDOUT ? out : err;
}

#include "actions/command_chunk.h"

static uint32_t run_at(struct str runs, size_t index)
{
    uint32_t run;
    memcpy(&run, runs.data + index * sizeof(run), sizeof(run));
    return run;
}

static size_t run_count(struct str runs)
{
    return runs.len / sizeof(uint32_t);
}

static bool run_is_of(uint32_t run, enum command_stream stream)
{
    if (stream == COMMAND_ALL)
        return true;
    return ((run & CHUNK_RUN_STDERR) != 0) == (stream == COMMAND_STDERR);
}

bool chunk_is_sound(const struct command_chunk *chunk)
{
    if (chunk->runs.len % sizeof(uint32_t) != 0 || chunk->out_from > chunk->all_from)
        return false;
    size_t total = 0;
    for (size_t i = 0; i < run_count(chunk->runs); i++)
        total += run_at(chunk->runs, i) & CHUNK_RUN_LENGTH;
    return total == chunk->bytes.len;
}

uint64_t chunk_first(const struct command_chunk *chunk, enum command_stream stream)
{
    if (stream == COMMAND_ALL)
        return chunk->all_from;
    return stream == COMMAND_STDOUT ? chunk->out_from : chunk->all_from - chunk->out_from;
}

uint64_t chunk_end(const struct command_chunk *chunk, enum command_stream stream)
{
    uint64_t end = chunk_first(chunk, stream);
    for (size_t i = 0; i < run_count(chunk->runs); i++) {
        uint32_t run = run_at(chunk->runs, i);
        if (run_is_of(run, stream))
            end += run & CHUNK_RUN_LENGTH;
    }
    return end;
}

size_t chunk_read(const struct command_chunk *chunk, enum command_stream stream, uint64_t from,
                  size_t limit, struct buf *out)
{
    uint64_t offset = chunk_first(chunk, stream);
    struct str rest = chunk->bytes;
    size_t taken = 0;
    for (size_t i = 0; i < run_count(chunk->runs) && taken < limit; i++) {
        uint32_t run = run_at(chunk->runs, i);
        struct str piece = str_slice(rest, 0, run & CHUNK_RUN_LENGTH);
        rest = str_skip(rest, piece.len);
        if (!run_is_of(run, stream))
            continue;
        uint64_t end = offset + piece.len;
        if (end > from) {
            piece = str_skip(piece, from > offset ? (size_t)(from - offset) : 0);
            piece = str_slice(piece, 0, limit - taken);
            buf_append(out, piece);
            taken += piece.len;
        }
        offset = end;
    }
    return taken;
}

void tail_fini(struct command_tail *tail)
{
    buf_fini(&tail->runs);
    buf_fini(&tail->bytes);
}

void tail_append(struct command_tail *tail, enum command_stream stream, struct str bytes)
{
    uint32_t mark = stream == COMMAND_STDERR ? CHUNK_RUN_STDERR : 0;
    size_t count = run_count(buf_str(&tail->runs));
    uint32_t last = count == 0 ? 0 : run_at(buf_str(&tail->runs), count - 1);
    buf_append(&tail->bytes, bytes);
    if (count > 0 && (last & CHUNK_RUN_STDERR) == mark) {
        buf_truncate(&tail->runs, tail->runs.len - sizeof(last));
        mark = last;
    }
    uint32_t run = mark + (uint32_t)bytes.len;
    buf_append_bytes(&tail->runs, &run, sizeof(run));
}

bool tail_is_full(const struct command_tail *tail)
{
    return tail->bytes.len >= CHUNK_FULL_BYTES || tail->runs.len >= CHUNK_MAX_RUN_SIZE;
}

struct command_chunk tail_chunk(const struct command_tail *tail)
{
    return (struct command_chunk){.all_from = tail->all_from,
                                  .out_from = tail->out_from,
                                  .runs = buf_str(&tail->runs),
                                  .bytes = buf_str(&tail->bytes)};
}

void tail_advance(struct command_tail *tail)
{
    struct command_chunk chunk = tail_chunk(tail);
    uint64_t out_end = chunk_end(&chunk, COMMAND_STDOUT);
    tail->all_from += tail->bytes.len;
    tail->out_from = out_end;
    buf_clear(&tail->runs);
    buf_clear(&tail->bytes);
}

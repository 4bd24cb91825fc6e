#include "actions/command_log_record.h"

#include "server/base/buf.h"

#define MAGIC                                                                                      \
    "\x89"                                                                                         \
    "AC1"
#define MAGIC_BYTES 4
#define LANES       4
#define META_OFFSET offsetof(struct record, command) /* all kinds lie there */

struct prefix {
    char magic[MAGIC_BYTES];
    uint16_t kind;
    uint16_t meta_bytes;
    uint64_t body_bytes;
    uint64_t body_sum;
    uint64_t head_sum; /* of what stands before it, and of the meta */
};
_Static_assert(sizeof(struct prefix) == RECORD_PREFIX_BYTES, "no padding");
_Static_assert(sizeof(struct record_command) == 72, "no padding");
_Static_assert(sizeof(struct record_data) == 40, "no padding");
_Static_assert(sizeof(struct record_output) == 176, "no padding");

static const size_t META_BYTES[] = {
    [RECORD_COMMAND] = sizeof(struct record_command),
    [RECORD_DATA] = sizeof(struct record_data),
    [RECORD_OUTPUT] = sizeof(struct record_output),
};

static uint64_t mix(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9fb21c651e98df25u;
    return sum ^ (sum >> 29);
}

/* Four sums side by side, so that a multiplication need not wait for the one before. */
static uint64_t sum_lanes(uint64_t sum, const char **at, size_t *left)
{
    uint64_t lanes[LANES] = {sum, ~sum, sum << 1, ~sum << 1};
    uint64_t words[LANES];
    for (; *left >= sizeof(words); *at += sizeof(words), *left -= sizeof(words)) {
        memcpy(words, *at, sizeof(words));
        for (size_t i = 0; i < LANES; i++)
            lanes[i] = mix(lanes[i], words[i]);
    }
    for (size_t i = 0; i < LANES; i++)
        sum = mix(sum, lanes[i]);
    return sum;
}

uint64_t record_sum(uint64_t seed, struct str bytes)
{
    const char *at = bytes.data;
    size_t left = bytes.len;
    uint64_t word;
    uint64_t sum = sum_lanes(mix(seed, bytes.len), &at, &left);
    for (; left >= sizeof(word); at += sizeof(word), left -= sizeof(word)) {
        memcpy(&word, at, sizeof(word));
        sum = mix(sum, word);
    }
    if (left == 0)
        return sum;
    word = 0;
    memcpy(&word, at, left);
    return mix(sum, word);
}

static uint64_t head_sum(const struct prefix *prefix, struct str meta)
{
    struct str front = str_span((const char *)prefix, offsetof(struct prefix, head_sum));
    return record_sum(record_sum(0, front), meta);
}

/* The pieces of the body, in their order. */
static size_t body_pieces(const struct record *record, struct str pieces[3])
{
    switch (record->kind) {
    case RECORD_COMMAND:
        pieces[0] = record->command_text;
        pieces[1] = record->cwd;
        pieces[2] = record->argv;
        return 3;
    case RECORD_DATA:
        pieces[0] = record->chunk.runs;
        pieces[1] = record->chunk.bytes;
        return 2;
    case RECORD_OUTPUT:
        pieces[0] = record->message;
        pieces[1] = record->chunk.runs;
        pieces[2] = record->chunk.bytes;
        return 3;
    }
    return 0;
}

/* What the meta says about the body follows from the views. */
static void fill_meta(struct record *record)
{
    switch (record->kind) {
    case RECORD_COMMAND:
        record->command.command_bytes = (uint32_t)record->command_text.len;
        record->command.cwd_bytes = (uint32_t)record->cwd.len;
        record->command.argv_bytes = (uint32_t)record->argv.len;
        break;
    case RECORD_DATA:
        record->data.all_from = record->chunk.all_from;
        record->data.out_from = record->chunk.out_from;
        record->data.runs_bytes = (uint32_t)record->chunk.runs.len;
        break;
    case RECORD_OUTPUT:
        record->output.all_from = record->chunk.all_from;
        record->output.out_from = record->chunk.out_from;
        record->output.message_bytes = (uint32_t)record->message.len;
        record->output.runs_bytes = (uint32_t)record->chunk.runs.len;
        break;
    }
}

void record_write(struct record *record, struct buf *out)
{
    fill_meta(record);
    struct prefix prefix = {.magic = MAGIC,
                            .kind = (uint16_t)record->kind,
                            .meta_bytes = (uint16_t)META_BYTES[record->kind]};
    struct str meta = str_span((const char *)record + META_OFFSET, prefix.meta_bytes);
    size_t start = out->len;
    buf_append_bytes(out, &prefix, sizeof(prefix));
    buf_append(out, meta);

    struct str pieces[3];
    size_t count = body_pieces(record, pieces);
    size_t body_start = out->len;
    for (size_t i = 0; i < count; i++)
        buf_append(out, pieces[i]);
    if (buf_has_overflowed(out))
        return;
    record->body_bytes = out->len - body_start;
    prefix.body_bytes = record->body_bytes;
    prefix.body_sum = record_sum(0, str_skip(buf_str(out), body_start));
    prefix.head_sum = head_sum(&prefix, meta);
    memcpy(out->data + start, &prefix, sizeof(prefix));
}

static bool read_prefix(struct str bytes, struct prefix *ret_prefix)
{
    if (bytes.len < sizeof(*ret_prefix) || memcmp(bytes.data, MAGIC, MAGIC_BYTES) != 0)
        return false;
    struct prefix prefix;
    memcpy(&prefix, bytes.data, sizeof(prefix));
    if (prefix.kind < RECORD_COMMAND || prefix.kind > RECORD_OUTPUT ||
        prefix.meta_bytes != META_BYTES[prefix.kind] || prefix.body_bytes > RECORD_MAX_BODY_BYTES ||
        bytes.len - sizeof(prefix) < prefix.meta_bytes)
        return false;
    struct str meta = str_slice(bytes, sizeof(prefix), sizeof(prefix) + prefix.meta_bytes);
    if (head_sum(&prefix, meta) != prefix.head_sum)
        return false;
    *ret_prefix = prefix;
    return true;
}

bool record_read_head(struct str bytes, struct record *ret_record)
{
    struct prefix prefix;
    if (!read_prefix(bytes, &prefix))
        return false;
    *ret_record = (struct record){.kind = prefix.kind, .body_bytes = prefix.body_bytes};
    memcpy((char *)ret_record + META_OFFSET, bytes.data + sizeof(prefix), prefix.meta_bytes);
    return true;
}

/* Cuts the next `len` bytes off the body; false when it is too short. */
static bool cut(struct str *body, size_t len, struct str *ret_piece)
{
    if (len > body->len)
        return false;
    *ret_piece = str_slice(*body, 0, len);
    *body = str_skip(*body, len);
    return true;
}

static bool read_chunk(struct str body, size_t runs_bytes, uint64_t all_from, uint64_t out_from,
                       struct command_chunk *ret_chunk)
{
    *ret_chunk = (struct command_chunk){.all_from = all_from, .out_from = out_from};
    if (!cut(&body, runs_bytes, &ret_chunk->runs))
        return false;
    ret_chunk->bytes = body;
    return chunk_is_sound(ret_chunk);
}

static bool read_body(struct str body, struct record *record)
{
    switch (record->kind) {
    case RECORD_COMMAND:
        return cut(&body, record->command.command_bytes, &record->command_text) &&
               cut(&body, record->command.cwd_bytes, &record->cwd) &&
               cut(&body, record->command.argv_bytes, &record->argv);
    case RECORD_DATA:
        return read_chunk(body, record->data.runs_bytes, record->data.all_from,
                          record->data.out_from, &record->chunk);
    case RECORD_OUTPUT:
        return cut(&body, record->output.message_bytes, &record->message) &&
               read_chunk(body, record->output.runs_bytes, record->output.all_from,
                          record->output.out_from, &record->chunk);
    }
    return false;
}

bool record_read(struct str bytes, struct record *ret_record)
{
    struct prefix prefix;
    struct record record;
    if (!read_prefix(bytes, &prefix) || !record_read_head(bytes, &record))
        return false;
    struct str body = str_skip(bytes, sizeof(prefix) + prefix.meta_bytes);
    if (body.len < prefix.body_bytes)
        return false;
    body = str_slice(body, 0, (size_t)prefix.body_bytes);
    if (record_sum(0, body) != prefix.body_sum || !read_body(body, &record))
        return false;
    *ret_record = record;
    return true;
}

uint64_t record_bytes(const struct record *record)
{
    return RECORD_PREFIX_BYTES + META_BYTES[record->kind] + record->body_bytes;
}

size_t record_find(struct str bytes, size_t from)
{
    if (from >= bytes.len)
        return SIZE_MAX;
    size_t at = str_find(str_skip(bytes, from), str_span(MAGIC, MAGIC_BYTES));
    return at == SIZE_MAX ? SIZE_MAX : from + at;
}

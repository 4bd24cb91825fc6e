#include "actions/command_log.h"

#include "actions/command_log_store.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/mem.h"

struct command_log {
    struct log_store *store;
    struct log_index index;
    struct log_store_state state; /* number and time of the last event; the number is the next */
    int64_t retention_us;
    unsigned holds; /* its owner's among them */
    void (*on_event)(void *owner);
    void *owner;
};

/* How many of the oldest events lie in segments up to `number`. */
static size_t events_up_to(const struct command_log *log, uint32_t number)
{
    size_t low = 0;
    size_t high = log_index_count(&log->index);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (log_index_at(&log->index, middle)->place.segment <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void on_drop(void *owner, uint32_t number)
{
    struct command_log *log = owner;
    log_index_drop(&log->index, events_up_to(log, number));
}

static struct log_event event_from(const struct record *record, struct log_place place)
{
    if (record->kind == RECORD_COMMAND)
        return (struct log_event){.seq = record->command.seq,
                                  .wall_us = record->command.wall_us,
                                  .id = record->command.id,
                                  .place = place,
                                  .order = -1};
    return (struct log_event){.seq = record->output.seq,
                              .wall_us = record->output.wall_us,
                              .id = record->output.id,
                              .place = place,
                              .order = record->output.order};
}

static struct log_chunk chunk_in(const struct record *record, struct log_place place)
{
    if (record->kind == RECORD_DATA)
        return (struct log_chunk){
            .all_from = record->data.all_from, .out_from = record->data.out_from, .place = place};
    return (struct log_chunk){
        .all_from = record->output.all_from, .out_from = record->output.out_from, .place = place};
}

/* The only output of a command needs no entry of its own: its last event leads to it. */
static void index_inline(struct command_log *log, const struct record *record,
                         struct log_place place)
{
    uint64_t texts = (uint64_t)record->output.message_bytes + record->output.runs_bytes;
    if (record->body_bytes <= texts)
        return;
    struct log_command *command = log_index_command(&log->index, record->output.command_id);
    struct log_chunk chunk = chunk_in(record, place);
    if (command->chunk_count == 0)
        command->has_inline = true;
    else
        log_index_add_chunk(&log->index, command->id, &chunk);
}

static bool index_event(struct command_log *log, const struct record *record,
                        struct log_place place)
{
    struct log_event event = event_from(record, place);
    bool is_output = record->kind == RECORD_OUTPUT;
    if (is_output && event.order < 0)
        return false;
    if (!log_index_add(&log->index, is_output ? record->output.command_id : event.id, &event))
        return false;
    if (is_output)
        index_inline(log, record, place);
    return true;
}

/* What the last event carries becomes an entry as soon as there is another one. */
static void materialise_inline(struct command_log *log, struct log_command *command)
{
    const struct log_event *last = log_index_last(&log->index, command);
    scoped_buf struct buf bytes = {0};
    struct record record;
    command->has_inline = false;
    if (last == NULL || !command_log_read(log, last->place, &bytes, &record))
        return;
    struct log_chunk chunk = chunk_in(&record, last->place);
    log_index_add_chunk(&log->index, command->id, &chunk);
}

static void index_data(struct command_log *log, const struct record *record, struct log_place place)
{
    struct log_command *command = log_index_command(&log->index, record->data.command_id);
    if (command != NULL && command->has_inline)
        materialise_inline(log, command);
    struct log_chunk chunk = chunk_in(record, place);
    log_index_add_chunk(&log->index, record->data.command_id, &chunk);
}

/* Output comes before the event that shows it, so its command is held open while loading. */
static void load_record(void *owner, struct log_place place, const struct record *record)
{
    struct command_log *log = owner;
    if (record->kind != RECORD_DATA) {
        (void)index_event(log, record, place); /* a number or id that stands there twice */
        return;
    }
    log_index_open(&log->index, record->data.command_id);
    index_data(log, record, place);
}

struct command_log *command_log_new(const struct command_log_options *options)
{
    struct command_log *log = mem_zero(1, sizeof(*log));
    log->retention_us = options->retention_seconds * 1000000;
    log->holds = 1;
    log->on_event = options->on_event;
    log->owner = options->owner;
    log_index_init(&log->index);
    log->store = log_store_new(&(struct log_store_options){.folder = options->directory,
                                                           .max_bytes = options->max_bytes,
                                                           .max_span_us = log->retention_us / 2,
                                                           .on_drop = on_drop,
                                                           .owner = log});
    log_store_load(log->store, load_record, log, &log->state);
    size_t cursor = 0;
    for (struct log_command *open = log_index_next_open(&log->index, &cursor); open != NULL;
         open = log_index_next_open(&log->index, &cursor))
        log_index_close(&log->index, open->id);
    (void)command_log_expire(log); /* the answer is for timers */
    return log;
}

void command_log_hold(struct command_log *log)
{
    log->holds++;
}

void command_log_free(struct command_log *log)
{
    command_log_release(log);
}

void command_log_release(struct command_log *log)
{
    if (log == NULL || --log->holds > 0)
        return;
    log_store_free(log->store);
    log_index_fini(&log->index);
    free(log);
}

struct str command_log_trouble(const struct command_log *log)
{
    return log_store_trouble(log->store);
}

static void add_event(struct command_log *log, struct record *record)
{
    int64_t now = clock_wall_us();
    log->state.last_us = now > log->state.last_us ? now : log->state.last_us + 1;
    /* Both kinds of events begin with number and time. */
    record->command.seq = log->state.next_seq;
    record->command.wall_us = log->state.last_us;
    struct log_place place = log_store_append(log->store, record, &log->state);
    log->state.next_seq++;
    bool is_added = index_event(log, record, place);
    assert(is_added); /* number and time are new, and the caller answers for the id */
    if (log->on_event != NULL)
        log->on_event(log->owner);
}

void command_log_add_command(struct command_log *log, struct record *record)
{
    assert(record->kind == RECORD_COMMAND);
    add_event(log, record);
    log_index_open(&log->index, record->command.id);
    log_index_command(&log->index, record->command.id)->pinned = log_store_pin(log->store);
}

void command_log_add_output(struct command_log *log, struct record *record)
{
    assert(record->kind == RECORD_OUTPUT);
    add_event(log, record);
}

void command_log_add_data(struct command_log *log, struct id command_id,
                          const struct command_chunk *chunk)
{
    struct record record = {.kind = RECORD_DATA, .chunk = *chunk};
    record.data = (struct record_data){
        .command_id = command_id, .all_from = chunk->all_from, .out_from = chunk->out_from};
    index_data(log, &record, log_store_append(log->store, &record, &log->state));
}

void command_log_settle(struct command_log *log, struct id command_id)
{
    const struct log_command *command = log_index_command(&log->index, command_id);
    if (command == NULL || !command->is_open)
        return;
    log_store_unpin(log->store, command->pinned);
    log_index_close(&log->index, command_id);
}

const struct log_index *command_log_index(const struct command_log *log)
{
    return &log->index;
}

uint64_t command_log_next_seq(const struct command_log *log)
{
    return log->state.next_seq;
}

uint64_t command_log_first_seq(const struct command_log *log)
{
    if (log_index_count(&log->index) == 0)
        return log->state.next_seq;
    return log_index_at(&log->index, 0)->seq;
}

bool command_log_read(const struct command_log *log, struct log_place place, struct buf *bytes,
                      struct record *ret_record)
{
    return log_store_read(log->store, place, bytes) && record_read(buf_str(bytes), ret_record);
}

/* The pieces of a command: its entries, or what its last event carries. */
static size_t piece_count(const struct log_command *command)
{
    return command->has_inline ? 1 : command->chunk_count;
}

static struct log_place piece_place(const struct command_log *log,
                                    const struct log_command *command, size_t at)
{
    return command->has_inline ? log_index_last(&log->index, command)->place
                               : command->chunks[at].place;
}

static uint64_t piece_from(const struct log_command *command, size_t at, enum command_stream stream)
{
    if (command->has_inline)
        return 0;
    const struct log_chunk *chunk = &command->chunks[at];
    if (stream == COMMAND_ALL)
        return chunk->all_from;
    return stream == COMMAND_STDOUT ? chunk->out_from : chunk->all_from - chunk->out_from;
}

/* The last piece that begins at or before the offset. */
static size_t find_piece(const struct log_command *command, enum command_stream stream,
                         uint64_t offset)
{
    size_t low = 0;
    size_t high = piece_count(command);
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (piece_from(command, middle, stream) <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

bool command_log_output(const struct command_log *log, const struct command_log_range *range,
                        struct buf *out, uint64_t *ret_from)
{
    const struct log_command *command = log_index_command(&log->index, range->command_id);
    if (command == NULL)
        return false;
    scoped_buf struct buf bytes = {0};
    for (size_t at = find_piece(command, range->stream, range->from); at < piece_count(command);
         at++) {
        struct record record;
        if (!command_log_read(log, piece_place(log, command, at), &bytes, &record))
            continue;
        if (chunk_read(&record.chunk, range->stream, range->from, range->limit, out) == 0)
            continue;
        uint64_t first = chunk_first(&record.chunk, range->stream);
        *ret_from = first > range->from ? first : range->from;
        return true;
    }
    return false;
}

void command_log_totals(const struct command_log *log, struct id command_id, uint64_t *ret_stdout,
                        uint64_t *ret_stderr)
{
    const struct log_command *command = log_index_command(&log->index, command_id);
    scoped_buf struct buf bytes = {0};
    struct record record;
    *ret_stdout = 0;
    *ret_stderr = 0;
    if (command == NULL || piece_count(command) == 0 ||
        !command_log_read(log, piece_place(log, command, piece_count(command) - 1), &bytes,
                          &record))
        return;
    *ret_stdout = chunk_end(&record.chunk, COMMAND_STDOUT);
    *ret_stderr = chunk_end(&record.chunk, COMMAND_STDERR);
}

/* Copies the records of open commands that must outlive a clear, one behind the other. */
static void collect_kept(struct command_log *log, const struct command_log_keep *keep,
                         const struct log_command *command, struct buf *kept)
{
    uint64_t stdout_from;
    uint64_t stderr_from;
    if (!keep->keep(keep->owner, command->id, &stdout_from, &stderr_from))
        return;
    scoped_buf struct buf bytes = {0};
    for (size_t i = 0; i < command->chunk_count; i++) {
        struct record record;
        if (!command_log_read(log, command->chunks[i].place, &bytes, &record) ||
            record.kind != RECORD_DATA)
            continue;
        if (chunk_end(&record.chunk, COMMAND_STDOUT) > stdout_from ||
            chunk_end(&record.chunk, COMMAND_STDERR) > stderr_from)
            buf_append(kept, buf_str(&bytes));
    }
}

static void append_kept(struct command_log *log, struct str kept)
{
    struct record record;
    while (record_read(kept, &record)) {
        struct str bytes = str_slice(kept, 0, (size_t)record_bytes(&record));
        kept = str_skip(kept, bytes.len);
        index_data(log, &record, log_store_append_bytes(log->store, bytes, &log->state));
    }
}

size_t command_log_clear(struct command_log *log, const struct command_log_keep *keep)
{
    size_t count = log_index_count(&log->index);
    scoped_buf struct buf kept = {0};
    size_t cursor = 0;
    for (struct log_command *open = log_index_next_open(&log->index, &cursor); open != NULL;
         open = log_index_next_open(&log->index, &cursor)) {
        collect_kept(log, keep, open, &kept);
        open->chunk_count = 0;
    }
    log_store_clear(log->store, &log->state);
    cursor = 0;
    for (struct log_command *open = log_index_next_open(&log->index, &cursor); open != NULL;
         open = log_index_next_open(&log->index, &cursor))
        open->pinned = log_store_pin(log->store);
    append_kept(log, buf_str(&kept));
    return count;
}

bool command_log_expire(struct command_log *log)
{
    if (log->retention_us > 0) {
        int64_t oldest = clock_wall_us() - log->retention_us;
        log_index_drop(&log->index, log_index_from_time(&log->index, oldest));
        log_store_expire(log->store, oldest);
    }
    return log_index_count(&log->index) > 0;
}

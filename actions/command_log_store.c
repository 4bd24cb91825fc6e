#include "actions/command_log_store.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>

#include "actions/command_log_segment.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define MAX_WALL_US        INT64_C(253370764800000000) /* the year 9999 */
#define SCRATCH_KEPT_BYTES ((size_t)1 << 20)

struct log_store {
    char *folder;
    int64_t max_bytes;
    int64_t max_span_us;
    uint64_t segment_bytes;
    void (*on_drop)(void *owner, uint32_t number);
    void *owner;
    int lock_fd;
    struct segment **segments; /* oldest first; the last one is written to */
    size_t count;
    size_t capacity;
    uint32_t next_number;
    struct buf scratch;
    struct error trouble; /* code NONE: on disk */
    uint64_t retry_at_ms;
};

static uint64_t segment_limit(int64_t max_bytes)
{
    int64_t limit = max_bytes == 0 ? LOG_MAX_SEGMENT_BYTES : max_bytes / 8;
    if (limit > LOG_MAX_SEGMENT_BYTES)
        limit = LOG_MAX_SEGMENT_BYTES;
    return (uint64_t)(limit < LOG_MIN_SEGMENT_BYTES ? LOG_MIN_SEGMENT_BYTES : limit);
}

struct log_store *log_store_new(const struct log_store_options *options)
{
    struct log_store *store = mem_zero(1, sizeof(*store));
    store->folder = mem_strndup(options->folder.data, options->folder.len);
    store->max_bytes = options->max_bytes;
    store->max_span_us = options->max_span_us;
    store->segment_bytes = segment_limit(options->max_bytes);
    store->on_drop = options->on_drop;
    store->owner = options->owner;
    store->lock_fd = -1;
    store->next_number = 1;
    buf_init(&store->scratch, (size_t)2 << 30);
    return store;
}

void log_store_free(struct log_store *store)
{
    if (store == NULL)
        return;
    for (size_t i = 0; i < store->count; i++)
        segment_free(store->segments[i]);
    free(store->segments);
    fd_close(&store->lock_fd);
    buf_fini(&store->scratch);
    free(store->folder);
    free(store);
}

static bool is_troubled(const struct log_store *store)
{
    return store->trouble.code != ERROR_NONE;
}

struct str log_store_trouble(const struct log_store *store)
{
    return is_troubled(store) ? str_from(store->trouble.text) : STR_NULL;
}

static void enter_trouble(struct log_store *store, const struct error *error)
{
    if (!is_troubled(store))
        log_warn("commands.log_in_memory", "reason=\"%s\"", error->text);
    store->trouble = *error;
    store->retry_at_ms = clock_monotonic_ms() + LOG_RETRY_MS;
}

static bool open_lock(struct log_store *store, struct error *error)
{
    const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
    struct buf path = {0};
    buf_printf(&path, "%s/.lock", store->folder);
    store->lock_fd = open(path.data, flags, 0600);
    if (store->lock_fd < 0 && errno == ENOENT) {
        segment_make_folders(path.data);
        store->lock_fd = open(path.data, flags, 0600);
    }
    int open_errno = errno;
    buf_fini(&path);
    if (store->lock_fd < 0)
        return error_set_errno(error, open_errno, "lock '%s'", store->folder);
    return true;
}

/* Two servers in one folder would write over each other: the second one stays in memory. */
static bool lock_folder(struct log_store *store, struct error *error)
{
    if (store->lock_fd >= 0)
        return true;
    if (!open_lock(store, error))
        return false;
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    fd_close(&store->lock_fd);
    return error_set(error, ERROR_CONFLICT, "another server writes to '%s'", store->folder);
}

static void push(struct log_store *store, struct segment *segment)
{
    if (store->count == store->capacity) {
        store->capacity = store->capacity == 0 ? 8 : store->capacity * 2;
        store->segments = mem_resize(store->segments, store->capacity * sizeof(struct segment *));
    }
    store->segments[store->count++] = segment;
}

static struct segment *newest(const struct log_store *store)
{
    return store->count == 0 ? NULL : store->segments[store->count - 1];
}

/* NULL when it was dropped. */
static struct segment *find(const struct log_store *store, uint32_t number)
{
    size_t low = 0;
    size_t high = store->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (store->segments[middle]->number < number)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < store->count && store->segments[low]->number == number;
    return is_found ? store->segments[low] : NULL;
}

static struct segment *take_oldest(struct log_store *store)
{
    struct segment *oldest = store->segments[0];
    store->on_drop(store->owner, oldest->number);
    store->count--;
    memmove(store->segments, store->segments + 1, store->count * sizeof(struct segment *));
    return oldest;
}

static void enforce_size(struct log_store *store)
{
    uint64_t limit = (uint64_t)store->max_bytes;
    uint64_t total = 0;
    for (size_t i = 0; i < store->count; i++)
        total += store->segments[i]->size;
    while (limit > 0 && store->count > 1) {
        const struct segment *oldest = store->segments[0];
        if (total <= (oldest->open_commands > 0 ? 2 * limit : limit))
            return;
        total -= oldest->size;
        segment_delete(take_oldest(store));
    }
}

/* Forgets what lies in memory beyond the limit, and with it all that is older; files stay. */
static void enforce_memory(struct log_store *store)
{
    size_t in_memory = 0;
    for (size_t i = 0; i < store->count; i++)
        in_memory += segment_is_in_memory(store->segments[i]) ? 1 : 0;
    while (in_memory > LOG_MEMORY_SEGMENTS) {
        struct segment *oldest = take_oldest(store);
        in_memory -= segment_is_in_memory(oldest) ? 1 : 0;
        segment_free(oldest);
    }
}

static bool persist(struct log_store *store, struct segment *segment)
{
    struct error error = {0};
    if (lock_folder(store, &error) && segment_persist(segment, &error))
        return true;
    enter_trouble(store, &error);
    return false;
}

static void begin_segment(struct log_store *store, const struct log_store_state *state)
{
    push(store, segment_new(str_from(store->folder), store->next_number++, state->next_seq,
                            state->last_us));
    if (is_troubled(store))
        enforce_memory(store);
    else if (persist(store, newest(store)))
        enforce_size(store);
}

/* Writes out what waits in memory, now and then. */
static void retry(struct log_store *store)
{
    if (!is_troubled(store) || store->trouble.code == ERROR_CONFLICT ||
        clock_monotonic_ms() < store->retry_at_ms)
        return;
    for (size_t i = 0; i < store->count; i++) {
        if (segment_is_in_memory(store->segments[i]) && !persist(store, store->segments[i]))
            return;
    }
    log_info("commands.log_on_disk", "segments=%zu", store->count);
    store->trouble = (struct error){0};
}

static bool is_full(const struct log_store *store, const struct segment *segment)
{
    if (segment_is_in_memory(segment))
        return segment->size >= SEGMENT_IMAGE_MAX_BYTES;
    bool is_long = store->max_span_us > 0 && segment->first_us > 0 &&
                   clock_wall_us() - segment->first_us > store->max_span_us;
    return is_long || segment->size >= store->segment_bytes;
}

static void note_time(struct segment *segment, int64_t wall_us)
{
    if (segment->first_us == 0)
        segment->first_us = wall_us;
    if (segment->last_us < wall_us)
        segment->last_us = wall_us;
}

struct log_place log_store_append_bytes(struct log_store *store, struct str bytes,
                                        const struct log_store_state *state)
{
    retry(store);
    if (newest(store) == NULL || is_full(store, newest(store)))
        begin_segment(store, state);

    uint64_t position = 0;
    struct error error;
    if (!segment_append(newest(store), bytes, &position, &error)) {
        enter_trouble(store, &error);
        begin_segment(store, state);
        bool is_appended = segment_append(newest(store), bytes, &position, &error);
        assert(is_appended); /* an image takes everything */
    }
    struct segment *segment = newest(store);
    assert(segment != NULL);
    note_time(segment, state->last_us);
    return (struct log_place){
        .segment = segment->number, .position = (uint32_t)position, .size = (uint32_t)bytes.len};
}

struct log_place log_store_append(struct log_store *store, struct record *record,
                                  const struct log_store_state *state)
{
    buf_clear(&store->scratch);
    record_write(record, &store->scratch);
    struct log_place place = log_store_append_bytes(store, buf_str(&store->scratch), state);
    if (store->scratch.capacity > SCRATCH_KEPT_BYTES)
        buf_fini(&store->scratch);
    return place;
}

bool log_store_read(const struct log_store *store, struct log_place place, struct buf *out)
{
    const struct segment *segment = find(store, place.segment);
    return segment != NULL && segment_read(segment, place.position, place.size, out);
}

uint32_t log_store_pin(struct log_store *store)
{
    struct segment *segment = newest(store);
    assert(segment != NULL);
    segment->open_commands++;
    return segment->number;
}

void log_store_unpin(struct log_store *store, uint32_t number)
{
    struct segment *segment = find(store, number);
    if (segment != NULL && segment->open_commands > 0)
        segment->open_commands--;
}

void log_store_expire(struct log_store *store, int64_t wall_us)
{
    while (store->count > 1 && store->segments[0]->last_us < wall_us &&
           store->segments[0]->open_commands == 0)
        segment_delete(take_oldest(store));
}

void log_store_clear(struct log_store *store, const struct log_store_state *state)
{
    while (store->count > 0)
        segment_delete(take_oldest(store));
    begin_segment(store, state);
}

/* Hands the records of one segment on, with their places. */
struct loading {
    struct segment *segment;
    log_store_visit_fn visit;
    void *owner;
    struct log_store_state *state;
};

/* Numbers and times that leave room to count on from. */
static bool is_plausible(const struct record *record)
{
    return record->kind == RECORD_DATA ||
           (record->command.seq > 0 && record->command.seq < INT64_MAX / 2 &&
            record->command.wall_us > 0 && record->command.wall_us < MAX_WALL_US);
}

static void load_record(void *owner, uint64_t position, const struct record *record)
{
    struct loading *loading = owner;
    if (position > UINT32_MAX || record_bytes(record) > UINT32_MAX || !is_plausible(record))
        return;
    struct log_place place = {.segment = loading->segment->number,
                              .position = (uint32_t)position,
                              .size = (uint32_t)record_bytes(record)};
    if (record->kind != RECORD_DATA) {
        /* Both kinds of events begin alike. */
        uint64_t seq = record->command.seq;
        if (seq >= loading->state->next_seq)
            loading->state->next_seq = seq + 1;
        if (record->command.wall_us > loading->state->last_us)
            loading->state->last_us = record->command.wall_us;
        note_time(loading->segment, record->command.wall_us);
    }
    loading->visit(loading->owner, place, record);
}

static void load_segment(struct log_store *store, uint32_t number, bool is_last,
                         struct loading *loading)
{
    struct segment *segment;
    struct error error;
    store->next_number = number + 1;
    if (!segment_open(str_from(store->folder), number, &segment, &error)) {
        log_warn("commands.segment_skipped", "reason=\"%s\"", error.text);
        return;
    }
    push(store, segment);
    if (segment->first_seq > loading->state->next_seq && segment->first_seq < INT64_MAX / 2)
        loading->state->next_seq = segment->first_seq;
    if (segment->last_us > loading->state->last_us && segment->last_us < MAX_WALL_US)
        loading->state->last_us = segment->last_us;
    loading->segment = segment;
    segment_scan(segment, is_last, load_record, loading);
}

void log_store_load(struct log_store *store, log_store_visit_fn visit, void *owner,
                    struct log_store_state *ret_state)
{
    *ret_state = (struct log_store_state){.next_seq = 1};
    size_t count;
    scoped_free uint32_t *numbers = segment_numbers(str_from(store->folder), &count);
    if (count == 0)
        return;
    struct error error = {0};
    if (!lock_folder(store, &error)) {
        enter_trouble(store, &error);
        return;
    }
    struct loading loading = {.visit = visit, .owner = owner, .state = ret_state};
    for (size_t i = 0; i < count; i++)
        load_segment(store, numbers[i], i + 1 == count, &loading);
}

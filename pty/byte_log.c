/*
 * Blocks stand in a list, oldest first. Each new one is as large as all before it together, from
 * FIRST_BLOCK_BYTES up to the largest size, so that few bytes cost little and many cost few blocks.
 * When the oldest block is not needed any more, it is written to the spill file, if there is one,
 * and becomes the newest.
 */
#include "pty/byte_log.h"

#include <stdlib.h>

#include "pty/moments.h"
#include "pty/spill.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define FIRST_BLOCK_BYTES ((size_t)512)
#define BLOCKS_OF_A_LOG   16 /* about, when it is full */

struct block {
    struct list link;
    uint64_t first; /* offset of its first byte */
    size_t len;
    size_t capacity;
    char bytes[];
};

struct byte_log {
    struct loop *loop;
    size_t max_bytes;
    size_t max_block_bytes;
    struct list blocks;
    size_t allocated; /* of all blocks */
    uint64_t first;   /* in memory */
    uint64_t next;
    struct spill spill; /* fd -1: none */
    struct moments moments;
    struct list listeners;
    bool has_ended;
    bool is_notice_due; /* a deferred call is on its way */
    bool is_notifying;
    bool is_closed; /* but a call or a notice still needs it */
};

bool byte_log_open(const struct byte_log_options *options, struct byte_log **ret_log,
                   struct error *error)
{
    struct spill spill = {.fd = -1};
    const uint64_t max_disk =
        options->max_disk_bytes == 0 ? BYTE_LOG_MAX_DISK_BYTES : options->max_disk_bytes;
    if (str_is_set(options->spill_path) &&
        !spill_open(&spill, options->spill_path, max_disk, error))
        return false;
    struct byte_log *log = mem_zero(1, sizeof(*log));
    log->loop = options->loop;
    log->spill = spill;
    log->max_bytes = options->max_bytes == 0 ? BYTE_LOG_MAX_BYTES : options->max_bytes;
    if (log->max_bytes < BYTE_LOG_MIN_BYTES)
        log->max_bytes = BYTE_LOG_MIN_BYTES;
    log->max_block_bytes = log->max_bytes / BLOCKS_OF_A_LOG;
    if (log->max_block_bytes < FIRST_BLOCK_BYTES)
        log->max_block_bytes = FIRST_BLOCK_BYTES;
    if (log->max_block_bytes > BYTE_LOG_BLOCK_BYTES)
        log->max_block_bytes = BYTE_LOG_BLOCK_BYTES;
    list_init(&log->blocks);
    list_init(&log->listeners);
    *ret_log = log;
    return true;
}

static void forget_listeners(struct list *listeners)
{
    for (struct list *link; (link = list_first(listeners)) != NULL;)
        list_remove(link);
}

static void free_log(struct byte_log *log)
{
    for (struct list *link; (link = list_first(&log->blocks)) != NULL;) {
        list_remove(link);
        free(container_of(link, struct block, link));
    }
    moments_fini(&log->moments);
    spill_close(&log->spill);
    free(log);
}

void byte_log_close(struct byte_log *log)
{
    if (log == NULL)
        return;
    assert(!log->is_closed);
    forget_listeners(&log->listeners);
    log->is_closed = true;
    if (!log->is_notice_due && !log->is_notifying)
        free_log(log);
}

/* Those who are told go back to the log's list first, so that they may cancel themselves; who joins
 * meanwhile is not told. */
static void tell_all(struct byte_log *log)
{
    struct list due;
    list_init(&due);
    for (struct list *link; (link = list_first(&log->listeners)) != NULL;) {
        list_remove(link);
        list_append(&due, link);
    }
    for (struct list *link; !log->is_closed && (link = list_first(&due)) != NULL;) {
        list_remove(link);
        list_append(&log->listeners, link);
        struct byte_log_listener *listener = container_of(link, struct byte_log_listener, link);
        listener->on_bytes(listener);
    }
    forget_listeners(&due); /* of a log that was closed on the way */
}

static void on_notice(void *owner)
{
    struct byte_log *log = owner;
    log->is_notice_due = false;
    log->is_notifying = true;
    if (!log->is_closed)
        tell_all(log);
    log->is_notifying = false;
    if (log->is_closed && !log->is_notice_due)
        free_log(log);
}

static void give_notice(struct byte_log *log)
{
    if (log->is_notice_due || list_is_empty(&log->listeners))
        return;
    log->is_notice_due = true;
    loop_defer(log->loop, on_notice, log);
}

static struct block *newest(const struct byte_log *log)
{
    return list_is_empty(&log->blocks) ? NULL
                                       : container_of(log->blocks.previous, struct block, link);
}

static struct block *oldest(const struct byte_log *log)
{
    return container_of(list_first(&log->blocks), struct block, link);
}

/* Takes the oldest block out of memory. */
static struct block *drop_oldest(struct byte_log *log)
{
    struct block *block = oldest(log);
    if (log->spill.fd >= 0)
        spill_write(&log->spill, block->first, str_span(block->bytes, block->len));
    list_remove(&block->link);
    log->first = block->first + block->len;
    log->allocated -= sizeof(*block) + block->capacity;
    moments_forget(&log->moments, byte_log_first(log));
    return block;
}

static bool is_oldest_spare(const struct byte_log *log)
{
    return !list_is_empty(&log->blocks) &&
           log->next - log->first >= log->max_bytes + oldest(log)->len;
}

static struct block *new_block(const struct byte_log *log)
{
    size_t size = log->allocated < FIRST_BLOCK_BYTES ? FIRST_BLOCK_BYTES : log->allocated;
    if (size > log->max_block_bytes)
        size = log->max_block_bytes;
    const size_t capacity = size - sizeof(struct block);
    struct block *block = mem_alloc(sizeof(*block) + capacity);
    block->capacity = capacity;
    return block;
}

static struct block *add_block(struct byte_log *log)
{
    struct block *block = NULL;
    while (is_oldest_spare(log)) {
        free(block);
        block = drop_oldest(log);
    }
    /* The small ones of the beginning are not worth keeping. */
    if (block != NULL && block->capacity < log->max_block_bytes - sizeof(struct block)) {
        free(block);
        block = NULL;
    }
    if (block == NULL)
        block = new_block(log);
    block->link = (struct list){0};
    block->first = log->next;
    block->len = 0;
    log->allocated += sizeof(*block) + block->capacity;
    list_append(&log->blocks, &block->link);
    return block;
}

void byte_log_append(struct byte_log *log, struct str bytes)
{
    assert(!log->has_ended && !log->is_closed);
    if (bytes.len == 0)
        return;
    moments_add_bytes(&log->moments, (uint64_t)clock_wall_us(), log->next);
    while (bytes.len > 0) {
        struct block *block = newest(log);
        if (block == NULL || block->len == block->capacity)
            block = add_block(log);
        const size_t room = block->capacity - block->len;
        const size_t len = bytes.len < room ? bytes.len : room;
        memcpy(block->bytes + block->len, bytes.data, len);
        block->len += len;
        log->next += len;
        bytes = str_skip(bytes, len);
    }
    give_notice(log);
}

void byte_log_resized(struct byte_log *log, int cols, int rows)
{
    assert(cols > 0 && cols <= UINT16_MAX && rows > 0 && rows <= UINT16_MAX);
    moments_add_size(&log->moments, &(struct moment){.time_us = (uint64_t)clock_wall_us(),
                                                     .offset = log->next,
                                                     .cols = (uint16_t)cols,
                                                     .rows = (uint16_t)rows});
}

void byte_log_end(struct byte_log *log)
{
    if (log->has_ended)
        return;
    log->has_ended = true;
    give_notice(log);
}

static bool has_spilled(const struct byte_log *log)
{
    return log->spill.fd >= 0 && log->spill.first < log->spill.next;
}

uint64_t byte_log_first(const struct byte_log *log)
{
    return has_spilled(log) ? log->spill.first : log->first;
}

uint64_t byte_log_next(const struct byte_log *log)
{
    return log->next;
}

bool byte_log_has_ended(const struct byte_log *log)
{
    return log->has_ended;
}

/* From the newest on, since most readers are close behind. */
static const struct block *find_block(const struct byte_log *log, uint64_t offset)
{
    struct list *link = log->blocks.previous;
    while (container_of(link, struct block, link)->first > offset)
        link = link->previous;
    return container_of(link, struct block, link);
}

struct str byte_log_view(const struct byte_log *log, uint64_t from)
{
    if (from < log->first || from >= log->next)
        return STR_NULL;
    const struct block *block = find_block(log, from);
    return str_skip(str_span(block->bytes, block->len), (size_t)(from - block->first));
}

uint64_t byte_log_read(const struct byte_log *log, uint64_t from, size_t limit, struct buf *out)
{
    uint64_t first = byte_log_first(log);
    if (from > first)
        first = from > log->next ? log->next : from;
    const size_t before = out->len;
    if (first < log->first && !spill_read(&log->spill, first, limit, out)) {
        buf_truncate(out, before);
        first = log->first;
    }
    for (;;) {
        const size_t got = out->len - before;
        const struct str view = byte_log_view(log, first + got);
        if (got == limit || view.len == 0)
            return first;
        buf_append(out, str_slice(view, 0, limit - got));
    }
}

const struct moment *byte_log_moment(const struct byte_log *log, size_t index)
{
    return moments_at(&log->moments, index);
}

size_t byte_log_memory(const struct byte_log *log)
{
    return sizeof(*log) + log->allocated + moments_memory(&log->moments);
}

void byte_log_listen(struct byte_log *log, struct byte_log_listener *listener)
{
    assert(!log->is_closed && !list_is_linked(&listener->link));
    list_append(&log->listeners, &listener->link);
}

void byte_log_listener_cancel(struct byte_log_listener *listener)
{
    list_remove(&listener->link);
}

#include "pty/moments.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"

#define FIRST_CAPACITY 8

void moments_fini(struct moments *moments)
{
    free(moments->items);
    *moments = (struct moments){0};
}

const struct moment *moments_at(const struct moments *moments, size_t index)
{
    return index < moments->count ? &moments->items[moments->head + index] : NULL;
}

size_t moments_memory(const struct moments *moments)
{
    return moments->capacity * sizeof(struct moment);
}

static uint64_t step_us(const struct moments *moments)
{
    return (uint64_t)MOMENTS_STEP_US << moments->doublings;
}

static struct moment *last_of(struct moments *moments)
{
    return moments->count == 0 ? NULL : &moments->items[moments->head + moments->count - 1];
}

/* Where a moment is kept while others are joined to it: one for bytes and one for sizes. */
struct kept {
    struct moment *bytes;
    struct moment *size;
};

/* True when `moment` went into one that was kept before. */
static bool join(const struct kept *kept, const struct moment *moment, uint64_t step)
{
    struct moment *before = moment->cols > 0 ? kept->size : kept->bytes;
    if (before == NULL || moment->time_us - before->time_us >= step)
        return false;
    before->cols = moment->cols;
    before->rows = moment->rows;
    return true;
}

/* Joins what lies within one step. The order of bytes and sizes inside of a step may change. */
static void thin_out(struct moments *moments)
{
    assert(moments->items != NULL); /* there are some */
    struct moment *items = moments->items + moments->head;
    struct kept kept = {0};
    size_t count = 0;
    for (size_t i = 0; i < moments->count; i++) {
        if (join(&kept, &items[i], step_us(moments)))
            continue;
        items[count] = items[i];
        if (items[count].cols > 0)
            kept.size = &items[count];
        else
            kept.bytes = &items[count];
        count++;
    }
    moments->count = count;
}

static void make_room(struct moments *moments)
{
    while (moments->count >= MOMENTS_MAX) {
        moments->doublings++;
        thin_out(moments);
    }
    if (moments->head + moments->count < moments->capacity)
        return;
    if (moments->head > moments->capacity / 2) {
        assert(moments->items != NULL); /* the capacity is of something */
        memmove(moments->items, moments->items + moments->head,
                moments->count * sizeof(struct moment));
        moments->head = 0;
        return;
    }
    moments->capacity = moments->capacity == 0 ? FIRST_CAPACITY : moments->capacity * 2;
    moments->items = mem_resize(moments->items, moments->capacity * sizeof(struct moment));
}

/* Time never goes back in here, whatever the wall clock does. */
static void append(struct moments *moments, struct moment moment)
{
    make_room(moments);
    assert(moments->items != NULL);
    const struct moment *last = last_of(moments);
    if (last != NULL && moment.time_us < last->time_us)
        moment.time_us = last->time_us;
    moments->items[moments->head + moments->count++] = moment;
}

void moments_add_bytes(struct moments *moments, uint64_t time_us, uint64_t offset)
{
    const struct moment *last = last_of(moments);
    if (last != NULL && last->cols == 0 && time_us < last->time_us + step_us(moments))
        return;
    append(moments, (struct moment){.time_us = time_us, .offset = offset});
}

void moments_add_size(struct moments *moments, const struct moment *size)
{
    assert(size->cols > 0);
    struct moment *last = last_of(moments);
    if (last != NULL && last->cols > 0 && last->offset == size->offset) {
        last->cols = size->cols;
        last->rows = size->rows;
        return;
    }
    append(moments, *size);
}

/* How many moments lie wholly before `offset`. */
static size_t count_before(const struct moments *moments, uint64_t offset)
{
    size_t before = 0;
    for (size_t i = 1; i < moments->count && moments_at(moments, i)->offset <= offset; i++)
        before = i;
    return before;
}

void moments_forget(struct moments *moments, uint64_t offset)
{
    const size_t gone = count_before(moments, offset);
    struct moment size = {0};
    for (size_t i = 0; i < gone; i++) {
        if (moments_at(moments, i)->cols > 0)
            size = *moments_at(moments, i);
    }
    moments->head += gone;
    moments->count -= gone;
    if (moments->count > 0 && moments->items[moments->head].offset < offset)
        moments->items[moments->head].offset = offset;
    if (size.cols > 0 && gone > 0) {
        size.offset = offset;
        size.time_us = moments->items[moments->head].time_us;
        moments->head--;
        moments->count++;
        moments->items[moments->head] = size;
    }
    if (moments->doublings > 0 && moments->count < MOMENTS_MAX / 4)
        moments->doublings--;
}

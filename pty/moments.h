#ifndef PTY_MOMENTS_H
#define PTY_MOMENTS_H

/*
 * When the bytes of a log came and when its terminal changed size: pairs of a time and an offset,
 * oldest first. Bytes that come within MOMENTS_STEP_US of the last pair join it.
 *
 * There are at most MOMENTS_MAX of them: when one more would be needed the step is doubled and what
 * now lies within one step is joined, so a long record gets coarser and never loses its beginning.
 * What belongs to bytes that are gone is forgotten, and the step shrinks again.
 *
 * A zeroed struct is valid and empty. Owned by its byte_log.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MOMENTS_MAX     8192
#define MOMENTS_STEP_US 10000

struct moment {
    uint64_t time_us;
    uint64_t offset;
    uint16_t cols; /* > 0: the size from here on; else bytes came */
    uint16_t rows;
};

struct moments {
    struct moment *items;
    size_t head; /* of the oldest */
    size_t count;
    size_t capacity;
    unsigned doublings; /* the step is MOMENTS_STEP_US << doublings */
};

void moments_fini(struct moments *moments);
/* The bytes from `offset` on have come at `time_us`. */
void moments_add_bytes(struct moments *moments, uint64_t time_us, uint64_t offset);
void moments_add_size(struct moments *moments, const struct moment *size);
/* The bytes before `offset` are gone; the size they left stays, as the first moment. */
void moments_forget(struct moments *moments, uint64_t offset);
/* NULL behind the last. */
const struct moment *moments_at(const struct moments *moments, size_t index);
size_t moments_memory(const struct moments *moments);

#endif

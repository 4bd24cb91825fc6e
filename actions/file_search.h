#ifndef ACTIONS_FILE_SEARCH_H
#define ACTIONS_FILE_SEARCH_H

/*
 * Limits shared by searches through a tree (file_find, grep): a deadline, a cancel flag that any
 * thread may set, and the reason a search ended early. Time is looked at every
 * FILE_SEARCH_CHECK_ENTRIES entries.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FILE_SEARCH_CHECK_ENTRIES 64

enum file_search_stop {
    FILE_SEARCH_COMPLETE,
    FILE_SEARCH_AT_LIMIT,   /* as many results as were asked for, and there are more */
    FILE_SEARCH_AT_TIMEOUT, /* what was found until then */
    FILE_SEARCH_IS_CANCELLED,
    FILE_SEARCH_TOO_COMPLEX, /* a pattern took too many steps on some line */
};
/* For clients: NULL, "limit", "timeout", "cancelled", "too_complex". */
const char *file_search_stop_name(enum file_search_stop stop);

struct file_search_bounds {
    uint64_t deadline_ms;            /* of the monotonic clock */
    const atomic_bool *is_cancelled; /* may be NULL */
    unsigned entries;
};

/* Counts an entry; FILE_SEARCH_COMPLETE while the search may go on. */
enum file_search_stop file_search_check(struct file_search_bounds *bounds);
/* The same without counting: looks at once. */
enum file_search_stop file_search_check_now(const struct file_search_bounds *bounds);

#endif

#include "actions/file_search.h"

#include "server/base/clock.h"

const char *file_search_stop_name(enum file_search_stop stop)
{
    switch (stop) {
    case FILE_SEARCH_COMPLETE:
        return NULL;
    case FILE_SEARCH_AT_LIMIT:
        return "limit";
    case FILE_SEARCH_AT_TIMEOUT:
        return "timeout";
    case FILE_SEARCH_IS_CANCELLED:
        return "cancelled";
    case FILE_SEARCH_TOO_COMPLEX:
        return "too_complex";
    }
    return NULL;
}

enum file_search_stop file_search_check_now(const struct file_search_bounds *bounds)
{
    if (bounds->is_cancelled != NULL && atomic_load(bounds->is_cancelled))
        return FILE_SEARCH_IS_CANCELLED;
    if (clock_monotonic_ms() >= bounds->deadline_ms)
        return FILE_SEARCH_AT_TIMEOUT;
    return FILE_SEARCH_COMPLETE;
}

enum file_search_stop file_search_check(struct file_search_bounds *bounds)
{
    if (++bounds->entries % FILE_SEARCH_CHECK_ENTRIES != 0)
        return FILE_SEARCH_COMPLETE;
    return file_search_check_now(bounds);
}

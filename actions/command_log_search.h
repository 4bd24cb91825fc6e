#ifndef ACTIONS_COMMAND_LOG_SEARCH_H
#define ACTIONS_COMMAND_LOG_SEARCH_H

/*
 * Searching the command log (contract v1-server §5.3): filters, order and pages.
 *
 * A page id is opaque to clients and looks like the reference's file names:
 *
 *     20250101000000123456_BashCommand_<id>
 *     20250101000000123456_BashOutput_<command id>_<id>
 *
 * One that names no event the filters let through starts at the beginning of the list.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct log_event;
struct log_index;

#define LOG_SEARCH_MAX_ITEMS 100

enum log_search_kind {
    LOG_SEARCH_ALL,
    LOG_SEARCH_COMMANDS,
    LOG_SEARCH_OUTPUTS
};

struct log_search {
    enum log_search_kind kind;
    bool has_command_id; /* outputs of that command only */
    struct id command_id;
    bool has_from; /* at or behind a time */
    int64_t from_us;
    bool has_until; /* before a time */
    int64_t until_us;
    bool has_order_above; /* drops outputs up to that order */
    int64_t order_above;
    bool is_descending;
    struct str page_id; /* unset: from the beginning */
    size_t limit;       /* 1 to LOG_SEARCH_MAX_ITEMS */
};

struct log_page {
    const struct log_event *items[LOG_SEARCH_MAX_ITEMS];
    size_t count;
    const struct log_event *next; /* NULL: this is the last page */
};

/* The events are valid until the index changes. */
void log_search(const struct log_index *index, const struct log_search *search,
                struct log_page *ret_page);
void log_page_id(const struct log_index *index, const struct log_event *event, struct buf *out);

#endif

#include <stdint.h>

#include "actions/command_log_index.h"
#include "actions/command_log_search.h"
#include "server/base/buf.h"

/* Any page id and any filters on a small log: pages are in order, and each leads to the next. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVENTS   40
#define START_US INT64_C(1735689600000000)

static struct log_index index_of_events;

static struct id id_of(unsigned number)
{
    struct id id = {{(uint8_t)number, (uint8_t)(number >> 8), 0xa5}};
    return id;
}

static void fill_index(void)
{
    log_index_init(&index_of_events);
    for (unsigned i = 0; i < EVENTS; i++) {
        const struct log_event event = {.seq = i + 1,
                                        .wall_us = START_US + i,
                                        .id = id_of(i),
                                        .order = i % 4 == 0 ? -1 : (int)(i % 4) - 1};
        assert(log_index_add(&index_of_events, id_of(i / 4 * 4), &event));
    }
}

static struct log_search search_from(const uint8_t *data, size_t size)
{
    return (struct log_search){
        .kind = data[0] % 3,
        .has_command_id = (data[1] & 1) != 0,
        .command_id = id_of(data[2] % EVENTS),
        .has_from = (data[1] & 2) != 0,
        .from_us = START_US + (int8_t)data[3],
        .has_until = (data[1] & 4) != 0,
        .until_us = START_US + (int8_t)data[4],
        .has_order_above = (data[1] & 8) != 0,
        .order_above = (int8_t)data[5],
        .is_descending = (data[1] & 16) != 0,
        .page_id = str_span((const char *)data + 7, size - 7),
        .limit = data[6] % LOG_SEARCH_MAX_ITEMS + 1u,
    };
}

static void expect_order(const struct log_search *search, const struct log_page *page)
{
    for (size_t i = 1; i < page->count; i++)
        assert((page->items[i]->seq < page->items[i - 1]->seq) == search->is_descending);
    assert(page->next == NULL || page->count == search->limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (index_of_events.events == NULL)
        fill_index();
    if (size < 7)
        return 0;
    struct log_search search = search_from(data, size);
    scoped_buf struct buf page_id = {0};
    struct log_page page;
    for (unsigned pages = 0; pages <= EVENTS; pages++) {
        log_search(&index_of_events, &search, &page);
        expect_order(&search, &page);
        if (page.next == NULL)
            return 0;
        const struct log_event *next = page.next;
        buf_clear(&page_id);
        log_page_id(&index_of_events, next, &page_id);
        search.page_id = buf_str(&page_id);
        log_search(&index_of_events, &search, &page);
        assert(page.count > 0 && page.items[0] == next);
    }
    assert(false); /* more pages than events */
    return 0;
}

/*
 * The candidates are a part of the event array, found by bisection, or the short list of one
 * command's events; both are walked in either direction until the page is full.
 */
#include "actions/command_log_search.h"

#include "actions/command_log_index.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/mem.h"

#define TIME_DIGITS 20

struct candidates {
    const struct log_index *index;
    const struct log_event *events; /* all, the oldest first */
    const struct log_event **list;  /* or these few */
    size_t from;
    size_t until;
};

static const struct log_event *candidate_at(const struct candidates *candidates, size_t at)
{
    return candidates->list != NULL ? candidates->list[at] : &candidates->events[at];
}

static bool passes_name(const struct log_search *search, const struct log_event *event)
{
    bool is_command = event->order < 0;
    if (search->kind == LOG_SEARCH_COMMANDS && !is_command)
        return false;
    if (search->kind == LOG_SEARCH_OUTPUTS && is_command)
        return false;
    if (search->has_command_id && is_command)
        return false;
    if (search->has_from && event->wall_us < search->from_us)
        return false;
    return !search->has_until || event->wall_us < search->until_us;
}

static bool passes(const struct log_search *search, const struct log_event *event)
{
    if (!passes_name(search, event))
        return false;
    return !search->has_order_above || event->order < 0 || event->order > search->order_above;
}

static void list_command(struct candidates *candidates, struct id command_id)
{
    const struct log_index *index = candidates->index;
    const struct log_command *command = log_index_command(index, command_id);
    if (command == NULL)
        return;
    size_t count = 0;
    for (const struct log_event *event = log_index_first(index, command); event != NULL;
         event = log_index_next(index, event))
        count++;
    candidates->list = mem_alloc((count + 1) * sizeof(*candidates->list));
    for (const struct log_event *event = log_index_first(index, command); event != NULL;
         event = log_index_next(index, event))
        candidates->list[candidates->until++] = event;
}

static struct candidates find_candidates(const struct log_index *index,
                                         const struct log_search *search)
{
    struct candidates candidates = {.index = index};
    if (search->has_command_id) {
        list_command(&candidates, search->command_id);
        return candidates;
    }
    candidates.until = log_index_count(index);
    if (candidates.until > 0)
        candidates.events = log_index_at(index, 0);
    if (search->has_from)
        candidates.from = log_index_from_time(index, search->from_us);
    if (search->has_until)
        candidates.until = log_index_from_time(index, search->until_us);
    return candidates;
}

/* The id at the end of a page id names the event; the whole must be what log_page_id gives. */
static const struct log_event *find_page(const struct log_index *index, struct str page_id)
{
    size_t last = str_find_last_byte(page_id, '_');
    struct id id;
    if (last == SIZE_MAX || !id_parse_hex(str_skip(page_id, last + 1), &id))
        return NULL;
    const struct log_event *event = log_index_find(index, id);
    if (event == NULL)
        return NULL;
    scoped_buf struct buf expected = {0};
    log_page_id(index, event, &expected);
    return str_equal(page_id, buf_str(&expected)) ? event : NULL;
}

/* Where among the candidates an event stands; `until` when it is none of them. */
static size_t position_of(const struct candidates *candidates, const struct log_event *event)
{
    size_t low = candidates->from;
    size_t high = candidates->until;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (candidate_at(candidates, middle)->seq < event->seq)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < candidates->until && candidate_at(candidates, low) == event;
    return is_there ? low : candidates->until;
}

/* How many candidates to pass over, counted in the direction of the walk. */
static size_t first_step(const struct candidates *candidates, const struct log_search *search)
{
    const struct log_event *event =
        str_is_empty(search->page_id) ? NULL : find_page(candidates->index, search->page_id);
    if (event == NULL || !passes_name(search, event))
        return 0;
    size_t at = position_of(candidates, event);
    if (at == candidates->until)
        return 0;
    return search->is_descending ? candidates->until - 1 - at : at - candidates->from;
}

void log_search(const struct log_index *index, const struct log_search *search,
                struct log_page *ret_page)
{
    assert(search->limit >= 1 && search->limit <= LOG_SEARCH_MAX_ITEMS);
    struct candidates candidates = find_candidates(index, search);
    size_t total = candidates.until > candidates.from ? candidates.until - candidates.from : 0;
    *ret_page = (struct log_page){0};
    for (size_t step = total == 0 ? 0 : first_step(&candidates, search); step < total; step++) {
        size_t at = search->is_descending ? candidates.until - 1 - step : candidates.from + step;
        const struct log_event *event = candidate_at(&candidates, at);
        if (!passes(search, event))
            continue;
        if (ret_page->count == search->limit) {
            ret_page->next = event;
            break;
        }
        ret_page->items[ret_page->count++] = event;
    }
    free(candidates.list);
}

/* "2025-01-01T00:00:00.123456Z" without its marks, and with the fraction when it is zero. */
static void append_moment(struct buf *out, int64_t wall_us)
{
    scoped_buf struct buf text = {0};
    clock_format_utc(&text, wall_us);
    size_t digits = 0;
    for (size_t i = 0; i < text.len && digits < TIME_DIGITS; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            continue;
        buf_append_byte(out, text.data[i]);
        digits++;
    }
    for (; digits < TIME_DIGITS; digits++)
        buf_append_byte(out, '0');
}

void log_page_id(const struct log_index *index, const struct log_event *event, struct buf *out)
{
    append_moment(out, event->wall_us);
    if (event->order < 0) {
        buf_printf(out, "_BashCommand_%s", id_hex(event->id).text);
        return;
    }
    const struct log_command *command = log_index_command_of(index, event);
    buf_printf(out, "_BashOutput_%s_%s", id_hex(command->id).text, id_hex(event->id).text);
}

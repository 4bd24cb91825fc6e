#include "pty/screen_page.h"

#include <limits.h>

#include "pty/screen_parser.h"
#include "pty/screen_row.h"
#include "server/base/mem.h"

#define FIRST_CAPACITY 8u

void screen_page_init(struct screen_page *page, int rows, unsigned max_history)
{
    *page = (struct screen_page){.rows = rows, .max_history = max_history};
}

static struct screen_row **slot_at(const struct screen_page *page, unsigned index)
{
    return &page->slots[(page->first + index) & (page->capacity - 1)];
}

void screen_page_fini(struct screen_page *page)
{
    for (unsigned i = 0; i < page->count; i++)
        screen_row_free(*slot_at(page, i));
    free(page->slots);
    screen_page_init(page, page->rows, page->max_history);
}

const struct screen_row *screen_page_row(const struct screen_page *page, int row)
{
    const int64_t index = (int64_t)page->history + row;
    return index >= 0 && index < page->count ? *slot_at(page, (unsigned)index) : NULL;
}

static void grow(struct screen_page *page)
{
    const unsigned capacity = page->capacity == 0 ? FIRST_CAPACITY : page->capacity * 2;
    struct screen_row **slots = mem_alloc(capacity * sizeof(struct screen_row *));
    for (unsigned i = 0; i < page->count; i++)
        slots[i] = *slot_at(page, i);
    free(page->slots);
    page->slots = slots;
    page->capacity = capacity;
    page->first = 0;
}

static void append_empty(struct screen_page *page, unsigned count)
{
    while (page->count < count) {
        if (page->count == page->capacity)
            grow(page);
        *slot_at(page, page->count++) = NULL;
    }
}

static inline void extend(struct screen_page *page, unsigned count)
{
    if (page->count < count)
        append_empty(page, count);
}

struct screen_row **screen_page_slot(struct screen_page *page, int row)
{
    const unsigned index = page->history + (unsigned)row;
    extend(page, index + 1);
    return slot_at(page, index);
}

static bool is_blank(const struct screen_row *row)
{
    return screen_row_len(row) == 0 && screen_row_background(row) == SCREEN_COLOR_DEFAULT;
}

int screen_page_used_rows(const struct screen_page *page)
{
    unsigned count = page->count;
    while (count > page->history && is_blank(*slot_at(page, count - 1)))
        count--;
    return (int)(count > page->history ? count - page->history : 0);
}

static void blank_row(struct screen_page *page, int row, uint32_t background)
{
    struct screen_row **slot = screen_page_slot(page, row);
    screen_row_erase(slot, 0, INT_MAX, (struct screen_row_blank){.background = background});
}

/* Row 0 is scrollback now. Returns a row that fell out of the scrollback, emptied for reuse. */
static struct screen_row *advance(struct screen_page *page)
{
    extend(page, page->history + 1);
    if (page->history < page->max_history) {
        page->history++;
        return NULL;
    }
    struct screen_row *oldest = *slot_at(page, 0);
    page->dropped_rows++;
    page->dropped_lines += screen_row_is_wrapped(oldest) ? 0 : 1;
    page->first = (page->first + 1) & (page->capacity - 1);
    page->count--;
    return screen_row_recycle(oldest);
}

/* Scrolls rows 0 to before `bottom` by one; what is below stays where it is. */
static void push_row(struct screen_page *page, int bottom, uint32_t background)
{
    struct screen_row *empty = advance(page);
    const int touched = (int)(page->count - page->history);
    if (touched >= bottom) {
        *screen_page_slot(page, touched) = NULL;
        for (int row = touched; row >= bottom; row--)
            *screen_page_slot(page, row) = *screen_page_slot(page, row - 1);
    } else if (empty == NULL && background == SCREEN_COLOR_DEFAULT) {
        return;
    }
    *screen_page_slot(page, bottom - 1) = empty;
    if (background != SCREEN_COLOR_DEFAULT)
        blank_row(page, bottom - 1, background);
}

static int clamp(int count, struct screen_region region)
{
    return count < region.bottom - region.top ? count : region.bottom - region.top;
}

/* Frees `count` rows at `from`, and gives the place `to` those that are moved over them. */
static void rotate(struct screen_page *page, struct screen_region region, int count)
{
    const int step = count > 0 ? 1 : -1;
    const int begin = count > 0 ? region.top : region.bottom - 1;
    const int kept = region.bottom - region.top - count * step;
    for (int i = 0; i < count * step; i++)
        screen_row_free(*screen_page_slot(page, begin + i * step));
    for (int i = 0; i < kept; i++)
        *screen_page_slot(page, begin + i * step) =
            *screen_page_slot(page, begin + i * step + count);
    for (int i = kept; i < region.bottom - region.top; i++)
        *screen_page_slot(page, begin + i * step) = NULL;
}

void screen_page_scroll_up(struct screen_page *page, struct screen_region region, int count,
                           uint32_t background)
{
    count = clamp(count, region);
    (void)screen_page_slot(page, region.bottom - 1); /* none of them moves the ring any more */
    rotate(page, region, count);
    screen_page_erase(page, (struct screen_region){region.bottom - count, region.bottom},
                      background);
}

/* The length of the line at the front if it is such a line, with its end; else 0. */
static size_t simple_line(struct str bytes, int cols)
{
    const size_t len = screen_parser_printable(bytes);
    const bool is_ended =
        bytes.len - len >= 2 && bytes.data[len] == '\r' && bytes.data[len + 1] == '\n';
    return is_ended && len <= (size_t)cols ? len + 2 : 0;
}

/* An empty row comes to the bottom of a page whose rows were all touched. */
static struct screen_row **roll(struct screen_page *page)
{
    struct screen_row *empty = advance(page);
    if (page->count == page->capacity)
        grow(page);
    struct screen_row **slot = slot_at(page, page->count++);
    *slot = empty;
    return slot;
}

size_t screen_page_print_lines(struct screen_page *page, int cols, struct str bytes)
{
    size_t at = 0;
    struct screen_row **slot = screen_page_slot(page, page->rows - 1);
    if (!is_blank(*slot))
        return 0;
    for (size_t len; (len = simple_line((struct str){bytes.data + at, bytes.len - at}, cols)) > 0;
         at += len) {
        screen_row_set_text(slot, (struct str){bytes.data + at, len - 2});
        slot = roll(page);
    }
    return at;
}

void screen_page_scroll_away(struct screen_page *page, struct screen_region region, int count,
                             uint32_t background)
{
    if (region.top > 0) {
        screen_page_scroll_up(page, region, count, background);
        return;
    }
    for (int i = clamp(count, region); i > 0; i--)
        push_row(page, region.bottom, background);
}

void screen_page_scroll_down(struct screen_page *page, struct screen_region region, int count,
                             uint32_t background)
{
    count = clamp(count, region);
    (void)screen_page_slot(page, region.bottom - 1); /* as above */
    rotate(page, region, -count);
    screen_page_erase(page, (struct screen_region){region.top, region.top + count}, background);
}

void screen_page_erase(struct screen_page *page, struct screen_region region, uint32_t background)
{
    const int touched = (int)(page->count - page->history);
    if (background == SCREEN_COLOR_DEFAULT && region.bottom > touched)
        region.bottom = touched;
    for (int row = region.top; row < region.bottom; row++)
        blank_row(page, row, background);
}

void screen_page_push(struct screen_page *page)
{
    const int used = screen_page_used_rows(page);
    for (int i = 0; i < used; i++)
        push_row(page, page->rows, SCREEN_COLOR_DEFAULT);
}

void screen_page_clear_history(struct screen_page *page)
{
    for (unsigned i = 0; i < page->history; i++)
        screen_row_free(*slot_at(page, i));
    page->first += page->history;
    page->count -= page->history;
    page->history = 0;
    if (page->capacity > 0)
        page->first &= page->capacity - 1;
}

static void cut_below(struct screen_page *page, int rows)
{
    while (page->count > page->history + (unsigned)rows)
        screen_row_free(*slot_at(page, --page->count));
}

static void shrink(struct screen_page *page, int rows, int *cursor_row)
{
    const int used = screen_page_used_rows(page);
    const int bottom = used > *cursor_row + 1 ? used : *cursor_row + 1;
    int pushed = bottom - rows;
    if (pushed > *cursor_row)
        pushed = *cursor_row;
    for (int i = 0; i < pushed; i++)
        screen_row_free(advance(page));
    if (pushed > 0)
        *cursor_row -= pushed;
    cut_below(page, rows);
}

void screen_page_resize(struct screen_page *page, int rows, int *cursor_row)
{
    const bool is_full = *cursor_row == page->rows - 1 || screen_page_used_rows(page) == page->rows;
    if (rows < page->rows) {
        shrink(page, rows, cursor_row);
    } else if (is_full) {
        const unsigned wanted = (unsigned)(rows - page->rows);
        const unsigned pulled = wanted < page->history ? wanted : page->history;
        page->history -= pulled;
        *cursor_row += (int)pulled;
    }
    page->rows = rows;
}

#include "pty/screen_replay.h"

#include "pty/screen_modes.h"
#include "pty/screen_state.h"

static void set_style(struct screen_style style, struct buf *out)
{
    buf_append(out, STR("\033["));
    screen_style_print(style, out);
    buf_append_byte(out, 'm');
}

static void append_cells(const struct screen_row *row, int from, int to, struct buf *out)
{
    struct screen_style pen = {0};
    while (from < to) {
        const struct screen_row_run run = screen_row_run(row, from);
        if (!screen_style_equal(run.style, pen))
            set_style(run.style, out);
        pen = run.style;
        screen_row_text(row, from, run.end < to ? run.end : to, out);
        from = run.end;
    }
    if (!screen_style_is_default(pen))
        set_style((struct screen_style){0}, out);
}

/* The background behind the last cell comes from erasing with it. */
static void append_row(const struct screen_row *row, int cols, struct buf *out)
{
    const int len = screen_row_shown(row, cols);
    const uint32_t background = screen_row_background(row);
    append_cells(row, 0, len, out);
    if (background == SCREEN_COLOR_DEFAULT || len == cols)
        return;
    set_style((struct screen_style){.background = background}, out);
    buf_append(out, STR("\033[K"));
    set_style((struct screen_style){0}, out);
}

/* The first character of the next row makes the terminal wrap, as it did then. */
static bool wraps_again(const struct screen_page *page, int number, int cols)
{
    const struct screen_row *row = screen_page_row(page, number);
    const struct screen_row *next = screen_page_row(page, number + 1);
    if (!screen_row_is_wrapped(row) || screen_row_shown(next, cols) == 0)
        return false;
    const int missing = cols - screen_row_shown(row, cols);
    return missing == 0 || (missing == 1 && screen_row_run(next, 0).width == 2);
}

void screen_replay_page(const struct screen_page *page, int cols, struct buf *out)
{
    const int history =
        page->history < SCREEN_REPLAY_ROWS ? (int)page->history : SCREEN_REPLAY_ROWS;
    /* To have a scrollback the terminal must have scrolled by it: down to its last row. */
    const int rows = history > 0 ? page->rows : screen_page_used_rows(page);
    for (int row = -history; row < rows; row++) {
        append_row(screen_page_row(page, row), cols, out);
        if (row + 1 < rows && !wraps_again(page, row, cols))
            buf_append(out, STR("\r\n"));
    }
}

/* The column from which the row is written again so that the terminal waits to wrap behind it. */
static int last_character(const struct screen_row *row, int cols)
{
    return cols > 1 && screen_row_run(row, cols - 2).width == 2 ? cols - 2 : cols - 1;
}

static void place_cursor(const struct screen *screen, const struct screen_cursor *cursor,
                         struct buf *out)
{
    const int cols = screen->options.cols;
    const struct screen_row *row = screen_page_row(screen->page, cursor->row);
    const bool waits_to_wrap = cursor->col == cols && screen_row_shown(row, cols) == cols;
    const int visible = cursor->col < cols ? cursor->col : cols - 1;
    const int col = waits_to_wrap ? last_character(row, cols) : visible;
    const int top = screen_has(screen, SCREEN_FLAG_ORIGIN) ? screen->region.top : 0;
    buf_printf(out, "\033[%d;%dH", cursor->row - top + 1, col + 1);
    if (waits_to_wrap)
        append_cells(row, col, cols, out);
    set_style(cursor->pen, out);
    buf_printf(out, "\033(%c\033)%c%c", cursor->charsets[0], cursor->charsets[1],
               cursor->charset == 0 ? '\017' : '\016');
}

static void append_tabs(const struct screen *screen, struct buf *out)
{
    bool is_usual = true;
    for (int col = 0; col < SCREEN_MAX_SIZE; col++)
        is_usual = is_usual && screen_has_tab(screen, col) == (col % 8 == 0);
    if (is_usual)
        return;
    buf_append(out, STR("\033[3g"));
    for (int col = 0; col < screen->options.cols; col++) {
        if (screen_has_tab(screen, col))
            buf_printf(out, "\033[%dG\033H", col + 1);
    }
}

static void append_modes(const struct screen *screen, struct buf *out)
{
    static const int numbers[] = {1, 5, 12, 25, 66, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004};

    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
        const bool is_usual = numbers[i] == 25 || numbers[i] == 12;
        const bool is_set = screen_modes_report(screen, true, numbers[i]) == SCREEN_MODE_SET;
        if (is_set != is_usual)
            buf_printf(out, "\033[?%d%c", numbers[i], is_set ? 'h' : 'l');
    }
    if (screen_has(screen, SCREEN_FLAG_NEWLINE))
        buf_append(out, STR("\033[20h"));
    if (screen->cursor_shape != SCREEN_CURSOR_BLOCK)
        buf_printf(out, "\033[%d q",
                   (int)screen->cursor_shape * 2 +
                       (screen_has(screen, SCREEN_FLAG_CURSOR_BLINK) ? 1 : 2));
}

static void append_region(const struct screen *screen, struct buf *out)
{
    const struct screen_region region = screen->region;
    if (region.top > 0 || region.bottom < screen->options.rows)
        buf_printf(out, "\033[%d;%dr", region.top + 1, region.bottom);
    if (screen_has(screen, SCREEN_FLAG_ORIGIN))
        buf_append(out, STR("\033[?6h"));
}

/* 1049 saves the cursor on the way there. */
static void append_alternate(const struct screen *screen, struct buf *out)
{
    const struct screen_cursor *saved = &screen->saved_main;
    buf_printf(out, "\033[%d;%dH", saved->row + 1, saved->col + 1);
    set_style(saved->pen, out);
    buf_append(out, STR("\033[?1049h\033[0m\033[H"));
    screen_replay_page(&screen->alternate, screen->options.cols, out);
}

static void append_title(const struct screen *screen, struct buf *out)
{
    if (screen->title.len == 0)
        return;
    buf_append(out, STR("\033]2;"));
    buf_append(out, buf_str(&screen->title));
    buf_append(out, STR("\033\\"));
}

void screen_replay(const struct screen *screen, struct buf *out)
{
    append_title(screen, out);
    append_tabs(screen, out);
    buf_append(out, STR("\033[H"));
    screen_replay_page(&screen->main, screen->options.cols, out);
    if (screen->page == &screen->alternate)
        append_alternate(screen, out);
    append_modes(screen, out);
    append_region(screen, out);
    place_cursor(screen, &screen->cursor, out);
    /* Last, since they change what writing does. */
    if (screen_has(screen, SCREEN_FLAG_INSERT))
        buf_append(out, STR("\033[4h"));
    if (!screen_has(screen, SCREEN_FLAG_AUTOWRAP))
        buf_append(out, STR("\033[?7l"));
}

#include "pty/screen_state.h"

#include "pty/screen_width.h"

#define EVERY_EIGHTH 0x0101010101010101u

bool screen_has(const struct screen *screen, enum screen_flag flag)
{
    return (screen->flags & (unsigned)flag) != 0;
}

void screen_set_flag(struct screen *screen, enum screen_flag flag, bool is_on)
{
    screen->flags = is_on ? screen->flags | (unsigned)flag : screen->flags & ~(unsigned)flag;
}

struct screen_region screen_whole(const struct screen *screen)
{
    return (struct screen_region){0, screen->options.rows};
}

struct screen_row_blank screen_blank(const struct screen *screen)
{
    return (struct screen_row_blank){screen->options.cols, screen->cursor.pen.background};
}

struct screen_cursor screen_initial_cursor(void)
{
    return (struct screen_cursor){.charsets = {'B', 'B'}};
}

void screen_reset_state(struct screen *screen)
{
    screen->flags = SCREEN_FLAGS_DEFAULT;
    screen->mouse = SCREEN_MOUSE_OFF;
    screen->mouse_encoding = 0;
    screen->cursor_shape = SCREEN_CURSOR_BLOCK;
    screen->last_character = 0;
    screen->region = screen_whole(screen);
    screen->cursor = screen->saved_main = screen->saved_alternate = screen_initial_cursor();
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

int screen_visible_col(const struct screen *screen)
{
    return clamp(screen->cursor.col, 0, screen->options.cols - 1);
}

void screen_move_to(struct screen *screen, int row, int col)
{
    const bool is_origin = screen_has(screen, SCREEN_FLAG_ORIGIN);
    const struct screen_region bounds = is_origin ? screen->region : screen_whole(screen);
    screen->cursor.row = clamp(row + bounds.top, bounds.top, bounds.bottom - 1);
    screen->cursor.col = clamp(col, 0, screen->options.cols - 1);
}

/* The margins of the region stop a cursor that comes from inside. */
void screen_move_up(struct screen *screen, int count)
{
    const int top = screen->cursor.row >= screen->region.top ? screen->region.top : 0;
    screen->cursor.row = clamp(screen->cursor.row - count, top, screen->cursor.row);
    screen->cursor.col = screen_visible_col(screen);
}

void screen_move_down(struct screen *screen, int count)
{
    const bool is_inside = screen->cursor.row < screen->region.bottom;
    const int last = (is_inside ? screen->region.bottom : screen->options.rows) - 1;
    screen->cursor.row = clamp(screen->cursor.row + count, screen->cursor.row, last);
    screen->cursor.col = screen_visible_col(screen);
}

void screen_line_feed(struct screen *screen)
{
    if (screen->cursor.row == screen->region.bottom - 1)
        screen_page_scroll_away(screen->page, screen->region, 1, screen->cursor.pen.background);
    else if (screen->cursor.row < screen->options.rows - 1)
        screen->cursor.row++;
}

void screen_reverse_line_feed(struct screen *screen)
{
    if (screen->cursor.row == screen->region.top)
        screen_page_scroll_down(screen->page, screen->region, 1, screen->cursor.pen.background);
    else if (screen->cursor.row > 0)
        screen->cursor.row--;
}

bool screen_has_tab(const struct screen *screen, int col)
{
    return (screen->tabs[col / 64] >> (col % 64) & 1) != 0;
}

void screen_set_tab(struct screen *screen, int col, bool is_set)
{
    const uint64_t bit = (uint64_t)1 << (col % 64);
    uint64_t *word = &screen->tabs[col / 64];
    *word = is_set ? *word | bit : *word & ~bit;
}

void screen_reset_tabs(struct screen *screen)
{
    for (size_t i = 0; i < ARRAY_SIZE(screen->tabs); i++)
        screen->tabs[i] = EVERY_EIGHTH;
}

void screen_tab(struct screen *screen, int count)
{
    const int last = screen->options.cols - 1;
    int col = screen->cursor.col;
    while (count > 0 && col < last) {
        col++;
        count -= screen_has_tab(screen, col) ? 1 : 0;
    }
    screen->cursor.col = col;
}

void screen_tab_back(struct screen *screen, int count)
{
    int col = screen_visible_col(screen);
    while (count > 0 && col > 0) {
        col--;
        count -= screen_has_tab(screen, col) ? 1 : 0;
    }
    screen->cursor.col = col;
}

/* Makes room for a character of this width at the cursor, by a wrap; false when there is none. */
static bool make_room(struct screen *screen, int width)
{
    struct screen_cursor *cursor = &screen->cursor;
    if (cursor->col + width <= screen->options.cols)
        return true;
    if (!screen_has(screen, SCREEN_FLAG_AUTOWRAP))
        return false;
    screen_row_set_wrapped(screen_page_slot(screen->page, cursor->row), true);
    screen_line_feed(screen);
    cursor->col = 0;
    return true;
}

/* Without autowrap the cursor does not go behind the last column. */
static void advance(struct screen *screen, int count)
{
    screen->cursor.col += count;
    if (!screen_has(screen, SCREEN_FLAG_AUTOWRAP))
        screen->cursor.col = screen_visible_col(screen);
}

/* A character of one or two columns, whatever charset and insert mode say about it. */
static void put_wide(struct screen *screen, unsigned code_point, int width)
{
    if (!make_room(screen, width))
        return;
    struct screen_cursor *cursor = &screen->cursor;
    struct screen_row **slot = screen_page_slot(screen->page, cursor->row);
    if (screen_has(screen, SCREEN_FLAG_INSERT))
        screen_row_insert(slot, cursor->col, width, screen_blank(screen));
    screen_row_put(slot, cursor->col, code_point, width, cursor->pen);
    advance(screen, width);
    screen->last_character = code_point;
}

void screen_put(struct screen *screen, unsigned code_point)
{
    const int width = screen_width(code_point);
    const int col = screen->cursor.col;
    if (width > screen->options.cols || width < 0)
        return;
    if (width > 0)
        put_wide(screen, code_point, width);
    else if (col > 0)
        screen_row_add_mark(screen_page_slot(screen->page, screen->cursor.row), col - 1,
                            code_point);
}

static void put_plain(struct screen *screen, struct str text)
{
    while (text.len > 0) {
        (void)make_room(screen, 1); /* without autowrap there always is */
        const struct screen_cursor *cursor = &screen->cursor;
        size_t count = (size_t)(screen->options.cols - cursor->col);
        if (count > text.len)
            count = text.len;
        screen_row_put_ascii(screen_page_slot(screen->page, cursor->row), cursor->col,
                             str_slice(text, 0, count), cursor->pen);
        advance(screen, (int)count);
        screen->last_character = (unsigned char)text.data[count - 1];
        text = str_skip(text, count);
    }
}

/* Line drawing stands where small letters are, from ` to ~. */
static unsigned translate(char charset, char byte)
{
    static const uint16_t drawing[] = {
        0x25C6, 0x2592, 0x2409, 0x240C, 0x240D, 0x240A, 0x00B0, 0x00B1, 0x2424, 0x240B, 0x2518,
        0x2510, 0x250C, 0x2514, 0x253C, 0x23BA, 0x23BB, 0x2500, 0x23BC, 0x23BD, 0x251C, 0x2524,
        0x2534, 0x252C, 0x2502, 0x2264, 0x2265, 0x03C0, 0x2260, 0x00A3, 0x00B7,
    };
    if (charset == '0' && byte >= '`')
        return drawing[byte - '`'];
    if (charset == 'A' && byte == '#')
        return 0x00A3;
    return (unsigned char)byte;
}

static void put_ascii(struct screen *screen, struct str text)
{
    const struct screen_cursor *cursor = &screen->cursor;
    const char charset = cursor->charsets[cursor->charset];
    if (charset == 'B' && !screen_has(screen, SCREEN_FLAG_INSERT)) {
        put_plain(screen, text);
        return;
    }
    for (size_t i = 0; i < text.len; i++)
        put_wide(screen, translate(charset, text.data[i]), 1);
}

/* Nothing but the lines themselves decides what becomes of lines that are printed now. */
static bool prints_plainly(const struct screen *screen)
{
    const struct screen_cursor *cursor = &screen->cursor;
    return cursor->charsets[cursor->charset] == 'B' && !screen_has(screen, SCREEN_FLAG_INSERT) &&
           screen_style_is_default(cursor->pen) && screen->region.top == 0 &&
           screen->region.bottom == screen->options.rows;
}

/* Whole lines at the bottom of the screen, which is where a program that prints much is. */
static size_t print_lines(struct screen *screen, struct str bytes)
{
    if (screen->cursor.row != screen->options.rows - 1 || screen->cursor.col != 0 ||
        !prints_plainly(screen))
        return 0;
    const size_t used = screen_page_print_lines(screen->page, screen->options.cols, bytes);
    if (used > 2)
        screen->last_character = (unsigned char)bytes.data[used - 3]; /* before the last \r\n */
    return used;
}

void screen_line_feed_control(struct screen *screen)
{
    screen_line_feed(screen);
    if (screen_has(screen, SCREEN_FLAG_NEWLINE))
        screen->cursor.col = 0;
}

size_t screen_print(struct screen *screen, struct str bytes)
{
    size_t at = 0;
    while (at < bytes.len) {
        const struct str rest = {bytes.data + at, bytes.len - at};
        const size_t lines = print_lines(screen, rest);
        const size_t run = lines > 0 ? 0 : screen_parser_printable(rest);
        at += lines + run;
        if (run > 0)
            put_ascii(screen, str_slice(rest, 0, run));
        if (lines + run > 0)
            continue;
        if (rest.data[0] == '\n')
            screen_line_feed_control(screen);
        else if (rest.data[0] == '\r')
            screen->cursor.col = 0;
        else
            break;
        at++;
    }
    return at;
}

void screen_erase_all(struct screen *screen)
{
    if (screen->page->max_history > 0)
        screen_page_push(screen->page);
    screen_page_erase(screen->page, screen_whole(screen), screen->cursor.pen.background);
}

static struct screen_cursor *saved_cursor(struct screen *screen)
{
    return screen->page == &screen->main ? &screen->saved_main : &screen->saved_alternate;
}

void screen_save_cursor(struct screen *screen)
{
    struct screen_cursor *saved = saved_cursor(screen);
    *saved = screen->cursor;
    saved->is_origin = screen_has(screen, SCREEN_FLAG_ORIGIN);
}

void screen_restore_cursor(struct screen *screen)
{
    screen->cursor = *saved_cursor(screen);
    screen->cursor.row = clamp(screen->cursor.row, 0, screen->options.rows - 1);
    screen->cursor.col = clamp(screen->cursor.col, 0, screen->options.cols);
    if (!screen_has(screen, SCREEN_FLAG_AUTOWRAP))
        screen->cursor.col = screen_visible_col(screen); /* it may have waited to wrap */
    screen_set_flag(screen, SCREEN_FLAG_ORIGIN, screen->cursor.is_origin);
}

void screen_show_alternate(struct screen *screen, bool is_alternate)
{
    screen_page_fini(&screen->alternate); /* empty whenever it is entered, and costs nothing else */
    screen->page = is_alternate ? &screen->alternate : &screen->main;
}

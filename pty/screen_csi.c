#include "pty/screen_csi.h"

#include "pty/screen_answers.h"
#include "pty/screen_modes.h"
#include "pty/screen_state.h"
#include "server/base/mem.h"

static int count_of(const struct screen_sequence *sequence)
{
    return screen_sequence_count(sequence, 0, 1);
}

static void cursor_up(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_move_up(screen, count_of(sequence));
}

static void cursor_down(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_move_down(screen, count_of(sequence));
}

static void set_col(struct screen *screen, int col)
{
    const int last = screen->options.cols - 1;
    screen->cursor.col = col < 0 ? 0 : col > last ? last : col;
}

static void cursor_right(struct screen *screen, const struct screen_sequence *sequence)
{
    set_col(screen, screen_visible_col(screen) + count_of(sequence));
}

static void cursor_left(struct screen *screen, const struct screen_sequence *sequence)
{
    set_col(screen, screen_visible_col(screen) - count_of(sequence));
}

static void next_line(struct screen *screen, const struct screen_sequence *sequence)
{
    cursor_down(screen, sequence);
    screen->cursor.col = 0;
}

static void previous_line(struct screen *screen, const struct screen_sequence *sequence)
{
    cursor_up(screen, sequence);
    screen->cursor.col = 0;
}

static void to_column(struct screen *screen, const struct screen_sequence *sequence)
{
    set_col(screen, count_of(sequence) - 1);
}

static void to_row(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_move_to(screen, count_of(sequence) - 1, screen_visible_col(screen));
}

static void to_position(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_move_to(screen, count_of(sequence) - 1, screen_sequence_count(sequence, 1, 1) - 1);
}

static void tab_forward(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_tab(screen, count_of(sequence));
}

static void tab_backward(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_tab_back(screen, count_of(sequence));
}

static void clear_tabs(struct screen *screen, const struct screen_sequence *sequence)
{
    const int what = screen_sequence_count(sequence, 0, 0);
    if (what == 0)
        screen_set_tab(screen, screen_visible_col(screen), false);
    for (int col = 0; what == 3 && col < SCREEN_MAX_SIZE; col++)
        screen_set_tab(screen, col, false);
}

static struct screen_row **cursor_slot(struct screen *screen)
{
    return screen_page_slot(screen->page, screen->cursor.row);
}

static void erase_cells(struct screen *screen, int from, int to)
{
    screen_row_erase(cursor_slot(screen), from, to, screen_blank(screen));
}

/* A cursor behind the last column, about to wrap, has nothing to its right. */
static void erase_line(struct screen *screen, const struct screen_sequence *sequence)
{
    const int cols = screen->options.cols;
    switch (screen_sequence_count(sequence, 0, 0)) {
    case 0:
        erase_cells(screen, screen->cursor.col, cols);
        break;
    case 1:
        erase_cells(screen, 0, screen_visible_col(screen) + 1);
        break;
    case 2:
        erase_cells(screen, 0, cols);
        break;
    default:
        break;
    }
}

static void erase_rows(struct screen *screen, int top, int bottom)
{
    screen_page_erase(screen->page, (struct screen_region){top, bottom},
                      screen->cursor.pen.background);
}

static void erase_display(struct screen *screen, const struct screen_sequence *sequence)
{
    const int row = screen->cursor.row;
    switch (screen_sequence_count(sequence, 0, 0)) {
    case 0:
        if (row == 0 && screen->cursor.col == 0) {
            screen_erase_all(screen);
            break;
        }
        erase_cells(screen, screen->cursor.col, screen->options.cols);
        erase_rows(screen, row + 1, screen->options.rows);
        break;
    case 1:
        erase_rows(screen, 0, row);
        erase_cells(screen, 0, screen_visible_col(screen) + 1);
        break;
    case 2:
        screen_erase_all(screen);
        break;
    case 3:
        screen_page_clear_history(screen->page);
        break;
    default:
        break;
    }
}

static void erase_characters(struct screen *screen, const struct screen_sequence *sequence)
{
    const int from = screen_visible_col(screen);
    const int to = from + count_of(sequence);
    erase_cells(screen, from, to < screen->options.cols ? to : screen->options.cols);
}

static void insert_characters(struct screen *screen, const struct screen_sequence *sequence)
{
    set_col(screen, screen->cursor.col);
    screen_row_insert(cursor_slot(screen), screen->cursor.col, count_of(sequence),
                      screen_blank(screen));
}

static void delete_characters(struct screen *screen, const struct screen_sequence *sequence)
{
    set_col(screen, screen->cursor.col);
    screen_row_delete(cursor_slot(screen), screen->cursor.col, count_of(sequence),
                      screen_blank(screen));
}

/* The part of the region from the cursor on; false when the cursor is outside of it. */
static bool lines_below(struct screen *screen, struct screen_region *ret_lines)
{
    const int row = screen->cursor.row;
    if (row < screen->region.top || row >= screen->region.bottom)
        return false;
    screen->cursor.col = 0;
    *ret_lines = (struct screen_region){row, screen->region.bottom};
    return true;
}

static void insert_lines(struct screen *screen, const struct screen_sequence *sequence)
{
    struct screen_region lines;
    if (lines_below(screen, &lines))
        screen_page_scroll_down(screen->page, lines, count_of(sequence),
                                screen->cursor.pen.background);
}

static void delete_lines(struct screen *screen, const struct screen_sequence *sequence)
{
    struct screen_region lines;
    if (lines_below(screen, &lines))
        screen_page_scroll_up(screen->page, lines, count_of(sequence),
                              screen->cursor.pen.background);
}

static void scroll_up(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_page_scroll_away(screen->page, screen->region, count_of(sequence),
                            screen->cursor.pen.background);
}

/* With more parameters it is about tracking the mouse. */
static void scroll_down(struct screen *screen, const struct screen_sequence *sequence)
{
    if (sequence->count <= 1)
        screen_page_scroll_down(screen->page, screen->region, count_of(sequence),
                                screen->cursor.pen.background);
}

/* At most to the end of the line, so that few bytes never mean much work. */
static void repeat(struct screen *screen, const struct screen_sequence *sequence)
{
    int count = count_of(sequence);
    const int room = screen->options.cols - screen->cursor.col;
    if (count > room)
        count = room;
    const unsigned character = screen->last_character;
    for (int i = 0; character != 0 && i < count; i++)
        screen_put(screen, character);
}

static void set_region(struct screen *screen, const struct screen_sequence *sequence)
{
    const int rows = screen->options.rows;
    const int top = screen_sequence_count(sequence, 0, 1) - 1;
    int bottom = screen_sequence_count(sequence, 1, rows);
    if (bottom > rows)
        bottom = rows;
    if (top >= bottom - 1 && rows > 1)
        return;
    screen->region = (struct screen_region){top < bottom ? top : 0, bottom};
    screen_move_to(screen, 0, 0);
}

static void set_modes(struct screen *screen, const struct screen_sequence *sequence)
{
    for (int i = 0; i < sequence->count; i++)
        screen_modes_set(screen, sequence->leader == '?', sequence->params[i],
                         sequence->final == 'h');
}

static void set_style(struct screen *screen, const struct screen_sequence *sequence)
{
    screen_style_apply(&screen->cursor.pen, sequence);
}

static void set_cursor_shape(struct screen *screen, const struct screen_sequence *sequence)
{
    const int shape = screen_sequence_count(sequence, 0, 1);
    if (shape > 6)
        return;
    screen->cursor_shape = (enum screen_cursor_shape)((shape - 1) / 2);
    screen_set_flag(screen, SCREEN_FLAG_CURSOR_BLINK, shape % 2 == 1);
}

static void save_cursor(struct screen *screen, const struct screen_sequence *sequence)
{
    (void)sequence;
    screen_save_cursor(screen);
}

static void restore_cursor(struct screen *screen, const struct screen_sequence *sequence)
{
    (void)sequence;
    screen_restore_cursor(screen);
}

static void put_title_aside(struct screen *screen)
{
    if (screen->titles == NULL)
        screen->titles = mem_zero(SCREEN_TITLES_MAX, sizeof(struct buf));
    if (screen->title_count < SCREEN_TITLES_MAX)
        buf_append(&screen->titles[screen->title_count++], buf_str(&screen->title));
}

static void take_title_back(struct screen *screen)
{
    if (screen->title_count == 0)
        return;
    buf_fini(&screen->title);
    screen->title = buf_take(&screen->titles[--screen->title_count]);
}

static void control_window(struct screen *screen, const struct screen_sequence *sequence)
{
    const int what = screen_sequence_count(sequence, 0, 0);
    if (what == 22)
        put_title_aside(screen);
    else if (what == 23)
        take_title_back(screen);
    else
        (void)screen_answers_csi(screen, sequence); /* whatever else it is */
}

static void reset_softly(struct screen *screen, const struct screen_sequence *sequence)
{
    (void)sequence;
    const struct screen_cursor cursor = screen->cursor;
    screen_reset_state(screen);
    screen->cursor.row = cursor.row;
    screen->cursor.col = cursor.col;
}

/* The most frequent first. */
static const struct {
    char leader;
    char intermediate;
    char final;
    void (*apply)(struct screen *screen, const struct screen_sequence *sequence);
} csi_table[] = {
    {'\0', '\0', 'm', set_style},
    {'\0', '\0', 'H', to_position},
    {'\0', '\0', 'K', erase_line},
    {'\0', '\0', 'A', cursor_up},
    {'\0', '\0', 'B', cursor_down},
    {'\0', '\0', 'C', cursor_right},
    {'\0', '\0', 'D', cursor_left},
    {'\0', '\0', 'G', to_column},
    {'\0', '\0', 'd', to_row},
    {'\0', '\0', 'J', erase_display},
    {'?', '\0', 'h', set_modes},
    {'?', '\0', 'l', set_modes},
    {'\0', '\0', 'r', set_region},
    {'\0', '\0', 'E', next_line},
    {'\0', '\0', 'F', previous_line},
    {'\0', '\0', 'I', tab_forward},
    {'\0', '\0', 'Z', tab_backward},
    {'\0', '\0', 'L', insert_lines},
    {'\0', '\0', 'M', delete_lines},
    {'\0', '\0', '@', insert_characters},
    {'\0', '\0', 'P', delete_characters},
    {'\0', '\0', 'X', erase_characters},
    {'\0', '\0', 'S', scroll_up},
    {'\0', '\0', 'T', scroll_down},
    {'\0', '\0', 'b', repeat},
    {'\0', '\0', '`', to_column},
    {'\0', '\0', 'a', cursor_right},
    {'\0', '\0', 'e', cursor_down},
    {'\0', '\0', 'f', to_position},
    {'\0', '\0', 'j', cursor_left},
    {'\0', '\0', 'k', cursor_up},
    {'\0', '\0', 'g', clear_tabs},
    {'\0', '\0', 'h', set_modes},
    {'\0', '\0', 'l', set_modes},
    {'\0', '\0', 's', save_cursor},
    {'\0', '\0', 'u', restore_cursor},
    {'\0', '\0', 't', control_window},
    {'\0', ' ', 'q', set_cursor_shape},
    {'?', '\0', 'K', erase_line},
    {'?', '\0', 'J', erase_display},
    {'\0', '!', 'p', reset_softly},
};

void screen_csi_apply(struct screen *screen, const struct screen_sequence *sequence)
{
    for (size_t i = 0; i < ARRAY_SIZE(csi_table); i++) {
        if (csi_table[i].final == sequence->final && csi_table[i].leader == sequence->leader &&
            csi_table[i].intermediate == sequence->intermediate) {
            csi_table[i].apply(screen, sequence);
            return;
        }
    }
    (void)screen_answers_csi(screen, sequence); /* or unknown */
}

#include "pty/screen.h"

#include "pty/screen_control.h"
#include "pty/screen_state.h"
#include "server/base/mem.h"

#define MAX_SCROLLBACK_ROWS ((size_t)1 << 20)

static int bounded(int size)
{
    return size < SCREEN_MIN_SIZE   ? SCREEN_MIN_SIZE
           : size > SCREEN_MAX_SIZE ? SCREEN_MAX_SIZE
                                    : size;
}

struct screen *screen_new(const struct screen_options *options)
{
    struct screen *screen = mem_zero(1, sizeof(*screen));
    const size_t history = options->max_scrollback_rows;
    screen->options = *options;
    screen->options.cols = bounded(options->cols);
    screen->options.rows = bounded(options->rows);
    screen_page_init(&screen->main, screen->options.rows,
                     (unsigned)(history < MAX_SCROLLBACK_ROWS ? history : MAX_SCROLLBACK_ROWS));
    screen_page_init(&screen->alternate, screen->options.rows, 0);
    screen->page = &screen->main;
    buf_init(&screen->answers, SCREEN_ANSWERS_MAX_BYTES);
    screen_reset_state(screen);
    screen_reset_tabs(screen);
    return screen;
}

void screen_free(struct screen *screen)
{
    if (screen == NULL)
        return;
    for (unsigned i = 0; i < screen->title_count; i++)
        buf_fini(&screen->titles[i]);
    free(screen->titles);
    buf_fini(&screen->title);
    buf_fini(&screen->answers);
    screen_parser_fini(&screen->parser);
    screen_page_fini(&screen->main);
    screen_page_fini(&screen->alternate);
    free(screen);
}

/* What the feed has asked for, after everything in it is done: the owner may do as it likes. */
static void call_out(struct screen *screen)
{
    const struct screen_options options = screen->options;
    struct buf answers = buf_take(&screen->answers);
    const bool has_rung = screen->has_rung;
    screen->has_rung = false;
    if (answers.len > 0 && options.on_answer != NULL)
        options.on_answer(options.owner, buf_str(&answers));
    buf_fini(&answers);
    if (has_rung && options.on_bell != NULL)
        options.on_bell(options.owner);
}

void screen_feed(struct screen *screen, struct str bytes)
{
    if (bytes.len == 0)
        return;
    screen->version++;
    screen_parser_feed(&screen->parser, bytes, &screen_control_handlers, screen);
    if (screen->answers.len > 0 || screen->has_rung)
        call_out(screen);
}

static void clamp_cursor(struct screen_cursor *cursor, int rows, int cols)
{
    if (cursor->row >= rows)
        cursor->row = rows - 1;
    if (cursor->col > cols)
        cursor->col = cols;
}

void screen_resize(struct screen *screen, int cols, int rows)
{
    cols = bounded(cols);
    rows = bounded(rows);
    if (cols == screen->options.cols && rows == screen->options.rows)
        return;
    /* Of the two pages the one not shown has its cursor where it was saved. */
    const bool is_main = screen->page == &screen->main;
    screen_page_resize(&screen->main, rows,
                       is_main ? &screen->cursor.row : &screen->saved_main.row);
    screen_page_resize(&screen->alternate, rows,
                       is_main ? &screen->saved_alternate.row : &screen->cursor.row);
    if (cols < screen->options.cols && screen->cursor.col >= cols)
        screen->cursor.col = cols - 1;
    screen->options.cols = cols;
    screen->options.rows = rows;
    clamp_cursor(&screen->cursor, rows, cols);
    clamp_cursor(&screen->saved_main, rows, cols);
    clamp_cursor(&screen->saved_alternate, rows, cols);
    screen->region = screen_whole(screen);
    screen->version++;
}

void screen_recover(struct screen *screen)
{
    screen_parser_reset(&screen->parser);
    if (screen->page == &screen->alternate) {
        screen_show_alternate(screen, false);
        screen_restore_cursor(screen);
    }
    const struct screen_cursor cursor = screen->cursor;
    screen_reset_state(screen);
    screen->cursor.row = cursor.row;
    screen->cursor.col = cursor.col;
    screen->version++;
}

void screen_clear(struct screen *screen)
{
    screen_page_fini(&screen->main);
    screen_page_fini(&screen->alternate);
    screen->cursor.row = screen->cursor.col = 0;
    screen->version++;
}

int screen_cols(const struct screen *screen)
{
    return screen->options.cols;
}

int screen_rows(const struct screen *screen)
{
    return screen->options.rows;
}

void screen_cursor(const struct screen *screen, int *ret_row, int *ret_col)
{
    *ret_row = screen->cursor.row;
    *ret_col = screen_visible_col(screen);
}

struct screen_modes screen_modes(const struct screen *screen)
{
    return (struct screen_modes){
        .is_alternate = screen->page == &screen->alternate,
        .has_cursor = screen_has(screen, SCREEN_FLAG_CURSOR),
        .has_application_cursor = screen_has(screen, SCREEN_FLAG_APPLICATION_CURSOR),
        .has_application_keypad = screen_has(screen, SCREEN_FLAG_APPLICATION_KEYPAD),
        .has_bracketed_paste = screen_has(screen, SCREEN_FLAG_PASTE),
        .has_focus_events = screen_has(screen, SCREEN_FLAG_FOCUS),
        .mouse = screen->mouse,
    };
}

struct str screen_title(const struct screen *screen)
{
    return buf_str(&screen->title);
}

size_t screen_scrollback_rows(const struct screen *screen)
{
    return screen->page->history;
}

uint64_t screen_dropped_rows(const struct screen *screen)
{
    return screen->main.dropped_rows;
}

uint64_t screen_version(const struct screen *screen)
{
    return screen->version;
}

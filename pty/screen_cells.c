#include "pty/screen_cells.h"

#include "pty/screen_state.h"
#include "server/base/jsonw.h"

static void write_color(struct jsonw *out, const char *name, uint32_t color)
{
    if (color == SCREEN_COLOR_DEFAULT)
        return;
    if ((color & SCREEN_COLOR_KIND) == SCREEN_COLOR_PALETTE) {
        jsonw_uint(out, name, color & 0xFF);
        return;
    }
    scoped_buf struct buf text = {0};
    buf_printf(&text, "#%06x", (unsigned)(color & 0xFFFFFF));
    jsonw_string(out, name, buf_str(&text));
}

static void write_style(struct jsonw *out, struct screen_style style)
{
    static const char *const names[] = {/* by bit of enum screen_attribute */
                                        "bold",    "dim",    "italic", "blink",
                                        "reverse", "hidden", "strike", "overline"};
    static const char *const underlines[] = {NULL, "single", "double", "curly", "dotted", "dashed"};

    write_color(out, "foreground", style.foreground);
    write_color(out, "background", style.background);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        if (style.attributes & 1u << i)
            jsonw_bool(out, names[i], true);
    }
    if (style.underline != SCREEN_UNDERLINE_NONE)
        jsonw_cstr(out, "underline", underlines[style.underline]);
}

static void write_run(struct jsonw *out, struct str text, int width,
                      const struct screen_row_run *run)
{
    jsonw_object(out);
    jsonw_string(out, "text", text);
    jsonw_int(out, "width", width);
    if (run->width > 1)
        jsonw_int(out, "cell_width", run->width);
    write_style(out, run->style);
    jsonw_end(out);
}

/* The background behind the last cell, as blanks. */
static void write_rest(struct jsonw *out, int width, uint32_t background)
{
    if (width <= 0 || background == SCREEN_COLOR_DEFAULT)
        return;
    scoped_buf struct buf blanks = {0};
    buf_printf(&blanks, "%*s", width, "");
    const struct screen_row_run run = {.width = 1, .style.background = background};
    write_run(out, buf_str(&blanks), width, &run);
}

void screen_cells_row(const struct screen_row *row, int cols, struct jsonw *out)
{
    const int len = screen_row_shown(row, cols);
    scoped_buf struct buf text = {0};
    jsonw_array(out);
    for (int col = 0; col < len;) {
        const struct screen_row_run run = screen_row_run(row, col);
        const int end = run.end < len ? run.end : len;
        buf_clear(&text);
        screen_row_text(row, col, end, &text);
        write_run(out, buf_str(&text), end - col, &run);
        col = end;
    }
    write_rest(out, cols - len, screen_row_background(row));
    jsonw_end(out);
}

static void write_cursor(const struct screen *screen, struct jsonw *out)
{
    static const char *const shapes[] = {"block", "underline", "bar"};

    jsonw_object_in(out, "cursor");
    jsonw_int(out, "row", screen->cursor.row);
    jsonw_int(out, "col", screen_visible_col(screen));
    jsonw_bool(out, "is_visible", screen_has(screen, SCREEN_FLAG_CURSOR));
    jsonw_cstr(out, "shape", shapes[screen->cursor_shape]);
    jsonw_bool(out, "is_blinking", screen_has(screen, SCREEN_FLAG_CURSOR_BLINK));
    jsonw_end(out);
}

static void write_modes(const struct screen *screen, struct jsonw *out)
{
    static const char *const mice[] = {"off", "click", "drag", "move"};

    const struct screen_modes modes = screen_modes(screen);
    jsonw_object_in(out, "modes");
    jsonw_bool(out, "is_alternate", modes.is_alternate);
    jsonw_bool(out, "application_cursor", modes.has_application_cursor);
    jsonw_bool(out, "application_keypad", modes.has_application_keypad);
    jsonw_bool(out, "bracketed_paste", modes.has_bracketed_paste);
    jsonw_bool(out, "focus_events", modes.has_focus_events);
    jsonw_bool(out, "is_reversed", screen_has(screen, SCREEN_FLAG_REVERSE));
    jsonw_cstr(out, "mouse", mice[modes.mouse]);
    jsonw_end(out);
}

void screen_cells(const struct screen *screen, int first_row, int last_row, struct jsonw *out)
{
    const int oldest = -(int)screen->page->history;
    const int first = first_row < oldest ? oldest : first_row;
    const int last = last_row < screen->options.rows ? last_row : screen->options.rows - 1;
    jsonw_object(out);
    jsonw_int(out, "cols", screen->options.cols);
    jsonw_int(out, "rows", screen->options.rows);
    jsonw_int(out, "first_row", first);
    jsonw_uint(out, "scrollback_rows", screen->page->history);
    jsonw_string(out, "title", screen_title(screen));
    write_cursor(screen, out);
    write_modes(screen, out);
    jsonw_array_in(out, "lines");
    for (int row = first; row <= last; row++)
        screen_cells_row(screen_page_row(screen->page, row), screen->options.cols, out);
    jsonw_end(out);
    jsonw_end(out);
}

#include "pty/screen_svg.h"

#include "pty/screen_state.h"
#include "server/base/utf8.h"

/* Pixels. A character of this font size is as wide as a cell in common fonts. */
#define CELL_WIDTH  9
#define CELL_HEIGHT 18
#define FONT_SIZE   15
#define BASELINE    14
#define MARGIN      6
#define LINE        2 /* thickness of a cursor that is no block */

struct colors {
    uint32_t foreground;
    uint32_t background;
    bool has_background; /* other than that of the picture */
};

static int x_of(int col)
{
    return MARGIN + col * CELL_WIDTH;
}

static int y_of(int row)
{
    return MARGIN + row * CELL_HEIGHT;
}

static uint32_t own_foreground(bool is_reversed)
{
    return is_reversed ? SCREEN_BACKGROUND_RGB : SCREEN_FOREGROUND_RGB;
}

static struct colors colors_of(struct screen_style style, bool is_reversed)
{
    struct colors colors = {
        .foreground = screen_color_rgb(style.foreground, own_foreground(is_reversed)),
        .background = screen_color_rgb(style.background, own_foreground(!is_reversed)),
        .has_background = style.background != SCREEN_COLOR_DEFAULT,
    };
    if (style.attributes & SCREEN_REVERSE)
        colors = (struct colors){colors.background, colors.foreground, true};
    return colors;
}

static void append_escaped(struct buf *out, struct str text)
{
    while (text.len > 0) {
        unsigned code_point;
        bool is_valid;
        text = str_skip(text, utf8_step(text, &code_point, &is_valid));
        if (code_point == '&')
            buf_append(out, STR("&amp;"));
        else if (code_point == '<')
            buf_append(out, STR("&lt;"));
        else if (code_point == '>')
            buf_append(out, STR("&gt;"));
        else if (code_point == 0xFFFE || code_point == 0xFFFF) /* not allowed in XML */
            utf8_append(out, 0xFFFD);
        else
            utf8_append(out, code_point);
    }
}

static void append_rect(struct buf *out, int row, int col, int width, uint32_t rgb)
{
    buf_printf(out, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n",
               x_of(col), y_of(row), width * CELL_WIDTH, CELL_HEIGHT, (unsigned)rgb);
}

static void append_decoration(struct buf *out, struct screen_style style)
{
    static const char *const lines[] = {NULL, " underline double", " underline wavy",
                                        " underline dotted", " underline dashed"};

    const bool is_lined = (style.attributes & (SCREEN_STRIKE | SCREEN_OVERLINE)) != 0;
    if (!is_lined && style.underline == SCREEN_UNDERLINE_NONE)
        return;
    buf_append(out, STR(" text-decoration=\""));
    if (style.attributes & SCREEN_STRIKE)
        buf_append(out, STR(" line-through"));
    if (style.attributes & SCREEN_OVERLINE)
        buf_append(out, STR(" overline"));
    if (style.underline == SCREEN_UNDERLINE_SINGLE)
        buf_append(out, STR(" underline"));
    else if (style.underline != SCREEN_UNDERLINE_NONE)
        buf_append(out, str_from(lines[style.underline - 1]));
    buf_append_byte(out, '"');
}

static bool shows_text(struct str text, struct screen_style style)
{
    if (style.attributes & SCREEN_HIDDEN)
        return false;
    if (style.underline != SCREEN_UNDERLINE_NONE ||
        (style.attributes & (SCREEN_STRIKE | SCREEN_OVERLINE)) != 0)
        return true;
    return str_trim(text).len > 0;
}

static void append_text(struct buf *out, int row, int col, int width,
                        const struct screen_row_run *run, uint32_t rgb, struct str text)
{
    buf_printf(out, "<text x=\"%d\" y=\"%d\" textLength=\"%d\" fill=\"#%06x\"", x_of(col),
               y_of(row) + BASELINE, width * CELL_WIDTH, (unsigned)rgb);
    if (run->style.attributes & SCREEN_BOLD)
        buf_append(out, STR(" font-weight=\"bold\""));
    if (run->style.attributes & SCREEN_ITALIC)
        buf_append(out, STR(" font-style=\"italic\""));
    if (run->style.attributes & SCREEN_DIM)
        buf_append(out, STR(" fill-opacity=\"0.6\""));
    append_decoration(out, run->style);
    buf_append_byte(out, '>');
    append_escaped(out, text);
    buf_append(out, STR("</text>\n"));
}

void screen_svg_row(const struct screen_row *row, int number,
                    const struct screen_svg_options *options, struct buf *out)
{
    const int len = screen_row_shown(row, options->cols);
    scoped_buf struct buf text = {0};
    for (int col = 0; col < len;) {
        const struct screen_row_run run = screen_row_run(row, col);
        const int end = run.end < len ? run.end : len;
        const struct colors colors = colors_of(run.style, options->is_reversed);
        if (colors.has_background)
            append_rect(out, number, col, end - col, colors.background);
        buf_clear(&text);
        screen_row_text(row, col, end, &text);
        if (shows_text(buf_str(&text), run.style))
            append_text(out, number, col, end - col, &run, colors.foreground, buf_str(&text));
        col = end;
    }
    const uint32_t rest = screen_row_background(row);
    if (rest != SCREEN_COLOR_DEFAULT && len < options->cols)
        append_rect(out, number, len, options->cols - len, screen_color_rgb(rest, 0));
}

static void append_cursor(const struct screen *screen, uint32_t rgb, struct buf *out)
{
    const int x = x_of(screen_visible_col(screen));
    const int y = y_of(screen->cursor.row);
    const bool is_line = screen->cursor_shape == SCREEN_CURSOR_UNDERLINE;
    const int width = screen->cursor_shape == SCREEN_CURSOR_BAR ? LINE : CELL_WIDTH;
    if (!screen_has(screen, SCREEN_FLAG_CURSOR))
        return;
    buf_printf(out,
               "<rect class=\"cursor\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
               "fill=\"#%06x\" fill-opacity=\"0.6\"/>\n",
               x, is_line ? y + CELL_HEIGHT - LINE : y, width, is_line ? LINE : CELL_HEIGHT,
               (unsigned)rgb);
}

void screen_svg(const struct screen *screen, struct buf *out)
{
    const struct screen_svg_options options = {
        .cols = screen->options.cols, .is_reversed = screen_has(screen, SCREEN_FLAG_REVERSE)};
    const int width = 2 * MARGIN + screen->options.cols * CELL_WIDTH;
    const int height = 2 * MARGIN + screen->options.rows * CELL_HEIGHT;
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
               "viewBox=\"0 0 %d %d\" xml:space=\"preserve\" font-size=\"%d\" "
               "font-family=\"ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace\" "
               "style=\"white-space:pre\">\n<title>",
               width, height, width, height, FONT_SIZE);
    append_escaped(out, screen_title(screen));
    buf_printf(out, "</title>\n<rect width=\"%d\" height=\"%d\" fill=\"#%06x\"/>\n", width, height,
               (unsigned)own_foreground(!options.is_reversed));
    for (int row = 0; row < screen->options.rows; row++)
        screen_svg_row(screen_page_row(screen->page, row), row, &options, out);
    append_cursor(screen, own_foreground(options.is_reversed), out);
    buf_append(out, STR("</svg>\n"));
}

#include "pty/screen_text.h"

#include "pty/screen_state.h"

static void strip_blanks(struct buf *out, size_t line)
{
    size_t len = out->len;
    while (len > line && out->data[len - 1] == ' ')
        len--;
    buf_truncate(out, len);
}

/* Rows before the first that there is, and behind the last, hold no text. */
static int first_of(const struct screen_page *page, int row)
{
    const int oldest = -(int)page->history;
    return row < oldest ? oldest : row;
}

static int last_of(const struct screen_page *page, int row)
{
    const int newest = (int)(page->count - page->history) - 1;
    return row > newest ? newest : row;
}

void screen_text_append(const struct screen_page *page, const struct screen_text_options *options,
                        struct buf *out)
{
    const int last = last_of(page, options->last_row);
    size_t line = out->len; /* where the line that is being written begins */
    size_t end = line;      /* behind the last line with text in it */
    for (int i = first_of(page, options->first_row); i <= last; i++) {
        const struct screen_row *row = screen_page_row(page, i);
        screen_row_text(row, 0, screen_row_shown(row, i < 0 ? SCREEN_MAX_SIZE : options->cols),
                        out);
        if (options->joins_wrapped && i < last && screen_row_is_wrapped(row))
            continue;
        strip_blanks(out, line);
        const bool is_empty = out->len == line;
        buf_append_byte(out, '\n');
        line = out->len;
        if (!is_empty)
            end = line;
    }
    buf_truncate(out, end < out->len ? end : out->len);
}

void screen_text(const struct screen *screen, int first_row, int last_row, struct buf *out)
{
    const struct screen_text_options options = {
        .first_row = first_row,
        .last_row = last_row,
        .cols = screen->options.cols,
        .joins_wrapped = screen->options.joins_wrapped,
    };
    screen_text_append(screen->page, &options, out);
}

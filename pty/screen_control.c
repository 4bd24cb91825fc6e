#include "pty/screen_control.h"

#include "pty/screen_answers.h"
#include "pty/screen_csi.h"
#include "pty/screen_state.h"
#include "pty/screen_width.h"
#include "server/base/utf8.h"

static void reset_fully(struct screen *screen)
{
    screen_show_alternate(screen, false);
    screen_reset_state(screen);
    screen_reset_tabs(screen);
    screen_erase_all(screen);
    buf_fini(&screen->title);
}

/* DECALN: the screen full of E. */
static void fill_with_e(struct screen *screen)
{
    static const char letters[] =
        "EEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEEE";
    const int step = (int)sizeof(letters) - 1;
    const int cols = screen->options.cols;
    for (int row = 0; row < screen->options.rows; row++) {
        struct screen_row **slot = screen_page_slot(screen->page, row);
        for (int col = 0; col < cols; col += step) {
            const int count = cols - col < step ? cols - col : step;
            screen_row_put_ascii(slot, col, str_span(letters, (size_t)count),
                                 (struct screen_style){0});
        }
    }
    screen->region = screen_whole(screen);
    screen->cursor.row = screen->cursor.col = 0;
}

static void on_plain_escape(struct screen *screen, char final)
{
    switch (final) {
    case '7':
        screen_save_cursor(screen);
        break;
    case '8':
        screen_restore_cursor(screen);
        break;
    case '=':
    case '>':
        screen_set_flag(screen, SCREEN_FLAG_APPLICATION_KEYPAD, final == '=');
        break;
    case 'D':
        screen_line_feed(screen);
        break;
    case 'E':
        screen_line_feed(screen);
        screen->cursor.col = 0;
        break;
    case 'H':
        screen_set_tab(screen, screen_visible_col(screen), true);
        break;
    case 'M':
        screen_reverse_line_feed(screen);
        break;
    case 'c':
        reset_fully(screen);
        break;
    default:
        break;
    }
}

static void on_escape(void *owner, const struct screen_sequence *sequence)
{
    struct screen *screen = owner;
    const char set = sequence->intermediate;
    if (set == '\0') {
        on_plain_escape(screen, sequence->final);
    } else if (set == '(' || set == ')') {
        const bool is_known = sequence->final == '0' || sequence->final == 'A';
        screen->cursor.charsets[set - '('] = is_known ? sequence->final : 'B';
    } else if (set == '#' && sequence->final == '8') {
        fill_with_e(screen);
    }
}

static void on_control(void *owner, char control)
{
    struct screen *screen = owner;
    switch (control) {
    case '\n':
    case '\v':
    case '\f':
        screen_line_feed_control(screen);
        break;
    case '\r':
        screen->cursor.col = 0;
        break;
    case '\b':
        screen->cursor.col = screen_visible_col(screen);
        screen->cursor.col -= screen->cursor.col > 0 ? 1 : 0;
        break;
    case '\t':
        screen_tab(screen, 1);
        break;
    case '\a':
        screen->has_rung = true;
        break;
    case '\016': /* SO: G1 */
    case '\017': /* SI: G0 */
        screen->cursor.charset = control == '\016' ? 1 : 0;
        break;
    default:
        break;
    }
}

/* Without control characters, which would mean something when it is sent on. */
static void set_title(struct screen *screen, struct str text)
{
    buf_clear(&screen->title);
    while (text.len > 0 && screen->title.len < SCREEN_TITLE_MAX_BYTES) {
        unsigned code_point;
        bool is_valid;
        text = str_skip(text, utf8_step(text, &code_point, &is_valid));
        if (screen_width(code_point) >= 0)
            utf8_append(&screen->title, code_point);
    }
}

static void on_string(void *owner, char kind, struct str text, bool is_ended_by_bell)
{
    struct screen *screen = owner;
    if (kind == 'P') {
        screen_answers_dcs(screen, text);
        return;
    }
    if (screen_answers_osc(screen, text, is_ended_by_bell))
        return;
    if (!str_starts_with(text, STR("0;")) && !str_starts_with(text, STR("2;")))
        return;
    set_title(screen, str_skip(text, 2));
}

static void on_csi(void *owner, const struct screen_sequence *sequence)
{
    screen_csi_apply(owner, sequence);
}

static size_t on_text(void *owner, struct str bytes)
{
    return screen_print(owner, bytes);
}

static void on_character(void *owner, unsigned code_point)
{
    screen_put(owner, code_point);
}

const struct screen_parser_handlers screen_control_handlers = {
    .on_text = on_text,
    .on_character = on_character,
    .on_control = on_control,
    .on_escape = on_escape,
    .on_csi = on_csi,
    .on_string = on_string,
};

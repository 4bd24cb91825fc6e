#include "pty/screen_answers.h"

#include "pty/screen_modes.h"
#include "pty/screen_state.h"

#define CELL_WIDTH  8 /* pixels, for programs that ask */
#define CELL_HEIGHT 16

static void report_status(struct screen *screen, const struct screen_sequence *sequence)
{
    const char *mark = sequence->leader == '?' ? "?" : "";
    const int top = screen_has(screen, SCREEN_FLAG_ORIGIN) ? screen->region.top : 0;
    const int what = screen_sequence_count(sequence, 0, 0);
    if (what == 5)
        buf_printf(&screen->answers, "\033[%s0n", mark);
    else if (what == 6)
        buf_printf(&screen->answers, "\033[%s%d;%dR", mark, screen->cursor.row - top + 1,
                   screen_visible_col(screen) + 1);
    else if (what == 996 && sequence->leader == '?')
        buf_append(&screen->answers, STR("\033[?997;1n")); /* dark */
}

/* VT220 with colours; the version number is one that programs know to speak of modern modes. */
static void report_attributes(struct screen *screen, const struct screen_sequence *sequence)
{
    if (screen_sequence_count(sequence, 0, 0) != 0)
        return;
    if (sequence->leader == '\0')
        buf_append(&screen->answers, STR("\033[?62;22c"));
    else if (sequence->leader == '>')
        buf_append(&screen->answers, STR("\033[>0;276;0c"));
    else if (sequence->leader == '=')
        buf_append(&screen->answers, STR("\033P!|00000000\033\\"));
}

static void report_version(struct screen *screen, const struct screen_sequence *sequence)
{
    if (screen_sequence_count(sequence, 0, 0) == 0)
        buf_append(&screen->answers, STR("\033P>|actiond(" ACTIOND_VERSION ")\033\\"));
}

static void report_mode(struct screen *screen, const struct screen_sequence *sequence)
{
    const bool is_private = sequence->leader == '?';
    const int number = screen_sequence_count(sequence, 0, 0);
    const enum screen_mode_report report = screen_modes_report(screen, is_private, number);
    buf_printf(&screen->answers, "\033[%s%d;%d$y", is_private ? "?" : "", number, (int)report);
}

static void report_window(struct screen *screen, const struct screen_sequence *sequence)
{
    const int rows = screen->options.rows;
    const int cols = screen->options.cols;
    struct buf *out = &screen->answers;
    switch (screen_sequence_count(sequence, 0, 0)) {
    case 11:
        buf_append(out, STR("\033[1t"));
        break;
    case 13:
        buf_append(out, STR("\033[3;0;0t"));
        break;
    case 14:
        buf_printf(out, "\033[4;%d;%dt", rows * CELL_HEIGHT, cols * CELL_WIDTH);
        break;
    case 16:
        buf_printf(out, "\033[6;%d;%dt", CELL_HEIGHT, CELL_WIDTH);
        break;
    case 18:
        buf_printf(out, "\033[8;%d;%dt", rows, cols);
        break;
    case 19:
        buf_printf(out, "\033[9;%d;%dt", rows, cols);
        break;
    case 20:
        buf_append(out, STR("\033]L\033\\"));
        break;
    case 21:
        buf_append(out, STR("\033]l\033\\"));
        break;
    default:
        break;
    }
}

static void report_modified_keys(struct screen *screen, const struct screen_sequence *sequence)
{
    if (screen_sequence_count(sequence, 0, 0) == 4)
        buf_append(&screen->answers, STR("\033[>4;0m"));
}

static const struct {
    const char *leaders; /* one of them; "" for none, which "-" stands for in a list */
    char intermediate;
    char final;
    void (*answer)(struct screen *screen, const struct screen_sequence *sequence);
} questions[] = {
    {"-?", '\0', 'n', report_status}, {"->=", '\0', 'c', report_attributes},
    {">", '\0', 'q', report_version}, {"-?", '$', 'p', report_mode},
    {"-", '\0', 't', report_window},  {"?", '\0', 'm', report_modified_keys},
};

bool screen_answers_csi(struct screen *screen, const struct screen_sequence *sequence)
{
    const char leader = sequence->leader == '\0' ? '-' : sequence->leader;
    for (size_t i = 0; i < ARRAY_SIZE(questions); i++) {
        if (questions[i].final == sequence->final &&
            questions[i].intermediate == sequence->intermediate &&
            strchr(questions[i].leaders, leader) != NULL) {
            questions[i].answer(screen, sequence);
            return true;
        }
    }
    return false;
}

static void answer_color(struct screen *screen, struct str name, uint32_t rgb, bool is_bell)
{
    const unsigned red = rgb >> 16 & 0xFF;
    const unsigned green = rgb >> 8 & 0xFF;
    const unsigned blue = rgb & 0xFF;
    buf_printf(&screen->answers, "\033]%.*s;rgb:%02x%02x/%02x%02x/%02x%02x%s", STR_ARG(name), red,
               red, green, green, blue, blue, is_bell ? "\a" : "\033\\");
}

/* 4;N;?;N;? … */
static void answer_palette(struct screen *screen, struct str pairs, bool is_bell)
{
    struct str number;
    struct str value;
    while (str_next(&pairs, ';', &number) && str_next(&pairs, ';', &value)) {
        uint64_t index;
        if (!str_equal(value, STR("?")) || !str_to_u64(number, 0, 255, &index))
            continue;
        scoped_buf struct buf name = {0};
        buf_printf(&name, "4;%u", (unsigned)index);
        const uint32_t color = SCREEN_COLOR_PALETTE + (uint32_t)index;
        answer_color(screen, buf_str(&name), screen_color_rgb(color, 0), is_bell);
    }
}

/* "10;?;?" asks for 10 and 11. */
static void answer_own_colors(struct screen *screen, unsigned first, struct str values,
                              bool is_bell)
{
    struct str value;
    for (unsigned number = first; number <= 12 && str_next(&values, ';', &value); number++) {
        if (!str_equal(value, STR("?")))
            continue;
        scoped_buf struct buf name = {0};
        buf_printf(&name, "%u", number);
        const uint32_t rgb = number == 11 ? SCREEN_BACKGROUND_RGB : SCREEN_FOREGROUND_RGB;
        answer_color(screen, buf_str(&name), rgb, is_bell);
    }
}

bool screen_answers_osc(struct screen *screen, struct str text, bool is_ended_by_bell)
{
    struct str name;
    uint64_t number;
    if (!str_next(&text, ';', &name) || !str_to_u64(name, 0, 12, &number))
        return false;
    if (number == 4)
        answer_palette(screen, text, is_ended_by_bell);
    else if (number >= 10)
        answer_own_colors(screen, (unsigned)number, text, is_ended_by_bell);
    return number == 4 || number >= 10;
}

static void report_cursor_shape(struct screen *screen)
{
    const int blinks = screen_has(screen, SCREEN_FLAG_CURSOR_BLINK) ? 1 : 2;
    buf_printf(&screen->answers, "\033P1$r%d q\033\\", (int)screen->cursor_shape * 2 + blinks);
}

static void report_setting(struct screen *screen, struct str name)
{
    struct buf *out = &screen->answers;
    if (str_equal(name, STR("m"))) {
        buf_append(out, STR("\033P1$r"));
        screen_style_print(screen->cursor.pen, out);
        buf_append(out, STR("m\033\\"));
    } else if (str_equal(name, STR("r"))) {
        buf_printf(out, "\033P1$r%d;%dr\033\\", screen->region.top + 1, screen->region.bottom);
    } else if (str_equal(name, STR(" q"))) {
        report_cursor_shape(screen);
    } else if (str_equal(name, STR("\"p"))) {
        buf_append(out, STR("\033P1$r62;1\"p\033\\"));
    } else {
        buf_append(out, STR("\033P0$r\033\\"));
    }
}

void screen_answers_dcs(struct screen *screen, struct str text)
{
    if (str_starts_with(text, STR("$q")))
        report_setting(screen, str_skip(text, 2));
    else if (str_starts_with(text, STR("+q")))
        buf_append(&screen->answers, STR("\033P0+r\033\\"));
}

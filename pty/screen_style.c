#include "pty/screen_style.h"

#include "pty/screen_parser.h"
#include "server/base/buf.h"

bool screen_style_equal(struct screen_style a, struct screen_style b)
{
    return a.foreground == b.foreground && a.background == b.background &&
           a.attributes == b.attributes && a.underline == b.underline;
}

bool screen_style_is_default(struct screen_style style)
{
    return (style.foreground | style.background | style.attributes | style.underline) == 0;
}

/* What a parameter that stands for itself does: attributes that go, then one that comes. */
static const struct {
    uint16_t off;
    uint16_t on;
} attributes[] = {
    [1] = {0, SCREEN_BOLD},      [2] = {0, SCREEN_DIM},     [3] = {0, SCREEN_ITALIC},
    [5] = {0, SCREEN_BLINK},     [6] = {0, SCREEN_BLINK},   [7] = {0, SCREEN_REVERSE},
    [8] = {0, SCREEN_HIDDEN},    [9] = {0, SCREEN_STRIKE},  [22] = {SCREEN_BOLD | SCREEN_DIM, 0},
    [23] = {SCREEN_ITALIC, 0},   [25] = {SCREEN_BLINK, 0},  [27] = {SCREEN_REVERSE, 0},
    [28] = {SCREEN_HIDDEN, 0},   [29] = {SCREEN_STRIKE, 0}, [53] = {0, SCREEN_OVERLINE},
    [55] = {SCREEN_OVERLINE, 0},
};

/* The eight colours and their bright forms; false when the parameter is none of them. */
static bool apply_color(struct screen_style *style, int value)
{
    static const struct {
        int first;
        bool is_background;
        uint32_t color;
    } groups[] = {{30, false, 0}, {40, true, 0}, {90, false, 8}, {100, true, 8}};

    for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
        if (value < groups[i].first || value > groups[i].first + 7)
            continue;
        const uint32_t color =
            SCREEN_COLOR_PALETTE + groups[i].color + (uint32_t)(value - groups[i].first);
        *(groups[i].is_background ? &style->background : &style->foreground) = color;
        return true;
    }
    return false;
}

static uint32_t component(int value)
{
    return value < 0 ? 0 : value > 255 ? 255 : (uint32_t)value;
}

/* How many parameters after `at` belong to it because they are joined by colons. */
static int joined(const struct screen_sequence *sequence, int at)
{
    int count = 0;
    while (at + count + 1 < sequence->count && sequence->is_joined[at + count + 1])
        count++;
    return count;
}

/* 38 and 48: ;5;N ;2;R;G;B :5:N :2:R:G:B :2:SPACE:R:G:B. Returns how many parameters it used. */
static int read_color(const struct screen_sequence *sequence, int at, uint32_t *ret_color)
{
    const int *values = sequence->params + at;
    const int colons = joined(sequence, at);
    const int given = colons > 0 ? colons : sequence->count - at - 1;
    if (given >= 2 && values[1] == 5) {
        *ret_color = SCREEN_COLOR_PALETTE + component(values[2]);
        return colons > 0 ? colons : 2;
    }
    if (given >= 4 && values[1] == 2) {
        const int *rgb = values + (colons >= 5 ? 3 : 2);
        *ret_color = SCREEN_COLOR_RGB + (component(rgb[0]) << 16) + (component(rgb[1]) << 8) +
                     component(rgb[2]);
        return colons > 0 ? colons : 4;
    }
    /* Not to be understood: what it might consist of must not be taken for something else. */
    return colons > 0 ? colons : given;
}

static void apply_underline(struct screen_style *style, const struct screen_sequence *sequence,
                            int at)
{
    int kind = SCREEN_UNDERLINE_SINGLE;
    if (joined(sequence, at) > 0)
        kind = sequence->params[at + 1];
    if (kind >= SCREEN_UNDERLINE_NONE && kind <= SCREEN_UNDERLINE_DASHED)
        style->underline = (uint16_t)kind;
}

/* Returns how many parameters after it the one at `at` has used. */
static int apply_param(struct screen_style *style, const struct screen_sequence *sequence, int at)
{
    const int value = sequence->params[at] < 0 ? 0 : sequence->params[at];
    uint32_t ignored;
    switch (value) {
    case 0:
        *style = (struct screen_style){0};
        break;
    case 4:
        apply_underline(style, sequence, at);
        break;
    case 21:
        style->underline = SCREEN_UNDERLINE_DOUBLE;
        break;
    case 24:
        style->underline = SCREEN_UNDERLINE_NONE;
        break;
    case 38:
        return read_color(sequence, at, &style->foreground);
    case 48:
        return read_color(sequence, at, &style->background);
    case 58: /* the colour of the underline */
        return read_color(sequence, at, &ignored);
    case 39:
        style->foreground = SCREEN_COLOR_DEFAULT;
        break;
    case 49:
        style->background = SCREEN_COLOR_DEFAULT;
        break;
    default:
        if (!apply_color(style, value) &&
            (size_t)value < sizeof(attributes) / sizeof(attributes[0])) {
            style->attributes &= (uint16_t)~attributes[value].off;
            style->attributes |= attributes[value].on;
        }
        break;
    }
    return joined(sequence, at);
}

void screen_style_apply(struct screen_style *style, const struct screen_sequence *sequence)
{
    if (sequence->count == 0)
        *style = (struct screen_style){0};
    for (int at = 0; at < sequence->count; at++)
        at += apply_param(style, sequence, at);
}

static void print_color(uint32_t color, int base, struct buf *out)
{
    const int index = (int)(color & 0xFF);
    if (color == SCREEN_COLOR_DEFAULT)
        return;
    if ((color & SCREEN_COLOR_KIND) == SCREEN_COLOR_RGB)
        buf_printf(out, ";%d;2;%d;%d;%d", base + 8, (int)(color >> 16 & 0xFF),
                   (int)(color >> 8 & 0xFF), index);
    else if (index < 8)
        buf_printf(out, ";%d", base + index);
    else if (index < 16)
        buf_printf(out, ";%d", base + 60 + index - 8);
    else
        buf_printf(out, ";%d;5;%d", base + 8, index);
}

void screen_style_print(struct screen_style style, struct buf *out)
{
    static const int numbers[] = {1, 2, 3, 5, 7, 8, 9, 53}; /* by bit of enum screen_attribute */

    buf_append_byte(out, '0');
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (style.attributes & 1u << i)
            buf_printf(out, ";%d", numbers[i]);
    }
    if (style.underline == SCREEN_UNDERLINE_SINGLE)
        buf_append(out, STR(";4"));
    else if (style.underline != SCREEN_UNDERLINE_NONE)
        buf_printf(out, ";4:%d", style.underline);
    print_color(style.foreground, 30, out);
    print_color(style.background, 40, out);
}

/* The first sixteen, as xterm has them. */
static const uint32_t palette[] = {
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
};

static uint32_t cube_level(uint32_t step)
{
    return step == 0 ? 0 : 55 + 40 * step;
}

uint32_t screen_color_rgb(uint32_t color, uint32_t own)
{
    if (color == SCREEN_COLOR_DEFAULT)
        return own;
    if ((color & SCREEN_COLOR_KIND) == SCREEN_COLOR_RGB)
        return color & 0xFFFFFF;
    const uint32_t index = color & 0xFF;
    if (index < 16)
        return palette[index];
    if (index >= 232)
        return (8 + 10 * (index - 232)) * 0x010101u;
    const uint32_t cube = index - 16;
    return cube_level(cube / 36) << 16 | cube_level(cube / 6 % 6) << 8 | cube_level(cube % 6);
}

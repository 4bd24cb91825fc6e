#ifndef PTY_SCREEN_STYLE_H
#define PTY_SCREEN_STYLE_H

/*
 * How a cell looks: two colours, an underline and attributes. A plain value; all zero is the style
 * a terminal starts with.
 *
 * A colour is the terminal's own (0), one of the palette of 256, or red, green and blue. It stays
 * what the program said: only pictures and answers turn it into red, green and blue.
 */

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct screen_sequence;

#define SCREEN_COLOR_DEFAULT 0u
#define SCREEN_COLOR_PALETTE 0x01000000u /* + 0..255 */
#define SCREEN_COLOR_RGB     0x02000000u /* + 0xRRGGBB */
#define SCREEN_COLOR_KIND    0xFF000000u

enum screen_attribute {
    SCREEN_BOLD = 1 << 0,
    SCREEN_DIM = 1 << 1,
    SCREEN_ITALIC = 1 << 2,
    SCREEN_BLINK = 1 << 3,
    SCREEN_REVERSE = 1 << 4,
    SCREEN_HIDDEN = 1 << 5,
    SCREEN_STRIKE = 1 << 6,
    SCREEN_OVERLINE = 1 << 7
};

enum screen_underline {
    SCREEN_UNDERLINE_NONE,
    SCREEN_UNDERLINE_SINGLE,
    SCREEN_UNDERLINE_DOUBLE,
    SCREEN_UNDERLINE_CURLY,
    SCREEN_UNDERLINE_DOTTED,
    SCREEN_UNDERLINE_DASHED
};

struct screen_style {
    uint32_t foreground;
    uint32_t background;
    uint16_t attributes; /* enum screen_attribute, or-ed */
    uint16_t underline;  /* enum screen_underline */
};

bool screen_style_equal(struct screen_style a, struct screen_style b);
bool screen_style_is_default(struct screen_style style);
/* Changes the style as CSI … m says. */
void screen_style_apply(struct screen_style *style, const struct screen_sequence *sequence);
/* The parameters of the CSI … m that sets this style whatever was set before: "0;1;31". */
void screen_style_print(struct screen_style style, struct buf *out);

#define SCREEN_FOREGROUND_RGB 0xE5E5E5u /* of the terminal's own colours */
#define SCREEN_BACKGROUND_RGB 0x000000u
/* 0xRRGGBB; `own` is what the terminal's own colour looks like. */
uint32_t screen_color_rgb(uint32_t color, uint32_t own);

#endif

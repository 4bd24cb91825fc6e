#ifndef PTY_SCREEN_SVG_H
#define PTY_SCREEN_SVG_H

/*
 * A row of cells as SVG, for the picture that screen_svg (pty/screen.h) makes of a screen: a
 * rectangle for each run with a background, a text for each run with something in it, as wide as
 * its cells whatever font shows it. Any content gives valid XML.
 */

#include <stdbool.h>

struct buf;
struct screen_row;

struct screen_svg_options {
    int cols;
    bool is_reversed; /* the terminal's own colours are swapped */
};

void screen_svg_row(const struct screen_row *row, int number,
                    const struct screen_svg_options *options, struct buf *out);

#endif

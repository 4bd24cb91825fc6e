#ifndef PTY_SCREEN_CELLS_H
#define PTY_SCREEN_CELLS_H

/*
 * Cells as JSON. screen_cells (pty/screen.h) writes one object:
 *
 *     {"cols":80, "rows":24, "first_row":0, "scrollback_rows":120, "title":"",
 *      "cursor":{"row":3, "col":7, "is_visible":true, "shape":"block", "is_blinking":true},
 *      "modes":{"is_alternate":false, "application_cursor":false, "application_keypad":false,
 *               "bracketed_paste":true, "focus_events":false, "is_reversed":false, "mouse":"off"},
 *      "lines":[[{"text":"ls", "width":2, "foreground":2, "bold":true}, …], …]}
 *
 * shape: block, underline, bar. mouse: off, click, drag, move. lines: one array for each row asked
 * for, from first_row on (negative: scrollback), of runs from the left. A run is cells of one style
 * and one width: its text, the columns it takes, cell_width 2 if each of its characters takes two,
 * and of its style only what is not the default: foreground and background (0 to 255: the palette;
 * "#rrggbb"), underline (single, double, curly, dotted, dashed), and bold, dim, italic, blink,
 * reverse, hidden, strike, overline (true). Marks belong to the character before them. Blanks of
 * the default style at the end of a row are left out if they were never written.
 */

struct jsonw;
struct screen_row;

/* The runs of one row, as a nameless array. */
void screen_cells_row(const struct screen_row *row, int cols, struct jsonw *out);

#endif

#ifndef PTY_SCREEN_ROW_H
#define PTY_SCREEN_ROW_H

/*
 * One row of a screen: cells from column 0 on, and the background of all that follows them. NULL
 * is an empty row. A row is plain while it holds nothing but ASCII of the default style: one byte
 * a cell. Anything else makes it rich: four bytes a cell, and tables of its own for the styles and
 * the clusters (a character with its marks) that stand in it. So a row depends on nothing but
 * itself and moves, from the screen to the scrollback, by its pointer.
 *
 *     plain  h e l l o                   rich   style 1 'h' | style 0 wide 日 | tail of it | …
 *
 * What writes takes the place of the pointer, since a row moves when it grows. Half of a wide
 * character does not stay: it becomes a blank. Columns are the caller's to check, up to
 * SCREEN_MAX_SIZE.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pty/screen_style.h"
#include "server/base/str.h"

struct buf;
struct screen_row;

void screen_row_free(struct screen_row *row);
/* Empty and no longer wrapped, to be written anew; may free and return NULL. */
struct screen_row *screen_row_recycle(struct screen_row *row);

/* Overwrites cells, from `col` on, with printable ASCII. */
void screen_row_put_ascii(struct screen_row **row, int col, struct str text,
                          struct screen_style style);
/* An empty row becomes this text of printable ASCII. */
void screen_row_set_text(struct screen_row **row, struct str text);
/* width: 1 or 2 */
void screen_row_put(struct screen_row **row, int col, unsigned code_point, int width,
                    struct screen_style style);
/* Adds a mark to the character that stands in or reaches into the cell; none there: nothing. */
void screen_row_add_mark(struct screen_row **row, int col, unsigned mark);
/* Blanks with this background from `from` to before `to`; `to` at or behind `cols`: all that
 * follows, and the row is not wrapped any more. */
struct screen_row_blank {
    int cols;
    uint32_t background;
};
void screen_row_erase(struct screen_row **row, int from, int to, struct screen_row_blank blank);
/* Moves what stands from `col` on by `count` cells, within `cols`. */
void screen_row_insert(struct screen_row **row, int col, int count, struct screen_row_blank blank);
void screen_row_delete(struct screen_row **row, int col, int count, struct screen_row_blank blank);

bool screen_row_is_wrapped(const struct screen_row *row); /* the next row continues it */
void screen_row_set_wrapped(struct screen_row **row, bool is_wrapped);

/* Cells up to the last one written; behind it is nothing but background. */
int screen_row_len(const struct screen_row *row);
/* How many of them a terminal of this width shows: no half of a wide character at its edge. */
int screen_row_shown(const struct screen_row *row, int cols);
uint32_t screen_row_background(const struct screen_row *row);
/* The cells from `col` < len on that have one style and one width. */
struct screen_row_run {
    int end; /* column behind the last */
    int width;
    struct screen_style style;
};
struct screen_row_run screen_row_run(const struct screen_row *row, int col);
/* Appends the cells from `from` to before `to`, as far as there are any, as UTF-8. */
void screen_row_text(const struct screen_row *row, int from, int to, struct buf *out);

#endif

#ifndef PTY_SCREEN_TABLES_H
#define PTY_SCREEN_TABLES_H

/*
 * The styles and clusters that stand in one rich row (pty/screen_row.h), which alone uses this
 * module. A cell is a 32-bit word: the index of its style above, below it a code point, the index
 * of a cluster (a character with its marks), or the mark for the second half of a wide character.
 *
 * The tables only grow while a row is written. When one is full, what no cell uses any more is
 * thrown out first, so they stay within twice what the cells need.
 */

#include <stdbool.h>
#include <stdint.h>

#include "pty/screen_style.h"

struct buf;
struct screen_tables;

#define SCREEN_MARKS_MAX 8 /* on one character; further ones are left out */

#define SCREEN_CELL_STYLE_SHIFT 21
#define SCREEN_CELL_VALUE       ((1u << SCREEN_CELL_STYLE_SHIFT) - 1)
#define SCREEN_CELL_TAIL        SCREEN_CELL_VALUE /* second half of a wide character */

/* The cells whose tables they are, to see what is in use and to renumber it. */
struct screen_cells_view {
    uint32_t *cells;
    int count;
};

struct screen_tables *screen_tables_new(void);
void screen_tables_free(struct screen_tables *tables);

/* The style in the place where a cell has it; the default style is 0. */
uint32_t screen_tables_style(struct screen_tables **tables, struct screen_style style,
                             struct screen_cells_view view);
struct screen_style screen_tables_style_of(const struct screen_tables *tables, uint32_t cell);
/* Adds it to the characters of the cell at `col`. */
void screen_tables_add_mark(struct screen_tables **tables, int col, unsigned mark,
                            struct screen_cells_view view);
/* Appends the characters of a cell as UTF-8; the second half of a wide one has none. */
void screen_tables_text(const struct screen_tables *tables, uint32_t cell, struct buf *out);

#endif

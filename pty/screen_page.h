#ifndef PTY_SCREEN_PAGE_H
#define PTY_SCREEN_PAGE_H

/*
 * The rows of one page of a terminal: its scrollback and, below it, the screen. All of them are
 * pointers in one ring, so a line feed at the bottom moves a boundary and no row:
 *
 *     first ── scrollback (history) ── row 0 ── … ── last row that was touched
 *
 * Rows of the screen count from 0; negative ones are scrollback, -1 the newest. A row that was
 * never touched, or is empty, is NULL. What falls out of the scrollback is counted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct screen_row;

struct screen_page {
    struct screen_row **slots; /* a ring; a power of two */
    unsigned capacity;
    unsigned first;
    unsigned count;
    unsigned history; /* how many of them are scrollback */
    unsigned max_history;
    int rows;
    uint64_t dropped_rows;
    uint64_t dropped_lines; /* rows that a terminal wrapped are one line */
};

struct screen_region {
    int top;
    int bottom; /* behind the last row */
};

void screen_page_init(struct screen_page *page, int rows, unsigned max_history);
void screen_page_fini(struct screen_page *page); /* leaves a valid empty page of the same size */

const struct screen_row *screen_page_row(const struct screen_page *page, int row);
/* The place of a row of the screen, to write to it; until the next call. */
struct screen_row **screen_page_slot(struct screen_page *page, int row);
/* Rows of the screen up to the last in which something stands. */
int screen_page_used_rows(const struct screen_page *page);

/* As lines that are printed do it: what leaves a region that begins at row 0 is scrollback then. */
void screen_page_scroll_away(struct screen_page *page, struct screen_region region, int count,
                             uint32_t background);
/* Lines of at most `cols` printable ASCII characters, each with its \r\n, that stand at the front
 * of `bytes`, are printed on the last row, one after the other; returns how many bytes that were.
 * It does nothing if that row is not empty. */
size_t screen_page_print_lines(struct screen_page *page, int cols, struct str bytes);
/* What leaves the region is gone. */
void screen_page_scroll_up(struct screen_page *page, struct screen_region region, int count,
                           uint32_t background);
void screen_page_scroll_down(struct screen_page *page, struct screen_region region, int count,
                             uint32_t background);
void screen_page_erase(struct screen_page *page, struct screen_region region, uint32_t background);
/* All of the screen goes to the scrollback. */
void screen_page_push(struct screen_page *page);
void screen_page_clear_history(struct screen_page *page);
/* The cursor stays on its row, wherever that goes to. */
void screen_page_resize(struct screen_page *page, int rows, int *cursor_row);

#endif

#ifndef PTY_SCREEN_H
#define PTY_SCREEN_H

/*
 * What a terminal shows: rows of styled cells, a cursor, a bounded scrollback, the alternate
 * screen and the modes a program has switched on. Bytes go through a parser (pty/screen_parser.h)
 * to the changes they mean; rows are sparse and cost memory when something stands in them.
 *
 *     screen ── parser · main page · alternate page        page ──< row
 *
 * What a program asks of its terminal (cursor position, device attributes, colours, size) is
 * answered: on_answer gets the bytes to write back to it, once for each feed, as its last deed.
 *
 * Owned by a session, or by a transcript. Loop thread only. Feeding keeps no pointer to the bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct jsonw;
struct screen;

#define SCREEN_MIN_SIZE 1
#define SCREEN_MAX_SIZE 1000 /* columns and rows */

struct screen_options {
    int cols;
    int rows;
    size_t max_scrollback_rows;
    bool joins_wrapped; /* text output: rows the terminal has wrapped are one line */
    void (*on_answer)(void *owner, struct str bytes); /* may be NULL */
    void (*on_bell)(void *owner);                     /* may be NULL */
    void *owner;
};

enum screen_mouse {
    SCREEN_MOUSE_OFF,
    SCREEN_MOUSE_CLICK,
    SCREEN_MOUSE_DRAG,
    SCREEN_MOUSE_MOVE
};

struct screen_modes {
    bool is_alternate;
    bool has_cursor; /* it is visible */
    bool has_application_cursor;
    bool has_application_keypad;
    bool has_bracketed_paste;
    bool has_focus_events;
    enum screen_mouse mouse;
};

struct screen *screen_new(const struct screen_options *options);
void screen_free(struct screen *screen);
void screen_feed(struct screen *screen, struct str bytes);
void screen_resize(struct screen *screen, int cols, int rows);
/* What a program that died left behind: back from the alternate screen, modes off, parser at rest,
 * cursor visible. What is shown stays. */
void screen_recover(struct screen *screen);
/* Empties screen and scrollback, cursor home. */
void screen_clear(struct screen *screen);

int screen_cols(const struct screen *screen);
int screen_rows(const struct screen *screen);
void screen_cursor(const struct screen *screen, int *ret_row, int *ret_col);
struct screen_modes screen_modes(const struct screen *screen);
struct str screen_title(const struct screen *screen);
size_t screen_scrollback_rows(const struct screen *screen);
/* Rows that have been pushed out of the scrollback since the last screen_clear. */
uint64_t screen_dropped_rows(const struct screen *screen);
/* Grows with every change that is visible. */
uint64_t screen_version(const struct screen *screen);

/* Rows count from 0 at the top of the screen; negative ones are scrollback (-1 the newest). Text:
 * UTF-8, lines end in \n, without trailing blanks of a row and empty rows at the end. */
void screen_text(const struct screen *screen, int first_row, int last_row, struct buf *out);
/* One JSON object: sizes, cursor, modes, title, and the rows as runs of cells of one style; the
 * format is described in pty/screen_cells.h. */
void screen_cells(const struct screen *screen, int first_row, int last_row, struct jsonw *out);
/* A picture of the screen as it is, with its own fonts and colours, needing nothing else. */
void screen_svg(const struct screen *screen, struct buf *out);
/* The bytes that bring an empty terminal of the same size to show the same, modes included: how a
 * viewer starts that comes late. */
void screen_replay(const struct screen *screen, struct buf *out);

#endif

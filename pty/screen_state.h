#ifndef PTY_SCREEN_STATE_H
#define PTY_SCREEN_STATE_H

/*
 * The inside of a screen, for the modules screen_…: the pages, the cursor, the modes, and the
 * primitive changes that escape sequences are made of. Nothing else includes it.
 *
 * The cursor's column may be one behind the last: then the next character wraps first ("deferred
 * wrap"). Every change keeps row and column within the screen otherwise.
 */

#include "pty/screen.h"
#include "pty/screen_page.h"
#include "pty/screen_parser.h"
#include "pty/screen_row.h"
#include "pty/screen_style.h"
#include "server/base/buf.h"

#define SCREEN_TITLE_MAX_BYTES   256
#define SCREEN_TITLES_MAX        8    /* that a program may put aside */
#define SCREEN_ANSWERS_MAX_BYTES 4096 /* to one feed; what comes after them is not answered */

enum screen_flag {
    SCREEN_FLAG_APPLICATION_CURSOR = 1 << 0,
    SCREEN_FLAG_APPLICATION_KEYPAD = 1 << 1,
    SCREEN_FLAG_REVERSE = 1 << 2,
    SCREEN_FLAG_ORIGIN = 1 << 3,
    SCREEN_FLAG_AUTOWRAP = 1 << 4,
    SCREEN_FLAG_CURSOR = 1 << 5,
    SCREEN_FLAG_CURSOR_BLINK = 1 << 6,
    SCREEN_FLAG_FOCUS = 1 << 7,
    SCREEN_FLAG_PASTE = 1 << 8,
    SCREEN_FLAG_INSERT = 1 << 9,
    SCREEN_FLAG_NEWLINE = 1 << 10,
};
#define SCREEN_FLAGS_DEFAULT (SCREEN_FLAG_AUTOWRAP | SCREEN_FLAG_CURSOR | SCREEN_FLAG_CURSOR_BLINK)

enum screen_cursor_shape {
    SCREEN_CURSOR_BLOCK,
    SCREEN_CURSOR_UNDERLINE,
    SCREEN_CURSOR_BAR
};

struct screen_cursor {
    int row;
    int col;
    struct screen_style pen;
    char charsets[2]; /* G0 and G1: 'B' ASCII, '0' line drawing, 'A' British */
    int charset;      /* which of them is in use */
    bool is_origin;   /* saved with it */
};

struct screen {
    struct screen_options options; /* cols and rows are those of now */
    struct screen_parser parser;
    struct screen_page main;
    struct screen_page alternate;
    struct screen_page *page; /* the one that is shown */
    struct screen_cursor cursor;
    struct screen_cursor saved_main;
    struct screen_cursor saved_alternate;
    struct screen_region region; /* that scrolls */
    unsigned flags;
    enum screen_mouse mouse;
    int mouse_encoding; /* 0, or the mode that chose it: 1005, 1006, 1015 */
    enum screen_cursor_shape cursor_shape;
    unsigned last_character; /* that CSI b repeats; 0: none */
    uint64_t tabs[(SCREEN_MAX_SIZE + 63) / 64];
    struct buf title;
    struct buf *titles; /* put aside; SCREEN_TITLES_MAX of them, or NULL */
    unsigned title_count;
    struct buf answers; /* since the feed began */
    bool has_rung;
    uint64_t version;
};

bool screen_has(const struct screen *screen, enum screen_flag flag);
void screen_set_flag(struct screen *screen, enum screen_flag flag, bool is_on);
struct screen_region screen_whole(const struct screen *screen);
struct screen_row_blank screen_blank(const struct screen *screen); /* what erasing leaves */

/* Modes, cursor and style as at the start; pages and tabs are left alone. */
void screen_reset_state(struct screen *screen);
struct screen_cursor screen_initial_cursor(void);

/* Moves, clamped to the screen. An origin counts for absolute rows. */
void screen_move_to(struct screen *screen, int row, int col);
void screen_move_up(struct screen *screen, int count);
void screen_move_down(struct screen *screen, int count);
int screen_visible_col(const struct screen *screen); /* never behind the last */
void screen_line_feed(struct screen *screen);
void screen_line_feed_control(struct screen *screen); /* also \r, if a mode says so */
void screen_reverse_line_feed(struct screen *screen);
void screen_tab(struct screen *screen, int count);
void screen_tab_back(struct screen *screen, int count);
void screen_set_tab(struct screen *screen, int col, bool is_set);
bool screen_has_tab(const struct screen *screen, int col);
void screen_reset_tabs(struct screen *screen);

/* Printable ASCII, \r and \n at the front of the bytes; returns how many that were. */
size_t screen_print(struct screen *screen, struct str bytes);
void screen_put(struct screen *screen, unsigned code_point);
/* What stood there is kept in the scrollback, where there is one. */
void screen_erase_all(struct screen *screen);

void screen_save_cursor(struct screen *screen);
void screen_restore_cursor(struct screen *screen);
void screen_show_alternate(struct screen *screen, bool is_alternate);

#endif

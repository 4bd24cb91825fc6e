#ifndef SUPPORT_SCREEN_H
#define SUPPORT_SCREEN_H

/*
 * Screens in tests: made with what was printed to them, and compared with the text they show.
 * Answers and bells are collected in a struct screen_owner.
 */

#include "pty/screen.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "tests/support/text.h"

struct screen_owner {
    struct buf answers;
    int answer_count;
    int bell_count;
};

static inline void note_answer(void *owner, struct str bytes)
{
    struct screen_owner *self = owner;
    buf_append(&self->answers, bytes);
    self->answer_count++;
}

static inline void note_bell(void *owner)
{
    struct screen_owner *self = owner;
    self->bell_count++;
}

static inline struct screen *owned_screen(struct screen_owner *owner, int cols, int rows,
                                          struct str bytes)
{
    const struct screen_options options = {
        .cols = cols,
        .rows = rows,
        .max_scrollback_rows = 100,
        .on_answer = owner == NULL ? NULL : note_answer,
        .on_bell = owner == NULL ? NULL : note_bell,
        .owner = owner,
    };
    struct screen *screen = screen_new(&options);
    screen_feed(screen, bytes);
    return screen;
}

static inline struct screen *fed_screen(int cols, int rows, struct str bytes)
{
    return owned_screen(NULL, cols, rows, bytes);
}

static inline void assert_rows(const struct screen *screen, int first, int last,
                               const char *expected)
{
    scoped_buf struct buf text = {0};
    screen_text(screen, first, last, &text);
    assert_string_equal(text.data == NULL ? "" : text.data, expected);
}

static inline void assert_shows(const struct screen *screen, const char *expected)
{
    assert_rows(screen, 0, screen_rows(screen) - 1, expected);
}

static inline void assert_cursor(const struct screen *screen, int row, int col)
{
    int actual_row;
    int actual_col;
    screen_cursor(screen, &actual_row, &actual_col);
    assert_int_equal(actual_row, row);
    assert_int_equal(actual_col, col);
}

#endif

#ifndef PTY_SCREEN_TEXT_H
#define PTY_SCREEN_TEXT_H

/*
 * Rows of a page as plain text, for screen_text (pty/screen.h) and for transcripts. Lines end in
 * \n and have no blanks at their end; empty lines at the end are left out. A row of the screen
 * (not of the scrollback) is cut at the width of the terminal.
 */

#include <stdbool.h>

struct buf;
struct screen_page;

struct screen_text_options {
    int first_row;
    int last_row;
    int cols;
    bool joins_wrapped; /* rows the terminal has wrapped are one line */
};

void screen_text_append(const struct screen_page *page, const struct screen_text_options *options,
                        struct buf *out);

#endif

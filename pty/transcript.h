#ifndef PTY_TRANSCRIPT_H
#define PTY_TRANSCRIPT_H

/*
 * The output of a command as the plain text a person would see: escapes gone, \r and backspace
 * applied, tabs as spaces to stops of 8, UTF-8 kept, lines without trailing blanks; lines that the
 * terminal wrapped are one. This is what models read (contract v0-action-execution §4.4, §4.8;
 * v1-conversations: the terminal tool).
 *
 * It is a screen of its own, fed with the command's bytes alone, that keeps the last max_lines
 * lines. Owned by whoever runs the command.
 */

#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct transcript;

/* cols: the width of the terminal the command runs in. */
struct transcript *transcript_new(int cols, size_t max_lines);
void transcript_free(struct transcript *transcript);
void transcript_feed(struct transcript *transcript, struct str bytes);
void transcript_clear(struct transcript *transcript);
/* Appends all text kept so far; *ret_dropped_lines says how many lines before it are gone. */
void transcript_text(const struct transcript *transcript, struct buf *out,
                     uint64_t *ret_dropped_lines);

#endif

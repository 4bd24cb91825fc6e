#ifndef ACTIONS_SHELL_TEXT_H
#define ACTIONS_SHELL_TEXT_H

/*
 * The texts around a command's output as models know them, and the rules that make of what a
 * terminal shows what a model reads (contracts v0-action-execution §4.4, §4.7, §4.8 and
 * v1-conversations §6.1.2). `tool` is the name under which a model has the shell.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;

#define SHELL_TEXT_BELOW_PREFIX "[Below is the output of the previous command.]\n"

/* C-c and the like: exactly three bytes. */
bool shell_text_is_key(struct str command);

/* What follows the echo of `sent` at the start of `text`; the text itself when there is none. White
 * space of both may differ, and control characters are shown as the terminal does (^C). */
struct str shell_text_drop_echo(struct str text, struct str sent);

/* Append a suffix. */
void shell_text_completed(struct buf *out, int exit_code, struct str command);
void shell_text_no_change(struct buf *out, uint64_t seconds, const char *tool);
void shell_text_timed_out(struct buf *out, double seconds, const char *tool);
void shell_text_not_executed(struct buf *out, struct str command, const char *tool);
/* Appends what can be done while a command runs, and the end of a suffix. */
void shell_text_advise(struct buf *out, const char *tool);
/* Appends a prefix: lines before those of `text` are gone. */
void shell_text_truncated(struct buf *out, struct str text);
/* Appends the error that names all units of a text. */
void shell_text_several(struct buf *out, const struct str *units, size_t count);

#endif

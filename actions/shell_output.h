#ifndef ACTIONS_SHELL_OUTPUT_H
#define ACTIONS_SHELL_OUTPUT_H

/*
 * The output of the command in a shell as the answers to those who ask for it show it: what a
 * terminal would show of it, and how much of that has been shown already (contracts
 * v0-action-execution §4.4, §4.8 and v1-conversations §6.1.2).
 *
 *     bytes in the session's log ──cursor──> transcript ──> text = shown + new
 *
 * An answer takes what is new. What has been taken for an answer that comes later (before input is
 * typed, before a new command) is kept and put in front of that answer.
 *
 * Owned by who drives the shell. Reads the log by itself before it drops bytes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct byte_log;
struct shell_output;

/* At most `max_lines` are shown, the last ones. */
struct shell_output *shell_output_new(struct byte_log *log, int cols, size_t max_lines);
void shell_output_free(struct shell_output *output);

/* A command's output begins at this offset of the log. */
void shell_output_begin(struct shell_output *output, uint64_t from);
/* Follows the log, up to `to`, when much has come. */
void shell_output_follow(struct shell_output *output, uint64_t to);
/* Puts what is new up to `to` aside for the next answer; `sent` is typed now, and its echo is not
 * part of that answer. */
void shell_output_keep(struct shell_output *output, uint64_t to, struct str sent);
/* Appends the content of an answer: what was kept and what is new up to `to`. Returns whether
 * lines at its start are gone. */
bool shell_output_take(struct shell_output *output, uint64_t to, struct buf *out);
/* Something of the command's output has been shown. */
bool shell_output_has_shown(const struct shell_output *output);
/* The command is over; what is kept stays. */
void shell_output_end(struct shell_output *output);

#endif

#ifndef AGENT_TOOLS_DIALOG_OUTPUT_H
#define AGENT_TOOLS_DIALOG_OUTPUT_H

/*
 * The output of the command in a terminal as a model gets it: what a person would see of it, in
 * reports of which each takes up where the one before has ended (contract v1-conversations §6.1.2).
 *
 *     bytes in the session's log ──cursor──> transcript ──> text = reported + new
 *
 * What is new but not reported yet when something else is typed or begun is put aside and stands in
 * front of the next report. Owned by a dialog.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct byte_log;
struct dialog_output;

#define DIALOG_OUTPUT_MAX_LINES 10000

struct dialog_output *dialog_output_new(struct byte_log *log, int cols);
void dialog_output_free(struct dialog_output *output);

/* A command's output begins at this offset of the log. */
void dialog_output_begin(struct dialog_output *output, uint64_t from);
/* Reads on up to `to` when much has come, before the log drops it. */
void dialog_output_follow(struct dialog_output *output, uint64_t to);
/* Puts aside what is new up to `to`; `sent` is typed now, its echo is nothing to report. */
void dialog_output_put_aside(struct dialog_output *output, uint64_t to, struct str sent);
/* Appends a report; returns whether lines at the start of the output are gone. */
bool dialog_output_report(struct dialog_output *output, uint64_t to, struct buf *out);
/* Something of the command's output has been reported. */
bool dialog_output_has_reported(const struct dialog_output *output);
/* The command is over; what was put aside stays. */
void dialog_output_end(struct dialog_output *output);

#endif

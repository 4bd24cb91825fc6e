#ifndef AGENT_TOOLS_DIALOG_TEXT_H
#define AGENT_TOOLS_DIALOG_TEXT_H

/*
 * The texts around a command's output as models know them, the names of keys, and what is refused
 * before it reaches a shell (contract v1-conversations §6.1.2).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;

#define DIALOG_BELOW_PREFIX "[Below is the output of the previous command.]\n"
#define DIALOG_RESET_TEXT                                                                          \
    "Terminal session has been reset. All previous environment variables and session state have "  \
    "been cleared."

/* Without white space at both ends, or at one, as Python knows it. */
struct str dialog_text_strip(struct str text);
struct str dialog_text_strip_start(struct str text);
struct str dialog_text_strip_end(struct str text);

/* C-c and the like: exactly three bytes. */
bool dialog_text_is_key(struct str command);
/* Appends what the key with this name sends; false when there is none. */
bool dialog_text_encode_key(struct str name, struct buf *out) MUST_CHECK;

/* What follows the echo of `sent` at the start of `text`; the text itself when there is none. */
struct str dialog_text_drop_echo(struct str text, struct str sent);

/* Both append an error and give true when the command must not be run: a literal of a programming
 * language, or several commands below each other. */
bool dialog_text_refuse_literal(struct str command, struct buf *out) MUST_CHECK;
bool dialog_text_refuse_several(struct str command, struct buf *out) MUST_CHECK;
/* The same for a timeout that is longer than the sandbox may be idle; 0: it may be. */
bool dialog_text_refuse_timeout(double timeout_s, double idle_timeout_s,
                                struct buf *out) MUST_CHECK;

/* Append a suffix. */
void dialog_text_completed(struct buf *out, int exit_code, struct str command);
void dialog_text_no_exit_code(struct buf *out);
void dialog_text_no_change(struct buf *out, uint64_t seconds);
void dialog_text_timed_out(struct buf *out, double seconds);
void dialog_text_interrupted(struct buf *out);
void dialog_text_not_executed(struct buf *out, struct str command);
/* Appends a prefix: lines before those of `text` are gone. */
void dialog_text_truncated(struct buf *out, struct str text);

#endif

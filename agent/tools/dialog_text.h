#ifndef AGENT_TOOLS_DIALOG_TEXT_H
#define AGENT_TOOLS_DIALOG_TEXT_H

/*
 * What only the terminal of a conversation says around a command's output, the names of keys, and
 * what is refused before it reaches a shell (contract v1-conversations §6.1.2); the rest is in
 * actions/shell_text.h.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;

#define DIALOG_TOOL "terminal" /* for the texts of actions/shell_text.h */
#define DIALOG_RESET_TEXT                                                                          \
    "Terminal session has been reset. All previous environment variables and session state have "  \
    "been cleared."

/* Appends what the key with this name sends; false when there is none. */
bool dialog_text_encode_key(struct str name, struct buf *out) MUST_CHECK;

/* Both append an error and give true when the command must not be run: a literal of a programming
 * language, or several commands below each other. */
bool dialog_text_refuse_literal(struct str command, struct buf *out) MUST_CHECK;
bool dialog_text_refuse_several(struct str command, struct buf *out) MUST_CHECK;
/* The same for a timeout that is longer than the sandbox may be idle; 0: it may be. */
bool dialog_text_refuse_timeout(double timeout_s, double idle_timeout_s,
                                struct buf *out) MUST_CHECK;

/* Append a suffix. */
void dialog_text_no_exit_code(struct buf *out);
void dialog_text_interrupted(struct buf *out);

#endif

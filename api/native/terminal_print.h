#ifndef API_NATIVE_TERMINAL_PRINT_H
#define API_NATIVE_TERMINAL_PRINT_H

/*
 * A terminal, and a command in it, as the native routes describe them.
 *
 *   state        starting · prompt · running · foreign (another program took the shell's place) ·
 *                dead · closed
 *   outcome      of a command: completed · shell_ended · shell_replaced · not_started · closed;
 * null while it waits or runs metadata     what the shell said of itself at its last prompt; null
 * before the first one memory       bytes that the log takes now
 */

#include "pty/session.h"

struct buf;
struct jsonw;
struct terminal;
struct terminal_command;

const char *terminal_state_name(enum session_state state);
void terminal_print(const struct terminal *terminal, struct jsonw *w);
/* The description alone, as a body. */
void terminal_print_body(const struct terminal *terminal, struct buf *out);
/* The members of a command's description, in an open object. */
void terminal_print_command(const struct terminal_command *command, struct jsonw *w);

#endif

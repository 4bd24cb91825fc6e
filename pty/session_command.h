#ifndef PTY_SESSION_COMMAND_H
#define PTY_SESSION_COMMAND_H

/*
 * One text on its way through a shell: accepted, waiting for the prompt, handed over by the run
 * key, begun (C), ended (D and the prompt behind it). Whatever happens, its owner hears of the end
 * once.
 *
 * Only session*.c use this.
 */

#include <stdbool.h>
#include <stdint.h>

#include "pty/session_state.h"

/* At the prompt: writes the text for the shell and presses the run key. */
void session_command_hand_over(struct session *session);
/* The same text once more; nothing of it has run. */
void session_command_hand_again(struct session *session, enum session_handover handover);
/* C came. `unfinished`: bytes of the person's line that it has put aside. */
void session_command_begin(struct session *session, uint64_t unfinished);
/* D came. */
void session_command_end_at(struct session *session, int status);
/* Where the output ends if a prompt began now. */
uint64_t session_command_output_end(const struct session *session);
/* Tells the owner; the state has been set before. */
void session_command_finish(struct session *session);
/* The same for a command that did not reach its end by itself. */
void session_command_fail(struct session *session, enum session_outcome outcome, int exit_code,
                          const char *message);

#endif

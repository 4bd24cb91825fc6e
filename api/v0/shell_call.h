#ifndef API_V0_SHELL_CALL_H
#define API_V0_SHELL_CALL_H

/*
 * What a call of a V0 shell means and what is done for it (contract v0-action-execution §4.3): a
 * command is handed over, text or a key is typed, or the call just waits. The answer comes from an
 * event, from a timer, or in the next turn of the loop.
 */

struct session_command_end;
struct v0_shell;

/* shell->call is new. */
void shell_call_begin(struct v0_shell *shell);

#endif

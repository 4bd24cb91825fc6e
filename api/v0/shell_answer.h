#ifndef API_V0_SHELL_ANSWER_H
#define API_V0_SHELL_ANSWER_H

/*
 * The answers to a call of a V0 shell (contract v0-action-execution §4.3, §4.4). Each ends the
 * call; on_reply is the last thing it does. The two timers of a call are started and stopped here.
 */

struct v0_shell;

/* The call waits from now on for silence and for its own limit. */
void shell_answer_wait(struct v0_shell *shell);
/* Output has come. */
void shell_answer_heard(struct v0_shell *shell);
/* Of timer_open. */
void shell_answer_silence(void *owner);
void shell_answer_limit(void *owner);

void shell_answer_completed(struct v0_shell *shell);
/* The program that took the shell's place goes on. */
void shell_answer_replaced(struct v0_shell *shell);
/* A key was pressed where no command runs. */
void shell_answer_key(struct v0_shell *shell);
void shell_answer_not_executed(struct v0_shell *shell);
void shell_answer_nothing_to_show(struct v0_shell *shell);
void shell_answer_nobody_to_tell(struct v0_shell *shell);
/* An `error` observation with shell->message. */
void shell_answer_error(struct v0_shell *shell);

#endif

#ifndef API_V0_RUN_H
#define API_V0_RUN_H

/*
 * The action `run`: a command in the main shell, or in one of its own (contract
 * v0-action-execution §3.4, §4).
 */

struct v0_action;
struct v0_shell_reply;

/* Answers the action with what a shell has replied. What went wrong with a hidden command is a
 * `run` observation too, because clients cannot read another kind then. */
void v0_run_reply(struct v0_action *action, const struct v0_shell_reply *reply);

#endif

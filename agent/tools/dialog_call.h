#ifndef AGENT_TOOLS_DIALOG_CALL_H
#define AGENT_TOOLS_DIALOG_CALL_H

/*
 * What a call of a dialog means and what is done for it (contract v1-conversations §6.1.2): a
 * command is handed over, text or a key is typed, or the call just waits. The answer comes from an
 * event, from a timer, or in the next turn of the loop.
 */

struct dialog;

/* dialog->call is new. */
void dialog_call_begin(struct dialog *dialog);

#endif

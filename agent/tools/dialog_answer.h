#ifndef AGENT_TOOLS_DIALOG_ANSWER_H
#define AGENT_TOOLS_DIALOG_ANSWER_H

/*
 * The answers to a call of a dialog (contract v1-conversations §6.1.2). Each ends the call;
 * on_reply is the last thing it does. The two timers of a call are started and stopped here.
 */

struct dialog;

/* The call waits from now on for silence or for its own limit. */
void dialog_answer_wait(struct dialog *dialog);
/* Output has come. */
void dialog_answer_heard(struct dialog *dialog);
/* It has been interrupted: it is answered soon, whatever the program does. */
void dialog_answer_soon(struct dialog *dialog);
/* It had been interrupted before, now its command has begun. */
void dialog_answer_interrupt_begun(struct dialog *dialog);
/* Of timer_open. */
void dialog_answer_silence(void *owner);
void dialog_answer_limit(void *owner);

void dialog_answer_completed(struct dialog *dialog);
/* The program that took the shell's place goes on. */
void dialog_answer_replaced(struct dialog *dialog);
/* A key was pressed where no command runs. */
void dialog_answer_key(struct dialog *dialog);
void dialog_answer_not_executed(struct dialog *dialog);
/* An error with dialog->message as its text. */
void dialog_answer_error(struct dialog *dialog);
/* Interrupted before its command was handed over. */
void dialog_answer_cancelled(struct dialog *dialog);

#endif

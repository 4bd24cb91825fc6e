#ifndef AGENT_MESSAGE_QUEUE_H
#define AGENT_MESSAGE_QUEUE_H

/*
 * Messages of the user's on their way into the log, one after the other (contract
 * v1-conversations §4.3): hooks look at each, skills add what they know, then it is stored and a
 * run begins when the message wants one. runner_send (runner.h) puts them in.
 */

struct error;
struct runner;

void runner_take_messages(struct runner *runner);
void runner_drop_messages(struct runner *runner, const struct error *error);

#endif

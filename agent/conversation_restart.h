#ifndef AGENT_CONVERSATION_RESTART_H
#define AGENT_CONVERSATION_RESTART_H

/*
 * What is noted in a conversation that was running when its server went away (contract
 * v1-conversations §4.5): its status becomes `error`, the call of a tool that has no answer gets
 * one. A goal that was pursued is interrupted. Does nothing to others.
 */

#include <stdint.h>

struct conversation;

/* Both as unanswered.h tells them. */
void conversation_restart(struct conversation *conversation, uint32_t unanswered, uint32_t goal);

#endif

#ifndef API_V1_CONVERSATION_FINAL_H
#define API_V1_CONVERSATION_FINAL_H

/*
 * The last thing that the agent has said on the active branch (contract v1-conversations §1.1): the
 * message of its last finish action, or its last message, whichever came later. The events are read
 * by a worker job, newest first.
 */

struct conversation;
struct conversation_request;

/* Replies {"response":…}. */
void conversation_final_reply(struct conversation_request *asked,
                              struct conversation *conversation);

#endif

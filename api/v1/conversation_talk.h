#ifndef API_V1_CONVERSATION_TALK_H
#define API_V1_CONVERSATION_TALK_H

/*
 * A message that a client sends as a frame of a socket (contract v1-conversations §2.2, §3.5): it
 * is read, its conversation found or opened, and the agent gets it and runs. What is wrong with it
 * is told by the name that clients know and a text; who has sent it must outlive the callback.
 */

#include <stdbool.h>

#include "server/base/id.h"
#include "server/base/str.h"

struct api;

/* Once, later. `code` is not set when the message was stored. */
typedef void (*conversation_talk_fn)(void *owner, struct str code, struct str detail);

struct conversation_talk {
    struct api *api;
    struct id id;
    struct str frame; /* copied */
    bool is_binary;
    conversation_talk_fn on_done;
    void *owner;
};
void conversation_talk(const struct conversation_talk *talk);

#endif

#ifndef AGENT_PENDING_H
#define AGENT_PENDING_H

/*
 * The actions of a conversation that nothing has answered yet: what waits for a confirmation, or
 * was cut off. For a conversation whose view is not made; it looks at the newest PENDING_WINDOW
 * events of the branch and reads those that are actions or answers.
 */

#include <stddef.h>

struct conversation;

#define PENDING_WINDOW 400

/* Numbers of events, oldest first; free it. */
size_t *pending_actions(const struct conversation *conversation, size_t *ret_count);

#endif

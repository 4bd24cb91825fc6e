#ifndef AGENT_AGENT_LAUNCH_H
#define AGENT_AGENT_LAUNCH_H

/*
 * What a request changes about the agent it starts (contract v1-conversations §1.3): the date in
 * its context is now, more text and skills of `agent_launch_additions`, and the tools that the
 * client itself carries out. From a whole agent to a whole agent; nothing is kept.
 *
 * Also: which modules of Python a client has to load for the agent's tools.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;
struct doc_value;

struct agent_launch {
    const struct doc_value *additions;    /* completed; NULL: none */
    const struct doc_value *client_tools; /* a completed list; NULL: none */
    bool needs_time; /* its context was given without one: now, in the local zone */
};

void agent_launch_write(const struct doc_value *agent, const struct agent_launch *launch,
                        struct buf *out);
/* The map of the client (NULL: none), and what it lacks of the agent's tools that are known here.
 */
void agent_launch_write_modules(const struct doc_value *agent, const struct doc_value *modules,
                                struct buf *out);

#endif

#ifndef AGENT_START_SECRETS_H
#define AGENT_START_SECRETS_H

/*
 * The secrets that a conversation begins with: those that come with its agent's context and those
 * of the request that it was asked for with (contract v1-conversations §1.3). A fork begins with
 * them too; what its source was told later stays with the source.
 *
 * Touches the two objects that it is given only, so that worker jobs may call it.
 */

struct meta;
struct state;

/* The state has its agent; secrets that it has are replaced. */
void start_secrets_take(struct state *state, const struct meta *meta);

#endif

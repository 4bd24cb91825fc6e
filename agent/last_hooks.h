#ifndef AGENT_LAST_HOOKS_H
#define AGENT_LAST_HOOKS_H

/*
 * Hooks of the end of a session (contract v1-conversations §4.7): they run once, when a
 * conversation whose agent was made goes for good or the server stops. The runner waits for them,
 * and they block nothing. Part of the runner.
 */

#include <stdbool.h>

struct runner;
struct runners;

/* It has an agent, and hooks that want to know of its end. */
bool last_hooks_are_due(const struct runner *runner);
void last_hooks_begin(struct runner *runner);
/* No hook begins any more, and no model is waited for; what runs already ends by itself. */
void last_hooks_cut_all(struct runners *runners);

#endif

#ifndef AGENT_REGISTRY_CARE_H
#define AGENT_REGISTRY_CARE_H

/*
 * What the registry does by itself from time to time: it renews the leases of open conversations,
 * in one worker job, and closes those that nobody has used for a while. Only timers that something
 * needs run.
 */

struct registry;

void registry_care_start(struct registry *registry);
void registry_care_stop(struct registry *registry);

#endif

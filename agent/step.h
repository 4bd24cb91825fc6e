#ifndef AGENT_STEP_H
#define AGENT_STEP_H

/*
 * One step of an agent (contract v1-conversations §5.1, §5.5): what is pending is executed, or what
 * is too long condensed, or the model asked and its answer turned into events and actions.
 *
 *     pending actions? execute
 *     message blocked? finished
 *     too much to send? condense
 *     ask the model ─ calls: hooks, events, confirmation, execute
 *                   └ text: the agent's message, finished
 *
 * It ends in run_step_done, run_fail or run_break, exactly once. Owned by its run.
 */

struct run;
struct step;

/* Sets run->step before anything else. */
void step_start(struct run *run);
/* Ends it soon, by run_step_done. */
void step_interrupt(struct step *step);
/* Ends it now, without a word. */
void step_abandon(struct step *step);

#endif

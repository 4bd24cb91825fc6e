#ifndef AGENT_RUN_LOOP_H
#define AGENT_RUN_LOOP_H

/*
 * One run: steps until the agent is done, waits, is paused or fails (contract v1-conversations
 * §4.2). Everything that may end it is looked at between two steps.
 *
 *     begin → agent made → ┌→ top: ended? stuck? ─ step ─ after the step ─┐→ end
 *                          └─────────────────────────────────────────────┘
 *
 * A run holds a slot of the server's and its conversation; it frees itself at its end.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct error;
struct runner;
struct runner_hooks;
struct step;

struct run {
    struct runner *runner;
    uint64_t started_ms; /* of the monotonic clock */
    int64_t iteration;
    bool is_interrupted;
    bool is_due;            /* goes on in the next turn */
    size_t message_at_step; /* the newest message of the user's when the step began */
    struct step *step;      /* NULL: between steps */
    struct runner_hooks *stop_hooks;
};
bool runner_begin_run(struct runner *runner, struct error *error) MUST_CHECK;
/* A slot was taken for it already; it is given back when this fails. */
bool runner_begin_run_in_slot(struct runner *runner, struct error *error) MUST_CHECK;
void run_step_done(struct run *run);
void run_soon(struct run *run);
/* The run ends with an error that people see. */
void run_fail(struct run *run, struct str code, struct str detail);
void run_break(struct run *run, const struct error *error);
/* A run that was paused and has not come to its end yet goes on. False: it is not such a one, or
 * the error says why not. */
bool run_resume(struct run *run, struct error *error) MUST_CHECK;
void run_interrupt(struct run *run);
/* Without a word: the conversation is closing. */
void run_abandon(struct run *run);

#endif

#ifndef AGENT_RUNNER_STATE_H
#define AGENT_RUNNER_STATE_H

/*
 * What the files of a runner share: runner.c begins and ends, agent_start.c makes the agent,
 * message_queue.c takes messages in, run_loop.c and step.c go round, tool_batch.c executes,
 * side_call.c asks the model in passing. For those alone.
 */

#include <stdbool.h>
#include <stdint.h>

#include "agent/agent_parts.h"
#include "agent/conversation.h"
#include "agent/event.h"
#include "agent/runner.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/list.h"

struct agent_mcp;
struct agent_start;
struct hooks_occasion;
struct hooks_result;
struct llm_exchange;
struct llm_exchange_events;
struct llm_request;
struct run;
struct runner_hooks;
struct secret_lookup;
struct timer;
struct tool_set;

struct runners {
    struct runners_options options;
    struct registry *registry;
    struct list ending; /* runners whose session's end has hooks under way */
    bool is_stopping;
};

enum runner_phase {
    RUNNER_NEW,
    RUNNER_STARTING,
    RUNNER_READY
};

/* Somebody who waits for the agent, or for the end of a run. */
struct runner_waiter {
    struct list link;
    runner_fn on_done;
    void *owner;
};

struct runner {
    struct runners *runners;
    struct conversation *conversation;
    enum runner_phase phase;
    struct list start_waiters;
    struct agent_start *start; /* while it is made */
    struct agent_parts *parts; /* from READY on, as is the next */
    struct tool_set *tools;
    struct agent_mcp *mcp;        /* NULL: it has no such servers */
    struct secret_lookup *lookup; /* with the tools */
    struct buf told_tools;        /* for requests, made of this version of the tools */
    uint64_t told_version;
    bool is_stale; /* another model or branch: the parts are made anew before the next step */
    struct list messages;
    struct runner_hooks *message_hooks; /* of the first message */
    struct id message_id;               /* that it will have */
    bool is_taking;                     /* a message is on its way into the log */
    struct run *run;                    /* NULL: none */
    bool runs_again;                    /* a message came that wants a run of its own */
    struct list interrupt_waiters;
    struct list side_calls;
    struct list ending;                 /* in the list of the same name */
    struct runner_hooks *session_hooks; /* while it is */
    struct timer *full_state;           /* holds that event back (R4); NULL: never needed yet */
    int64_t prompt_tokens;              /* of the newest request; 0: not known */
    size_t text_calls;                  /* calls that were read from texts */
    bool is_titled;                     /* a title was asked for */
    unsigned running_hooks;             /* that the end has to wait for */
    bool is_closed;
    bool has_closed_tools;
};

struct runner *runner_of(const struct conversation *conversation);

/* A call of a model, over the connections that all runners share. */
struct llm_exchange *runner_ask_model(struct runner *runner, const struct llm_request *request,
                                      const struct llm_exchange_events *events, void *owner);
/* Calls and frees all of them. */
void runner_wake(struct list *waiters, const struct error *error);
/* The runner ends when nothing of it goes on any more. */
void runner_try_end(struct runner *runner);

#endif

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
#include "agent/hooks.h"
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
struct timer;
struct tool_set;

struct runners {
    struct runners_options options;
    struct registry *registry;
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
    struct agent_mcp *mcp; /* NULL: it has no such servers */
    struct buf told_tools; /* for requests, made of this version of the tools */
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
    struct timer *full_state; /* holds that event back (R4); NULL: never needed yet */
    int64_t prompt_tokens;    /* of the newest request; 0: not known */
    size_t text_calls;        /* calls that were read from texts */
    bool is_titled;           /* a title was asked for */
    unsigned running_hooks;   /* that the end has to wait for */
    bool is_closed;
    bool has_closed_tools;
};

struct runner *runner_of(const struct conversation *conversation);

/* --- agent_start.c --- */

/* on_done comes once the agent is made, or cannot be. */
void runner_start(struct runner *runner, runner_fn on_done, void *owner);
/* The parts anew, for is_stale. */
void runner_reload(struct runner *runner, runner_fn on_done, void *owner);
void runner_start_cancel(struct runner *runner);
/* The tools as a request has them; the text lives until they change. */
struct str runner_tools(struct runner *runner);

/* --- runner.c --- */

struct runner_event {
    enum event_kind kind;
    enum event_source source;
    struct id id; /* nil: a new one */
    struct str members;
    bool has_parent; /* else it stands behind HEAD */
    uint32_t parent;
};
/* On disk, told, and seen by the model. */
bool runner_append(struct runner *runner, const struct runner_event *event, size_t *ret_number,
                   struct error *error) MUST_CHECK;
/* STATE_BLOCKED_ACTIONS or _MESSAGES: id → reason. STR_NULL takes it out. */
bool runner_set_blocked(struct runner *runner, enum state_field field, struct id id,
                        struct str reason, struct error *error) MUST_CHECK;
/* False: it is not blocked. */
bool runner_is_blocked(const struct runner *runner, enum state_field field, struct id id,
                       struct buf *reason) MUST_CHECK;
/* The text of an event that is stored, parsed; NULL: unreadable. To be freed. */
struct doc *runner_event(const struct runner *runner, size_t number);
/* Actions that nothing has answered yet, oldest first; free it. */
size_t *runner_pending(const struct runner *runner, size_t *ret_count);
/* `Tool 'x' not found. Available: [...]` */
void runner_write_unknown_tool(const struct runner *runner, struct str name, struct buf *out);
/* A message of the environment's to the model. */
bool runner_notice(struct runner *runner, struct str text, struct error *error) MUST_CHECK;
/* Appends a ConversationErrorEvent; best effort. */
void runner_report(struct runner *runner, struct str code, struct str detail);
/* A call of a model, over the connections that all runners share. */
struct llm_exchange *runner_ask_model(const struct runner *runner,
                                      const struct llm_request *request,
                                      const struct llm_exchange_events *events, void *owner);
/* Calls and frees all of them. */
void runner_wake(struct list *waiters, const struct error *error);

/* --- runner_hooks.c --- */

typedef void (*runner_hooks_fn)(void *owner, const struct hooks_result *result);
bool runner_has_hooks(const struct runner *runner, enum hook_event event, struct str tool_name);
/* NULL: none matches; then on_done was called already, with an empty result. */
struct runner_hooks *runner_run_hooks(struct runner *runner, const struct hooks_occasion *occasion,
                                      runner_hooks_fn on_done, void *owner);
/* on_done does not come. */
void runner_forget_hooks(struct runner_hooks *hooks); /* NULL is fine */
/* Appends what they have done. */
bool runner_append_hooks(struct runner *runner, const struct hooks_result *result,
                         struct error *error) MUST_CHECK;
/* The runner ends when nothing of it goes on any more. */
void runner_try_end(struct runner *runner);

/* --- message_queue.c --- */

void runner_take_messages(struct runner *runner);
void runner_drop_messages(struct runner *runner, const struct error *error);

/* --- run_loop.c --- */

struct run {
    struct runner *runner;
    uint64_t started_ms; /* of the monotonic clock */
    int64_t iteration;
    bool is_interrupted;
    bool is_due; /* goes on in the next turn */
    struct id unused;
    size_t message_at_step; /* the newest message of the user's when the step began */
    struct step *step;      /* NULL: between steps */
    struct runner_hooks *stop_hooks;
};
bool runner_begin_run(struct runner *runner, struct error *error) MUST_CHECK;
void run_step_done(struct run *run);
void run_soon(struct run *run);
/* The run ends with an error that people see. */
void run_fail(struct run *run, struct str code, struct str detail);
void run_break(struct run *run, const struct error *error);
void run_interrupt(struct run *run);
/* Without a word: the conversation is closing. */
void run_abandon(struct run *run);

/* --- side_call.c --- */

/* `content` is that of a message of the user's; only the first one counts. */
void runner_title(struct runner *runner, struct str content);
void runner_drop_side_calls(struct runner *runner);

#endif

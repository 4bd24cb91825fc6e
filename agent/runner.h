#ifndef AGENT_RUNNER_H
#define AGENT_RUNNER_H

/*
 * What makes a conversation go: messages come in, the agent's steps follow one another until it is
 * done, and people pause, interrupt, confirm or ask in between (contract v1-conversations §4, §5).
 *
 *     runners (of the server) ──< runner (one per open conversation)
 *                                   ├─ agent_parts: model, tools, skills, hooks, what the model
 * sees ├─ queue of messages, each appended in its turn └─ run, one at most: step, step, … (step.h)
 *
 * A runner attaches itself when its conversation is opened and goes with it. Its agent is made with
 * the first message or run. Nothing here waits: attach, message and pause are answered at once,
 * also while a tool or a model works. Loop thread only; no callback comes inside a call.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct conversation;
struct error;
struct http_client;
struct llm_key_source;
struct loop;
struct processes;
struct registry;
struct runners;
struct terminals;

struct runners_options {
    struct loop *loop;
    struct processes *processes;
    struct terminals *terminals;
    struct http_client *http;
    const struct llm_key_source *keys; /* for models that refuse theirs; NULL: none */
    const char *const *env;            /* of children; NULL-terminated, outlives the runners */
    const char *home;                  /* of skills of the user's */
    const char *state_dir;             /* OH_PERSISTENCE_DIR or ~/.openhands */
};

struct runners *runners_open(const struct runners_options *options);
/* The registry of the conversations, for runs at once; set before the first one is opened. */
void runners_set_registry(struct runners *runners, struct registry *registry);
/* Before the registry is closed for the server's end: hooks of sessions that end are cut short. */
void runners_stop(struct runners *runners);
/* The registry is closed already, and with it every conversation. */
void runners_close(struct runners *runners);
/* A registry's on_open; `owner` is the runners. */
void runners_attach(void *owner, struct conversation *conversation);

typedef void (*runner_fn)(void *owner, const struct error *error);

struct runner_message {
    struct str content; /* JSON array of texts and images */
    bool runs;
    bool has_slot; /* the caller has taken one of the registry's for the run: it goes with it */
};
/* ERROR_LIMIT_EXCEEDED: it is stored, but there is no room for its run. */
void runner_send(struct conversation *conversation, const struct runner_message *message,
                 runner_fn on_done, void *owner);
/* ERROR_CONFLICT: it runs already; ERROR_LIMIT_EXCEEDED: no room. The status is `running` when this
 * returns true. */
bool runner_run(struct conversation *conversation, struct error *error) MUST_CHECK;
bool runner_is_running(const struct conversation *conversation);
/* The end of its session has something to do: conversation_ends_session decides whether it does. */
bool runner_has_last_hooks(const struct conversation *conversation);
bool runner_pause(struct conversation *conversation, struct error *error) MUST_CHECK;
/* on_done comes when the model's call and the tools have ended and the events say so. */
void runner_interrupt(struct conversation *conversation, runner_fn on_done, void *owner);
/* Nothing waits for confirmation: fine. */
bool runner_reject(struct conversation *conversation, struct str reason,
                   struct error *error) MUST_CHECK;

/* What the agent's model says to a question; no event comes of it. */
typedef void (*runner_answer_fn)(void *owner, struct str answer, const struct error *error);
void runner_ask(struct conversation *conversation, struct str question, runner_answer_fn on_answer,
                void *owner);
/* ERROR_CONFLICT with the contract's text: no condenser that would do it, and nothing was begun. */
bool runner_condense(struct conversation *conversation, runner_fn on_done, void *owner,
                     struct error *error) MUST_CHECK;
/* The model of the next call: a whole LLM object. */
bool runner_switch_llm(struct conversation *conversation, struct str llm,
                       struct error *error) MUST_CHECK;
/* HEAD was moved by conversation_navigate: the model sees another branch from now on. */
void runner_branch_changed(struct conversation *conversation);

#endif

#ifndef AGENT_AGENT_PARTS_H
#define AGENT_AGENT_PARTS_H

/*
 * What an agent consists of, made of its description and of what lies in its workspace: model,
 * condenser, hooks, skills, the view of the conversation so far and, for one that has not begun,
 * the system prompt (contract v1-conversations §5.2, §10).
 *
 * Making reads files and renders a whole history, so a worker job does it; afterwards the parts
 * belong to the conversation's runner and to the loop thread.
 */

#include <stdbool.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct agent_parts_job;
struct condenser;
struct conversation;
struct doc;
struct error;
struct hooks;
struct llm_config;
struct loop;
struct processes;
struct skills;
struct view;

struct agent_parts {
    struct doc *spec; /* the whole agent */
    struct llm_config *llm;
    struct condenser *condenser;
    struct hooks *hooks;
    struct skills *skills;
    struct view *view;
    bool has_begun;            /* the log has a system prompt */
    struct buf system_prompt;  /* empty when it has begun, as is the next */
    struct buf dynamic_prompt; /* may be empty */
};

struct agent_parts_options {
    struct loop *loop;
    const struct conversation *conversation; /* looked at during the call only */
    const char *home;
    const char *state_dir;
    struct processes *processes; /* for git */
    const char *const *env;      /* of children; outlives the job */
};

/* Once, later. The parts are the receiver's; NULL: `error` says why. */
typedef void (*agent_parts_fn)(void *owner, struct agent_parts *parts, const struct error *error);

struct agent_parts_job *agent_parts_start(const struct agent_parts_options *options,
                                          agent_parts_fn on_done, void *owner);
/* on_done does not come. */
void agent_parts_cancel(struct agent_parts_job *job);
void agent_parts_free(struct agent_parts *parts); /* NULL is fine */

#endif

#ifndef AGENT_TOOL_SET_H
#define AGENT_TOOL_SET_H

/*
 * The tools of one conversation, in the order in which the model sees them: those that the agent's
 * spec names, the default tools, and what is added later (MCP, skills, clients).
 *
 *     tool_set ──< tool            by name
 *         └─────< tool_run         in execution, or waiting for what another run uses
 *
 * Tools may come and go between the steps of a conversation; tool_set_version tells whether what
 * the model was told still holds.
 *
 * Owned by a conversation. Loop thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/tool.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;
struct llm_tool;

struct tool_set_options {
    struct tool_context context;
    const struct doc_value *tools;    /* agent.tools; NULL: none */
    const struct doc_value *defaults; /* agent.include_default_tools; NULL: none */
    /* Makers besides those of agent/tools; they come first. */
    const struct tool_maker *makers;
    size_t maker_count;
};

/* INVALID `ToolDefinition 'x' is not registered`, INTERNAL `Duplicate tool names found: {'x'}`, or
 * what a maker says. Tools of the contract that nobody makes here are left out, with a warning. */
bool tool_set_open(const struct tool_set_options *options, struct tool_set **ret_set,
                   struct error *error) MUST_CHECK;
/* Cancels what runs (each run is told), closes all tools, then on_closed(owner), never inside. */
void tool_set_close(struct tool_set *set, void (*on_closed)(void *owner), void *owner);

/* A tool of the contract has this name, so that no client's can. */
bool tool_set_is_taken(struct str name);

const struct tool_context *tool_set_context(const struct tool_set *set);
/* Takes the tool, also on failure: then it is closed. */
bool tool_set_add(struct tool_set *set, struct tool *tool, struct error *error) MUST_CHECK;
/* It is closed when its runs are over. */
void tool_set_remove(struct tool_set *set, struct tool *tool);
struct tool *tool_set_find(const struct tool_set *set, struct str name); /* NULL: unknown */
/* In order: list_first/list_next; tool = container_of(link, struct tool, link). */
const struct list *tool_set_all(const struct tool_set *set);
uint64_t tool_set_version(const struct tool_set *set); /* grows with each change */

/* Appends the array for SystemPromptEvent.tools. */
void tool_set_write_dumps(const struct tool_set *set, struct buf *out);
/* What a request tells the model; for llm_request_render_tools. Strings live in `arena`. */
size_t tool_set_for_model(const struct tool_set *set, bool is_responses, struct arena *arena,
                          const struct llm_tool **ret_tools);

enum tool_outcome {
    TOOL_OBSERVED, /* text: the observation as JSON, masked, with its kind */
    TOOL_REFUSED,  /* text: `Error executing tool 'X': …`; classification agent_action */
    TOOL_FAILED    /* the same; classification internal */
};

struct tool_result {
    enum tool_outcome outcome;
    struct str text; /* for the call */
    bool ends_run;   /* finish was executed */
};

struct tool_start {
    struct tool *tool;
    struct str action; /* JSON object, as it stands in the ActionEvent */
    void (*on_done)(void *owner, const struct tool_result *result);
    void *owner;
};
/* Runs of different tools go on at once; those that use the same thing (a file, a shell) wait for
 * each other, in the order of their start; one that waits too long fails. on_done comes exactly
 * once, never inside this call; the run is valid until then. */
struct tool_run *tool_set_start(struct tool_set *set, const struct tool_start *start);
/* Ends it soon; on_done still comes. One that only waits is refused with "cancelled". */
void tool_run_cancel(struct tool_run *run);
/* C-c to everything that tools have left running. */
void tool_set_interrupt(struct tool_set *set);

#endif

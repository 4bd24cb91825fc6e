#ifndef AGENT_TOOL_RUNS_H
#define AGENT_TOOL_RUNS_H

/*
 * The runs of a tool_set, in the order of their start: which of them go on and which wait, because
 * an earlier one uses the same thing. Implements the ends of a run that tool.h declares.
 *
 *     (naming) ──> waiting ──> started ──> ended ──next turn──> told, freed
 *                     └────── too long ──────^
 *
 * A thing is known by its name, "file:/a/b" or "tool:x" (contract v1-conversations §4.12); what
 * stands before the colon decides how long a run waits for it. A file's name is its real path,
 * which a worker thread finds out; until then everything else that uses files waits behind.
 *
 * An embedded part of the tool_set, which outlives all runs.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/list.h"

struct tool_start;

struct tool_runs {
    const struct tool_context *context;
    struct list all;
    /* A run is gone, its tool may be idle now; before the one who started it is told. */
    void (*on_gone)(struct tool_runs *runs, struct tool *tool);
};

void tool_runs_init(struct tool_runs *runs, const struct tool_context *context,
                    void (*on_gone)(struct tool_runs *runs, struct tool *tool));
struct tool_run *tool_runs_start(struct tool_runs *runs, const struct tool_start *start);
void tool_runs_cancel_all(struct tool_runs *runs);
bool tool_runs_are_over(const struct tool_runs *runs);

#endif

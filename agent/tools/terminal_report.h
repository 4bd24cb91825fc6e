#ifndef AGENT_TOOLS_TERMINAL_REPORT_H
#define AGENT_TOOLS_TERMINAL_REPORT_H

/*
 * A reply of the shell as an observation: TerminalObservation (contract v1-conversations §6.1).
 */

#include <stdbool.h>

#include "agent/tool.h"

struct dialog_reply;

/* Ends the run. `is_reset`: the shell was replaced before; a NULL reply: and nothing else. */
void terminal_report(struct tool_run *run, const struct dialog_reply *reply, bool is_reset);

#endif

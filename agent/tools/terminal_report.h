#ifndef AGENT_TOOLS_TERMINAL_REPORT_H
#define AGENT_TOOLS_TERMINAL_REPORT_H

/*
 * A reply of the shell as an observation: TerminalObservation (contract v1-conversations §6.1). The
 * text is masked and cut to OBSERVATION_MAX_TEXT here; where the whole of it goes is decided when
 * the model is told (observation_parts). Keeps nothing.
 */

#include <stdbool.h>

#include "agent/tool.h"

struct dialog_reply;

/* Ends the run. `is_reset`: the shell was replaced before; a NULL reply: and nothing else. */
void terminal_report(struct tool_run *run, const struct dialog_reply *reply, bool is_reset);

#endif

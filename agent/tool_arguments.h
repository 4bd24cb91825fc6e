#ifndef AGENT_TOOL_ARGUMENTS_H
#define AGENT_TOOL_ARGUMENTS_H

/*
 * From a model's call to an action (contract v1-conversations §5.5). Models get much almost right:
 * raw control characters in JSON, a tool by an older name, an array sent as text, a member that is
 * null. What can only mean one thing is put right; everything else becomes an error text that the
 * model can act on, and the call is stored in a form that can be sent to the model again.
 *
 * Pure; nothing is executed.
 */

#include <stddef.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct tool;
struct tool_set;

enum tool_risk {
    TOOL_RISK_UNKNOWN,
    TOOL_RISK_LOW,
    TOOL_RISK_MEDIUM,
    TOOL_RISK_HIGH
};
struct str tool_risk_name(enum tool_risk risk); /* "UNKNOWN", … */
enum tool_risk tool_risk_find(struct str name); /* UNKNOWN when it is none */

/* Zeroed memory to begin with. */
struct tool_proposal {
    struct tool *tool;    /* NULL: it cannot be done, `error` says why */
    struct buf name;      /* tool_name of the AgentErrorEvent */
    struct buf call_name; /* tool_call.name and tool_name of the ActionEvent */
    struct buf arguments; /* tool_call.arguments: JSON as Python writes it, in ASCII */
    struct buf action;    /* the action as JSON with its kind; only without error */
    struct buf summary;   /* only without error */
    enum tool_risk risk;
    struct buf error; /* error of the AgentErrorEvent */
};

#define TOOL_SUMMARY_MAX_CHARACTERS 500 /* of one that is made from the arguments */

void tool_arguments_read(const struct tool_set *set, struct str name, struct str arguments,
                         struct tool_proposal *ret_proposal);
void tool_proposal_fini(struct tool_proposal *proposal);

#endif

#ifndef AGENT_TOOL_CHECK_H
#define AGENT_TOOL_CHECK_H

/*
 * Holds the arguments of a call against the schema of the tool and writes the action: members in
 * the order of the schema, defaults filled in, "5" for a number and "yes" for a truth understood.
 * What does not fit becomes a text that names the tool, the member and the reason.
 *
 * Knows of JSON schema what tools use: type, enum, items, properties, required, minimum, default.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct tool;

/* Appends the members of the action, without braces and kind; or, when it gives false, the errors
 * to `error`. */
bool tool_check(const struct tool *tool, const struct doc_value *arguments, struct buf *out,
                struct buf *error) MUST_CHECK;

#endif

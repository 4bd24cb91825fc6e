#ifndef AGENT_TOOL_SCHEMA_H
#define AGENT_TOOL_SCHEMA_H

/*
 * What others are told of a tool (contract v1-conversations §3.2, §5.4): the model gets the schema
 * of its arguments with security_risk and summary in front; clients get a dump of its definition.
 */

#include <stdbool.h>

struct buf;
struct tool;

/* Appends the JSON schema of the arguments. `is_bare`: the tool's own only. */
void tool_schema_for_model(const struct tool *tool, bool is_bare, struct buf *out);
/* Whether the tool has an argument of its own called summary. */
bool tool_schema_has_summary(const struct tool *tool);
void tool_schema_dump(const struct tool *tool, struct buf *out);

#endif

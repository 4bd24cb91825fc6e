#ifndef AGENT_CALL_REPAIR_H
#define AGENT_CALL_REPAIR_H

/*
 * What models get almost right in a call, put right (contract v1-conversations §5.5): a tool by the
 * name it has elsewhere, a shell command as the name of a tool, a mistyped member, an array as a
 * text. Only names that no tool has are looked at; the arguments are held against the schema of the
 * tool that is meant.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct call_arguments;
struct tool;
struct tool_set;

/* Mistyped names of members. */
void call_repair_members(struct call_arguments *arguments);
/* Appends the name of the tool that is meant. */
void call_repair_name(const struct tool_set *set, struct str name, struct call_arguments *arguments,
                      struct buf *out);
/* A file_editor call without a command gets the one that its arguments are for. False: they say
 * nothing; `error` gets the text. */
bool call_repair_editor(struct call_arguments *arguments, struct buf *error) MUST_CHECK;
/* Texts that hold lists and objects, lists that are pieces of a text. */
void call_repair_values(const struct tool *tool, struct call_arguments *arguments);

#endif

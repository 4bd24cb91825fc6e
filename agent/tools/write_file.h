#ifndef AGENT_TOOLS_WRITE_FILE_H
#define AGENT_TOOLS_WRITE_FILE_H

/*
 * The tool with which a model writes a whole file, new or not (contract v1-conversations §6.6). The
 * folders above it are made; the file is replaced at once, so nobody ever sees half of it.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool write_file_make(struct tool_set *set, const struct doc_value *params,
                     struct error *error) MUST_CHECK;

#endif

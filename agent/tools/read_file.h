#ifndef AGENT_TOOLS_READ_FILE_H
#define AGENT_TOOLS_READ_FILE_H

/*
 * The tool with which a model reads a text file, some lines at a time (contract v1-conversations
 * §6.6). Lines are numbered from 1, `offset` counts from 0. What is not UTF-8 reads as U+FFFD.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool read_file_make(struct tool_set *set, const struct doc_value *params,
                    struct error *error) MUST_CHECK;

#endif

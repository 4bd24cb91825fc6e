#ifndef AGENT_TOOLS_APPLY_PATCH_H
#define AGENT_TOOLS_APPLY_PATCH_H

/*
 * The tool that changes several files at once by a patch (contract v1-conversations §6.6; the
 * format is in patch.h). All of the patch is read and fitted before the first file is written.
 * Paths stay inside the working directory, also through links. Works on a thread; keeps nothing.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

/* For tool_makers. */
bool apply_patch_make(struct tool_set *set, const struct doc_value *params,
                      struct error *error) MUST_CHECK;

#endif

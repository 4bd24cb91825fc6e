#ifndef AGENT_TOOLS_INVOKE_SKILL_H
#define AGENT_TOOLS_INVOKE_SKILL_H

/*
 * The tool that gives the model the whole text of a skill it was told of (contract v1-conversations
 * §6.4, §10): the commands in it are run in the workspace, and its end says where the skill lies.
 *
 * The skills belong to whoever adds the tool, and are asked for anew with each call, because a
 * conversation's skills may be replaced between two of them.
 */

#include <stdbool.h>

#include "agent/tool.h"
#include "server/base/attributes.h"

struct skills;

#define INVOKE_SKILL_NAME "invoke_skill"

struct invoke_skill_options {
    const struct skills *(*get_skills)(void *owner);
    void (*on_invoked)(void *owner, struct str name); /* the model has got its text */
    void *owner;
};

bool invoke_skill_add(struct tool_set *set, const struct invoke_skill_options *options,
                      struct error *error) MUST_CHECK;

#endif

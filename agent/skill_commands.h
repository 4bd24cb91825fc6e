#ifndef AGENT_SKILL_COMMANDS_H
#define AGENT_SKILL_COMMANDS_H

/*
 * Commands inside a skill's text: !`command` is replaced by what it prints. Not so inside of code,
 * fenced or inline; \!`command` stands for itself without the backslash.
 *
 * A command that fails leaves an error in its place. Blocks until all have ended: for worker jobs.
 */

#include "server/base/str.h"

struct buf;
struct processes;

#define SKILL_COMMAND_TIMEOUT_S 10
#define SKILL_COMMAND_MAX_BYTES ((size_t)50 * 1024) /* of what one prints */

struct skill_commands {
    struct processes *processes;
    const char *working_dir;
    const char *const *env;
};

void skill_commands_run(const struct skill_commands *commands, struct str text, struct buf *out);

#endif

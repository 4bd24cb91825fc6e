#ifndef AGENT_HOOK_COMMAND_H
#define AGENT_HOOK_COMMAND_H

/*
 * One hook's command: runs it with the occasion on its standard input and reads what it decides
 * (contract v1-conversations §4.7).
 *
 *     exit 0   fine                 stdout may be {"decision","reason","additionalContext",
 *     exit 2   blocks, see stderr                  "continue"}
 *     others   failed, blocks nothing
 *
 * Blocks until the command has ended or its time is up: for threads other than the loop's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/str.h"

struct processes;

struct hook_command {
    struct processes *processes;
    const char *command;
    const char *working_dir;
    const char *const *env;
    struct str input;
    int64_t timeout_s;
};

struct hook_verdict {
    bool is_success;
    bool is_blocked;
    bool has_reason;
    bool has_context;
    int exit_code;
    struct buf out;
    struct buf err;
    struct buf reason;
    struct buf context;
    struct buf error; /* empty: none */
};

/* Fills an empty verdict. */
void hook_command_run(const struct hook_command *command, struct hook_verdict *ret_verdict);
void hook_verdict_fini(struct hook_verdict *verdict);
/* Why it blocks; never empty. */
struct str hook_verdict_why(const struct hook_verdict *verdict);

#endif

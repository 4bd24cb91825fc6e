#ifndef AGENT_TOOLS_TERMINAL_ENV_H
#define AGENT_TOOLS_TERMINAL_ENV_H

/*
 * What a model's shell starts with (contract v1-conversations §6.1): its environment, what its user
 * is, what it runs before its first prompt, and the text that gives it secrets.
 *
 * Owned by the terminal tool.
 */

#include <stddef.h>

#include "agent/tool.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct buf;

struct terminal_env {
    struct arena arena;
    const char **variables; /* NULL-terminated */
    const char *user;       /* NULL: as the server */
    const char *shell_path; /* NULL: bash in PATH */
    const char *rc_lines;
    bool has_one_shell;    /* terminal_type asks for a single session */
    double idle_timeout_s; /* how long the sandbox may be idle; 0: not limited */
    uint64_t no_change_timeout_s;
};

/* `params` of the tool, or NULL. */
void terminal_env_init(struct terminal_env *env, const struct tool_context *context,
                       const struct doc_value *params);
void terminal_env_fini(struct terminal_env *env);

/* Appends the command that exports the secrets, nothing when there are none with a proper name. */
void terminal_env_write_exports(const struct tool_secret *secrets, size_t count, struct buf *out);

#endif

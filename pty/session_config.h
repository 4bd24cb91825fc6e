#ifndef PTY_SESSION_CONFIG_H
#define PTY_SESSION_CONFIG_H

/*
 * A session's own copy of its options, checked and completed: the shell's path is found, the user
 * looked up, the environment cleaned of what described another terminal. It outlives many shells,
 * because each one that takes over starts from it.
 *
 * Only session*.c use it. The arena owns all strings.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "pty/session.h"
#include "pty/tty.h"
#include "server/base/attributes.h"
#include "server/base/mem.h"

struct session_config {
    struct arena arena;
    enum session_shell shell;
    const char *const *env;  /* without TERM and PWD */
    const char *const *argv; /* of a program */
    const char *shell_path;  /* of a shell */
    const char *su_user;     /* NULL: no su is needed */
    uid_t uid;               /* of su_user */
    gid_t gid;
    const char *cwd; /* NULL: the server's */
    const char *term;
    const char *rc_lines; /* NULL: none */
    bool restarts;
};

bool session_config_init(struct session_config *config, const struct session_options *options,
                         struct error *error) MUST_CHECK;
void session_config_fini(struct session_config *config);

#endif

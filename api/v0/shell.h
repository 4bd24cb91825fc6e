#ifndef API_V0_SHELL_H
#define API_V0_SHELL_H

/*
 * A bash session as V0 backends know it (contract v0-action-execution §4): a call starts a command,
 * waits for it, types into it, or is told that it cannot be done now. A call is answered when the
 * command ends, when it has been silent for too long or when the call's own time is over; the
 * command goes on then and later calls get the rest of its output.
 *
 *     v0_shell ── session (pty/session.h) ── its entry in actions/terminals.h
 *         └── shell_output: how much of the command's output has been shown
 *
 * Owned by the V0 runtime, or by a static run. One call at a time. Loop thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct loop;
struct processes;
struct session;
struct terminals;
struct v0_shell;

#define V0_SHELL_DRIVER "agent" /* who types in its entry in the terminals */

struct v0_shell_options {
    struct loop *loop;
    struct processes *processes;
    struct terminals *terminals; /* entered there, for people to watch; NULL: in none */
    struct str name;             /* there */
    const char *const *env;      /* NULL-terminated; borrowed for the call */
    const char *su_user;         /* NULL: as the server */
    const char *cwd;
    struct v0_shell *parent;      /* closes this one with itself; NULL: none */
    const char *rc_lines;         /* run by every new shell before its first prompt; NULL: none */
    uint64_t no_change_timeout_s; /* NO_CHANGE_TIMEOUT_SECONDS */
    /* The first prompt was reached, or never will be. May be NULL. Calls need not wait for it. */
    void (*on_ready)(void *owner, const struct error *error);
    void *owner;
};

struct v0_shell_reply {
    bool is_error; /* an `error` observation with this content; nothing else counts */
    bool is_hidden;
    struct str command;
    struct str content;
    int exit_code; /* -1: it runs still */
    int pid;       /* $!, -1: none */
    struct str username;
    struct str hostname; /* these four: not set (null) unless the command has ended */
    struct str working_dir;
    struct str python;
    struct str prefix;
    struct str suffix;
};

struct v0_shell_call {
    struct str command; /* as it came; borrowed for the call of v0_shell_execute */
    bool is_input;
    bool is_blocking;
    bool is_hidden;
    double timeout_s; /* 0: none */
    /* Once, never inside v0_shell_execute. */
    void (*on_reply)(void *owner, const struct v0_shell_reply *reply);
    void *owner;
};

bool v0_shell_open(const struct v0_shell_options *options, struct v0_shell **ret_shell,
                   struct error *error) MUST_CHECK;
/* Ends what runs in it; a call under way is answered with an error before on_closed(owner). */
void v0_shell_close(struct v0_shell *shell, void (*on_closed)(void *owner), void *owner);

void v0_shell_execute(struct v0_shell *shell, const struct v0_shell_call *call);
/* Where the last command that ended has left it: the tracked directory. */
struct str v0_shell_cwd(const struct v0_shell *shell);
struct session *v0_shell_session(const struct v0_shell *shell);

#endif

#ifndef AGENT_TOOLS_DIALOG_H
#define AGENT_TOOLS_DIALOG_H

/*
 * A model's dialogue with one shell (contract v1-conversations §6.1.2): a call starts a command,
 * types into the one that runs, waits for it, or is told that it cannot be done now. A call is
 * answered when the command ends, when it has been silent for too long or when the call's own time
 * is over; the command goes on then, and later calls get the rest of its output.
 *
 *     dialog ── session (pty/session.h) ── its entry in actions/terminals.h
 *        └── shell_output: how much of the command's output has been reported
 *
 * Owned by the terminal tool. One call at a time. Loop thread only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct dialog;
struct error;
struct loop;
struct processes;
struct terminals;

#define DIALOG_DRIVER "agent" /* who types in its entry in the terminals */

struct dialog_options {
    struct loop *loop;
    struct processes *processes;
    struct terminals *terminals; /* NULL: entered in none */
    struct str name;             /* there */
    const char *const *env;      /* NULL-terminated; borrowed for the call */
    const char *user;            /* NULL: as the server */
    const char *shell_path;      /* NULL: bash in PATH */
    const char *cwd;
    const char *rc_lines;
    uint64_t no_change_timeout_s;
};

struct dialog_reply {
    bool is_error;
    bool is_plain; /* text and error only: exit code and metadata were never known */
    struct str command;
    struct str text;
    int exit_code; /* -1: it runs still, or unknown */
    int pid;       /* $!, -1: none */
    struct str username;
    struct str hostname; /* these four are not set unless the command has ended */
    struct str working_dir;
    struct str python;
    struct str prefix;
    struct str suffix;
};

struct dialog_call {
    struct str command; /* borrowed for the call of dialog_execute */
    struct str exports; /* run before a command, unseen; empty: nothing */
    bool is_input;
    bool has_timeout;
    double timeout_s;
    double idle_timeout_s; /* how long the sandbox may be idle; 0: as long as it likes */
    /* Once, never inside dialog_execute. */
    void (*on_reply)(void *owner, const struct dialog_reply *reply);
    void *owner;
};

bool dialog_open(const struct dialog_options *options, struct dialog **ret_dialog,
                 struct error *error) MUST_CHECK;
/* Ends what runs in it; a call under way is answered with an error before on_closed(owner). */
void dialog_close(struct dialog *dialog, void (*on_closed)(void *owner), void *owner);

void dialog_execute(struct dialog *dialog, const struct dialog_call *call);
bool dialog_is_busy(const struct dialog *dialog); /* a call has not been answered */
/* A command has outlived its call. */
bool dialog_is_unfinished(const struct dialog *dialog);
/* C-c to what runs; a call under way is answered soon. */
void dialog_interrupt(struct dialog *dialog);

#endif

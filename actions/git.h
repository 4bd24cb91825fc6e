#ifndef ACTIONS_GIT_H
#define ACTIONS_GIT_H

/*
 * Runs the git program for worker jobs: one place for its environment, its limits and its error
 * texts (contract v1-server §7). A struct git belongs to one operation: made on the loop thread,
 * used on the operation's worker threads (several at once is fine), freed when it ended.
 *
 * Git gets the environment of children without the variables that would redirect it to another
 * repository (GIT_DIR and the like), and with: no prompts, no pager, messages in English, and no
 * optional locks, so that reading never stands in the way of a git the user runs. Hooks, credential
 * helpers and configuration are left alone.
 *
 * An error's text shows the command the way clients know it, quoted for a shell, with credentials
 * in URLs masked.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/error.h"
#include "server/loop/process_run.h"

struct child_env;

#define GIT_TIMEOUT_MS UINT64_C(30000)

struct git;

struct git *git_new(struct processes *processes, struct child_env *child_env);
void git_free(struct git *git);
/* From any thread: commands that have not begun yet fail with ERROR_CANCELLED. */
void git_cancel(struct git *git);

struct git_command {
    const char *cwd;         /* must exist; NULL: the server's */
    const char *const *args; /* what follows "git", as error texts show it; NULL-terminated */
    const char *const *more; /* put behind the subcommand and not shown: "-z", … ; may be NULL */
    const char *const *env;  /* further "NAME=value"; may be NULL */
    struct str input;
    uint64_t timeout_ms;     /* 0: GIT_TIMEOUT_MS */
    size_t max_stdout_bytes; /* 0: 64 MiB */
    /* Instead of collecting: each chunk of stdout as it comes; false stops git. */
    bool (*on_stdout)(void *owner, struct str chunk);
    void *owner;
};

/* Blocks. True when git ran and exited with 0. The result is valid, and to be given to
 * process_run_fini, in either case. Errors: "Git command failed: …", "Git command timed out: …",
 * "Git command not found. Is git installed?", "Git command printed too much: …", all
 * ERROR_INVALID; ERROR_CANCELLED after git_cancel. */
bool git_run(struct git *git, const struct git_command *command, struct process_run_result *result,
             struct error *error) MUST_CHECK;
/* After git_run failed: git ran to its end and said no. */
bool git_has_refused(const struct process_run_result *result);

/* Several commands at the same time; returns when all have ended. */
struct git_call {
    struct git_command command;
    struct process_run_result result;
    struct error error;
    bool is_ok;
};
#define GIT_MAX_CALLS 4
void git_run_all(struct git *git, struct git_call *const *calls, size_t count);
void git_call_fini(struct git_call *call);

/* Follows links. */
bool git_is_directory(const char *path);
/* The directory exists and git accepts it as (a part of) a repository. */
bool git_is_repository(struct git *git, const char *directory);
/* The nearest directory from `path` upwards that holds `.git` (a directory or a file), by looking
 * at the disk alone. `path` is absolute and resolved. */
bool git_find_root(struct str path, struct buf *ret_root) MUST_CHECK;

#endif

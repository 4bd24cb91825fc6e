#ifndef ACTIONS_WORKSPACE_H
#define ACTIONS_WORKSPACE_H

/*
 * Workspaces: the directories conversations work in, below one root (by default
 * /workspace/project). This module alone creates and initialises them:
 *
 *   working directory asked for     result
 *   none, or the root itself        <root>/<conversation id as 32 hex digits>, made and initialised
 *   directly under the root         that directory, made and initialised
 *   anything else                   that directory as it is; made (with parents) when missing
 *
 * "Initialised" is `git init` with the branch main: no commit, no identity, and never on top of an
 * existing repository. The directory's own `.git` counts, whatever kind it is, and so does being
 * inside a work tree that begins above it; a repository at the root itself does not, because
 * then every workspace would silently share its history.
 *
 * Preparing is idempotent, and calls for one directory are joined while one is under way. All disk
 * and git work happens in worker jobs. Owned by app; lives on the loop thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct child_env;
struct error;
struct loop;
struct processes;
struct workspaces;

struct workspaces_options {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    struct str root; /* relative: below the server's working directory */
};

struct workspaces *workspaces_new(const struct workspaces_options *options);
/* After the loop has run dry of jobs. */
void workspaces_free(struct workspaces *workspaces);
struct str workspaces_root(const struct workspaces *workspaces); /* absolute */

struct workspace_result {
    struct str path; /* absolute; borrowed for the callback */
    bool is_new;     /* this call created the directory */
    bool is_repository;
};

/* `error` is NULL on success; then `result` is set. Once, never inside the starting call. */
typedef void (*workspace_fn)(void *owner, const struct workspace_result *result,
                             const struct error *error);

/* conversation_id may be nil when working_dir names a directory other than the root. */
void workspace_prepare(struct workspaces *workspaces, struct id conversation_id,
                       struct str working_dir, workspace_fn on_done, void *owner);
/* Looks without creating; ERROR_NOT_FOUND when there is none. */
void workspace_find(struct workspaces *workspaces, struct id conversation_id, workspace_fn on_done,
                    void *owner);

struct workspace_entry {
    const char *name;
    int64_t modified_us;
    bool is_repository;
};
struct workspace_page {
    const struct workspace_entry *entries;
    size_t count;
    struct str next; /* the first name of the next page; STR_NULL at the end */
};
typedef void (*workspace_page_fn)(void *owner, const struct workspace_page *page,
                                  const struct error *error);
/* Directories under the root by name, from `from` on (STR_NULL: the first). A root that does not
 * exist yet is an empty page. */
void workspace_list(struct workspaces *workspaces, struct str from, size_t limit,
                    workspace_page_fn on_done, void *owner);

#endif

#ifndef ACTIONS_WORKSPACE_H
#define ACTIONS_WORKSPACE_H

/*
 * Workspaces: the directories conversations work in, below one root (by default
 * /workspace/project). This module alone creates and initialises them; the rules are in
 * workspace_setup.h.
 *
 * Preparing is idempotent. Calls for the same workspace are joined while one is under way. All work
 * on disk and with git happens in worker jobs. Owned by app; lives on the loop thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct child_env;
struct error;
struct git;
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
/* After the loop has run dry of jobs. NULL is fine. */
void workspaces_free(struct workspaces *workspaces);
/* For what is prepared from now on; deferred init may move the root. */
void workspaces_set_root(struct workspaces *workspaces, struct str root);
/* For one operation on a workspace; the caller's. */
struct git *workspaces_new_git(const struct workspaces *workspaces);

struct workspace_result {
    struct str path; /* absolute; borrowed for the callback */
    bool is_new;     /* this call created the directory; false for calls that were joined */
    bool is_repository;
};

/* `error` is NULL on success; then `result` is set. Once, never inside the starting call. */
typedef void (*workspace_fn)(void *owner, const struct workspace_result *result,
                             const struct error *error);

/* The id may be nil when working_dir names a directory other than the root. */
void workspace_prepare(struct workspaces *workspaces, struct id conversation_id,
                       struct str working_dir, workspace_fn on_done, void *owner);
/* Looks without creating; ERROR_NOT_FOUND when there is none. */
void workspace_find(struct workspaces *workspaces, struct id conversation_id, workspace_fn on_done,
                    void *owner);

struct workspace_entry {
    struct str name;
    struct str path;
    int64_t modified_us;
    bool is_repository;
};
struct workspace_page {
    const struct workspace_entry *entries;
    size_t count;
    struct str next; /* the first name of the next page; empty at the end */
};
typedef void (*workspace_page_fn)(void *owner, const struct workspace_page *page,
                                  const struct error *error);
/* Directories directly under the root, by name; hidden ones left out. `page` as file_list has it.
 * A root that does not exist yet is an empty page. */
void workspace_list(struct workspaces *workspaces, struct str page, size_t limit,
                    workspace_page_fn on_done, void *owner);

#endif

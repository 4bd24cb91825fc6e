#ifndef AGENT_REGISTRY_WORKTREE_H
#define AGENT_REGISTRY_WORKTREE_H

/*
 * The git worktree of a conversation whose request asks for one (contract v1-conversations §1.3):
 * made before the conversation, whose workspace it becomes and whose agent is told of it, and
 * removed with the last conversation that works in it. Where there is no repository, the workspace
 * stays as it is. Part of the registry.
 */

#include "server/base/id.h"

struct error;
struct git;
struct registry;
struct start_request;

typedef void (*registry_worktree_fn)(void *owner, const struct error *error);

/* For a request that wants one and whose workspace exists, `working_dir` (absolute). The request is
 * changed when on_done comes, once, later. */
struct registry_worktree {
    struct registry *registry;
    struct start_request *request; /* borrowed until then */
    struct id id;
    const char *working_dir;
};
void registry_worktree_start(const struct registry_worktree *worktree, registry_worktree_fn on_done,
                             void *owner);

/* What a deleted conversation worked in. Blocks: for worker jobs. */
struct registry_worktree_rest {
    struct git *git;
    const char *root;          /* of all worktrees */
    const char *conversations; /* folder of all that are left */
    const char *working_dir;
};
void registry_worktree_remove(const struct registry_worktree_rest *rest);

#endif

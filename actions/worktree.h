#ifndef ACTIONS_WORKTREE_H
#define ACTIONS_WORKTREE_H

/*
 * A git worktree of its own for a conversation, so that it does not get in the way of others that
 * work on the same repository (contract v1-conversations §1.3):
 *
 *     <root>/<conversation id with dashes>/<name of the repository's folder>
 *
 * on a new branch <prefix><id>. It begins at the default branch of origin, fetched before; else at
 * main, master or HEAD. The workspace is the same folder in the worktree as it was in the
 * repository. Removing keeps the branch, and with it what was committed.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct error;
struct git;

#define WORKTREE_DEFAULT_PREFIX "openhands/"

enum worktree_base {
    WORKTREE_FROM_DEFAULT_BRANCH,
    WORKTREE_FROM_HEAD,
    WORKTREE_FROM_REF
};

struct worktree_setup {
    const char *root;
    struct id conversation_id;
    const char *working_dir; /* absolute; exists */
    enum worktree_base base;
    const char *ref;    /* for FROM_REF: anything that names a commit */
    const char *prefix; /* of the branch */
};

/* Heap memory, all NULL when there is nothing to make a worktree of. */
struct worktree_result {
    char *original;    /* the workspace, resolved */
    char *path;        /* of the worktree */
    char *working_dir; /* in it */
    char *branch;
};

/* What is in the way (a worktree of that place, a branch of that name) is replaced. True with an
 * empty result: no repository, or one without any commit. ERROR_INVALID: what git says. */
bool worktree_make(struct git *git, const struct worktree_setup *setup,
                   struct worktree_result *ret_result, struct error *error) MUST_CHECK;
void worktree_result_fini(struct worktree_result *result);

/* The folder of a conversation's worktrees that a workspace lies in. False: it lies in none. */
bool worktree_find_folder(const char *root, const char *working_dir,
                          struct buf *ret_folder) MUST_CHECK;
/* Such a folder with all worktrees in it, and what their repositories know of them. None: fine. */
bool worktree_remove_folder(struct git *git, const char *folder, struct error *error) MUST_CHECK;

#endif

#ifndef ACTIONS_WORKSPACE_SETUP_H
#define ACTIONS_WORKSPACE_SETUP_H

/*
 * Which directory a conversation works in, and what is done to it:
 *
 *   asked for                   gets
 *   nothing, or the root        <root>/<conversation id as 32 hex digits>: made, initialised
 *   directly under the root     that directory: made, initialised
 *   anything else               that directory: made, never initialised
 *
 * "Made" includes missing parents. "Initialised" is `git init` with the branch main: no commit, no
 * identity. It is left out on top of an existing repository, which means:
 *
 *   - the directory has a `.git` of its own, or is a bare repository;
 *   - the directory holds anything and a repository begins somewhere above it: it may be a part of
 *     that one, and a new `.git` would cut it off.
 *
 * An empty directory is a part of nothing, so a conversation gets a repository of its own even
 * where the root lies inside somebody's repository (such nested ones are what git routes expect).
 * A system without git makes plain directories.
 *
 * A name under the root that is a symbolic link leading out of it is refused.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct error;
struct git;

struct workspace_setup {
    const char *root; /* as configured */
    struct id conversation_id;
    struct str working_dir; /* may be unset */
};

struct workspace_setup_result {
    char *path; /* heap memory; absolute and resolved */
    bool is_new;
    bool is_repository;
};

bool workspace_setup_run(struct git *git, const struct workspace_setup *setup,
                         struct workspace_setup_result *ret_result, struct error *error) MUST_CHECK;
/* Only looks: the workspace of a conversation. */
bool workspace_setup_look(const struct workspace_setup *setup,
                          struct workspace_setup_result *ret_result,
                          struct error *error) MUST_CHECK;

/* The directory has a repository of its own, bare or not. */
bool workspace_setup_has_repository(const char *directory);

#endif

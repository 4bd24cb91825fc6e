#ifndef ACTIONS_GIT_TREE_H
#define ACTIONS_GIT_TREE_H

/*
 * The changes of one working tree against a base, nested repositories not looked into.
 *
 * In the common case, a base that is HEAD, the answer takes one `git status` and, beside it, one
 * look at the references. `git status` compares HEAD with the index and the index with the working
 * tree, where clients want HEAD with the working tree: the two agree wherever only one of the pair
 * changed. Other entries, and other bases, make `git diff` decide.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct git;
struct git_changes;

struct git_tree_query {
    const char *directory; /* absolute and resolved */
    struct str nested;     /* its name inside a directory that is asked about, or empty */
    struct str reference;  /* STR_NULL: what serves best (contract v1-server §7.1) */
};

/* Adds to `changes`. True with *ret_is_repository false, and nothing added, when the directory is
 * missing or no repository. */
bool git_tree_find(struct git *git, const struct git_tree_query *query, struct git_changes *changes,
                   bool *ret_is_repository, struct error *error) MUST_CHECK;

#endif

#ifndef ACTIONS_GIT_COMMITS_H
#define ACTIONS_GIT_COMMITS_H

/*
 * The history of a branch, and what one commit changed against its first parent (contract
 * v1-server §7.4 and `/commits/{sha}/changes`). Everything is read from git's objects.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct error;
struct git;
struct git_changes;

#define GIT_COMMITS_MAX 200

struct git_commit {
    struct str oid;
    struct str short_oid;
    struct str author;
    struct str timestamp; /* of the author, ISO 8601 with offset */
    struct str subject;
};

/* The zero value is empty. */
struct git_commits {
    struct arena arena;
    struct git_commit *items; /* newest first */
    size_t count;
    bool has_more;
    bool is_repository;
};
void git_commits_fini(struct git_commits *commits);

/* At most `limit` (1 to GIT_COMMITS_MAX) commits from HEAD. True without items when the directory
 * is missing or no repository, or nothing was committed on this branch. */
bool git_commits_list(struct git *git, struct str directory, size_t limit,
                      struct git_commits *commits, struct error *error) MUST_CHECK;

/* `commit` is hexadecimal. Paths are relative to the top of the repository, in git's order. */
bool git_commits_changes(struct git *git, struct str directory, struct str commit,
                         struct git_changes *changes, struct error *error) MUST_CHECK;

/* A commit and its first parent, or an empty tree for a first commit. Strings live in the arena. */
struct git_commit_pair {
    struct str commit;
    struct str parent;
};
bool git_commits_resolve(struct git *git, const char *directory, struct str commit,
                         struct arena *arena, struct git_commit_pair *ret_pair,
                         struct error *error) MUST_CHECK;

#endif

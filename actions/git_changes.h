#ifndef ACTIONS_GIT_CHANGES_H
#define ACTIONS_GIT_CHANGES_H

/*
 * Which files changed in a directory (contract v1-server §7.2), untracked ones included, and the
 * list that changes are collected in.
 *
 * Names are the real ones. A rename is a deletion and an addition. Repositories directly inside the
 * directory (children with a `.git`, not hidden) are asked on their own; what the outer repository
 * says about their inside is left out.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct buf;
struct error;
struct git;

enum git_change_kind {
    GIT_CHANGE_ADDED,
    GIT_CHANGE_DELETED,
    GIT_CHANGE_UPDATED
};

struct git_change {
    enum git_change_kind kind;
    struct str nested; /* the nested repository it was found in, or empty */
    struct str path;   /* relative to the directory, or to `nested` */
};

/* The zero value is empty. */
struct git_changes {
    struct arena arena;
    struct git_change *items;
    size_t count;
    size_t capacity;
    bool is_repository; /* false: no items */
};
void git_changes_fini(struct git_changes *changes);

/* Copies the path, without a final slash. `nested` is borrowed. */
void git_changes_add(struct git_changes *changes, enum git_change_kind kind, struct str nested,
                     struct str path);
/* Adds what `git diff --name-status -z` printed. */
bool git_changes_add_diff(struct git_changes *changes, struct str nested, struct str output,
                          struct error *error) MUST_CHECK;

/* `directory` as the client gave it, NUL excluded; `reference` may be unset. In git's order, nested
 * repositories last. True, without items, when the directory is missing or no repository. */
bool git_changes_find(struct git *git, struct str directory, struct str reference,
                      struct git_changes *changes, struct error *error) MUST_CHECK;
/* "ADDED", "DELETED", "UPDATED" */
const char *git_change_kind_name(enum git_change_kind kind);
/* Appends the whole path. */
void git_change_path(const struct git_change *change, struct buf *out);

#endif

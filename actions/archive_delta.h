#ifndef ACTIONS_ARCHIVE_DELTA_H
#define ACTIONS_ARCHIVE_DELTA_H

/*
 * A patch of a working tree against a base commit (contract v1-server §6.3): tracked edits,
 * deletions and untracked files that are not ignored, below the directory asked for.
 *
 * The tree is staged into a private index in a temporary directory, so that the repository's own
 * index is untouched; the directory is removed in every case. The patch is git's own output, passed
 * on as it is printed.
 *
 * The base is the one asked for; else HEAD when it is detached; else the first that exists of
 * origin/<current branch>, origin/<default branch of the remote> and the merge base with that; else
 * the empty tree. Limits: 60 s to read the base, 300 s to stage, ARCHIVE_PATCH_MS to print; the
 * time a slow reader takes does not count. Blocking: for a thread of its own.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct git;

#define ARCHIVE_READ_TREE_MS UINT64_C(60000)
#define ARCHIVE_STAGE_MS     UINT64_C(300000)
#define ARCHIVE_PATCH_MS     UINT64_C(300000)

struct archive_delta_options {
    struct git *git;
    const char *root;    /* a directory */
    struct str base_ref; /* unset: chosen as above */
    const struct str *excludes;
    size_t exclude_count;
};

struct archive_delta;

/* Finds the base and stages the tree. Errors: INVALID "Not a git repository: …" and "base_ref '…'
 * could not be resolved"; INTERNAL "Failed to generate git delta: …". */
bool archive_delta_open(const struct archive_delta_options *options,
                        struct archive_delta **ret_delta, struct error *error) MUST_CHECK;
/* 40 hex digits; unset when the base is the empty tree. */
struct str archive_delta_base(const struct archive_delta *delta);
/* Prints the patch into the sink, which returns false to stop (CANCELLED). */
bool archive_delta_print(struct archive_delta *delta, bool (*sink)(void *owner, struct str bytes),
                         void *owner, struct error *error) MUST_CHECK;
void archive_delta_close(struct archive_delta *delta); /* NULL is fine */

#endif

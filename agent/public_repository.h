#ifndef AGENT_PUBLIC_REPOSITORY_H
#define AGENT_PUBLIC_REPOSITORY_H

/*
 * The copy of the repository of public skills in the state directory (contract v1-server §8.9):
 *
 *     <state>/cache/skills/public-skills        the working tree
 *     <state>/cache/skills/public-skills.lock   held while the tree changes, by any process; it
 * says which revision was asked for last, and whether the tree shows it
 *
 * It is brought up to date when that was not tried within the last minute. A revision that cannot
 * be fetched is taken from the copy, if it was fetched before. Blocks for PUBLIC_REPOSITORY_*_MS at
 * most for each process that asks at the same time: for a thread of its own.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct processes;

#define PUBLIC_REPOSITORY_URL       "https://github.com/OpenHands/extensions"
#define PUBLIC_REPOSITORY_CLONE_MS  20000
#define PUBLIC_REPOSITORY_UPDATE_MS 10000
#define PUBLIC_REPOSITORY_FRESH_S   60

struct public_repository {
    struct processes *processes;
    const char *const *env; /* NULL-terminated */
    const char *state_dir;
    struct str ref; /* a branch, tag or commit */
};

/* Appends the path of the tree; false: there is none of that revision. */
bool public_repository_get(const struct public_repository *repository, struct buf *path) MUST_CHECK;

#endif

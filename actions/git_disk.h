#ifndef ACTIONS_GIT_DISK_H
#define ACTIONS_GIT_DISK_H

/*
 * What can be seen of a repository without starting git: a few small files. Everything here is a
 * hint that lets questions to git run at the same time instead of one after the other; git's own
 * answer decides. Where the layout is not the plain one (a HEAD that is a link, another storage of
 * references) the hint is "unknown".
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;

struct git_disk_hint {
    bool is_top;          /* the directory itself holds a .git that looks whole */
    bool may_have_origin; /* the configuration may name a remote "origin" */
    struct str branch;    /* of HEAD; STR_NULL when unknown or detached */
};

/* `directory` is absolute and resolved; strings live in the arena. */
void git_disk_look(struct str directory, struct arena *arena, struct git_disk_hint *ret_hint);

#endif

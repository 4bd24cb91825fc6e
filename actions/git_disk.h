#ifndef ACTIONS_GIT_DISK_H
#define ACTIONS_GIT_DISK_H

/*
 * What can be seen of a repository without starting git: HEAD, single references, the remotes. A
 * few small files are read; where their layout is not the plain one (a HEAD that is a link, another
 * storage of references, a large packed-refs) the answer is "unknown", and git is asked.
 *
 * These are hints. Whoever takes them runs a git of its own beside them, which decides whether the
 * directory is a repository at all, and where HEAD is.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;

struct git_disk {
    struct str common;    /* where references and configuration are; unset: no repository seen */
    struct str branch;    /* of HEAD; unset: unknown or detached */
    bool is_top;          /* the directory itself holds a .git that looks whole */
    bool has_plain_refs;  /* references are files below `common` */
    bool may_have_origin; /* the configuration may name a remote "origin" */
};

/* `directory` is absolute and resolved; strings live in the arena. */
void git_disk_look(struct str directory, struct arena *arena, struct git_disk *ret_disk);

enum git_disk_answer {
    GIT_DISK_UNKNOWN,
    GIT_DISK_ABSENT,
    GIT_DISK_FOUND
};
struct git_disk_ref {
    struct str oid;    /* of a symbolic reference: the target's */
    struct str target; /* of a symbolic reference; else unset */
};
/* A reference by its full name. A symbolic one that leads nowhere is absent, as for git. */
enum git_disk_answer git_disk_find_ref(const struct git_disk *disk, struct str name,
                                       struct arena *arena, struct git_disk_ref *ret_ref);

#endif

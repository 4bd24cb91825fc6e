#ifndef AGENT_TOOLS_PATCH_H
#define AGENT_TOOLS_PATCH_H

/*
 * The patch format that models write for apply_patch (contract v1-conversations §6.6): files to
 * add, delete and update; an update is a list of chunks, each found by the lines around it and not
 * by numbers.
 *
 *     *** Begin Patch
 *     *** Update File: path        then "*** Move to: path"?, and chunks:
 *     @@ a line further up         where to begin looking
 *      context  -old  +new  … "*** End of File"?
 *     *** Add File: path           then +lines
 *     *** Delete File: path
 *     *** End Patch
 *
 * Reading a patch gives the whole new content of each file; nothing is written. Lines that match
 * only without blanks count as fuzz: 1 for blanks at the end, 100 for others, 10000 for a chunk
 * that should be at the end of the file and is not. Blocks as far as `load` does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/base/str.h"

enum patch_kind {
    PATCH_ADD,
    PATCH_DELETE,
    PATCH_UPDATE
};

struct patch_change {
    enum patch_kind kind;
    struct str path;
    struct str move_path;   /* unset: it stays */
    struct str old_content; /* unset for PATCH_ADD */
    struct str new_content; /* unset for PATCH_DELETE */
};

/* Zeroed memory to begin with; texts live in the arena. */
struct patch {
    struct arena arena;
    struct patch_change *changes;
    size_t count;
    uint64_t fuzz;
    struct buf error;
};

struct patch_files {
    /* The content of a file, in patch->arena. False: there is none, or patch->error says more. */
    bool (*load)(void *owner, struct patch *patch, struct str path, struct str *ret_content);
    void *owner;
};

/* False: patch->error says why. */
bool patch_read(struct patch *patch, struct str text, const struct patch_files *files) MUST_CHECK;
void patch_fini(struct patch *patch);

#endif

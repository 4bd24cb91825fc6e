#ifndef ACTIONS_GIT_DIFF_H
#define ACTIONS_GIT_DIFF_H

/*
 * One file before and after (contract v1-server §7.3), as texts: the working tree against a base,
 * or a commit against its first parent.
 *
 * Texts are UTF-8: what git prints is repaired, a file on disk that is not UTF-8 counts as empty.
 * In a working tree the lines of both sides are joined by LF, without the last one's end; of a
 * commit both sides lose the white space around them.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"

struct error;
struct git;

#define GIT_DIFF_MAX_BYTES                                                                         \
    ((size_t)1 << 20) /* of a file; "File too large for git diff: …" beyond */

/* The zero value is empty. */
struct git_diff {
    struct buf original;
    struct buf modified;
    bool is_repository; /* false: there is nothing to compare with */
};
void git_diff_fini(struct git_diff *diff);

/* `path` as the client gave it, NUL excluded; `reference` may be unset. */
bool git_diff_file(struct git *git, struct str path, struct str reference, struct git_diff *diff,
                   struct error *error) MUST_CHECK;
/* `commit` is hexadecimal. The file need not exist any more. */
bool git_diff_commit(struct git *git, struct str path, struct str commit, struct git_diff *diff,
                     struct error *error) MUST_CHECK;

#endif

#ifndef ACTIONS_FILE_WRITE_H
#define ACTIONS_FILE_WRITE_H

/*
 * Writing a whole file atomically: readers see the old content or the new one, and whatever goes
 * wrong before the commit leaves nothing behind.
 *
 *     open ── add … add ── commit        (or abort at any time)
 *
 * The bytes go into an unnamed file in the target's directory (a hidden ".actiond-….part" where the
 * file system has no unnamed files) that takes the target's name at the end. A link is written
 * through: its target is replaced, also when that does not exist yet. A new file gets 0666 less the
 * umask; a replaced one keeps permission bits and owner, not its hard links and set-id bits.
 *
 * Where a name cannot be replaced (the directory is not writable, the file is a mount point, its
 * owner cannot be kept) a writable target is overwritten in place at commit, from a complete
 * temporary copy; this one case is not atomic. Directories (EISDIR) and whatever is neither a file
 * nor nothing (EINVAL) are refused. Blocking: for worker jobs only; one owner.
 */

#include <stdbool.h>
#include <stdint.h>

#include "actions/file_hash.h"
#include "actions/file_stat.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct file_write;

struct file_write_options {
    const char *path; /* a checked path; copied */
    bool creates_parents;
    bool syncs;            /* content and name are on the disk when commit returns */
    bool refuses_existing; /* CONFLICT when the file exists, at open or at commit */
    struct str if_match;   /* CONFLICT unless the file has this tag; unset: no condition; copied */
    bool hashes;           /* fills file_written.sha256 */
    struct str sha256;     /* UNPROCESSABLE when the content has another one; unset: any; copied */
    /* Go on in this file of the target's directory, made when missing, which an abort leaves as it
     * is (file_part.h). Unset: a new one. Copied. */
    struct str part_name;
};

struct file_written {
    uint64_t size;
    struct file_etag etag;
    bool was_created;
    struct file_hash_text sha256; /* empty unless asked for */
};

bool file_write_open(const struct file_write_options *options, struct file_write **ret_write,
                     struct error *error) MUST_CHECK;
/* The bytes count for the hash; those written to the descriptor otherwise do not. */
bool file_write_add(struct file_write *file, struct str bytes, struct error *error) MUST_CHECK;
/* The permission bits it shall have, instead of those above. */
void file_write_set_mode(struct file_write *file, unsigned mode);
/* The descriptor written to, for callers that copy into it themselves. */
int file_write_fd(const struct file_write *file);
/* Ends it and frees it in either case. */
bool file_write_commit(struct file_write *file, struct file_written *ret_written,
                       struct error *error) MUST_CHECK;
void file_write_abort(struct file_write *file); /* NULL is fine */
/* All of it, for content that is at hand. */
bool file_write_whole(const struct file_write_options *options, struct str content,
                      struct error *error) MUST_CHECK;

#endif

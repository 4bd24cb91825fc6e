#ifndef ACTIONS_FILE_WALK_H
#define ACTIONS_FILE_WALK_H

/*
 * Walks a tree of directories without recursion: each directory's entries in the order of their
 * names, a directory before what is in it. Nothing is entered unless the caller says so right after
 * it was handed a directory:
 *
 *     while (file_walk_next(walk, &entry))
 *         if (entry.kind == FILE_KIND_DIRECTORY && is_wanted(entry.name))
 *             file_walk_enter(walk, 0);
 *
 * One descriptor is open per walk beside the root's, whatever the depth. A confined walk opens
 * nothing through a symbolic link, even when the tree changes meanwhile. What cannot be read, is
 * deeper than FILE_WALK_MAX_DEPTH, longer than PATH_MAX_BYTES or beyond FILE_NAMES_MAX is left out
 * and counted. Blocking: for worker jobs only; the caller owns the walk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "actions/file_stat.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct file_walk;

#define FILE_WALK_MAX_DEPTH 1000

struct file_walk_options {
    const char *root; /* a checked path to a directory */
    bool is_confined;
    bool wants_leave; /* an entered directory comes again, with is_leaving, after its content */
};

struct file_walk_entry {
    const char *path; /* relative to the root; valid until the next call */
    struct str name;
    enum file_kind kind;
    uint64_t mark; /* what the caller gave when it entered the directory; 0 in the root */
    bool is_leaving;
};

bool file_walk_open(const struct file_walk_options *options, struct file_walk **ret_walk,
                    struct error *error) MUST_CHECK;
void file_walk_close(struct file_walk *walk); /* NULL is fine */

bool file_walk_next(struct file_walk *walk, struct file_walk_entry *ret_entry);
/* Goes into the entry just handed out: a directory, or, when not confined, a link to one. False
 * when it cannot be read; the walk goes on in either case. */
bool file_walk_enter(struct file_walk *walk, uint64_t mark);
/* Directories that were left out or could not be read to the end. */
size_t file_walk_skipped(const struct file_walk *walk);

/* About the entry just handed out. False or -1 with errno. Links are not followed. */
bool file_walk_stat(struct file_walk *walk, struct stat *ret_status) MUST_CHECK;
int file_walk_open_entry(struct file_walk *walk, int flags);
/* The directory that holds the entry, or -1 with errno; owned by the walk. */
int file_walk_directory(struct file_walk *walk);

#endif

#ifndef ACTIONS_FILE_FIND_H
#define ACTIONS_FILE_FIND_H

/*
 * Finds the files below a root whose relative path matches a glob pattern (glob.h), in the order of
 * their paths component by component, or newest first.
 *
 * Links to directories are results but are not searched, except where the pattern names them.
 * Hidden names need a pattern that begins with a dot, or includes_hidden. By path the search stops
 * at the limit; by time everything that matches, at most FILE_FIND_MAX_MATCHES, is looked at first.
 * Blocking: as long as the tree is large, so it belongs on a thread of its own.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/file_search.h"
#include "actions/file_stat.h"
#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct error;

#define FILE_FIND_MAX_MATCHES ((size_t)100000)

struct file_find_options {
    const char *root; /* a checked path to a directory */
    struct str pattern;
    size_t limit; /* 1 to FILE_FIND_MAX_MATCHES */
    bool includes_hidden;
    bool is_by_time;
    uint64_t timeout_ms;
    const atomic_bool *is_cancelled; /* may be NULL */
};

struct file_found {
    size_t offset; /* of the path, relative to the root, in `paths` */
    size_t len;
    enum file_kind kind;
    uint64_t size;
    int64_t modified_us;
};

struct file_find {
    struct file_found *items;
    size_t count;
    size_t capacity;
    struct buf paths;
    enum file_search_stop stop;
    size_t skipped; /* directories that could not be read */
};

bool file_find(const struct file_find_options *options, struct file_find *ret_find,
               struct error *error) MUST_CHECK;
struct str file_find_path(const struct file_find *find, size_t index);
void file_find_fini(struct file_find *find);

#endif

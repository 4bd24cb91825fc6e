#ifndef ACTIONS_ARCHIVE_EXCLUDE_H
#define ACTIONS_ARCHIVE_EXCLUDE_H

/*
 * What an archive leaves out (contract v1-server §6.3).
 *
 * A pattern with a final slash means directories only: a file of that name stays. Without a slash
 * inside it is matched against every component of the path; with one it is anchored at the root,
 * component by component, and takes everything below with it.
 *
 * Independently of any pattern, the parts of a `.git` directory that hold credentials or reflogs
 * never get into an archive. Pure functions, any thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

#define ARCHIVE_MAX_EXCLUDES 1000

/* The default patterns; *ret_count of them. */
const struct str *archive_default_excludes(size_t *ret_count);

/* `path` is relative to the root. */
bool archive_is_excluded(const struct str *patterns, size_t count, struct str path,
                         bool is_directory);
bool archive_is_sensitive(struct str path);

#endif

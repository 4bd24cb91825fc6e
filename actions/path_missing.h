#ifndef ACTIONS_PATH_MISSING_H
#define ACTIONS_PATH_MISSING_H

/*
 * The real path of something that need not exist, as git routes and workspaces need it: symbolic
 * links and ".." are resolved as far as the disk knows, what is missing is taken as it is written.
 * A relative path begins at the server's working directory; an empty one is that directory.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

/* Heap memory, absolute, without a final slash (but "/"). The text holds no NUL byte. Errors: too
 * many links in a row (ELOOP), longer than the kernel takes (ENAMETOOLONG). */
bool path_missing_resolve(struct str given, char **ret_resolved, struct error *error) MUST_CHECK;

#endif

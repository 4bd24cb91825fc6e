#ifndef API_V1_SCOPE_PATH_H
#define API_V1_SCOPE_PATH_H

/*
 * Whether a path leads into a conversation's working directory (contract v1-conversations §1.5).
 * Links are followed as far as there is something; of the rest, ".." takes away what stands before
 * it. This keeps requests with the right conversation; it does not keep anybody out.
 */

#include <stdbool.h>

#include "server/base/str.h"

/* A relative path begins where the server does. Blocking: for worker jobs. */
bool scope_path_is_inside(struct str path, const char *directory);

#endif

#ifndef ACTIONS_FILE_DIRECTORY_H
#define ACTIONS_FILE_DIRECTORY_H

/*
 * Making directories, with all that is missing above them, the way `mkdir -p` does: what exists
 * already is fine as long as it is a directory or a link to one. New ones get 0777 less the umask.
 *
 * Errors name the component that could not be made: EEXIST when something else has its name,
 * ENOTDIR below a file. What was made before an error stays. Blocking: for worker jobs only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct error;

/* `path` is a checked path. */
bool file_make_directories(const char *path, struct error *error) MUST_CHECK;
/* Only the last one; CONFLICT (EEXIST) when it exists. */
bool file_make_directory(const char *path, struct error *error) MUST_CHECK;

#endif

#ifndef PTY_SHELL_HOME_H
#define PTY_SHELL_HOME_H

/*
 * The one directory of this server that holds the directories of all its shells
 * (shell_directory.h), in memory where the system has such a place (/dev/shm, /run, else /tmp):
 *
 *     /dev/shm/actiond-shells-XXXXXX/XXXXXX/c
 *
 * It is made for the first shell and removed with the last. The server holds a lock on it, which
 * ends with the server however that ends: the first one to need a home of its own removes those
 * that nobody holds. Loop thread only.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct error;

#define SHELL_HOME_BYTES 48

/* For one shell more; makes it once more when somebody has removed it. */
bool shell_home_enter(struct error *error) MUST_CHECK;
/* One shell less. */
void shell_home_leave(void);
/* The same place again, for a shell that has entered. */
bool shell_home_restore(void) MUST_CHECK;
/* Valid while a shell is in it. */
const char *shell_home_path(void);

#endif

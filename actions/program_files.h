#ifndef ACTIONS_PROGRAM_FILES_H
#define ACTIONS_PROGRAM_FILES_H

/*
 * Where the program lies and what was installed with it: loadable parts (actiond_*.so) and files
 * for children.
 *
 * A part is looked for beside the running program, in ../lib/actiond from there, in
 * /usr/local/lib/actiond and in /usr/lib/actiond; a shared file in share/actiond beside the
 * program, in ../share/actiond from there, and below /usr/local and /usr. In a bundle the running
 * program is the loader of shared libraries, and the one to start again is the launcher above it.
 *
 * Any thread. Blocks on the disk, as opening a file does.
 */

#include "server/base/str.h"

/* The exported table `symbol` of a part, loaded for the rest of the process's life. Its first
 * member is an unsigned number, which must be `version`. NULL when there is none. */
const void *program_files_load(const char *part, const char *symbol, unsigned version);
/* The path of a file or folder below share/actiond, on the heap; NULL when it is not installed. */
char *program_files_shared(struct str relative);
/* The path that starts this program again, on the heap; NULL when /proc does not tell. */
char *program_files_self(void);

#endif

#ifndef PTY_SHELL_DIRECTORY_H
#define PTY_SHELL_DIRECTORY_H

/*
 * The files through which a shell and its session talk: what the shell reads when it starts, and
 * one file per command, `c`, that exists from the moment a text is handed over until the shell has
 * begun to run it. In the directory of all shells (shell_home.h).
 *
 * Nobody but the shell's user can read them. When that is not the server's user, the directory
 * stays the server's own and only the files are given away, so that the user cannot lead the server
 * to other places by links.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

#define SHELL_DIRECTORY_BYTES 64
#define SHELL_COMMAND_FILE    "c"

struct shell_directory {
    char path[SHELL_DIRECTORY_BYTES]; /* "" when there is none */
    bool is_for_other;                /* the next two are set */
    uid_t user;
    gid_t group;
};

/* Sets path; the other members are the caller's. */
bool shell_directory_open(struct shell_directory *directory, struct error *error) MUST_CHECK;
/* Makes it once more when somebody has removed it. */
bool shell_directory_restore(const struct shell_directory *directory,
                             struct error *error) MUST_CHECK;
/* Replaces the file as a whole: a reader sees the old text, or the new one. */
bool shell_directory_write(const struct shell_directory *directory, const char *name,
                           struct str text, struct error *error) MUST_CHECK;
void shell_directory_remove(const struct shell_directory *directory, const char *name);
/* Removes it with all that is in it. Safe to call twice. */
void shell_directory_close(struct shell_directory *directory);

#endif

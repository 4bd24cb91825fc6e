#ifndef PLUGINS_JUPYTER_LAUNCH_H
#define PLUGINS_JUPYTER_LAUNCH_H

/*
 * What a kernel needs before it is started: an interpreter, a folder that only its user can enter,
 * and in it the connection file with the key of all signatures.
 *
 *     /tmp/actiond-kernel-XXXXXX/        0700, of the user
 *         connection.json
 *         ready                          a pipe; the kernel writes to it when it listens
 *         k-1 … k-5                      the kernel's sockets, made and removed by it
 *
 * Sockets in a folder need no free port and are out of other users' reach. As another user the
 * kernel is started through the login shell of `su`, which sets its environment anew.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

struct error;

enum jupyter_channel { /* as in the connection file */
    JUPYTER_SHELL = 1,
    JUPYTER_BROADCAST
};

struct jupyter_launch_options {
    const char *const *env; /* NULL-terminated; PATH is where the interpreter is looked for */
    const char *user;       /* NULL: as the server */
    struct str python;      /* STR_NULL: python, else python3 */
};

#define JUPYTER_LAUNCH_WORDS_MAX 16

/* A zeroed one is empty. */
struct jupyter_launch {
    char *folder;
    int folder_fd;
    int ready_fd;    /* both ends of the pipe, so that it never ends */
    struct buf key;  /* hex */
    struct buf code; /* the word with what says to the pipe that the kernel listens */
    struct buf file; /* the connection file */
    char *python;
    char *user;
    char *command; /* for the shell of `user` */
    const char *argv[JUPYTER_LAUNCH_WORDS_MAX];
};

/* Blocks, for a worker. The launch is to be given to jupyter_launch_fini in either case. */
bool jupyter_launch_prepare(const struct jupyter_launch_options *options,
                            struct jupyter_launch *launch, struct error *error) MUST_CHECK;
/* "ipc://…" */
void jupyter_launch_address(const struct jupyter_launch *launch, enum jupyter_channel channel,
                            struct buf *out);
/* Removes the folder and what the kernel has left there. Blocks. */
void jupyter_launch_fini(struct jupyter_launch *launch);

#endif

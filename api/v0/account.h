#ifndef API_V0_ACCOUNT_H
#define API_V0_ACCOUNT_H

/*
 * The user a V0 server works for and the folder it works in: looked up, or made when they are
 * missing (contract v0-action-execution §1.3).
 *
 * A user is made by a server that runs as root, which is one in a container, with the rights to use
 * sudo without a password. With LOCAL_RUNTIME_MODE the machine is no sandbox, and nobody is added
 * to it. A user that exists keeps its number, whatever number was asked for. The folder and all
 * that is in it become the user's; where that is not possible, nothing is said.
 *
 * Blocking: for worker jobs only.
 */

#include <stdbool.h>
#include <sys/types.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct processes;
struct v0_environment;

struct v0_account_options {
    struct processes *processes;
    const char *const *env; /* of id and useradd */
    const struct v0_environment *environment;
    struct str username;
    uid_t uid; /* asked for */
    const char *directory;
    bool only_makes_directory; /* the server's own user, and nothing changes hands */
};

struct v0_account {
    uid_t uid;       /* of files that are written */
    uid_t login_uid; /* of the user, where that is another one: root may have been asked for with a
                        number of its own */
    char *home;      /* as the system's table of users has it; NULL: it has no such user */
    char *shell;     /* the same */
};

/* Texts of failures are those of the reference where it has some. */
bool v0_account_prepare(const struct v0_account_options *options, struct v0_account *ret_account,
                        struct error *error) MUST_CHECK;
void v0_account_fini(struct v0_account *account);

/* A user of /etc/passwd; false when there is none of that name. */
bool v0_account_find(struct str username, struct v0_account *ret_account);
/* The name of a number; NULL when it has none. Heap memory. */
char *v0_account_name(uid_t uid);

#endif

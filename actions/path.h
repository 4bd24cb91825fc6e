#ifndef ACTIONS_PATH_H
#define ACTIONS_PATH_H

/*
 * Paths that clients name: checked, tidied and opened here and nowhere else.
 *
 * A checked path is absolute, holds no NUL byte and is at most PATH_MAX_BYTES long. Tidying is
 * lexical and follows pathlib: repeated slashes, final slashes and "." components go, ".." stays,
 * because its meaning depends on symbolic links. Clients are not confined to a root.
 *
 * Opening never blocks and never touches a device: whatever is not a regular file (or a directory,
 * where one is asked for) is refused before it is opened. Below a root descriptor no component may
 * be a symbolic link, so a tree that changes while it is walked never leads outside.
 *
 * Errors read "[Errno 2] No such file or directory: '/x'", as clients of contract v1-server §6
 * know them; sys_errno is set. Blocking: for worker jobs only, except path_check and the lexical
 * functions.
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;

#define PATH_MAX_BYTES 4095 /* the kernel's limit; "File name too long" beyond */
#define PATH_MAX_LINKS 40   /* links followed in a row; ELOOP beyond */

/* *ret_path is heap memory. Errors: not absolute (sys_errno 0), a NUL byte (EINVAL), too long
 * (ENAMETOOLONG), in this order. */
bool path_check(struct str given, char **ret_path, struct error *error) MUST_CHECK;

/* The last component, "" for "/"; ".." stays "..". Borrowed from `path`. */
struct str path_name(const char *path);
char *path_parent(const char *path);                /* heap; "/" for "/" */
char *path_join(const char *base, struct str name); /* heap */

/* True for the errors that mean "nothing is there": ENOENT, ENOTDIR, ELOOP, EBADF. */
bool path_errno_is_absent(int sys_errno);
/* Sets "[Errno N] reason: 'path'" and returns false. */
bool path_error(struct error *error, int sys_errno, const char *path);

/* Follows links. */
bool path_stat(const char *path, struct stat *ret_status, struct error *error) MUST_CHECK;
/* Follows the last component while it is a link; what it ends at need not exist. Heap memory. */
bool path_follow(const char *path, char **ret_target, struct error *error) MUST_CHECK;
/* The real path: no link and no ".." left. Heap memory. */
bool path_resolve(const char *path, char **ret_resolved, struct error *error) MUST_CHECK;

/* EISDIR for a directory, EINVAL for anything else that is no regular file. */
bool path_check_file(const char *path, const struct stat *status, struct error *error) MUST_CHECK;
/* A regular file for reading; errors as above. */
bool path_open_file(const char *path, int *ret_fd, struct stat *ret_status,
                    struct error *error) MUST_CHECK;
bool path_open_directory(const char *path, int *ret_fd, struct error *error) MUST_CHECK;
/* `relative` below `root_fd` ("" is the root itself) with O_CLOEXEC, O_NOCTTY and O_NONBLOCK added
 * to `flags`. Returns the descriptor, or -1 with errno. */
int path_open_below(int root_fd, const char *relative, int flags);

#endif

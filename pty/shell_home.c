#include "pty/shell_home.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/str.h"

#define NAME_PREFIX "actiond-shells-"
#define MAX_TRIES   8 /* somebody who cleans up may be faster than the lock */

/* Of the loop thread. */
static struct {
    char path[SHELL_HOME_BYTES];
    int lock; /* -1: there is none */
    size_t shells;
    bool has_swept;
} home = {.lock = -1};

static int open_folder(int parent, const char *name)
{
    return openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Calls visit(parent, name) for each entry; takes the descriptor. */
static void each_entry(int parent, void (*visit)(int parent, const char *name))
{
    DIR *folder = parent < 0 ? NULL : fdopendir(parent);
    if (folder == NULL) {
        fd_close(&parent);
        return;
    }
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit(parent, entry->d_name);
    }
    (void)closedir(folder); /* was only read */
}

static void remove_file(int parent, const char *name)
{
    (void)unlinkat(parent, name, 0); /* a directory is none of ours and stays */
}

static void remove_shell(int parent, const char *name)
{
    each_entry(open_folder(parent, name), remove_file);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* The lock is held until the directory is gone, so that nobody takes it meanwhile. */
static void remove_left(int parent, const char *name)
{
    struct stat status;
    if (!str_starts_with(str_from(name), STR(NAME_PREFIX)))
        return;
    scoped_fd int left = open_folder(parent, name);
    if (left < 0 || fstat(left, &status) != 0 || status.st_uid != geteuid() ||
        flock(left, LOCK_EX | LOCK_NB) != 0)
        return;
    each_entry(open_folder(left, "."), remove_shell);
    (void)unlinkat(parent, name, AT_REMOVEDIR);
}

/* Somebody who cleans up may be faster than the lock. Other users pass through to what is theirs.
 */
static bool hold(void)
{
    struct stat status;
    fd_close(&home.lock);
    home.lock = open_folder(AT_FDCWD, home.path);
    if (home.lock >= 0 && flock(home.lock, LOCK_EX | LOCK_NB) == 0 &&
        fstat(home.lock, &status) == 0 && status.st_nlink > 0 &&
        fchmod(home.lock, S_IRWXU | S_IXGRP | S_IXOTH) == 0)
        return true;
    fd_close(&home.lock);
    return false;
}

static bool make_in(const char *place)
{
    if (!home.has_swept)
        each_entry(open_folder(AT_FDCWD, place), remove_left);
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        (void)snprintf(home.path, sizeof(home.path), "%s/" NAME_PREFIX "XXXXXX", place);
        if (mkdtemp(home.path) == NULL)
            return false;
        if (hold())
            return true;
        (void)rmdir(home.path);
    }
    return false;
}

static bool make(struct error *error)
{
    static const char *const places[] = {"/dev/shm", "/run", "/tmp"};
    for (size_t i = 0; i < ARRAY_SIZE(places) && home.lock < 0; i++)
        (void)make_in(places[i]);
    const int sys_errno = errno;
    home.has_swept = true;
    return home.lock >= 0 ||
           error_set_errno(error, sys_errno,
                           "no directory for a terminal in /dev/shm, /run or /tmp");
}

bool shell_home_restore(void)
{
    if (access(home.path, F_OK) == 0)
        return true;
    for (int tries = 0; tries < MAX_TRIES && mkdir(home.path, S_IRWXU) == 0; tries++) {
        if (hold())
            return true;
        (void)rmdir(home.path);
    }
    return false;
}

bool shell_home_enter(struct error *error)
{
    if (home.lock >= 0 && !shell_home_restore())
        fd_close(&home.lock);
    if (home.lock < 0 && !make(error))
        return false;
    home.shells++;
    return true;
}

void shell_home_leave(void)
{
    assert(home.shells > 0);
    if (--home.shells > 0)
        return;
    (void)rmdir(home.path); /* stays when somebody put something there */
    fd_close(&home.lock);
}

const char *shell_home_path(void)
{
    return home.path;
}

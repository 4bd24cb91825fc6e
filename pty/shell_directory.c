#include "pty/shell_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pty/shell_home.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/mem.h"

#define FILE_PATH_BYTES (SHELL_DIRECTORY_BYTES + 32)
#define NEW_FILE        "new"

struct file_path {
    char text[FILE_PATH_BYTES];
};

static struct file_path path_of(const struct shell_directory *directory, const char *name)
{
    struct file_path path;
    (void)snprintf(path.text, sizeof(path.text), "%s/%s", directory->path, name);
    return path;
}

/* The group may pass through, the files decide who reads. */
static bool let_in(const struct shell_directory *directory)
{
    return !directory->is_for_other || (chown(directory->path, (uid_t)-1, directory->group) == 0 &&
                                        chmod(directory->path, S_IRWXU | S_IXGRP) == 0);
}

static bool make(struct shell_directory *directory, struct error *error)
{
    (void)snprintf(directory->path, sizeof(directory->path), "%s/XXXXXX", shell_home_path());
    const bool is_made = mkdtemp(directory->path) != NULL;
    if (is_made && let_in(directory))
        return true;
    const int sys_errno = errno;
    if (is_made)
        (void)rmdir(directory->path);
    directory->path[0] = '\0';
    return error_set_errno(error, sys_errno, "cannot make a directory in '%s'", shell_home_path());
}

bool shell_directory_open(struct shell_directory *directory, struct error *error)
{
    if (!shell_home_enter(error))
        return false;
    if (make(directory, error))
        return true;
    shell_home_leave();
    return false;
}

bool shell_directory_restore(const struct shell_directory *directory, struct error *error)
{
    if (shell_home_restore() && (mkdir(directory->path, S_IRWXU) == 0 || errno == EEXIST) &&
        let_in(directory))
        return true;
    return error_set_errno(error, errno, "cannot make '%s'", directory->path);
}

/* A name that exists is removed first and never followed. */
static bool write_new(const struct shell_directory *directory, const char *path, struct str text)
{
    (void)unlink(path); /* mostly there is none */
    scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR);
    return fd >= 0 && fd_write(fd, text) &&
           (!directory->is_for_other || fchown(fd, directory->user, directory->group) == 0);
}

bool shell_directory_write(const struct shell_directory *directory, const char *name,
                           struct str text, struct error *error)
{
    const struct file_path new_path = path_of(directory, NEW_FILE);
    const struct file_path path = path_of(directory, name);
    if (write_new(directory, new_path.text, text) && rename(new_path.text, path.text) == 0)
        return true;
    const int sys_errno = errno;
    (void)unlink(new_path.text);
    return error_set_errno(error, sys_errno, "cannot write '%s'", path.text);
}

void shell_directory_remove(const struct shell_directory *directory, const char *name)
{
    (void)unlink(path_of(directory, name).text); /* it may be gone already */
}

void shell_directory_close(struct shell_directory *directory)
{
    if (directory->path[0] == '\0')
        return;
    DIR *folder = opendir(directory->path);
    if (folder != NULL) {
        for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
            (void)unlinkat(dirfd(folder), entry->d_name, 0); /* "." and ".." refuse */
        (void)closedir(folder);
        (void)rmdir(directory->path);
    }
    directory->path[0] = '\0';
    shell_home_leave();
}

#include "actions/file_directory.h"

#include <errno.h>
#include <sys/stat.h>

#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/mem.h"

static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

/* 0 when the directory exists afterwards, else an errno. */
static int make(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return 0;
    const int failed = errno;
    if (failed == ENOENT)
        return failed;
    return is_directory(path) ? 0 : failed;
}

/* Cuts the last component off; false at the top. */
static bool cut_last(char *path, size_t *len)
{
    size_t at = *len;
    while (at > 0 && path[at] != '/')
        at--;
    if (at == 0)
        return false;
    path[at] = '\0';
    *len = at;
    return true;
}

bool file_make_directories(const char *path, struct error *error)
{
    const size_t full = strlen(path);
    scoped_free char *part = mem_strdup(path);
    size_t len = full;
    int failed = make(part);
    while (failed == ENOENT && cut_last(part, &len))
        failed = make(part);
    while (failed == 0 && len < full) {
        part[len] = '/'; /* uncovers the next component, which ends at the next NUL */
        len += strlen(part + len);
        failed = make(part);
    }
    return failed == 0 || path_error(error, failed, part);
}

bool file_make_directory(const char *path, struct error *error)
{
    return mkdir(path, 0777) == 0 || path_error(error, errno, path);
}

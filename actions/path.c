#include "actions/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/repr.h"

/* Copies without empty and "." components. `out` has room for given.len + 2 bytes. */
static void tidy(struct str given, char *out)
{
    size_t len = 0;
    struct str rest = given;
    struct str part;
    while (str_next(&rest, '/', &part)) {
        if (part.len == 0 || str_equal(part, STR(".")))
            continue;
        out[len++] = '/';
        memcpy(out + len, part.data, part.len);
        len += part.len;
    }
    if (len == 0)
        out[len++] = '/';
    out[len] = '\0';
}

bool path_check(struct str given, char **ret_path, struct error *error)
{
    if (given.len == 0 || given.data[0] != '/')
        return error_set(error, ERROR_INVALID, "Path must be absolute");
    if (str_has_byte(given, '\0')) {
        (void)error_set(error, ERROR_INVALID, "embedded null byte"); /* is false */
        if (error != NULL)
            error->sys_errno = EINVAL;
        return false;
    }
    char *path = mem_alloc(given.len + 2);
    tidy(given, path);
    if (strlen(path) > PATH_MAX_BYTES) {
        (void)path_error(error, ENAMETOOLONG, path); /* is false */
        free(path);
        return false;
    }
    *ret_path = path;
    return true;
}

struct str path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return str_from(slash == NULL ? path : slash + 1);
}

char *path_parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path)
        return mem_strdup("/");
    return mem_strndup(path, (size_t)(slash - path));
}

char *path_join(const char *base, struct str name)
{
    size_t len = strlen(base);
    while (len > 0 && base[len - 1] == '/')
        len--;
    char *joined = mem_alloc(len + name.len + 2);
    memcpy(joined, base, len);
    joined[len] = '/';
    memcpy(joined + len + 1, name.data, name.len);
    joined[len + 1 + name.len] = '\0';
    return joined;
}

bool path_errno_is_absent(int sys_errno)
{
    return sys_errno == ENOENT || sys_errno == ENOTDIR || sys_errno == ELOOP || sys_errno == EBADF;
}

bool path_error(struct error *error, int sys_errno, const char *path)
{
    struct error next;
    (void)error_set_errno(&next, sys_errno, "-"); /* for the code alone */
    const char *reason = strerrordesc_np(sys_errno);
    scoped_buf struct buf quoted = {0};
    repr_append(&quoted, str_from(path));
    const enum error_code code = next.code;
    (void)error_set(error, code, "[Errno %d] %s: %s", sys_errno,
                    reason == NULL ? "Unknown error" : reason, quoted.data); /* is false */
    if (error != NULL)
        error->sys_errno = sys_errno;
    return false;
}

bool path_stat(const char *path, struct stat *ret_status, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return path_error(error, errno, path);
    *ret_status = status;
    return true;
}

/* Where the link leads, or NULL when `path` is no link (or nothing). */
static char *link_target(const char *path)
{
    scoped_free char *target = mem_alloc(PATH_MAX_BYTES + 1);
    const ssize_t len = readlink(path, target, PATH_MAX_BYTES + 1);
    if (len <= 0 || len > PATH_MAX_BYTES)
        return NULL;
    const struct str text = str_span(target, (size_t)len);
    if (target[0] == '/')
        return mem_strndup(text.data, text.len);
    scoped_free char *parent = path_parent(path);
    return path_join(parent, text);
}

bool path_follow(const char *path, char **ret_target, struct error *error)
{
    char *current = mem_strdup(path);
    for (int links = 0; links <= PATH_MAX_LINKS; links++) {
        char *next = link_target(current);
        if (next == NULL) {
            *ret_target = current;
            return true;
        }
        free(current);
        current = next;
    }
    free(current);
    return path_error(error, ELOOP, path);
}

bool path_resolve(const char *path, char **ret_resolved, struct error *error)
{
    char *resolved = realpath(path, NULL);
    if (resolved == NULL)
        return path_error(error, errno, path);
    *ret_resolved = resolved;
    return true;
}

bool path_check_file(const char *path, const struct stat *status, struct error *error)
{
    if (S_ISREG(status->st_mode))
        return true;
    if (S_ISDIR(status->st_mode))
        return path_error(error, EISDIR, path);
    (void)error_set(error, ERROR_INVALID, "'%s' is not a regular file", path); /* is false */
    if (error != NULL)
        error->sys_errno = EINVAL;
    return false;
}

bool path_open_file(const char *path, int *ret_fd, struct stat *ret_status, struct error *error)
{
    struct stat status;
    if (!path_stat(path, &status, error) || !path_check_file(path, &status, error))
        return false;
    /* The file may have been replaced meanwhile: O_NONBLOCK keeps a FIFO from holding us. */
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &status) != 0)
        return path_error(error, errno, path);
    if (!path_check_file(path, &status, error))
        return false;
    *ret_status = status;
    *ret_fd = take_fd(&fd);
    return true;
}

bool path_open_directory(const char *path, int *ret_fd, struct error *error)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return path_error(error, errno, path);
    *ret_fd = fd;
    return true;
}

/* For kernels without openat2: only the last component is protected. */
static int open_below_plain(int root_fd, const char *relative, int flags)
{
    return openat(root_fd, relative, flags | O_NOFOLLOW);
}

int path_open_below(int root_fd, const char *relative, int flags)
{
    if (relative[0] == '\0')
        relative = ".";
    const int all = flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
    const struct open_how how = {
        .flags = (unsigned)all,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    const long fd = syscall(SYS_openat2, root_fd, relative, &how, sizeof(how));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return open_below_plain(root_fd, relative, all);
    return (int)fd;
}

#include "agent/prompt/text_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

static bool check_file(int fd, const char *name, struct error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return error_set_errno(error, errno, "read '%s'", name);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_INVALID, "'%s' is not a regular file", name);
    if ((size_t)status.st_size > TEXT_SOURCE_MAX_BYTES)
        return error_set(error, ERROR_TOO_LARGE, "'%s' has more than %zu bytes", name,
                         TEXT_SOURCE_MAX_BYTES);
    return true;
}

static bool read_all(int fd, const char *name, struct buf *bytes, struct error *error)
{
    for (;;) {
        char *room = buf_reserve(bytes, 65536);
        if (room == NULL)
            return error_set(error, ERROR_TOO_LARGE, "'%s' grows while it is read", name);
        const ssize_t count = read(fd, room, 65536);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_set_errno(error, errno, "read '%s'", name);
        if (count == 0)
            return true;
        bytes->len += (size_t)count;
    }
}

bool text_source_read_at(int folder_fd, const char *name, struct buf *out, struct error *error)
{
    scoped_buf struct buf bytes = {0};
    buf_init(&bytes, 2 * TEXT_SOURCE_MAX_BYTES);
    scoped_fd int fd = openat(folder_fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return error_set_errno(error, errno, "open '%s'", name);
    if (!check_file(fd, name, error) || !read_all(fd, name, &bytes, error))
        return false;
    const struct str mark = STR("\xef\xbb\xbf");
    const struct str text = buf_str(&bytes);
    utf8_repair(out, str_starts_with(text, mark) ? str_skip(text, mark.len) : text);
    return true;
}

bool text_source_read(const char *path, struct buf *out, struct error *error)
{
    return text_source_read_at(AT_FDCWD, path, out, error);
}

#include "server/base/fd.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* False: it failed. Nothing written of something is a failure that names no reason itself. */
static bool take_written(ssize_t count, struct str *bytes)
{
    if (count < 0)
        return errno == EINTR;
    if (count == 0)
        errno = EIO;
    *bytes = str_skip(*bytes, (size_t)count);
    return count > 0;
}

bool fd_write(int fd, struct str bytes)
{
    while (bytes.len > 0) {
        if (!take_written(write(fd, bytes.data, bytes.len), &bytes))
            return false;
    }
    return true;
}

bool fd_write_at(int fd, struct str bytes, uint64_t position)
{
    const size_t total = bytes.len;
    while (bytes.len > 0) {
        const off_t at = (off_t)(position + (total - bytes.len));
        if (!take_written(pwrite(fd, bytes.data, bytes.len, at), &bytes))
            return false;
    }
    return true;
}

bool fd_write_stamped(int fd, struct str bytes)
{
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {0}};
    if (!fd_write(fd, bytes))
        return false;
    if (clock_gettime(CLOCK_REALTIME, &times[1]) == 0)
        (void)futimens(fd, times); /* else the system's own time stays */
    return true;
}

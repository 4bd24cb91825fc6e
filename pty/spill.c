#include "pty/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"

bool spill_open(struct spill *spill, struct str path, uint64_t max_bytes, struct error *error)
{
    scoped_free char *name = mem_strndup(path.data, path.len);
    const int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return error_set_errno(error, errno, "create '%s' for what a terminal has printed", name);
    (void)unlink(name); /* a name that stays does no harm */
    *spill = (struct spill){.fd = fd, .max_bytes = max_bytes};
    return true;
}

void spill_close(struct spill *spill)
{
    fd_close(&spill->fd);
}

/* The longest part of the ring from `offset` on that does not go round its end. */
static size_t straight(const struct spill *spill, uint64_t offset, size_t len)
{
    const uint64_t room = spill->max_bytes - offset % spill->max_bytes;
    return len < room ? len : (size_t)room;
}

static bool write_at(const struct spill *spill, uint64_t offset, struct str bytes)
{
    while (bytes.len > 0) {
        const size_t len = straight(spill, offset, bytes.len);
        const ssize_t written =
            pwrite(spill->fd, bytes.data, len, (off_t)(offset % spill->max_bytes));
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        bytes = str_skip(bytes, (size_t)written);
        offset += (uint64_t)written;
    }
    return true;
}

void spill_write(struct spill *spill, uint64_t offset, struct str bytes)
{
    if (spill->first == spill->next)
        spill->first = offset;
    else
        assert(offset == spill->next);
    const uint64_t end = offset + bytes.len;
    if (bytes.len > spill->max_bytes) {
        const size_t skipped = bytes.len - (size_t)spill->max_bytes;
        bytes = str_skip(bytes, skipped);
        offset += skipped;
    }
    const bool is_written = write_at(spill, offset, bytes);
    if (!is_written && !spill->has_failed)
        log_warn("terminal.spill", "older output is dropped instead: errno=%d", errno);
    spill->has_failed = !is_written;
    spill->next = end;
    if (!is_written)
        spill->first = end;
    else if (end - spill->first > spill->max_bytes)
        spill->first = end - spill->max_bytes;
}

bool spill_read(const struct spill *spill, uint64_t from, size_t limit, struct buf *out)
{
    assert(from >= spill->first && from <= spill->next);
    if (limit > spill->next - from)
        limit = (size_t)(spill->next - from);
    while (limit > 0) {
        const size_t len = straight(spill, from, limit);
        char *room = buf_reserve(out, len);
        if (room == NULL)
            return false;
        const ssize_t got = pread(spill->fd, room, len, (off_t)(from % spill->max_bytes));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out->len += (size_t)got;
        out->data[out->len] = '\0';
        from += (uint64_t)got;
        limit -= (size_t)got;
    }
    return true;
}

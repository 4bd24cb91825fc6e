#include "agent/event_index.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"

/* The mapping is made larger than the file, in steps; only records that were written are looked
 * at, so what lies behind the end of the file is never touched. */
#define MAP_STEP_BYTES ((size_t)1 << 20)

static const struct header {
    char magic[16];
    uint32_t record_bytes;
    uint32_t padding[3];
} header = {.magic = "actiond events 1", .record_bytes = sizeof(struct event_record)};

struct event_index {
    int fd;
    size_t count;
    char *map; /* NULL: not mapped yet */
    size_t map_bytes;
};

static size_t offset_of(size_t number)
{
    return sizeof(header) + number * sizeof(struct event_record);
}

static bool has_header(int fd)
{
    struct header found;
    return pread(fd, &found, sizeof(found), 0) == (ssize_t)sizeof(found) &&
           memcmp(&found, &header, sizeof(header)) == 0;
}

static bool write_at(int fd, const void *bytes, size_t len, size_t offset, struct error *error)
{
    const ssize_t written = pwrite(fd, bytes, len, (off_t)offset);
    if (written == (ssize_t)len)
        return true;
    return error_set_errno(error, written < 0 ? errno : ENOSPC, "write the index of events");
}

static bool map_records(struct event_index *index, size_t count, struct error *error)
{
    const size_t needed = offset_of(count);
    if (needed <= index->map_bytes)
        return true;
    const size_t size = (needed / MAP_STEP_BYTES + 1) * MAP_STEP_BYTES;
    char *map = mmap(NULL, size, PROT_READ, MAP_SHARED, index->fd, 0);
    if (map == MAP_FAILED)
        return error_set_errno(error, errno, "map the index of events");
    if (index->map != NULL)
        (void)munmap(index->map, index->map_bytes); /* cannot fail for what was mapped */
    index->map = map;
    index->map_bytes = size;
    return true;
}

static bool load(struct event_index *index, struct error *error)
{
    struct stat status;
    if (fstat(index->fd, &status) != 0)
        return error_set_errno(error, errno, "look at the index of events");
    if (!has_header(index->fd)) {
        if (ftruncate(index->fd, 0) != 0)
            return error_set_errno(error, errno, "empty the index of events");
        return write_at(index->fd, &header, sizeof(header), 0, error);
    }
    index->count = ((size_t)status.st_size - sizeof(header)) / sizeof(struct event_record);
    return map_records(index, index->count, error);
}

bool event_index_open(const char *directory, struct event_index **ret_index, struct error *error)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "%s/%s", directory, EVENT_INDEX_NAME);
    const int fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(error, errno, "open '%s'", path.data);
    struct event_index *index = mem_zero(1, sizeof(*index));
    index->fd = fd;
    if (!load(index, error)) {
        event_index_close(index);
        return false;
    }
    *ret_index = index;
    return true;
}

void event_index_close(struct event_index *index)
{
    if (index == NULL)
        return;
    if (index->map != NULL)
        (void)munmap(index->map, index->map_bytes); /* cannot fail for what was mapped */
    fd_close(&index->fd);
    free(index);
}

size_t event_index_count(const struct event_index *index)
{
    return index->count;
}

const struct event_record *event_index_at(const struct event_index *index, size_t number)
{
    assert(number < index->count);
    return (const struct event_record *)(const void *)(index->map + offset_of(number));
}

bool event_index_add(struct event_index *index, const struct event_record *record,
                     struct error *error)
{
    if (!write_at(index->fd, record, sizeof(*record), offset_of(index->count), error) ||
        !map_records(index, index->count + 1, error))
        return false;
    index->count++;
    return true;
}

bool event_index_truncate(struct event_index *index, size_t count, struct error *error)
{
    if (count >= index->count)
        return true;
    if (ftruncate(index->fd, (off_t)offset_of(count)) != 0)
        return error_set_errno(error, errno, "shorten the index of events");
    index->count = count;
    return true;
}

size_t event_index_find(const struct event_index *index, struct id id)
{
    for (size_t number = index->count; number > 0; number--)
        if (id_equal(event_index_at(index, number - 1)->id, id))
            return number - 1;
    return SIZE_MAX;
}

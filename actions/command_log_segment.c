/*
 * A scan reads the file in blocks and looks only at heads: it steps from one to the next by their
 * sizes and skips large bodies without reading them. Where a head is damaged it searches for the
 * next sound one.
 */
#include "actions/command_log_segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define NAME_FORMAT "segment-%08u.log"
#define NAME_PREFIX STR("segment-")
#define NAME_SUFFIX STR(".log")
#define START_MAGIC "ACTLOG\x01\n"
#define SCAN_BYTES  ((size_t)256 << 10)
#define SKIP_BYTES  ((size_t)16 << 10) /* larger bodies are stepped over, not read */

struct start {
    char magic[8];
    uint64_t number;
    uint64_t first_seq;
    int64_t last_us;
};
_Static_assert(sizeof(struct start) == 32, "no padding");

static char *path_of(struct str folder, uint32_t number)
{
    struct buf path = {0};
    buf_printf(&path, "%.*s/" NAME_FORMAT, STR_ARG(folder), number);
    return path.data;
}

static struct segment *allocate(struct str folder, uint32_t number)
{
    struct segment *segment = mem_zero(1, sizeof(*segment));
    segment->path = path_of(folder, number);
    segment->number = number;
    segment->fd = -1;
    buf_init(&segment->image, (size_t)2 << 30);
    return segment;
}

void segment_make_folders(const char *file)
{
    scoped_free char *path = mem_strdup(file);
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0755);
        *slash = '/';
    }
}

static bool create_file(const char *path, int *ret_fd, struct error *error)
{
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
    int fd = open(path, flags, 0600);
    if (fd < 0 && errno == ENOENT) {
        segment_make_folders(path);
        fd = open(path, flags, 0600);
    }
    if (fd < 0)
        return error_set_errno(error, errno, "create '%s'", path);
    *ret_fd = fd;
    return true;
}

bool segment_persist(struct segment *segment, struct error *error)
{
    assert(segment_is_in_memory(segment));
    scoped_fd int fd = -1;
    if (!create_file(segment->path, &fd, error))
        return false;
    if (!fd_write_at(fd, buf_str(&segment->image), 0)) {
        error_set_errno(error, errno, "write '%s'", segment->path);
        (void)unlink(segment->path); /* what is left of it would be cut off at the next start */
        return false;
    }
    segment->fd = take_fd(&fd);
    buf_fini(&segment->image);
    return true;
}

struct segment *segment_new(struct str folder, uint32_t number, uint64_t first_seq, int64_t last_us)
{
    struct segment *segment = allocate(folder, number);
    segment->first_seq = first_seq;
    segment->last_us = last_us;
    struct start start = {
        .magic = START_MAGIC, .number = number, .first_seq = first_seq, .last_us = last_us};
    buf_append_bytes(&segment->image, &start, sizeof(start));
    segment->size = segment->image.len;
    return segment;
}

bool segment_open(struct str folder, uint32_t number, struct segment **ret_segment,
                  struct error *error)
{
    struct segment *segment = allocate(folder, number);
    segment->fd = open(segment->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    struct stat status;
    struct start start;
    if (segment->fd < 0 || fstat(segment->fd, &status) != 0) {
        error_set_errno(error, errno, "open '%s'", segment->path);
        segment_free(segment);
        return false;
    }
    if (!S_ISREG(status.st_mode) ||
        pread(segment->fd, &start, sizeof(start), 0) != (ssize_t)sizeof(start) ||
        memcmp(start.magic, START_MAGIC, sizeof(start.magic)) != 0 || start.number != number) {
        error_set(error, ERROR_INVALID, "'%s' is no segment of the command log", segment->path);
        segment_free(segment);
        return false;
    }
    segment->size = (uint64_t)status.st_size;
    segment->first_seq = start.first_seq;
    segment->last_us = start.last_us;
    *ret_segment = segment;
    return true;
}

void segment_free(struct segment *segment)
{
    if (segment == NULL)
        return;
    fd_close(&segment->fd);
    buf_fini(&segment->image);
    free(segment->path);
    free(segment);
}

void segment_delete(struct segment *segment)
{
    if (!segment_is_in_memory(segment) && unlink(segment->path) != 0 && errno != ENOENT)
        log_warn("commands.segment_left", "path=%s errno=%d", segment->path, errno);
    segment_free(segment);
}

bool segment_is_in_memory(const struct segment *segment)
{
    return segment->fd < 0;
}

bool segment_append(struct segment *segment, struct str bytes, uint64_t *ret_position,
                    struct error *error)
{
    if (segment_is_in_memory(segment)) {
        buf_append(&segment->image, bytes);
    } else if (!fd_write_at(segment->fd, bytes, segment->size)) {
        error_set_errno(error, errno, "write '%s'", segment->path);
        /* A record that is cut short is skipped at the next start, should this fail as well. */
        if (ftruncate(segment->fd, (off_t)segment->size) != 0)
            log_warn("command_log.torn", "path=%s errno=%d", segment->path, errno);
        return false;
    }
    *ret_position = segment->size;
    segment->size += bytes.len;
    return true;
}

bool segment_read(const struct segment *segment, uint64_t position, size_t len, struct buf *out)
{
    buf_clear(out);
    if (segment_is_in_memory(segment)) {
        struct str rest = str_skip(buf_str(&segment->image), (size_t)position);
        buf_append(out, str_slice(rest, 0, len));
        return true;
    }
    char *room = buf_reserve(out, len);
    if (room == NULL)
        return false;
    size_t got = 0;
    while (got < len) {
        ssize_t count = pread(segment->fd, room + got, len - got, (off_t)(position + got));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        if (count == 0)
            break;
        got += (size_t)count;
    }
    out->len = got;
    room[got] = '\0';
    return true;
}

/* The block of the file that a scan looks at. */
struct scan {
    struct segment *segment;
    struct buf block;
    uint64_t block_from;
    bool expects_large; /* the last body was: read no more than a head */
};

/* What the file holds at `position`: RECORD_MAX_HEAD_BYTES at least, unless it ends before. */
static struct str scan_bytes(struct scan *scan, uint64_t position)
{
    uint64_t end = scan->block_from + scan->block.len;
    bool is_inside = position >= scan->block_from && position < end;
    if (!is_inside || end - position < RECORD_MAX_HEAD_BYTES) {
        size_t wanted = scan->expects_large ? RECORD_MAX_HEAD_BYTES : SCAN_BYTES;
        if (!segment_read(scan->segment, position, wanted, &scan->block))
            buf_clear(&scan->block);
        scan->block_from = position;
    }
    return str_skip(buf_str(&scan->block), (size_t)(position - scan->block_from));
}

/* The next position at or behind `position` where a sound head stands; the end when there is none.
 */
static uint64_t scan_resume(struct scan *scan, uint64_t position)
{
    while (position < scan->segment->size) {
        struct str bytes = scan_bytes(scan, position);
        if (bytes.len == 0)
            break;
        size_t at = record_find(bytes, 0);
        if (at == SIZE_MAX) {
            /* The mark may lie across the end of the block. */
            position += bytes.len > 3 ? bytes.len - 3 : bytes.len;
            continue;
        }
        struct record record;
        position += at;
        if (record_read_head(scan_bytes(scan, position), &record))
            return position;
        position++;
    }
    return scan->segment->size;
}

static void cut_off(struct segment *segment, uint64_t position)
{
    log_warn("commands.torn_end", "path=%s bytes=%llu", segment->path,
             (unsigned long long)(segment->size - position));
    if (ftruncate(segment->fd, (off_t)position) == 0)
        segment->size = position;
}

void segment_scan(struct segment *segment, bool is_last, segment_visit_fn visit, void *owner)
{
    struct scan scan = {.segment = segment};
    uint64_t position = sizeof(struct start);
    while (position < segment->size) {
        struct record record;
        bool is_sound = record_read_head(scan_bytes(&scan, position), &record) &&
                        record_bytes(&record) <= segment->size - position;
        if (is_sound) {
            visit(owner, position, &record);
            position += record_bytes(&record);
            scan.expects_large = record.body_bytes > SKIP_BYTES;
            continue;
        }
        scan.expects_large = false;
        uint64_t next = scan_resume(&scan, position + 1);
        if (next >= segment->size && is_last) {
            cut_off(segment, position);
            break;
        }
        log_warn("commands.damaged_record", "path=%s from=%llu to=%llu", segment->path,
                 (unsigned long long)position, (unsigned long long)next);
        position = next;
    }
    buf_fini(&scan.block);
}

static bool number_of(struct str name, uint32_t *ret_number)
{
    uint64_t number;
    if (!str_starts_with(name, NAME_PREFIX) || !str_ends_with(name, NAME_SUFFIX) || name.len != 20)
        return false;
    struct str digits = str_slice(name, NAME_PREFIX.len, name.len - NAME_SUFFIX.len);
    if (!str_to_u64(digits, 0, 99999999, &number))
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

uint32_t *segment_numbers(struct str folder, size_t *ret_count)
{
    *ret_count = 0;
    scoped_free char *path = mem_strndup(folder.data, folder.len);
    DIR *directory = opendir(path);
    if (directory == NULL)
        return NULL;
    struct buf found = {0};
    uint32_t number;
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (number_of(str_from(entry->d_name), &number))
            buf_append_bytes(&found, &number, sizeof(number));
    }
    (void)closedir(directory); /* was only read */
    *ret_count = found.len / sizeof(number);
    if (*ret_count > 0)
        qsort(found.data, *ret_count, sizeof(number), compare_numbers);
    return (uint32_t *)(void *)found.data;
}

#include "actions/file_stat.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/mem.h"

static const char *const kind_names[] = {
#define FILE_KIND_NAME(name, text) [name] = (text),
    FILE_KINDS(FILE_KIND_NAME)
#undef FILE_KIND_NAME
};

const char *file_kind_name(enum file_kind kind)
{
    return kind_names[kind];
}

enum file_kind file_kind_of_mode(mode_t mode)
{
    return file_kind_of_dirent((unsigned char)IFTODT(mode));
}

enum file_kind file_kind_of_dirent(unsigned char type)
{
    switch (type) {
    case DT_REG:
        return FILE_KIND_FILE;
    case DT_DIR:
        return FILE_KIND_DIRECTORY;
    case DT_LNK:
        return FILE_KIND_LINK;
    case DT_FIFO:
        return FILE_KIND_FIFO;
    case DT_SOCK:
        return FILE_KIND_SOCKET;
    case DT_CHR:
    case DT_BLK:
        return FILE_KIND_DEVICE;
    default:
        return FILE_KIND_UNKNOWN;
    }
}

/* The finaliser of splitmix64: every input bit changes about half of the output bits. */
static uint64_t mix(uint64_t value)
{
    value += 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

struct file_etag file_status_etag(const struct stat *status)
{
    const uint64_t modified =
        (uint64_t)status->st_mtim.tv_sec * 1000000000u + (uint64_t)status->st_mtim.tv_nsec;
    const uint64_t high = mix(mix(modified) ^ (uint64_t)status->st_size);
    const uint64_t low = mix(mix(high ^ (uint64_t)status->st_ino) ^ (uint64_t)status->st_dev);
    struct file_etag etag;
    (void)snprintf(etag.text, sizeof(etag.text), "%016llx%016llx", (unsigned long long)high,
                   (unsigned long long)low); /* exactly 32 digits */
    return etag;
}

static int64_t microseconds(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

struct file_status file_status_from(const struct stat *status)
{
    return (struct file_status){
        .kind = file_kind_of_mode(status->st_mode),
        .size = (uint64_t)status->st_size,
        .mode = status->st_mode & 07777u,
        .uid = status->st_uid,
        .gid = status->st_gid,
        .inode = status->st_ino,
        .links = status->st_nlink,
        .modified_us = microseconds(status->st_mtim),
        .changed_us = microseconds(status->st_ctim),
        .etag = file_status_etag(status),
    };
}

static char *read_target(const char *path)
{
    scoped_free char *target = mem_alloc(PATH_MAX_BYTES + 1);
    const ssize_t len = readlink(path, target, PATH_MAX_BYTES);
    return len < 0 ? NULL : mem_strndup(target, (size_t)len);
}

bool file_stat(const char *path, bool follows, struct file_status *ret_status, char **ret_target,
               struct error *error)
{
    struct stat status;
    if ((follows ? stat(path, &status) : lstat(path, &status)) != 0)
        return path_error(error, errno, path);
    *ret_status = file_status_from(&status);
    if (ret_target != NULL)
        *ret_target = S_ISLNK(status.st_mode) ? read_target(path) : NULL;
    return true;
}

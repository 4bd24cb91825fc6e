#include "actions/file_part.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"

#define READ_BYTES ((size_t)256 << 10)

static void print_name(const struct file_part *part, struct buf *out)
{
    buf_printf(out, ".actiond-%s.part", id_hex(part->id).text);
}

/* The part's own path; heap memory. */
static bool part_path(const struct file_part *part, char **ret_path, struct error *error)
{
    scoped_free char *target = NULL;
    if (!path_follow(part->path, &target, error))
        return false;
    scoped_free char *parent = path_parent(target);
    scoped_buf struct buf name = {0};
    print_name(part, &name);
    *ret_path = path_join(parent, buf_str(&name));
    return true;
}

/* The lock ends with the descriptor. It counts only when the name still leads to the same file:
 * the one who held it before may have committed or removed it. */
static bool lock(const struct file_part *part, int fd, struct error *error)
{
    scoped_free char *path = NULL;
    struct stat held;
    struct stat named;
    if (!part_path(part, &path, error))
        return false;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &held) == 0 && stat(path, &named) == 0 &&
        held.st_ino == named.st_ino && S_ISREG(held.st_mode))
        return true;
    return error_set(error, ERROR_CONFLICT, "another request is changing upload %s",
                     id_hex(part->id).text);
}

static bool open_locked(const struct file_part *part, struct file_write_options options,
                        struct file_write **ret_file, uint64_t *ret_size, struct error *error)
{
    scoped_buf struct buf name = {0};
    struct stat status;
    print_name(part, &name);
    options.path = part->path;
    options.part_name = buf_str(&name);
    struct file_write *file;
    if (!file_write_open(&options, &file, error))
        return false;
    const int fd = file_write_fd(file);
    if (lock(part, fd, error) && fstat(fd, &status) == 0) {
        *ret_size = (uint64_t)status.st_size;
        *ret_file = file;
        return true;
    }
    file_write_abort(file);
    return false;
}

static bool write_at(const struct file_part *part, int fd, uint64_t offset, struct str bytes,
                     struct error *error)
{
    while (bytes.len > 0) {
        const ssize_t written = pwrite(fd, bytes.data, bytes.len, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return path_error(error, errno, part->path);
        offset += (uint64_t)written;
        bytes = str_skip(bytes, (size_t)written);
    }
    return true;
}

bool file_part_write(const struct file_part *part, uint64_t offset, struct str bytes,
                     bool creates_parents, uint64_t *ret_size, struct error *error)
{
    struct file_write *file;
    uint64_t size;
    const struct file_write_options options = {.creates_parents = creates_parents};
    if (!open_locked(part, options, &file, &size, error))
        return false;
    bool is_written = offset <= size;
    if (!is_written)
        (void)error_set(error, ERROR_CONFLICT,
                        "%llu bytes of the upload have arrived, offset %llu would leave a gap",
                        (unsigned long long)size, (unsigned long long)offset); /* is false */
    else
        is_written = write_at(part, file_write_fd(file), offset, bytes, error);
    if (is_written)
        *ret_size = offset + bytes.len > size ? offset + bytes.len : size;
    file_write_abort(file); /* leaves the part */
    return is_written;
}

bool file_part_size(const struct file_part *part, uint64_t *ret_size, struct error *error)
{
    scoped_free char *path = NULL;
    struct stat status;
    if (!part_path(part, &path, error) || !path_stat(path, &status, error))
        return false;
    *ret_size = (uint64_t)status.st_size;
    return true;
}

bool file_part_remove(const struct file_part *part, struct error *error)
{
    scoped_free char *path = NULL;
    if (!part_path(part, &path, error))
        return false;
    return unlink(path) == 0 || path_error(error, errno, path);
}

static bool hash_file(int fd, struct file_hash_text *ret_hash)
{
    struct file_hash hash;
    scoped_free char *block = mem_alloc(READ_BYTES);
    file_hash_init(&hash);
    for (off_t at = 0;;) {
        const ssize_t got = pread(fd, block, READ_BYTES, at);
        if (got < 0 && errno != EINTR)
            return false;
        if (got == 0)
            break;
        if (got > 0) {
            file_hash_add(&hash, str_span(block, (size_t)got));
            at += got;
        }
    }
    *ret_hash = file_hash_finish(&hash);
    return true;
}

/* Size and, when one is given, hash are those the commit names. */
static bool check_content(int fd, const struct file_part_commit *commit, uint64_t size,
                          struct file_hash_text *ret_hash, struct error *error)
{
    *ret_hash = (struct file_hash_text){0};
    if (size != commit->size)
        return error_set(error, ERROR_CONFLICT, "%llu bytes have arrived, not %llu",
                         (unsigned long long)size, (unsigned long long)commit->size);
    if (!str_is_set(commit->sha256))
        return true;
    if (!hash_file(fd, ret_hash))
        return error_set_errno(error, errno, "the content cannot be read");
    if (str_equal_nocase(str_from(ret_hash->text), commit->sha256))
        return true;
    return error_set(error, ERROR_UNPROCESSABLE, "the content has the SHA-256 %s", ret_hash->text);
}

/* Nothing has arrived: perhaps because it has been committed before. */
static bool recognise(const struct file_part *part, const struct file_part_commit *commit,
                      struct file_written *ret_written, struct error *error)
{
    scoped_fd int fd = -1;
    struct stat status;
    struct file_hash_text hash;
    if (!path_open_file(part->path, &fd, &status, NULL) ||
        !check_content(fd, commit, (uint64_t)status.st_size, &hash, NULL))
        return error_set(error, ERROR_NOT_FOUND, "there is no upload %s to '%s'",
                         id_hex(part->id).text, part->path);
    *ret_written = (struct file_written){
        .size = (uint64_t)status.st_size,
        .etag = file_status_etag(&status),
        .sha256 = hash,
    };
    return true;
}

bool file_part_commit(const struct file_part *part, const struct file_part_commit *commit,
                      struct file_written *ret_written, struct error *error)
{
    uint64_t size;
    struct file_write *file;
    struct file_hash_text hash;
    if (!file_part_size(part, &size, NULL))
        return recognise(part, commit, ret_written, error);
    const struct file_write_options options = {.syncs = commit->syncs};
    if (!open_locked(part, options, &file, &size, error))
        return false;
    if (!check_content(file_write_fd(file), commit, size, &hash, error)) {
        file_write_abort(file); /* leaves the part */
        return false;
    }
    if (!file_write_commit(file, ret_written, error))
        return false;
    ret_written->sha256 = hash;
    return true;
}

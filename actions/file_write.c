#include "actions/file_write.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/id.h"
#include "server/base/mem.h"

struct file_write {
    char *path;   /* as asked for: what error texts name */
    char *target; /* links followed */
    int directory_fd;
    int fd;
    char *part_name; /* NULL for an unnamed file */
    bool keeps_part; /* on abort */
    bool is_in_place;
    bool syncs;
    bool refuses_existing;
    char *if_match;
    bool hashes;
    char *sha256;
    struct file_hash hash;
    bool has_old; /* the target existed at open */
    struct stat old;
    bool has_mode;
    unsigned mode;
};

static const char *target_name(const struct file_write *file)
{
    return path_name(file->target).data;
}

/* Looks at the target and refuses what cannot or must not be replaced. */
static bool check_target(struct file_write *file, struct error *error)
{
    file->has_old = stat(file->target, &file->old) == 0;
    if (!file->has_old && errno != ENOENT)
        return path_error(error, errno, file->path);
    if (file->has_old && !path_check_file(file->path, &file->old, error))
        return false;
    if (file->has_old && file->refuses_existing)
        return path_error(error, EEXIST, file->path);
    if (file->if_match == NULL)
        return true;
    if (!file->has_old)
        return error_set(error, ERROR_CONFLICT, "'%s' does not exist", file->path);
    const struct file_etag etag = file_status_etag(&file->old);
    if (!str_equal(str_from(file->if_match), str_from(etag.text)))
        return error_set(error, ERROR_CONFLICT, "'%s' has changed: its etag is %s", file->path,
                         etag.text);
    return true;
}

static char *new_part_name(void)
{
    struct buf name = {0};
    buf_printf(&name, ".actiond-%s.part", id_hex(id_new()).text);
    return name.data;
}

/* An unnamed file away from the target. */
static int open_scratch(void)
{
    const char *folder = getenv("TMPDIR");
    const int flags = O_RDWR | O_TMPFILE | O_CLOEXEC;
    int fd = folder == NULL ? -1 : open(folder, flags, 0600);
    if (fd < 0)
        fd = open("/tmp", flags, 0600);
    return fd < 0 ? open("/var/tmp", flags, 0600) : fd;
}

/* Links cannot be made from an unnamed file without this folder. */
static bool has_fd_folder(void)
{
    return access("/proc/self/fd", F_OK) == 0;
}

static bool open_part(struct file_write *file)
{
    const int flags = O_RDWR | O_CLOEXEC;
    if (file->part_name != NULL) {
        const int more = O_CREAT | O_NOFOLLOW | O_NONBLOCK;
        file->fd = openat(file->directory_fd, file->part_name, flags | more, 0666);
        return file->fd >= 0;
    }
    if (has_fd_folder()) {
        file->fd = openat(file->directory_fd, ".", flags | O_TMPFILE, 0666);
        if (file->fd >= 0)
            return true;
        if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT)
            return false;
    }
    scoped_free char *name = new_part_name();
    file->fd = openat(file->directory_fd, name, flags | O_CREAT | O_EXCL, 0666);
    if (file->fd < 0)
        return false;
    file->part_name = take_pointer(&name);
    return true;
}

static bool open_temporary(struct file_write *file, struct error *error)
{
    if (open_part(file))
        return true;
    const int saved = errno;
    const bool is_refused = saved == EACCES || saved == EPERM || saved == EROFS;
    if (is_refused && file->has_old && file->part_name == NULL &&
        faccessat(AT_FDCWD, file->target, W_OK, AT_EACCESS) == 0) {
        file->is_in_place = true;
        file->fd = open_scratch();
        if (file->fd >= 0)
            return true;
    }
    return path_error(error, saved, file->path);
}

static bool open_parent(struct file_write *file, bool creates_parents, struct error *error)
{
    scoped_free char *parent = path_parent(file->target);
    if (creates_parents && !file_make_directories(parent, error))
        return false;
    file->directory_fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    return file->directory_fd >= 0 || path_error(error, errno, file->path);
}

bool file_write_open(const struct file_write_options *options, struct file_write **ret_write,
                     struct error *error)
{
    struct file_write *file = mem_zero(1, sizeof(*file));
    file->path = mem_strdup(options->path);
    file->directory_fd = -1;
    file->fd = -1;
    file->syncs = options->syncs;
    file->refuses_existing = options->refuses_existing;
    if (str_is_set(options->if_match))
        file->if_match = mem_strndup(options->if_match.data, options->if_match.len);
    if (str_is_set(options->sha256))
        file->sha256 = mem_strndup(options->sha256.data, options->sha256.len);
    file->hashes = options->hashes || file->sha256 != NULL;
    file->keeps_part = str_is_set(options->part_name);
    if (file->keeps_part)
        file->part_name = mem_strndup(options->part_name.data, options->part_name.len);
    file_hash_init(&file->hash);
    if (!path_follow(options->path, &file->target, error) ||
        !open_parent(file, options->creates_parents, error) || !check_target(file, error) ||
        !open_temporary(file, error)) {
        file_write_abort(file);
        return false;
    }
    *ret_write = file;
    return true;
}

void file_write_abort(struct file_write *file)
{
    if (file == NULL)
        return;
    if (file->part_name != NULL && !file->keeps_part)
        (void)unlinkat(file->directory_fd, file->part_name, 0); /* it may be gone already */
    fd_close(&file->fd);
    fd_close(&file->directory_fd);
    free(file->part_name);
    free(file->target);
    free(file->path);
    free(file->if_match);
    free(file->sha256);
    free(file);
}

bool file_write_add(struct file_write *file, struct str bytes, struct error *error)
{
    if (file->hashes)
        file_hash_add(&file->hash, bytes);
    return fd_write(file->fd, bytes) || path_error(error, errno, file->path);
}

void file_write_set_mode(struct file_write *file, unsigned mode)
{
    file->has_mode = true;
    file->mode = mode;
}

int file_write_fd(const struct file_write *file)
{
    return file->fd;
}

/* Copies everything from one descriptor to another, both from their starts. 0 or an errno. */
static int copy_all(int from, int to, off_t size)
{
    off_t done = 0;
    while (done < size) {
        const ssize_t copied = sendfile(to, from, &done, (size_t)(size - done));
        if (copied < 0 && errno == EINTR)
            continue;
        if (copied < 0)
            return errno;
        if (copied == 0)
            break;
    }
    return ftruncate(to, size) == 0 ? 0 : errno;
}

/* The way for names that cannot be replaced. 0 or an errno. */
static int overwrite_in_place(const struct file_write *file)
{
    scoped_fd int to = open(file->target, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    struct stat ours;
    if (to < 0 || fstat(to, &status) != 0 || fstat(file->fd, &ours) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return EINVAL;
    const int failed = copy_all(file->fd, to, ours.st_size);
    if (failed == 0 && file->syncs && fsync(to) != 0)
        return errno;
    return failed;
}

/* Gives the new file the old one's owner and mode. False when the owner cannot be kept. */
static bool keep_attributes(const struct file_write *file)
{
    if (file->has_mode)
        return fchmod(file->fd, file->mode & 07777u) == 0;
    if (!file->has_old)
        return true;
    struct stat ours;
    if (fstat(file->fd, &ours) != 0)
        return false;
    const bool has_same_owner = ours.st_uid == file->old.st_uid && ours.st_gid == file->old.st_gid;
    if (!has_same_owner && fchown(file->fd, file->old.st_uid, file->old.st_gid) != 0)
        return false;
    return fchmod(file->fd, file->old.st_mode & 0777u) == 0;
}

static int link_unnamed(const struct file_write *file, const char *name)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "/proc/self/fd/%d", file->fd);
    return linkat(AT_FDCWD, path.data, file->directory_fd, name, AT_SYMLINK_FOLLOW) == 0 ? 0
                                                                                         : errno;
}

static int rename_part(const struct file_write *file)
{
    const unsigned flags = file->refuses_existing ? RENAME_NOREPLACE : 0;
    const int directory = file->directory_fd;
    return renameat2(directory, file->part_name, directory, target_name(file), flags) == 0 ? 0
                                                                                           : errno;
}

/* 0 or an errno. An unnamed file takes a free name at once; an occupied one only by renaming. */
static int take_name(struct file_write *file)
{
    if (file->part_name == NULL) {
        int failed = link_unnamed(file, target_name(file));
        if (failed != EEXIST || file->refuses_existing)
            return failed;
        scoped_free char *part_name = new_part_name();
        failed = link_unnamed(file, part_name);
        if (failed != 0)
            return failed;
        file->part_name = take_pointer(&part_name);
    }
    const int failed = rename_part(file);
    if (failed == 0) {
        free(file->part_name);
        file->part_name = NULL;
    }
    return failed;
}

static int sync_directory(const struct file_write *file)
{
    scoped_fd int fd = openat(file->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? 0 : errno;
}

static bool is_place_refused(int failed)
{
    return failed == EBUSY || failed == EPERM || failed == EACCES || failed == EXDEV;
}

/* 0 or an errno. */
static int finish(struct file_write *file)
{
    if (file->is_in_place || !keep_attributes(file))
        return overwrite_in_place(file);
    if (file->syncs && fsync(file->fd) != 0)
        return errno;
    const int failed = take_name(file);
    if (failed != 0 && file->has_old && is_place_refused(failed))
        return overwrite_in_place(file);
    return failed == 0 && file->syncs ? sync_directory(file) : failed;
}

/* Ends the hash and compares it with the one expected. */
static bool check_hash(struct file_write *file, struct file_hash_text *ret_hash,
                       struct error *error)
{
    *ret_hash = (struct file_hash_text){0};
    if (!file->hashes)
        return true;
    *ret_hash = file_hash_finish(&file->hash);
    if (file->sha256 == NULL || str_equal_nocase(str_from(file->sha256), str_from(ret_hash->text)))
        return true;
    return error_set(error, ERROR_UNPROCESSABLE, "the content of '%s' has the SHA-256 %s",
                     file->path, ret_hash->text);
}

static bool commit(struct file_write *file, struct file_written *ret_written, struct error *error)
{
    struct file_hash_text hash;
    if (!check_hash(file, &hash, error))
        return false;
    if (!check_target(file, error)) /* again: it may have changed meanwhile */
        return false;
    const int failed = finish(file);
    struct stat status;
    if (failed != 0)
        return path_error(error, failed, file->path);
    if (stat(file->target, &status) != 0)
        return path_error(error, errno, file->path);
    *ret_written = (struct file_written){
        .size = (uint64_t)status.st_size,
        .etag = file_status_etag(&status),
        .was_created = !file->has_old,
        .sha256 = hash,
    };
    return true;
}

bool file_write_commit(struct file_write *file, struct file_written *ret_written,
                       struct error *error)
{
    const bool is_committed = commit(file, ret_written, error);
    file_write_abort(file);
    return is_committed;
}

bool file_write_whole(const struct file_write_options *options, struct str content,
                      struct error *error)
{
    struct file_write *file;
    struct file_written written;
    if (!file_write_open(options, &file, error))
        return false;
    if (file_write_add(file, content, error))
        return file_write_commit(file, &written, error);
    file_write_abort(file);
    return false;
}

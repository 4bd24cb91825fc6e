#include "actions/file_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/file_remove.h"
#include "actions/file_walk.h"
#include "actions/file_write.h"
#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/mem.h"

#define COPY_STEP_BYTES ((size_t)8 << 20) /* between two looks at is_cancelled */

static bool check_cancelled(const struct file_copy_options *options, struct error *error)
{
    if (options->is_cancelled != NULL && atomic_load(options->is_cancelled))
        return error_set(error, ERROR_CANCELLED, "the copy was cancelled");
    return true;
}

/* Copies by read and write, for pairs of file systems that cannot do better. */
static ssize_t copy_through_memory(int from, int to)
{
    const size_t size = (size_t)1 << 18;
    scoped_free char *block = mem_alloc(size);
    const ssize_t got = read(from, block, size);
    if (got > 0 && !fd_write(to, str_span(block, (size_t)got)))
        return -1;
    return got;
}

static ssize_t copy_step(int from, int to, bool *is_plain)
{
    if (!*is_plain) {
        const ssize_t copied = copy_file_range(from, NULL, to, NULL, COPY_STEP_BYTES, 0);
        const bool is_unable = copied < 0 && (errno == EXDEV || errno == EINVAL ||
                                              errno == EOPNOTSUPP || errno == ENOSYS);
        if (copied > 0 || (copied < 0 && !is_unable))
            return copied;
        *is_plain = true; /* also for 0: some special file systems say so of files with content */
    }
    return copy_through_memory(from, to);
}

static bool copy_bytes(const struct file_copy_options *options, int from, int to, uint64_t *bytes,
                       const char *path, struct error *error)
{
    bool is_plain = false;
    for (;;) {
        if (!check_cancelled(options, error))
            return false;
        const ssize_t copied = copy_step(from, to, &is_plain);
        if (copied < 0 && errno == EINTR)
            continue;
        if (copied < 0)
            return path_error(error, errno, path);
        if (copied == 0)
            return true;
        *bytes += (uint64_t)copied;
    }
}

static void keep_times(int fd, const struct stat *status)
{
    const struct timespec times[2] = {status->st_atim, status->st_mtim};
    (void)futimens(fd, times); /* a copy with another time is still a copy */
}

static bool copy_file(const struct file_copy_options *options, int from, const struct stat *status,
                      const char *to, struct file_copied *copied, struct error *error)
{
    const struct file_write_options write_options = {
        .path = to,
        .creates_parents = options->creates_parents,
        .refuses_existing = !options->replaces,
    };
    struct file_write *file;
    struct file_written written;
    if (!file_write_open(&write_options, &file, error))
        return false;
    if (!copy_bytes(options, from, file_write_fd(file), &copied->bytes, to, error)) {
        file_write_abort(file);
        return false;
    }
    file_write_set_mode(file, status->st_mode & 0777u);
    keep_times(file_write_fd(file), status);
    copied->files++;
    return file_write_commit(file, &written, error);
}

static bool copy_link(int directory, const char *name, const char *to, struct error *error)
{
    scoped_free char *target = mem_alloc(PATH_MAX_BYTES + 1);
    const ssize_t len = readlinkat(directory, name, target, PATH_MAX_BYTES);
    if (len < 0)
        return path_error(error, errno, to);
    target[len] = '\0';
    return symlink(target, to) == 0 || path_error(error, errno, to);
}

static bool copy_directory(struct file_walk *walk, const char *to, struct error *error)
{
    struct stat status;
    if (!file_walk_stat(walk, &status))
        return path_error(error, errno, to);
    (void)file_walk_enter(walk, 0);
    return mkdir(to, (status.st_mode & 0777u) | S_IRWXU) == 0 || path_error(error, errno, to);
}

static bool copy_entry_file(struct file_walk *walk, const struct file_copy_options *options,
                            const char *to, struct file_copied *copied, struct error *error)
{
    scoped_fd int fd = file_walk_open_entry(walk, O_RDONLY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0)
        return path_error(error, errno, to);
    return copy_file(options, fd, &status, to, copied, error);
}

static bool copy_entry(struct file_walk *walk, const struct file_walk_entry *entry,
                       const struct file_copy_options *options, struct file_copied *copied,
                       struct error *error)
{
    scoped_free char *to = path_join(options->to, str_from(entry->path));
    if (!check_cancelled(options, error))
        return false;
    if (entry->kind == FILE_KIND_DIRECTORY)
        return copy_directory(walk, to, error);
    if (entry->kind == FILE_KIND_LINK)
        return copy_link(file_walk_directory(walk), entry->name.data, to, error);
    if (entry->kind == FILE_KIND_FILE)
        return copy_entry_file(walk, options, to, copied, error);
    copied->skipped++;
    return true;
}

static bool copy_content(const struct file_copy_options *options, struct file_copied *copied,
                         struct error *error)
{
    struct file_walk *walk;
    const struct file_walk_options walk_options = {.root = options->from, .is_confined = true};
    if (!file_walk_open(&walk_options, &walk, error))
        return false;
    struct file_walk_entry entry;
    bool is_fine = true;
    while (is_fine && file_walk_next(walk, &entry))
        is_fine = copy_entry(walk, &entry, options, copied, error);
    copied->skipped += file_walk_skipped(walk);
    file_walk_close(walk);
    return is_fine;
}

/* A tree must not be put into itself: it would never end. */
static bool is_inside(const char *from, const char *to)
{
    scoped_free char *real_from = realpath(from, NULL);
    scoped_free char *parent = path_parent(to);
    scoped_free char *real_parent = realpath(parent, NULL);
    if (real_from == NULL || real_parent == NULL)
        return false;
    const struct str inner = str_from(real_parent);
    const size_t len = strlen(real_from);
    return str_starts_with(inner, str_from(real_from)) &&
           (inner.len == len || inner.data[len] == '/' || len == 1);
}

static bool make_parents(const struct file_copy_options *options, struct error *error)
{
    if (!options->creates_parents)
        return true;
    scoped_free char *parent = path_parent(options->to);
    return file_make_directories(parent, error);
}

static bool copy_tree(const struct file_copy_options *options, const struct stat *status,
                      struct file_copied *copied, struct error *error)
{
    if (!make_parents(options, error))
        return false;
    if (is_inside(options->from, options->to))
        return error_set(error, ERROR_INVALID, "'%s' lies inside '%s'", options->to, options->from);
    if (mkdir(options->to, (status->st_mode & 0777u) | S_IRWXU) != 0)
        return path_error(error, errno, options->to);
    if (copy_content(options, copied, error))
        return true;
    uint64_t count;
    const struct file_remove_options undo = {.path = options->to, .is_recursive = true};
    (void)!file_remove(&undo, &count, NULL); /* the first error is the one to report */
    return false;
}

bool file_copy(const struct file_copy_options *options, struct file_copied *ret_copied,
               struct error *error)
{
    struct stat status;
    struct file_copied copied = {0};
    bool is_copied;
    if (!path_stat(options->from, &status, error))
        return false;
    if (S_ISDIR(status.st_mode)) {
        is_copied = copy_tree(options, &status, &copied, error);
    } else {
        scoped_fd int fd = -1;
        is_copied = path_open_file(options->from, &fd, &status, error) &&
                    copy_file(options, fd, &status, options->to, &copied, error);
    }
    if (is_copied)
        *ret_copied = copied;
    return is_copied;
}

static bool move_between_file_systems(const struct file_copy_options *options, bool is_link,
                                      struct error *error)
{
    struct file_copied copied = {0};
    uint64_t count;
    if (is_link ? !copy_link(AT_FDCWD, options->from, options->to, error)
                : !file_copy(options, &copied, error))
        return false;
    if (copied.skipped > 0)
        return error_set(error, ERROR_INVALID,
                         "'%s' was copied to '%s' but not removed: %llu entries cannot be copied",
                         options->from, options->to, (unsigned long long)copied.skipped);
    const struct file_remove_options source = {.path = options->from, .is_recursive = true};
    return file_remove(&source, &count, error);
}

bool file_move(const struct file_copy_options *options, struct error *error)
{
    struct stat status;
    if (lstat(options->from, &status) != 0)
        return path_error(error, errno, options->from);
    if (!make_parents(options, error))
        return false;
    const unsigned flags = options->replaces ? 0 : RENAME_NOREPLACE;
    if (renameat2(AT_FDCWD, options->from, AT_FDCWD, options->to, flags) == 0)
        return true;
    if (errno == EXDEV)
        return move_between_file_systems(options, S_ISLNK(status.st_mode), error);
    return path_error(error, errno, options->to);
}

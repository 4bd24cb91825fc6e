#include "actions/file_remove.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_walk.h"
#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/mem.h"

static bool is_cancelled(const struct file_remove_options *options)
{
    return options->is_cancelled != NULL && atomic_load(options->is_cancelled);
}

static bool entry_error(const struct file_remove_options *options, int sys_errno,
                        const struct file_walk_entry *entry, struct error *error)
{
    scoped_free char *path = path_join(options->path, str_from(entry->path));
    return path_error(error, sys_errno, path);
}

static bool remove_entry(struct file_walk *walk, const struct file_remove_options *options,
                         const struct file_walk_entry *entry, uint64_t *count, struct error *error)
{
    if (is_cancelled(options))
        return error_set(error, ERROR_CANCELLED, "the removal was cancelled");
    if (entry->kind == FILE_KIND_DIRECTORY && !entry->is_leaving) {
        (void)file_walk_enter(walk, 0);
        return true;
    }
    const int directory = file_walk_directory(walk);
    const int flags = entry->is_leaving ? AT_REMOVEDIR : 0;
    if (directory < 0)
        return entry_error(options, errno, entry, error);
    if (unlinkat(directory, entry->name.data, flags) != 0 && errno != ENOENT)
        return entry_error(options, errno, entry, error);
    (*count)++;
    return true;
}

static bool remove_content(const struct file_remove_options *options, uint64_t *count,
                           struct error *error)
{
    const struct file_walk_options walk_options = {
        .root = options->path, .is_confined = true, .wants_leave = true};
    struct file_walk *walk;
    if (!file_walk_open(&walk_options, &walk, error))
        return false;
    struct file_walk_entry entry;
    bool is_fine = true;
    while (is_fine && file_walk_next(walk, &entry))
        is_fine = remove_entry(walk, options, &entry, count, error);
    file_walk_close(walk);
    return is_fine;
}

bool file_remove(const struct file_remove_options *options, uint64_t *ret_count,
                 struct error *error)
{
    struct stat status;
    uint64_t count = 0;
    if (lstat(options->path, &status) != 0)
        return path_error(error, errno, options->path);
    if (str_equal(str_from(options->path), STR("/")))
        return path_error(error, EBUSY, options->path);
    const bool is_directory = S_ISDIR(status.st_mode);
    if (is_directory && options->is_recursive && !remove_content(options, &count, error))
        return false;
    if ((is_directory ? rmdir(options->path) : unlink(options->path)) != 0)
        return path_error(error, errno, options->path);
    *ret_count = count + 1;
    return true;
}

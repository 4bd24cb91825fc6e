#include "actions/file_walk.h"

#include <errno.h>
#include <fcntl.h>

#include "actions/file_names.h"
#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/mem.h"

struct level {
    struct file_names names;
    size_t next;
    size_t path_len; /* of the directory, without the slash after it */
    uint64_t mark;
};

struct file_walk {
    int root_fd;
    bool is_confined;
    bool wants_leave;
    struct level *levels;
    size_t depth; /* levels in use */
    size_t capacity;
    size_t skipped;
    struct buf path;  /* of the entry just handed out */
    int directory_fd; /* of the deepest level, opened when asked for; -1 */
};

static int open_path(const struct file_walk *walk, const char *relative, int flags)
{
    if (walk->is_confined)
        return path_open_below(walk->root_fd, relative, flags);
    return openat(walk->root_fd, relative[0] == '\0' ? "." : relative,
                  flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static void push(struct file_walk *walk, int fd, uint64_t mark)
{
    if (walk->depth == walk->capacity) {
        walk->capacity = walk->capacity == 0 ? 16 : walk->capacity * 2;
        walk->levels = mem_resize(walk->levels, walk->capacity * sizeof(walk->levels[0]));
    }
    struct level *level = &walk->levels[walk->depth++];
    *level = (struct level){.path_len = walk->path.len, .mark = mark};
    if (!file_names_read(&level->names, fd, NULL, NULL) || level->names.is_truncated)
        walk->skipped++;
    file_names_sort(&level->names);
    fd_close(&walk->directory_fd);
    walk->directory_fd = fd;
}

bool file_walk_open(const struct file_walk_options *options, struct file_walk **ret_walk,
                    struct error *error)
{
    int root_fd = -1;
    if (!path_open_directory(options->root, &root_fd, error))
        return false;
    struct file_walk *walk = mem_zero(1, sizeof(*walk));
    walk->root_fd = root_fd;
    walk->directory_fd = -1;
    walk->is_confined = options->is_confined;
    walk->wants_leave = options->wants_leave;
    buf_append(&walk->path, STR("")); /* never NULL */
    const int fd = open_path(walk, "", O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        (void)path_error(error, errno, options->root); /* is false */
        file_walk_close(walk);
        return false;
    }
    push(walk, fd, 0);
    *ret_walk = walk;
    return true;
}

void file_walk_close(struct file_walk *walk)
{
    if (walk == NULL)
        return;
    while (walk->depth > 0)
        file_names_fini(&walk->levels[--walk->depth].names);
    free(walk->levels);
    buf_fini(&walk->path);
    fd_close(&walk->directory_fd);
    fd_close(&walk->root_fd);
    free(walk);
}

static struct str last_name(const struct file_walk *walk)
{
    const struct str path = buf_str(&walk->path);
    const size_t slash = str_find_last_byte(path, '/');
    return slash == SIZE_MAX ? path : str_skip(path, slash + 1);
}

/* Goes up one level; the path then names the directory that was left. */
static void pop(struct file_walk *walk)
{
    struct level *level = &walk->levels[--walk->depth];
    buf_truncate(&walk->path, level->path_len);
    file_names_fini(&level->names);
    fd_close(&walk->directory_fd);
}

static void hand_out(const struct file_walk *walk, enum file_kind kind, bool is_leaving,
                     struct file_walk_entry *ret_entry)
{
    *ret_entry = (struct file_walk_entry){
        .path = walk->path.data,
        .name = last_name(walk),
        .kind = kind,
        .mark = walk->levels[walk->depth - 1].mark,
        .is_leaving = is_leaving,
    };
}

/* The next entry of the deepest level; false when it has none left. */
static bool next_in_level(struct file_walk *walk, struct file_walk_entry *ret_entry)
{
    struct level *level = &walk->levels[walk->depth - 1];
    while (level->next < level->names.count) {
        const size_t index = level->next++;
        const struct str name = file_names_at(&level->names, index);
        if (level->path_len + 1 + name.len > PATH_MAX_BYTES) {
            walk->skipped++;
            continue;
        }
        buf_truncate(&walk->path, level->path_len);
        if (level->path_len > 0)
            buf_append_byte(&walk->path, '/');
        buf_append(&walk->path, name);
        hand_out(walk, level->names.items[index].kind, false, ret_entry);
        return true;
    }
    return false;
}

bool file_walk_next(struct file_walk *walk, struct file_walk_entry *ret_entry)
{
    while (walk->depth > 0) {
        if (next_in_level(walk, ret_entry))
            return true;
        pop(walk);
        if (walk->wants_leave && walk->depth > 0) {
            hand_out(walk, FILE_KIND_DIRECTORY, true, ret_entry);
            return true;
        }
    }
    return false;
}

bool file_walk_enter(struct file_walk *walk, uint64_t mark)
{
    const int fd = walk->depth > FILE_WALK_MAX_DEPTH
                       ? -1
                       : open_path(walk, walk->path.data, O_RDONLY | O_DIRECTORY);
    if (fd < 0) {
        walk->skipped++;
        return false;
    }
    push(walk, fd, mark);
    return true;
}

size_t file_walk_skipped(const struct file_walk *walk)
{
    return walk->skipped;
}

int file_walk_directory(struct file_walk *walk)
{
    if (walk->directory_fd >= 0)
        return walk->directory_fd;
    const struct level *level = &walk->levels[walk->depth - 1];
    scoped_free char *path = mem_strndup(walk->path.data, level->path_len);
    walk->directory_fd = open_path(walk, path, O_RDONLY | O_DIRECTORY);
    return walk->directory_fd;
}

bool file_walk_stat(struct file_walk *walk, struct stat *ret_status)
{
    const int directory = file_walk_directory(walk);
    return directory >= 0 &&
           fstatat(directory, last_name(walk).data, ret_status, AT_SYMLINK_NOFOLLOW) == 0;
}

int file_walk_open_entry(struct file_walk *walk, int flags)
{
    const int directory = file_walk_directory(walk);
    if (directory < 0)
        return -1;
    return openat(directory, last_name(walk).data,
                  flags | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

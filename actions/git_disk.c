#include "actions/git_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/git.h"
#include "actions/git_parse.h"
#include "server/base/buf.h"
#include "server/base/mem.h"

#define SMALL_FILE_BYTES ((size_t)64 << 10)

/* A path put together from two parts. */
static void join(struct buf *out, struct str base, struct str name)
{
    buf_clear(out);
    if (name.len == 0 || name.data[0] != '/') {
        buf_append(out, base);
        buf_append_byte(out, '/');
    }
    buf_append(out, name);
}

/* The whole of a regular file, links not followed; false when it is anything else or too large. */
static bool read_small(struct str base, const char *name, struct buf *out)
{
    scoped_buf struct buf path = {0};
    join(&path, base, str_from(name));
    scoped_fd int fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    char *room = buf_reserve(out, SMALL_FILE_BYTES);
    const ssize_t count = read(fd, room, SMALL_FILE_BYTES);
    if (count < 0 || (size_t)count == SMALL_FILE_BYTES)
        return false;
    out->len = (size_t)count;
    out->data[out->len] = '\0';
    return true;
}

static struct str first_line(const struct buf *text)
{
    const struct str all = buf_str(text);
    return str_slice(all, 0, str_find_byte(all, '\n'));
}

static bool is_directory(struct str base, const char *name)
{
    scoped_buf struct buf path = {0};
    join(&path, base, str_from(name));
    struct stat status;
    return stat(path.data, &status) == 0 && S_ISDIR(status.st_mode);
}

/* Follows a `.git` file ("gitdir: <path>") of a worktree or submodule. */
static bool find_git_directory(struct str root, struct buf *git_directory)
{
    if (is_directory(root, ".git")) {
        join(git_directory, root, STR(".git"));
        return true;
    }
    scoped_buf struct buf link = {0};
    const struct str prefix = STR("gitdir: ");
    if (!read_small(root, ".git", &link) || !str_starts_with(buf_str(&link), prefix))
        return false;
    join(git_directory, root, str_skip(first_line(&link), prefix.len));
    return true;
}

/* Where references and the configuration are: elsewhere for a worktree. */
static void find_common_directory(struct str git_directory, struct buf *common)
{
    scoped_buf struct buf link = {0};
    if (read_small(git_directory, "commondir", &link))
        join(common, git_directory, first_line(&link));
    else
        buf_append(common, git_directory);
}

/* True when HEAD is what git would accept: a branch or a commit. */
static bool read_head(struct str git_directory, struct arena *arena, struct str *ret_branch)
{
    scoped_buf struct buf head = {0};
    const struct str prefix = STR("ref: refs/heads/");
    if (!read_small(git_directory, "HEAD", &head))
        return false;
    if (!str_starts_with(buf_str(&head), prefix))
        return git_parse_is_oid(first_line(&head));
    const struct str name = str_trim(str_skip(first_line(&head), prefix.len));
    /* What another storage of references leaves behind for old programs. */
    if (name.len == 0 || str_equal(name, STR(".invalid")))
        return false;
    *ret_branch = arena_copy(arena, name);
    return true;
}

/* False only when the configuration is plain and speaks of no remote and no other file. */
static bool may_name_origin(struct str common)
{
    scoped_buf struct buf text = {0};
    if (!read_small(common, "config", &text))
        return true;
    const struct str config = buf_str(&text);
    return str_contains_nocase(config, STR("[remote")) ||
           str_contains_nocase(config, STR("[include"));
}

void git_disk_look(struct str directory, struct arena *arena, struct git_disk_hint *ret_hint)
{
    *ret_hint = (struct git_disk_hint){.may_have_origin = true};
    scoped_buf struct buf root = {0};
    scoped_buf struct buf git_directory = {0};
    scoped_buf struct buf common = {0};
    if (!git_find_root(directory, &root) || !find_git_directory(buf_str(&root), &git_directory))
        return;
    find_common_directory(buf_str(&git_directory), &common);
    ret_hint->is_top = read_head(buf_str(&git_directory), arena, &ret_hint->branch) &&
                       is_directory(buf_str(&common), "objects") &&
                       is_directory(buf_str(&common), "refs") &&
                       str_equal(buf_str(&root), directory);
    ret_hint->may_have_origin = may_name_origin(buf_str(&common));
}

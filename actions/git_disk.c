#include "actions/git_disk.h"

#include <errno.h>
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

/* The whole of a regular file, links not followed. */
static enum git_disk_answer read_file(struct str base, struct str name, struct buf *out)
{
    scoped_buf struct buf path = {0};
    join(&path, base, name);
    scoped_fd int fd = open(path.data, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? GIT_DISK_ABSENT : GIT_DISK_UNKNOWN;
    struct stat status;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? GIT_DISK_ABSENT : GIT_DISK_UNKNOWN;
    char *room = buf_reserve(out, SMALL_FILE_BYTES);
    const ssize_t count = read(fd, room, SMALL_FILE_BYTES);
    if (count < 0 || (size_t)count == SMALL_FILE_BYTES)
        return GIT_DISK_UNKNOWN;
    out->len = (size_t)count;
    out->data[out->len] = '\0';
    return GIT_DISK_FOUND;
}

static bool read_small(struct str base, const char *name, struct buf *out)
{
    return read_file(base, str_from(name), out) == GIT_DISK_FOUND;
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
static void read_config(struct git_disk *disk)
{
    scoped_buf struct buf text = {0};
    disk->may_have_origin = true;
    if (!read_small(disk->common, "config", &text))
        return;
    const struct str config = buf_str(&text);
    disk->may_have_origin =
        str_contains_nocase(config, STR("[remote")) || str_contains_nocase(config, STR("[include"));
    disk->has_plain_refs = !str_contains_nocase(config, STR("refstorage"));
}

void git_disk_look(struct str directory, struct arena *arena, struct git_disk *ret_disk)
{
    *ret_disk = (struct git_disk){.may_have_origin = true};
    scoped_buf struct buf root = {0};
    scoped_buf struct buf git_directory = {0};
    scoped_buf struct buf common = {0};
    if (!git_find_root(directory, &root) || !find_git_directory(buf_str(&root), &git_directory))
        return;
    find_common_directory(buf_str(&git_directory), &common);
    ret_disk->common = arena_copy(arena, buf_str(&common));
    ret_disk->is_top = read_head(buf_str(&git_directory), arena, &ret_disk->branch) &&
                       is_directory(ret_disk->common, "objects") &&
                       is_directory(ret_disk->common, "refs") &&
                       str_equal(buf_str(&root), directory);
    read_config(ret_disk);
}

/* "<oid> <name>" on a line of its own. */
static enum git_disk_answer find_packed(const struct git_disk *disk, struct str name,
                                        struct arena *arena, struct git_disk_ref *ref)
{
    scoped_buf struct buf text = {0};
    const enum git_disk_answer answer = read_file(disk->common, STR("packed-refs"), &text);
    if (answer != GIT_DISK_FOUND)
        return answer;
    struct str rest = buf_str(&text);
    struct str line;
    while (str_next(&rest, '\n', &line)) {
        const size_t space = str_find_byte(line, ' ');
        if (space == SIZE_MAX || !str_equal(str_skip(line, space + 1), name))
            continue;
        if (!git_parse_is_oid(str_slice(line, 0, space)))
            return GIT_DISK_UNKNOWN;
        ref->oid = arena_copy(arena, str_slice(line, 0, space));
        return GIT_DISK_FOUND;
    }
    return GIT_DISK_ABSENT;
}

/* A reference's own file comes before packed-refs, and is read before it: git packs in the opposite
 * order, so that a reference is always in one of them. */
static enum git_disk_answer find_one(const struct git_disk *disk, struct str name,
                                     struct arena *arena, struct git_disk_ref *ref)
{
    scoped_buf struct buf text = {0};
    const struct str symbolic = STR("ref: ");
    if (!disk->has_plain_refs || str_contains(name, STR("..")))
        return GIT_DISK_UNKNOWN;
    const enum git_disk_answer answer = read_file(disk->common, name, &text);
    if (answer == GIT_DISK_ABSENT)
        return find_packed(disk, name, arena, ref);
    if (answer == GIT_DISK_UNKNOWN)
        return answer;
    const struct str line = str_trim(first_line(&text));
    if (str_starts_with(line, symbolic))
        ref->target = arena_copy(arena, str_trim(str_skip(line, symbolic.len)));
    else if (git_parse_is_oid(line))
        ref->oid = arena_copy(arena, line);
    else
        return GIT_DISK_UNKNOWN;
    return GIT_DISK_FOUND;
}

enum git_disk_answer git_disk_find_ref(const struct git_disk *disk, struct str name,
                                       struct arena *arena, struct git_disk_ref *ret_ref)
{
    struct git_disk_ref ref = {0};
    enum git_disk_answer answer = find_one(disk, name, arena, &ref);
    if (answer == GIT_DISK_FOUND && str_is_set(ref.target)) {
        struct git_disk_ref target = {0};
        answer = find_one(disk, ref.target, arena, &target);
        if (answer == GIT_DISK_FOUND && str_is_set(target.target))
            return GIT_DISK_UNKNOWN; /* a chain */
        ref.oid = target.oid;
    }
    if (answer == GIT_DISK_FOUND)
        *ret_ref = ref;
    return answer;
}

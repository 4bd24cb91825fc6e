#include "actions/path_missing.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"

/*
 * Components move from `todo` to `done` one by one. A link's target goes back to the front of
 * `todo`, so links inside targets need no recursion.
 */

struct walk {
    struct buf done; /* "" stands for the root */
    struct buf todo;
    unsigned links;
};

static void go_up(struct walk *walk)
{
    const size_t slash = str_find_last_byte(buf_str(&walk->done), '/');
    buf_truncate(&walk->done, slash == SIZE_MAX ? 0 : slash);
}

/* The target's components come before what is left to do. */
static void follow(struct walk *walk, struct str target)
{
    scoped_buf struct buf todo = {0};
    buf_append(&todo, target);
    buf_append_byte(&todo, '/');
    buf_append(&todo, buf_str(&walk->todo));
    if (target.len > 0 && target.data[0] == '/')
        buf_clear(&walk->done);
    else
        go_up(walk);
    buf_fini(&walk->todo);
    walk->todo = buf_take(&todo);
}

static bool step(struct walk *walk, struct str part, struct error *error)
{
    if (part.len == 0 || str_equal(part, STR(".")))
        return true;
    if (str_equal(part, STR(".."))) {
        go_up(walk);
        return true;
    }
    buf_append_byte(&walk->done, '/');
    buf_append(&walk->done, part);
    if (walk->done.len > PATH_MAX_BYTES)
        return path_error(error, ENAMETOOLONG, walk->done.data);
    char target[PATH_MAX];
    const ssize_t len = readlink(walk->done.data, target, sizeof(target));
    if (len <= 0)
        return true; /* no link, or nothing there */
    if (++walk->links > PATH_MAX_LINKS)
        return path_error(error, ELOOP, walk->done.data);
    follow(walk, str_span(target, (size_t)len));
    return true;
}

static bool walk_all(struct walk *walk, struct error *error)
{
    while (walk->todo.len > 0) {
        const size_t slash = str_find_byte(buf_str(&walk->todo), '/');
        const size_t end = slash == SIZE_MAX ? walk->todo.len : slash;
        scoped_free char *part = mem_strndup(walk->todo.data, end);
        buf_consume(&walk->todo, slash == SIZE_MAX ? end : end + 1);
        if (!step(walk, str_from(part), error))
            return false;
    }
    return true;
}

bool path_missing_resolve(struct str given, char **ret_resolved, struct error *error)
{
    struct walk walk = {0};
    if (given.len > PATH_MAX_BYTES)
        return error_set_errno(error, ENAMETOOLONG, "a path of %zu bytes", given.len);
    if (given.len == 0 || given.data[0] != '/') {
        scoped_free char *here = getcwd(NULL, 0);
        if (here == NULL)
            return error_set_errno(error, errno, "cannot tell the working directory");
        buf_append(&walk.done, str_from(strcmp(here, "/") == 0 ? "" : here));
    }
    buf_append(&walk.todo, given);
    const bool is_ok = walk_all(&walk, error);
    if (is_ok)
        *ret_resolved = mem_strdup(walk.done.len == 0 ? "/" : walk.done.data);
    buf_fini(&walk.done);
    buf_fini(&walk.todo);
    return is_ok;
}

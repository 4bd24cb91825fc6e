#include "api/v1/scope_path.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"

static void add_name(struct buf *path, struct str name)
{
    if (str_is_empty(name) || str_equal(name, STR(".")))
        return;
    if (str_equal(name, STR(".."))) {
        const size_t slash = str_find_last_byte(buf_str(path), '/');
        buf_truncate(path, slash == SIZE_MAX ? 0 : slash);
        return;
    }
    buf_append_byte(path, '/');
    buf_append(path, name);
}

/* The real path of what is there of it, and behind that what is not. False: nobody can tell. */
static bool resolve(struct str path, struct buf *out)
{
    size_t end = path.len;
    for (;;) {
        scoped_free char *head = mem_strndup(path.data, end == 0 ? 1 : end);
        scoped_free char *resolved = NULL;
        struct error error;
        if (path_resolve(head, &resolved, &error)) {
            buf_append(out, str_from(str_equal(str_from(resolved), STR("/")) ? "" : resolved));
            break;
        }
        if (end == 0 || !path_errno_is_absent(error.sys_errno) || error.sys_errno == ELOOP)
            return false;
        end = str_find_last_byte(str_slice(path, 0, end), '/');
    }
    struct str rest = str_skip(path, end);
    struct str name;
    while (str_next(&rest, '/', &name))
        add_name(out, name);
    return true;
}

static bool make_absolute(struct str path, struct buf *out)
{
    scoped_free char *here = str_starts_with(path, STR("/")) ? NULL : getcwd(NULL, 0);
    if (here != NULL) {
        buf_append(out, str_from(here));
        buf_append_byte(out, '/');
    }
    buf_append(out, path);
    return str_starts_with(buf_str(out), STR("/")) && !str_has_byte(path, '\0') &&
           out->len <= PATH_MAX_BYTES;
}

bool scope_path_is_inside(struct str path, const char *directory)
{
    scoped_buf struct buf given = {0};
    scoped_buf struct buf whole = {0};
    scoped_buf struct buf real = {0};
    scoped_buf struct buf root = {0};
    if (!make_absolute(path, &given) || !make_absolute(str_from(directory), &whole) ||
        !resolve(buf_str(&given), &real) || !resolve(buf_str(&whole), &root))
        return false;
    if (!str_starts_with(buf_str(&real), buf_str(&root)))
        return false;
    const struct str rest = str_skip(buf_str(&real), root.len);
    return str_is_empty(rest) || str_starts_with(rest, STR("/"));
}

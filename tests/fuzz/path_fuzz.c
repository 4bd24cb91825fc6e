/*
 * Checking a path: what is accepted is absolute, short enough, without NUL, empty and "." parts,
 * and is not changed by checking it again.
 */

#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_parts(struct str path)
{
    struct str rest = str_skip(path, 1);
    struct str part;
    if (path.len == 1)
        return;
    while (str_next(&rest, '/', &part))
        assert(part.len > 0 && !str_equal(part, STR(".")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = NULL;
    char *again = NULL;
    struct error error;
    if (!path_check(str_span((const char *)data, size), &path, &error)) {
        assert(error.code == ERROR_INVALID && error.text[0] != '\0');
        return 0;
    }
    assert(path[0] == '/' && strlen(path) <= PATH_MAX_BYTES && strlen(path) <= size);
    check_parts(str_from(path));
    assert(path_check(str_from(path), &again, &error) && strcmp(path, again) == 0);
    scoped_free char *parent = path_parent(path);
    scoped_free char *joined = path_join(parent, path_name(path));
    assert(strcmp(joined, path) == 0);
    (void)!path_error(&error, 2, path);
    assert(str_starts_with(str_from(error.text), STR("[Errno 2] ")));
    free(path);
    free(again);
    return 0;
}

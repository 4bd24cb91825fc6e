#include <fcntl.h>
#include <sys/mman.h>

#include "actions/file_remove.h"
#include "actions/unzip.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/str.h"

/*
 * A file that may be a ZIP, unpacked below a directory of its own: nothing may be made outside of
 * it, and what is unpacked is no more than the format can hold.
 */

#define MAX_INPUT_BYTES 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void remove_tree(const char *path)
{
    struct error error;
    uint64_t count;
    const struct file_remove_options options = {.path = path, .is_recursive = true};
    assert(file_remove(&options, &count, &error));
}

static void unpack(int fd, const char *root)
{
    scoped_buf struct buf directory = {0};
    struct unzip_result result;
    struct error error;
    buf_printf(&directory, "%s/in/side", root);
    const struct unzip_options options = {.path = "/x.zip", .fd = fd, .directory = directory.data};
    if (!unzip(&options, &result, &error))
        assert(error.text[0] != '\0');
}

/* The only entry of `root` is "in", and its only one is "side". */
static void check_outside(const char *root)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "%s/in/side", root);
    if (access(path.data, F_OK) != 0)
        return;
    remove_tree(path.data);
    buf_truncate(&path, path.len - strlen("/side"));
    assert(rmdir(path.data) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char root[] = "/tmp/actiond-unzip-XXXXXX";
    if (size > MAX_INPUT_BYTES)
        return 0;
    scoped_fd int fd = memfd_create("zip", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && mkdtemp(root) != NULL);
    unpack(fd, root);
    check_outside(root);
    assert(rmdir(root) == 0);
    return 0;
}

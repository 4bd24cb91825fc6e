#ifndef SUPPORT_FOLDER_H
#define SUPPORT_FOLDER_H

/*
 * A directory of its own for each test of what works on files:
 *
 *     folder_open / folder_close       as set-up and tear-down of each test
 *     folder_write("a/b", "text")      makes parents as needed
 *     folder_path("a/b")               the absolute path, valid until the end of the test
 *     assert_file("a/b", "text")
 *
 * Only test programs include this, and each only once.
 */

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/file_names.h"
#include "actions/file_remove.h"
#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "tests/support/test.h"

struct folder {
    struct arena arena;
    char directory[64];
};

static struct folder folder;

static inline int folder_open(void **state)
{
    (void)state;
    folder = (struct folder){.directory = "/tmp/actiond-test-XXXXXX"};
    assert_non_null(mkdtemp(folder.directory));
    return 0;
}

static inline int folder_close(void **state)
{
    (void)state;
    uint64_t count;
    struct error error;
    const struct file_remove_options options = {.path = folder.directory, .is_recursive = true};
    assert_true(file_remove(&options, &count, &error));
    arena_fini(&folder.arena);
    return 0;
}

static inline const char *folder_path(const char *name)
{
    return arena_printf(&folder.arena, "%s%s%s", folder.directory, name[0] == '\0' ? "" : "/", name)
        .data;
}

static inline void folder_mkdir(const char *name)
{
    struct error error;
    assert_true(file_make_directories(folder_path(name), &error));
}

static inline void folder_write_bytes(const char *name, struct str bytes)
{
    struct error error;
    scoped_free char *parent = path_parent(folder_path(name));
    assert_true(file_make_directories(parent, &error));
    scoped_fd int fd = open(folder_path(name), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes.data, bytes.len), (ssize_t)bytes.len);
}

static inline void folder_write(const char *name, const char *text)
{
    folder_write_bytes(name, str_from(text));
}

static inline void folder_link(const char *target, const char *name)
{
    assert_int_equal(symlink(target, folder_path(name)), 0);
}

static inline bool folder_has(const char *name)
{
    struct stat status;
    return lstat(folder_path(name), &status) == 0;
}

/* The file's content; valid until the end of the test. */
static inline struct str folder_read(const char *name)
{
    scoped_fd int fd = open(folder_path(name), O_RDONLY);
    assert_true(fd >= 0);
    scoped_buf struct buf text = {0};
    for (ssize_t got = 1; got > 0; text.len += (size_t)got) {
        got = read(fd, buf_reserve(&text, 65536), 65536);
        assert_true(got >= 0);
    }
    return arena_copy(&folder.arena, buf_str(&text));
}

static inline void assert_file(const char *name, const char *text)
{
    const struct str content = folder_read(name);
    assert_int_equal(content.len, strlen(text));
    assert_memory_equal(content.data, text, content.len);
}

/* How many entries a directory has, hidden ones included. */
static inline size_t folder_count(const char *name)
{
    struct file_names names = {0};
    scoped_fd int fd = open(folder_path(name), O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0 && file_names_read(&names, fd, NULL, NULL));
    const size_t count = names.count;
    file_names_fini(&names);
    return count;
}

#endif

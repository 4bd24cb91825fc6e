#ifndef SUPPORT_RECORDED_H
#define SUPPORT_RECORDED_H

/*
 * Files of a conversation that the reference has made, with neutral paths and without keys; they
 * lie in the folder "recorded" beside the test that reads them. Only test programs include this,
 * after folder.h, whose memory the texts live in.
 */

#include "tests/support/folder.h"

static inline struct str recorded_read_beside(const char *test_file, const char *name)
{
    const char *slash = strrchr(test_file, '/');
    const struct str path =
        arena_printf(&folder.arena, "%.*s/recorded/%s", (int)(slash - test_file), test_file, name);
    scoped_fd int fd = open(path.data, O_RDONLY);
    assert_true(fd >= 0);
    scoped_buf struct buf text = {0};
    for (ssize_t got = 1; got > 0; text.len += (size_t)got) {
        got = read(fd, buf_reserve(&text, 65536), 65536);
        assert_true(got >= 0);
    }
    return arena_copy(&folder.arena, buf_str(&text));
}

#define recorded_read(name) recorded_read_beside(__FILE__, name)

/* Long texts: says where they part. */
static inline void assert_text(struct str actual, struct str expected)
{
    size_t at = 0;
    while (at < actual.len && at < expected.len && actual.data[at] == expected.data[at])
        at++;
    if (str_equal(actual, expected))
        return;
    const size_t from = at < 40 ? 0 : at - 40;
    fail_msg("at %zu: '%.*s' instead of '%.*s'", at, STR_ARG(str_slice(actual, from, at + 40)),
             STR_ARG(str_slice(expected, from, at + 40)));
}

#endif

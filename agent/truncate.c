#include "agent/truncate.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/file_hash.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define NAME_DIGITS 8

static size_t count_lines(struct str text)
{
    size_t lines = 0;
    struct str line = STR_NULL;
    const bool is_open = text.len > 0 && text.data[text.len - 1] != '\n';
    while (str_next(&text, '\n', &line))
        lines++;
    return is_open || lines == 0 ? lines : lines - 1;
}

/* A file that is there already has the same content. */
static bool save(struct str text, const char *directory, const char *path)
{
    struct error error;
    if (!file_make_directories(directory, &error))
        return false;
    scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno == EEXIST;
    if (fd_write(fd, text))
        return true;
    (void)unlink(path); /* a part of it would mislead */
    return false;
}

static void append_saved_notice(struct str text, const struct truncate_options *options,
                                size_t head_bytes, struct buf *notice)
{
    struct file_hash hash;
    scoped_buf struct buf path = {0};
    scoped_buf struct buf directory = {0};
    if (options->save_dir.len == 0)
        return;
    file_hash_init(&hash);
    file_hash_add(&hash, text);
    const struct file_hash_text digest = file_hash_finish(&hash);
    buf_append(&directory, options->save_dir);
    buf_printf(&path, "%s/%.*s_output_%.*s.txt", directory.data, STR_ARG(options->prefix),
               NAME_DIGITS, digest.text);
    if (!save(text, directory.data, path.data))
        return;
    buf_clear(notice);
    buf_printf(notice,
               "<response clipped><NOTE>Due to the max output limit, only part of the full "
               "response has been shown to you. The complete output has been saved to %s - you can "
               "use other tools to view the full content (truncated part starts around line "
               "%zu).</NOTE>",
               path.data, count_lines(str_slice(text, 0, head_bytes)) + 1);
}

void truncate_append(struct str text, const struct truncate_options *options, struct buf *out)
{
    const size_t count = text.len > options->limit ? utf8_count(text) : 0;
    const size_t short_len = sizeof(TRUNCATE_NOTICE) - 1;
    scoped_buf struct buf notice = {0};
    if (count <= options->limit || options->limit <= short_len) {
        buf_append(out, text);
        return;
    }
    const size_t head = (options->limit - short_len + 1) / 2;
    buf_append(&notice, STR(TRUNCATE_NOTICE));
    append_saved_notice(text, options, utf8_prefix_bytes(text, head), &notice);
    const size_t notice_len = utf8_count(buf_str(&notice));
    const size_t rest = options->limit > notice_len ? options->limit - notice_len : 0;
    const size_t shown_head = head < rest ? head : rest;
    buf_append(out, str_slice(text, 0, utf8_prefix_bytes(text, shown_head)));
    buf_append(out, buf_str(&notice));
    buf_append(out, str_skip(text, utf8_prefix_bytes(text, count - (rest - shown_head))));
}

#include "actions/line_range.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/file_write.h"
#include "actions/path.h"
#include "actions/text_file.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define READ_BYTES ((size_t)65536)

static bool fail_too_large(const char *path, size_t max_bytes, struct error *error)
{
    return error_set(error, ERROR_TOO_LARGE, "File is too large: %s. The limit is %zu MB.", path,
                     max_bytes >> 20);
}

bool line_range_load(const char *path, size_t max_bytes, struct buf *out, struct error *error)
{
    scoped_fd int fd = -1;
    struct stat status;
    if (!path_open_file(path, &fd, &status, error))
        return false;
    if ((size_t)status.st_size > max_bytes)
        return fail_too_large(path, max_bytes, error);
    (void)buf_reserve(out, (size_t)status.st_size + READ_BYTES); /* only faster */
    for (;;) {
        char *room = buf_reserve(out, READ_BYTES);
        const ssize_t got = room == NULL ? 0 : read(fd, room, READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return path_error(error, errno, path);
        if (room == NULL || out->len + (size_t)got > max_bytes)
            return fail_too_large(path, max_bytes, error);
        if (got == 0)
            return true;
        out->len += (size_t)got;
        out->data[out->len] = '\0';
    }
}

static bool load_text(const char *path, struct buf *out, struct error *error)
{
    if (!line_range_load(path, LINE_RANGE_MAX_BYTES, out, error))
        return false;
    return utf8_is_valid(buf_str(out)) ||
           error_set(error, ERROR_UNPROCESSABLE, "'%s' is not UTF-8", path);
}

static int64_t clamp(int64_t value, int64_t least, int64_t most)
{
    return value < least ? least : value > most ? most : value;
}

bool line_range_read(const char *path, int64_t start, int64_t end, struct buf *out,
                     struct error *error)
{
    scoped_buf struct buf bytes = {0};
    scoped_buf struct buf unified = {0};
    if (!load_text(path, &bytes, error))
        return false;
    text_unify_lines(&unified, buf_str(&bytes));
    const struct str text = buf_str(&unified);
    const int64_t count = (int64_t)text_count_lines(text);
    int64_t from = clamp(start, 0, count);
    int64_t to = count;
    if (end != -1) {
        from = from < count - 2 ? from : clamp(count - 2, 0, count);
        to = clamp(end, from + 1, count > from ? count : from + 1);
    }
    buf_append(out, str_slice(text, text_line_start(text, (size_t)from),
                              text_line_start(text, (size_t)to)));
    return true;
}

/* Where line `number` begins in bytes whose line ends may be of any kind. */
static size_t line_offset(struct str bytes, int64_t number)
{
    size_t at = 0;
    for (; at < bytes.len && number > 0; at++) {
        const bool is_pair =
            bytes.data[at] == '\r' && at + 1 < bytes.len && bytes.data[at + 1] == '\n';
        if (bytes.data[at] == '\n' || (bytes.data[at] == '\r' && !is_pair))
            number--;
    }
    return at;
}

/* As Python's slices take an index: from the end when it is negative. */
static int64_t slice_index(int64_t index, int64_t count)
{
    return clamp(index < 0 ? index + count : index, 0, count);
}

/* The new content with the line ends of what stays around it. */
static void append_content(const struct text_file *file, struct str content, struct buf *out)
{
    const struct text_change change = {0, file->text.len, content};
    scoped_buf struct buf adapted = {0};
    if (!text_file_changed_bytes(file, &change, &adapted, NULL))
        buf_append(out, content); /* cannot be: UTF-8 has every character */
    else
        buf_append(out, str_skip(buf_str(&adapted), text_encoding_mark(file->encoding).len));
}

static bool changed_bytes(const struct line_range_write *write, struct buf *out,
                          struct error *error)
{
    scoped_buf struct buf bytes = {0};
    scoped_buf struct buf content = {0};
    buf_append(&content, write->content);
    buf_append_byte(&content, '\n');
    if (!load_text(write->path, &bytes, error))
        return false;
    if (write->start == 0 && write->end == -1) {
        buf_append(out, buf_str(&content));
        return true;
    }
    struct text_file file = {0};
    if (!text_file_read(&file, &bytes, error))
        return false;
    const struct str old = buf_str(&file.bytes);
    const int64_t count = (int64_t)text_count_lines(file.text);
    if (write->start != 0)
        buf_append(out, str_slice(old, 0, line_offset(old, slice_index(write->start, count))));
    append_content(&file, buf_str(&content), out);
    if (write->end != -1)
        buf_append(out, str_skip(old, line_offset(old, slice_index(write->end, count))));
    text_file_fini(&file);
    return true;
}

static bool commit(const struct line_range_write *write, bool is_new, struct str bytes,
                   int *ret_chown_errno, struct error *error)
{
    const struct file_write_options options = {.path = write->path};
    struct file_write *file;
    struct file_written written;
    if (!file_write_open(&options, &file, error))
        return false;
    int failed = 0;
    if (is_new) {
        const int fd = file_write_fd(file);
        file_write_set_mode(file, write->mode);
        if (write->owner != (uid_t)-1 && fchown(fd, write->owner, (gid_t)write->owner) != 0)
            failed = errno;
    }
    if (!file_write_add(file, bytes, error)) {
        file_write_abort(file);
        return false;
    }
    if (!file_write_commit(file, &written, error))
        return false;
    *ret_chown_errno = failed;
    return true;
}

static bool write_new(const struct line_range_write *write, int *ret_chown_errno,
                      struct error *error)
{
    scoped_buf struct buf content = {0};
    scoped_free char *parent = path_parent(write->path);
    if (!file_make_directories(parent, error))
        return false;
    buf_append(&content, write->content);
    buf_append_byte(&content, '\n');
    return commit(write, true, buf_str(&content), ret_chown_errno, error);
}

bool line_range_write(const struct line_range_write *write, int *ret_chown_errno,
                      struct error *error)
{
    scoped_buf struct buf bytes = {0};
    struct stat status;
    if (stat(write->path, &status) != 0) {
        if (errno != ENOENT)
            return path_error(error, errno, write->path);
        return write_new(write, ret_chown_errno, error);
    }
    if (!path_check_file(write->path, &status, error))
        return false;
    if (faccessat(AT_FDCWD, write->path, W_OK, AT_EACCESS) != 0)
        return path_error(error, errno, write->path);
    return changed_bytes(write, &bytes, error) &&
           commit(write, false, buf_str(&bytes), ret_chown_errno, error);
}

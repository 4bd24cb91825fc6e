#include "actions/file_lines.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/mem.h"

#define BLOCK_BYTES ((size_t)256 << 10)

static void skip_lines(FILE *stream, uint64_t count)
{
    while (count > 0) {
        const int byte = getc_unlocked(stream);
        if (byte == EOF)
            return;
        if (byte == '\n')
            count--;
    }
}

/* Appends one line with its end. False when it did not fit; nothing was taken back then. */
static bool take_line(FILE *stream, struct buf *text)
{
    for (;;) {
        const int byte = getc_unlocked(stream);
        if (byte == EOF)
            return true;
        buf_append_byte(text, (char)byte);
        if (buf_has_overflowed(text))
            return false;
        if (byte == '\n')
            return true;
    }
}

static bool has_more(FILE *stream)
{
    const int byte = getc_unlocked(stream);
    if (byte != EOF)
        (void)ungetc(byte, stream); /* one byte can always be put back */
    return byte != EOF;
}

static void take_lines(FILE *stream, const struct file_lines_options *options,
                       struct file_lines *lines)
{
    while (lines->count < options->limit && has_more(stream)) {
        const size_t start = lines->text.len;
        const bool fits = take_line(stream, &lines->text);
        if (fits || start == 0)
            lines->count++;
        if (!fits) {
            lines->is_cut = start == 0;
            lines->text.is_overflowed = false;
            if (start > 0)
                buf_truncate(&lines->text, start);
            lines->next = options->from + lines->count;
            return;
        }
    }
    lines->next = has_more(stream) ? options->from + lines->count : 0;
}

bool file_lines(const struct file_lines_options *options, struct file_lines *ret_lines,
                struct error *error)
{
    scoped_fd int fd = -1;
    struct stat status;
    if (!path_open_file(options->path, &fd, &status, error))
        return false;
    FILE *stream = fdopen(fd, "r");
    if (stream == NULL)
        return path_error(error, errno, options->path);
    (void)take_fd(&fd);                               /* the stream owns it now */
    (void)setvbuf(stream, NULL, _IOFBF, BLOCK_BYTES); /* only slower without */
    struct file_lines lines = {.status = file_status_from(&status)};
    buf_init(&lines.text, FILE_LINES_MAX_BYTES);
    skip_lines(stream, options->from - 1);
    take_lines(stream, options, &lines);
    const int failed = ferror(stream) ? EIO : 0;
    (void)fclose(stream); /* only read from */
    if (failed != 0) {
        file_lines_fini(&lines);
        return path_error(error, failed, options->path);
    }
    *ret_lines = lines;
    return true;
}

void file_lines_fini(struct file_lines *lines)
{
    buf_fini(&lines->text);
}

#include "actions/text_file.h"

#include <string.h>

#include "actions/text_detect.h"
#include "server/base/error.h"
#include "server/base/utf8.h"

static bool has_carriage_return(struct str text)
{
    return text.len > 0 && memchr(text.data, '\r', text.len) != NULL;
}

void text_unify_lines(struct buf *out, struct str text)
{
    while (text.len > 0) {
        const size_t at = str_find_byte(text, '\r');
        if (at == SIZE_MAX) {
            buf_append(out, text);
            return;
        }
        buf_append(out, str_slice(text, 0, at));
        buf_append_byte(out, '\n');
        const bool is_pair = at + 1 < text.len && text.data[at + 1] == '\n';
        text = str_skip(text, at + (is_pair ? 2 : 1));
    }
}

/* How long the line end is that stands at this place; 0 when none does. */
static size_t line_end_length(struct str text, size_t at)
{
    if (text.data[at] == '\n')
        return 1;
    if (text.data[at] != '\r')
        return 0;
    return at + 1 < text.len && text.data[at + 1] == '\n' ? 2 : 1;
}

struct str text_line_end(struct str text)
{
    size_t pairs = 0;
    size_t returns = 0;
    size_t feeds = 0;
    for (size_t i = 0; i < text.len; i++) {
        const size_t len = line_end_length(text, i);
        const bool is_feed = text.data[i] == '\n';
        pairs += len == 2 ? 1 : 0;
        feeds += is_feed ? 1 : 0;
        returns += len == 1 && !is_feed ? 1 : 0;
        i += len == 2 ? 1 : 0;
    }
    if (pairs > feeds && pairs >= returns)
        return STR("\r\n");
    return returns > feeds ? STR("\r") : STR("\n");
}

/* The file's characters, line ends as they are. */
static struct str decoded_text(const struct text_file *file)
{
    return file->encoding == TEXT_UTF8 ? buf_str(&file->bytes) : buf_str(&file->decoded);
}

bool text_file_read(struct text_file *file, struct buf *bytes, struct error *error)
{
    file->bytes = buf_take(bytes);
    const struct str content = buf_str(&file->bytes);
    struct text_guess guess = {.encoding = TEXT_UTF8};
    const bool is_text = text_detect(content, &guess);
    file->encoding = guess.encoding;
    if (!is_text || file->encoding != TEXT_UTF8) {
        if (!text_decode(file->encoding, content, &file->decoded, error))
            return false;
    }
    const struct str decoded = decoded_text(file);
    file->text = decoded;
    file->line_end = STR("\n");
    if (has_carriage_return(decoded)) {
        file->line_end = text_line_end(decoded);
        text_unify_lines(&file->unified, decoded);
        file->text = buf_str(&file->unified);
    }
    return true;
}

void text_file_fini(struct text_file *file)
{
    buf_fini(&file->bytes);
    buf_fini(&file->decoded);
    buf_fini(&file->unified);
    *file = (struct text_file){0};
}

void text_file_changed_text(const struct text_file *file, const struct text_change *change,
                            struct buf *out)
{
    buf_append(out, str_slice(file->text, 0, change->from));
    text_unify_lines(out, change->text);
    buf_append(out, str_skip(file->text, change->to));
}

/* A place in the text as a place in the decoded text, which has both bytes of a CRLF. */
static size_t offset_in_decoded(const struct text_file *file, size_t offset)
{
    const struct str decoded = decoded_text(file);
    if (file->unified.data == NULL)
        return offset;
    size_t at = 0;
    for (size_t done = 0; done < offset && at < decoded.len; done++)
        at += line_end_length(decoded, at) == 2 ? 2 : 1;
    return at;
}

void text_adapt_lines(struct str line_end, struct str text, struct buf *out)
{
    if (str_equal(line_end, STR("\n"))) {
        buf_append(out, text);
        return;
    }
    scoped_buf struct buf unified = {0};
    text_unify_lines(&unified, text);
    struct str rest = buf_str(&unified);
    for (;;) {
        const size_t at = str_find_byte(rest, '\n');
        buf_append(out, str_slice(rest, 0, at));
        if (at == SIZE_MAX)
            return;
        buf_append(out, line_end);
        rest = str_skip(rest, at + 1);
    }
}

bool text_file_changed_bytes(const struct text_file *file, const struct text_change *change,
                             struct buf *out, struct error *error)
{
    const struct str bytes = buf_str(&file->bytes);
    const size_t from =
        text_decoded_offset(file->encoding, bytes, offset_in_decoded(file, change->from));
    const size_t to =
        text_decoded_offset(file->encoding, bytes, offset_in_decoded(file, change->to));
    const size_t position = utf8_count(str_slice(file->text, 0, change->from));
    scoped_buf struct buf text = {0};
    text_adapt_lines(file->line_end, change->text, &text);
    buf_append(out, str_slice(bytes, 0, from));
    if (!text_encode(file->encoding, buf_str(&text), position, out, error))
        return false;
    buf_append(out, str_skip(bytes, to));
    return true;
}

void text_file_changed_utf8(const struct text_file *file, const struct text_change *change,
                            struct buf *out)
{
    const struct str decoded = decoded_text(file);
    buf_append(out, str_slice(decoded, 0, offset_in_decoded(file, change->from)));
    text_adapt_lines(file->line_end, change->text, out);
    buf_append(out, str_skip(decoded, offset_in_decoded(file, change->to)));
}

size_t text_count_lines(struct str text)
{
    size_t count = 0;
    const char *at = text.data;
    const char *end = text.data + text.len;
    while (text.len > 0 && at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        at = line_end == NULL ? end : line_end + 1;
        count++;
    }
    return count;
}

size_t text_line_start(struct str text, size_t number)
{
    size_t at = 0;
    for (; number > 0 && at < text.len; number--) {
        const size_t line_end = str_find_byte(str_skip(text, at), '\n');
        if (line_end == SIZE_MAX)
            return text.len;
        at += line_end + 1;
    }
    return at;
}

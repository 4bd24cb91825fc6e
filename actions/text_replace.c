#include "actions/text_replace.h"

#include "actions/text_file.h"
#include "server/base/buf.h"
#include "server/base/utf8.h"

void text_replace_read(struct str bytes, struct buf *out)
{
    if (!str_has_byte(bytes, '\r')) {
        utf8_repair(out, bytes);
        return;
    }
    scoped_buf struct buf repaired = {0};
    utf8_repair(&repaired, bytes);
    text_unify_lines(out, buf_str(&repaired));
}

size_t text_replace_count(struct str text, struct str part)
{
    size_t count = 0;
    for (size_t at = str_find(text, part); at != SIZE_MAX; at = str_find(text, part)) {
        count++;
        text = str_skip(text, at + part.len);
    }
    return count;
}

/* How many bytes of the file at the front of `bytes` one character is made of; *ret_len is what it
 * takes in the text. */
static size_t next_character(struct str bytes, size_t *ret_len)
{
    unsigned code_point;
    bool is_valid;
    if (bytes.data[0] == '\r') {
        *ret_len = 1;
        return str_starts_with(bytes, STR("\r\n")) ? 2 : 1;
    }
    const size_t taken = utf8_step(bytes, &code_point, &is_valid);
    *ret_len = is_valid ? taken : strlen("\uFFFD");
    return taken;
}

/* How many bytes at the front of `bytes` are read as a text of this length. */
static size_t bytes_of(struct str bytes, size_t text_len)
{
    size_t at = 0;
    size_t len;
    for (size_t done = 0; done < text_len && at < bytes.len; done += len)
        at += next_character(str_skip(bytes, at), &len);
    return at;
}

/* A piece of the file: `len` of the text. Cuts it off both. */
static void take_piece(struct str *bytes, struct str *text, size_t len, struct buf *out_bytes,
                       struct buf *out_text)
{
    const size_t taken = bytes_of(*bytes, len);
    if (out_bytes != NULL) {
        buf_append(out_bytes, str_slice(*bytes, 0, taken));
        buf_append(out_text, str_slice(*text, 0, len));
    }
    *bytes = str_skip(*bytes, taken);
    *text = str_skip(*text, len);
}

void text_replace_all(const struct text_replacement *replacement, struct buf *out_bytes,
                      struct buf *out_text)
{
    struct str bytes = replacement->bytes;
    struct str text = replacement->text;
    const struct str part = replacement->part;
    scoped_buf struct buf adapted = {0};
    text_adapt_lines(text_line_end(bytes), replacement->replacement, &adapted);
    for (size_t at = str_find(text, part); at != SIZE_MAX; at = str_find(text, part)) {
        take_piece(&bytes, &text, at, out_bytes, out_text);
        take_piece(&bytes, &text, part.len, NULL, NULL);
        buf_append(out_bytes, buf_str(&adapted));
        text_unify_lines(out_text, replacement->replacement);
    }
    buf_append(out_bytes, bytes);
    buf_append(out_text, text);
}

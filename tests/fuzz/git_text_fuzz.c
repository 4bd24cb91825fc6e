#include <stdint.h>

#include "actions/git_text.h"
#include "server/base/buf.h"
#include "server/base/utf8.h"

/*
 * Names as git quotes them, arguments as a shell reads them back, masked URLs and joined lines of
 * any bytes. What was quoted is read back and must be the same again.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The byte an escape after the backslash stands for; *at moves to the escape's end. */
static char unescape(struct str text, size_t *at)
{
    static const char letters[] = "abtnvfr\"\\";
    static const char bytes[] = "\a\b\t\n\v\f\r\"\\";
    const char *letter = strchr(letters, text.data[*at]);
    if (letter != NULL) {
        *at += 1;
        return bytes[letter - letters];
    }
    assert(*at + 3 <= text.len);
    int value = 0;
    for (size_t end = *at + 3; *at < end; *at += 1) {
        assert(text.data[*at] >= '0' && text.data[*at] <= '7');
        value = value * 8 + (text.data[*at] - '0');
    }
    return (char)value;
}

static void check_name(struct str name)
{
    scoped_buf struct buf quoted = {0};
    scoped_buf struct buf back = {0};
    git_text_quote_name(&quoted, name);
    struct str text = buf_str(&quoted);
    if (text.len == 0 || text.data[0] != '"') {
        assert(str_equal(text, name));
        return;
    }
    text = str_slice(text, 1, text.len - 1);
    for (size_t at = 0; at < text.len;) {
        assert(text.data[at] >= ' ' && text.data[at] < 0x7f && text.data[at] != '"');
        if (text.data[at] != '\\') {
            buf_append_byte(&back, text.data[at++]);
            continue;
        }
        at++;
        buf_append_byte(&back, unescape(text, &at));
    }
    assert(str_equal(buf_str(&back), name));
}

static void check_mask(struct str text)
{
    scoped_buf struct buf once = {0};
    scoped_buf struct buf twice = {0};
    git_text_mask(&once, text);
    git_text_mask(&twice, buf_str(&once));
    assert(str_equal(buf_str(&once), buf_str(&twice)));
}

static void check_lines(struct str raw)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf joined = {0};
    scoped_buf struct buf again = {0};
    scoped_buf struct buf unified = {0};
    utf8_repair(&text, raw);
    git_text_join_lines(&joined, buf_str(&text));
    assert(utf8_is_valid(buf_str(&joined)));
    git_text_unify_lines(&unified, buf_str(&text));
    git_text_join_lines(&again, buf_str(&unified));
    assert(str_equal(buf_str(&joined), buf_str(&again)));
    const struct str trimmed = utf8_trim(buf_str(&text));
    assert(trimmed.len <= text.len);
    assert(str_equal(utf8_trim(trimmed), trimmed));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = str_span((const char *)data, size);
    scoped_buf struct buf argument = {0};
    git_text_quote_argument(&argument, text);
    assert(argument.len >= size);
    check_name(text);
    check_mask(text);
    check_lines(text);
    return 0;
}

#include "server/http/chunks.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

/* Reads pieces of `step` bytes; what came out, then "." at the end, "!" when it is malformed. */
static void read_chunks(struct str bytes, size_t step, struct buf *out)
{
    struct chunks chunks = {0};
    for (size_t at = 0; at < bytes.len; at += step) {
        struct str rest = str_slice(bytes, at, at + step);
        struct str piece;
        enum chunks_outcome outcome;
        while ((outcome = chunks_next(&chunks, &rest, &piece)) == CHUNKS_PIECE)
            buf_append(out, piece);
        if (outcome != CHUNKS_MORE) {
            buf_append_byte(out, outcome == CHUNKS_END ? '.' : '!');
            return;
        }
    }
}

static const struct {
    const char *bytes;
    const char *expected;
} cases[] = {
    {"0\r\n\r\n", "."},
    {"3\r\nabc\r\n0\r\n\r\n", "abc."},
    {"3\r\nabc\r\n2\r\nde\r\n000\r\n\r\nGET", "abcde."},
    {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789."},
    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789."},
    {"3;x=y\r\nabc\r\n0;z\r\n\r\n", "abc."},
    {"3 \t\r\nabc\r\n0\r\n\r\n", "abc."},
    {"0\r\nTrailer: 1\r\nOther: 2\r\n\r\n", "."},
    {"3\r\na\r\n", "a\r\n"},
    {"3\r\nab", "ab"},
    {"", ""},
    {"\r\n", "!"},
    {";x\r\n", "!"},
    {" 3\r\nabc\r\n", "!"},
    {"zz\r\n", "!"},
    {"-1\r\n", "!"},
    {"+1\r\n", "!"},
    {"0x3\r\nabc\r\n", "!"},
    {"3\nabc\r\n", "!"},
    {"3\rXabc\r\n", "!"},
    {"3\r\r\nabc\r\n", "!"},
    {"3\r\nabcd\r\n", "abc!"},
    {"3\r\nabcXX0\r\n\r\n", "abc!"},
    {"3\r\nabc\n0\r\n\r\n", "abc!"},
    {"3\r\nabc\r0\r\n\r\n", "abc!"},
    {"fffffffffffffff\r\nx", "x"},
    {"fffffffffffffffff\r\nx", "!"},
    {"3;a\nb\r\nabc\r\n", "!"},
    {"0\r\n\n", "!"},
    {"0\r\nA: 1\n\r\n", "!"},
    {"0\r\n\rX", "!"},
};

static void chunks_are_read_strictly(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        for (size_t step = 1; step <= 32; step += 31) {
            scoped_buf struct buf out = {0};
            read_chunks(str_from(cases[i].bytes), step, &out);
            if (!str_equal(buf_str(&out), str_from(cases[i].expected)))
                fail_msg("'%s' by %zu: expected %s, got %.*s", cases[i].bytes, step,
                         cases[i].expected, STR_ARG(buf_str(&out)));
        }
    }
}

static void fill(struct buf *out, const char *start, size_t count, const char *end)
{
    buf_append(out, str_from(start));
    for (size_t i = 0; i < count; i++)
        buf_append_byte(out, 'x');
    buf_append(out, str_from(end));
}

static void an_extension_is_limited(void **state)
{
    (void)state;
    scoped_buf struct buf fits = {0};
    scoped_buf struct buf exceeds = {0};
    scoped_buf struct buf first = {0};
    scoped_buf struct buf second = {0};
    fill(&fits, "1;", CHUNKS_MAX_LINE_BYTES - 4, "\r\na\r\n0\r\n\r\n");
    fill(&exceeds, "1;", CHUNKS_MAX_LINE_BYTES - 3, "\r\na\r\n0\r\n\r\n");
    read_chunks(buf_str(&fits), fits.len, &first);
    read_chunks(buf_str(&exceeds), exceeds.len, &second);
    assert_string_equal(first.data, "a.");
    assert_string_equal(second.data, "!");
}

static void trailers_are_limited(void **state)
{
    (void)state;
    scoped_buf struct buf fits = {0};
    scoped_buf struct buf exceeds = {0};
    scoped_buf struct buf first = {0};
    scoped_buf struct buf second = {0};
    fill(&fits, "0\r\nA: ", CHUNKS_MAX_TRAILER_BYTES - 7, "\r\n\r\n");
    fill(&exceeds, "0\r\nA: ", CHUNKS_MAX_TRAILER_BYTES - 6, "\r\n\r\n");
    read_chunks(buf_str(&fits), fits.len, &first);
    read_chunks(buf_str(&exceeds), exceeds.len, &second);
    assert_string_equal(first.data, ".");
    assert_string_equal(second.data, "!");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_are_read_strictly),
        cmocka_unit_test(an_extension_is_limited),
        cmocka_unit_test(trailers_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

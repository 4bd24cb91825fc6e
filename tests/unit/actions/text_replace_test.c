#include "actions/text_replace.h"

#include "server/base/buf.h"
#include "tests/support/test.h"
#include "tests/support/text.h"

/* What `bytes` become, and what a reader sees of that. */
static void expect_replaced(struct str bytes, const char *part, const char *with,
                            struct str bytes_after, const char *text_after)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf out_bytes = {0};
    scoped_buf struct buf out_text = {0};
    text_replace_read(bytes, &text);
    const struct text_replacement replacement = {.bytes = bytes,
                                                 .text = buf_str(&text),
                                                 .part = str_from(part),
                                                 .replacement = str_from(with)};
    text_replace_all(&replacement, &out_bytes, &out_text);
    assert_int_equal(out_bytes.len, bytes_after.len);
    assert_memory_equal(out_bytes.data, bytes_after.data, bytes_after.len);
    assert_text(buf_str(&out_text), text_after);
}

static void a_reader_sees_utf8_and_line_feeds(void **state)
{
    scoped_buf struct buf text = {0};
    (void)state;
    text_replace_read(STR("a\xff\r\nb\rc\n\xe2\x82"), &text);
    assert_text(buf_str(&text), "a\uFFFD\nb\nc\n\uFFFD");
}

static void occurrences_do_not_overlap(void **state)
{
    (void)state;
    assert_int_equal(text_replace_count(STR("aaaaa"), STR("aa")), 2);
    assert_int_equal(text_replace_count(STR("abc"), STR("d")), 0);
    assert_int_equal(text_replace_count(STR(""), STR("d")), 0);
    assert_int_equal(text_replace_count(STR("ab"), STR("ab")), 1);
}

static void every_occurrence_is_replaced(void **state)
{
    (void)state;
    expect_replaced(STR("foo bar foo\nfoo"), "foo", "x", STR("x bar x\nx"), "x bar x\nx");
    expect_replaced(STR("foo"), "foo", "", STR(""), "");
    expect_replaced(STR("foo"), "bar", "x", STR("foo"), "foo");
}

static void bytes_outside_stay_as_they_are(void **state)
{
    (void)state;
    expect_replaced(STR("\xffone\rtwo\r\n\xe2\x82 one\xfe"), "one", "1",
                    STR("\xff"
                        "1\rtwo\r\n\xe2\x82 1\xfe"),
                    "\uFFFD1\ntwo\n\uFFFD 1\uFFFD");
}

static void what_is_shown_in_place_of_bad_bytes_can_be_replaced(void **state)
{
    (void)state;
    expect_replaced(STR("caf\xe9 x"), "caf\uFFFD", "coffee", STR("coffee x"), "coffee x");
}

static void a_replacement_gets_the_line_ends_of_the_file(void **state)
{
    (void)state;
    expect_replaced(STR("a\r\nb\r\nc\r\n"), "a\nb", "1\n2\n3", STR("1\r\n2\r\n3\r\nc\r\n"),
                    "1\n2\n3\nc\n");
    expect_replaced(STR("a\nb\n"), "a", "1\r\n2", STR("1\r\n2\nb\n"), "1\n2\nb\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_sees_utf8_and_line_feeds),
        cmocka_unit_test(occurrences_do_not_overlap),
        cmocka_unit_test(every_occurrence_is_replaced),
        cmocka_unit_test(bytes_outside_stay_as_they_are),
        cmocka_unit_test(what_is_shown_in_place_of_bad_bytes_can_be_replaced),
        cmocka_unit_test(a_replacement_gets_the_line_ends_of_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "agent/frontmatter.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static void assert_json(const char *yaml, const char *expected)
{
    scoped_buf struct buf json = {0};
    struct doc_error why;
    struct error error = {0};
    if (!frontmatter_to_json(str_from(yaml), &json, &error))
        fail_msg("%s", error.text);
    assert_string_equal(json.data, expected);
    struct doc *doc = doc_parse(buf_str(&json), &why);
    assert_non_null(doc);
    doc_free(doc);
}

static void assert_refused(const char *yaml, const char *part)
{
    scoped_buf struct buf json = {0};
    struct error error = {0};
    assert_false(frontmatter_to_json(str_from(yaml), &json, &error));
    assert_int_equal(json.len, 0);
    if (!str_contains(str_from(error.text), str_from(part)))
        fail_msg("'%s' says nothing of '%s'", error.text, part);
}

static void a_head_stands_between_two_lines_of_dashes(void **state)
{
    (void)state;
    struct str yaml;
    struct str content;
    assert_true(frontmatter_split(STR("---\nname: x\n---\n\ntext\n"), &yaml, &content));
    assert_true(str_equal(yaml, STR("name: x\n")));
    assert_true(str_equal(content, STR("text")));
    assert_true(frontmatter_split(STR("---\r\na: 1\r\n---\r\ntext"), &yaml, &content));
    assert_true(str_equal(content, STR("text")));
}

static void blanks_around_a_head_do_not_matter(void **state)
{
    (void)state;
    struct str yaml;
    struct str content;
    assert_true(frontmatter_split(STR("\n\n--- \nname: x\n----\t\ntext\n\n"), &yaml, &content));
    assert_true(str_equal(yaml, STR("name: x\n")));
    assert_true(str_equal(content, STR("text")));
    assert_false(frontmatter_split(STR("text\n"), &yaml, &content));
    assert_true(str_equal(content, STR("text")));
}

static void a_text_without_a_closed_head_has_none(void **state)
{
    (void)state;
    struct str yaml;
    struct str content;
    assert_false(frontmatter_split(STR("# title\n---\n"), &yaml, &content));
    assert_false(frontmatter_split(STR("---\nname: x\n"), &yaml, &content));
    assert_true(str_equal(content, STR("---\nname: x")));
}

static void scalars_have_their_types(void **state)
{
    (void)state;
    assert_json("a: word and more\nb: 3\nc: 1.5\nd: true\ne: ~\nf:\ng: 1.0.0\nh: -x\n",
                "{\"a\":\"word and more\",\"b\":3,\"c\":1.5,\"d\":true,\"e\":null,\"f\":null,"
                "\"g\":\"1.0.0\",\"h\":\"-x\"}");
}

static void quotes_keep_what_is_in_them(void **state)
{
    (void)state;
    assert_json("a: \"x: \\\"1\\\" # y\\n\"\nb: 'it''s'\n\"c d\": '3'\n",
                "{\"a\":\"x: \\\"1\\\" # y\\n\",\"b\":\"it's\",\"c d\":\"3\"}");
}

static void comments_and_empty_lines_are_passed_over(void **state)
{
    (void)state;
    assert_json("# head\na: 1 # one\n\n  # more\nb: x#y\n", "{\"a\":1,\"b\":\"x#y\"}");
    assert_json("# nothing\n", "{}");
}

static void lists_may_stand_below_or_in_brackets(void **state)
{
    (void)state;
    assert_json("a:\n- x\n- \"y z\"\nb:\n  - 1\nc: [p, 'q r', [1]]\nd: []\n",
                "{\"a\":[\"x\",\"y z\"],\"b\":[1],\"c\":[\"p\",\"q r\",[1]],\"d\":[]}");
}

static void maps_may_stand_below_in_lists_and_in_braces(void **state)
{
    (void)state;
    assert_json("inputs:\n  - name: a\n    description: what\n  - name: b\nm:\n  k: {x: 1, y: z}\n",
                "{\"inputs\":[{\"name\":\"a\",\"description\":\"what\"},{\"name\":\"b\"}],"
                "\"m\":{\"k\":{\"x\":1,\"y\":\"z\"}}}");
}

static void text_blocks_keep_or_fold_their_lines(void **state)
{
    (void)state;
    assert_json("a: |\n  one\n   two\n\n  three\nb: >-\n  one\n  two\nc: x\n",
                "{\"a\":\"one\\n two\\n\\nthree\\n\",\"b\":\"one two\",\"c\":\"x\"}");
}

static void a_plain_text_may_go_on_below(void **state)
{
    (void)state;
    assert_json("a: one\n  two\n  three\nb: 1\n", "{\"a\":\"one two three\",\"b\":1}");
}

static void what_is_not_understood_is_refused_with_its_line(void **state)
{
    (void)state;
    assert_refused("- a\n", "keys and values");
    assert_refused("a: 1\nnonsense\n", "line 2");
    assert_refused("a: [1, 2\n", "not closed");
    assert_refused("a: \"x\n", "quote");
    assert_refused("a: &anchor x\n", "anchors");
    assert_refused("a: \"x\" y\n", "follows");
    assert_refused("a: [[[[[[[[[[1]]]]]]]]]]\n", "too deep");
    assert_refused("  a: 1\nb: 2\n", "indented less");
}

static void quoted_texts_know_escapes(void **state)
{
    (void)state;
    assert_json("a: \"\\u00e9 \\x41\\n\\\"\\q \\U0001F600\"",
                "{\"a\":\"\xC3\xA9 A\\n\\\"q \xF0\x9F\x98\x80\"}");
    assert_json("a: \"\\u00\"", "{\"a\":\"u00\"}");
}

static void an_empty_line_in_a_folded_block_ends_a_line(void **state)
{
    (void)state;
    assert_json("a: >\n  one\n  two\n\n  three\n", "{\"a\":\"one two\\nthree\\n\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_stands_between_two_lines_of_dashes),
        cmocka_unit_test(blanks_around_a_head_do_not_matter),
        cmocka_unit_test(a_text_without_a_closed_head_has_none),
        cmocka_unit_test(quoted_texts_know_escapes),
        cmocka_unit_test(an_empty_line_in_a_folded_block_ends_a_line),
        cmocka_unit_test(scalars_have_their_types),
        cmocka_unit_test(quotes_keep_what_is_in_them),
        cmocka_unit_test(comments_and_empty_lines_are_passed_over),
        cmocka_unit_test(lists_may_stand_below_or_in_brackets),
        cmocka_unit_test(maps_may_stand_below_in_lists_and_in_braces),
        cmocka_unit_test(text_blocks_keep_or_fold_their_lines),
        cmocka_unit_test(a_plain_text_may_go_on_below),
        cmocka_unit_test(what_is_not_understood_is_refused_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

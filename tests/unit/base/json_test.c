#include "server/base/json.h"

#include "server/base/buf.h"
#include "tests/support/text.h"

static struct doc *parse(struct str text)
{
    struct doc_error error = {0};
    struct doc *doc = doc_parse(text, &error);
    if (doc == NULL)
        fail_msg("%.*s: %s at %zu", STR_ARG(text), error.text, error.position);
    return doc;
}

static void assert_prints(struct str text, const char *expected)
{
    struct doc *doc = parse(text);
    scoped_buf struct buf out = {0};
    doc_print(doc_root(doc), &out);
    assert_string_equal(out.data, expected);
    doc_free(doc);
}

static void values_are_read_with_their_kinds(void **state)
{
    (void)state;
    struct doc *doc = parse(STR("[null,true,-5,2.5,\"a\\u0000b\",[],{}]"));
    const struct doc_value *root = doc_root(doc);
    static const enum doc_kind kinds[] = {DOC_NULL,   DOC_BOOL,  DOC_INT,   DOC_DOUBLE,
                                          DOC_STRING, DOC_ARRAY, DOC_OBJECT};
    assert_int_equal(doc_count(root), ARRAY_SIZE(kinds));
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        assert_int_equal(doc_kind(doc_at(root, i)), kinds[i]);
    assert_true(doc_bool(doc_at(root, 1)));
    assert_int_equal(doc_int(doc_at(root, 2)), -5);
    assert_true(doc_double(doc_at(root, 2)) == -5);
    assert_true(doc_double(doc_at(root, 3)) == 2.5);
    assert_true(str_equal(doc_string(doc_at(root, 4)), STR("a\0b")));
    assert_null(doc_at(root, ARRAY_SIZE(kinds)));
    doc_free(doc);
}

static void members_are_found_by_name_and_visited_in_order(void **state)
{
    (void)state;
    struct doc *doc = parse(STR("{\"z\":1,\"a\":2,\"\":3}"));
    const struct doc_value *root = doc_root(doc);
    assert_int_equal(doc_int(doc_find(root, STR("a"))), 2);
    assert_int_equal(doc_int(doc_find(root, str_slice(STR("zz"), 0, 1))), 1);
    assert_null(doc_find(root, STR("b")));
    scoped_buf struct buf seen = {0};
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(root, &iterator, &name, &value))
        buf_printf(&seen, "%.*s=%d;", STR_ARG(name), (int)doc_int(value));
    assert_string_equal(seen.data, "z=1;a=2;=3;");
    doc_free(doc);
}

static void the_last_of_equal_names_wins(void **state)
{
    (void)state;
    assert_prints(STR("{\"a\":1,\"b\":2,\"a\":3}"), "{\"a\":3,\"b\":2}");
}

static void printing_is_compact_and_gives_back_what_was_read(void **state)
{
    (void)state;
    assert_prints(STR(" { \"a\" : [ 1 , 2.0 , \"\\u00e9\\n\" , { } , [ ] ] , \"b\" : null } "),
                  "{\"a\":[1,2.0,\"\xC3\xA9\\n\",{},[]],\"b\":null}");
    assert_prints(STR("true"), "true");
    assert_prints(STR("-0"), "0");
    assert_prints(STR("1e3"), "1000.0");
}

static void what_python_accepts_is_accepted(void **state)
{
    (void)state;
    assert_prints(STR("9223372036854775807"), "9223372036854775807");
    assert_prints(STR("[12345678901234567890,1]"), "[1.2345678901234567e+19,1]");
    assert_prints(STR("[-1e400,1e400]"), "[-1.7976931348623157e+308,1.7976931348623157e+308]");
    assert_prints(STR("\"a\\ud800b\""), "\"a\xEF\xBF\xBD"
                                        "b\"");
    assert_prints(STR("\"\\ud83d\\ude00\\ude00\""), "\"\xF0\x9F\x98\x80\xEF\xBF\xBD\"");
    assert_prints(STR("{\"a\\u0000\":1}"), "{\"a\xEF\xBF\xBD\":1}");
    assert_prints(STR("\"\xED\xA0\x80\""), "\"\xEF\xBF\xBD\"");
}

static void other_encodings_are_told_by_their_first_bytes(void **state)
{
    (void)state;
    assert_prints(STR("\xEF\xBB\xBF[1]"), "[1]");
    assert_prints(STR("[\0"
                      "1\0]\0"),
                  "[1]");
    assert_prints(STR("\0[\0"
                      "1\0]"),
                  "[1]");
    assert_prints(STR("\xFF\xFE\"\0\x3D\xD8\x00\xDE\"\0"), "\"\xF0\x9F\x98\x80\"");
    assert_prints(STR("\xFE\xFF\0"
                      "1"),
                  "1");
    assert_prints(STR("\0\0\0[\0\0\0]"), "[]");
    assert_prints(STR("[\0\0\0]\0\0\0"), "[]");
    assert_prints(STR("1\0"), "1");
}

/* Position and words of json.loads in Python 3.12. */
static const struct {
    struct str text;
    size_t position;
    const char *message;
} error_cases[] = {
    {STR_INIT(""), 0, "Expecting value"},
    {STR_INIT("  "), 2, "Expecting value"},
    {STR_INIT("nul"), 0, "Expecting value"},
    {STR_INIT("[1,]"), 3, "Expecting value"},
    {STR_INIT("["), 1, "Expecting value"},
    {STR_INIT("{\"a\":}"), 5, "Expecting value"},
    {STR_INIT("-"), 0, "Expecting value"},
    {STR_INIT("[NaN]"), 1, "Expecting value"},
    {STR_INIT("[-Infinity]"), 1, "Expecting value"},
    {STR_INIT("{"), 1, "Expecting property name enclosed in double quotes"},
    {STR_INIT("{a:1}"), 1, "Expecting property name enclosed in double quotes"},
    {STR_INIT("{\"a\":1,}"), 7, "Expecting property name enclosed in double quotes"},
    {STR_INIT("{\"a\"}"), 4, "Expecting ':' delimiter"},
    {STR_INIT("{\"a\" 1}"), 5, "Expecting ':' delimiter"},
    {STR_INIT("[1 2]"), 3, "Expecting ',' delimiter"},
    {STR_INIT("[1"), 2, "Expecting ',' delimiter"},
    {STR_INIT("{\"a\":1"), 6, "Expecting ',' delimiter"},
    {STR_INIT("[1}"), 2, "Expecting ',' delimiter"},
    {STR_INIT("1 2"), 2, "Extra data"},
    {STR_INIT("01"), 1, "Extra data"},
    {STR_INIT("1."), 1, "Extra data"},
    {STR_INIT("1e"), 1, "Extra data"},
    {STR_INIT("{}}"), 2, "Extra data"},
    {STR_INIT("null\0"), 4, "Extra data"},
    {STR_INIT("[\"abc"), 1, "Unterminated string starting at"},
    {STR_INIT("\"abc\\"), 0, "Unterminated string starting at"},
    {STR_INIT("\"a\nb\""), 2, "Invalid control character at"},
    {STR_INIT("\"a\\x\""), 2, "Invalid \\escape"},
    {STR_INIT("\"\\u12\""), 2, "Invalid \\uXXXX escape"},
    {STR_INIT("\"\\u12g4\""), 2, "Invalid \\uXXXX escape"},
    {STR_INIT("\"\\ud800\\u12\""), 8, "Invalid \\uXXXX escape"},
    {STR_INIT("[\"\xC3\xA9\xF0\x9F\x98\x80\" x]"), 6, "Expecting ',' delimiter"},
    {STR_INIT("\xEF\xBB\xBFx"), 0, "Expecting value"},
};

static void errors_have_the_words_and_positions_of_python(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(error_cases); i++) {
        struct doc_error error = {0};
        assert_null(doc_parse(error_cases[i].text, &error));
        assert_string_equal(error.text, error_cases[i].message);
        assert_int_equal(error.position, error_cases[i].position);
        assert_false(error.is_encoding);
    }
}

static void bytes_that_are_no_text_are_told_apart(void **state)
{
    (void)state;
    const struct str bad[] = {STR("\"\xFF\""), STR("\"\xC3"), STR("\"\xF4\x90\x80\x80\""),
                              STR("[\0\0\0]"), STR("[x\xFF")};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct doc_error error = {0};
        assert_null(doc_parse(bad[i], &error));
        assert_true(error.is_encoding);
    }
}

static struct doc *parse_nested(size_t depth, struct doc_error *error)
{
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < depth; i++)
        buf_append_byte(&text, '[');
    for (size_t i = 0; i < depth; i++)
        buf_append_byte(&text, ']');
    return doc_parse(buf_str(&text), error);
}

static void nesting_is_limited(void **state)
{
    (void)state;
    struct doc_error error = {0};
    struct doc *doc = parse_nested(2048, &error);
    assert_non_null(doc);
    scoped_buf struct buf out = {0};
    doc_print(doc_root(doc), &out);
    assert_int_equal(out.len, 2 * 2048);
    doc_free(doc);
    assert_null(parse_nested(2049, &error));
    assert_true(error.is_encoding);
    assert_null(parse_nested(1000000, &error));
}

static void integers_of_more_than_4300_digits_are_refused(void **state)
{
    (void)state;
    scoped_buf struct buf digits = {0};
    for (size_t i = 0; i < 4300; i++)
        buf_append_byte(&digits, '1');
    struct doc *doc = parse(buf_str(&digits));
    assert_int_equal(doc_kind(doc_root(doc)), DOC_DOUBLE);
    doc_free(doc);
    buf_append_byte(&digits, '1');
    struct doc_error error = {0};
    assert_null(doc_parse(buf_str(&digits), &error));
    assert_true(error.is_encoding);
}

static enum doc_mask mask_of(struct str name)
{
    if (str_equal(name, STR("secret")))
        return DOC_MASK;
    return str_equal(name, STR("env")) ? DOC_MASK_LEAVES : DOC_SHOW;
}

static void members_are_printed_in_the_order_of_their_names(void **state)
{
    (void)state;
    struct doc *doc = parse(STR("{\"b\":[{\"d\":\"\u00e9\",\"c\":null}],\"a\":1.5}"));
    scoped_buf struct buf out = {0};
    doc_print_sorted(doc_root(doc), &out);
    assert_string_equal(out.data, "{\"a\":1.5,\"b\":[{\"c\":null,\"d\":\"\u00e9\"}]}");
    doc_free(doc);
}

static void masked_members_are_not_printed(void **state)
{
    (void)state;
    struct doc *doc =
        parse(STR("[{\"secret\":{\"a\":1},\"env\":{\"a\":[1,{\"secret\":2}],\"b\":{}},"
                  "\"x\":{\"secret\":\"s\",\"y\":3}}]"));
    scoped_buf struct buf out = {0};
    doc_print_masked(doc_root(doc), mask_of, &out);
    assert_string_equal(out.data, "[{\"secret\":\"<redacted>\",\"env\":{\"a\":[\"<redacted>\","
                                  "{\"secret\":\"<redacted>\"}],\"b\":{}},"
                                  "\"x\":{\"secret\":\"<redacted>\",\"y\":3}}]");
    doc_free(doc);
}

static void no_document_may_be_freed(void **state)
{
    (void)state;
    doc_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_with_their_kinds),
        cmocka_unit_test(members_are_found_by_name_and_visited_in_order),
        cmocka_unit_test(the_last_of_equal_names_wins),
        cmocka_unit_test(printing_is_compact_and_gives_back_what_was_read),
        cmocka_unit_test(what_python_accepts_is_accepted),
        cmocka_unit_test(other_encodings_are_told_by_their_first_bytes),
        cmocka_unit_test(errors_have_the_words_and_positions_of_python),
        cmocka_unit_test(bytes_that_are_no_text_are_told_apart),
        cmocka_unit_test(nesting_is_limited),
        cmocka_unit_test(integers_of_more_than_4300_digits_are_refused),
        cmocka_unit_test(members_are_printed_in_the_order_of_their_names),
        cmocka_unit_test(masked_members_are_not_printed),
        cmocka_unit_test(no_document_may_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

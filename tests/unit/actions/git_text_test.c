#include "actions/git_text.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

struct pair {
    struct str given;
    const char *expected;
};

static void check_all(const struct pair *pairs, size_t count, void (*fn)(struct buf *, struct str))
{
    for (size_t i = 0; i < count; i++) {
        scoped_buf struct buf out = {0};
        buf_append(&out, STR(""));
        fn(&out, pairs[i].given);
        assert_string_equal(out.len == 0 ? "" : out.data, pairs[i].expected);
    }
}

static void a_shell_reads_back_a_quoted_argument(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {STR_INIT("--name-status"), "--name-status"},
        {STR_INIT("a/b_c.d:e=f,g%h+i@j"), "a/b_c.d:e=f,g%h+i@j"},
        {STR_INIT(""), "''"},
        {STR_INIT("HEAD^{commit}"), "'HEAD^{commit}'"},
        {STR_INIT("it's"), "'it'\"'\"'s'"},
        {STR_INIT("a b"), "'a b'"},
        {STR_INIT("\xc3\xa9"), "'\xc3\xa9'"},
    };
    check_all(pairs, ARRAY_SIZE(pairs), git_text_quote_argument);
}

static void names_are_quoted_the_way_git_does_it(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {STR_INIT("a b/c"), "a b/c"},
        {STR_INIT("\xc3\xa9.txt"), "\"\\303\\251.txt\""},
        {STR_INIT("a\"b"), "\"a\\\"b\""},
        {STR_INIT("a\\b"), "\"a\\\\b\""},
        {STR_INIT("\a\b\t\n\v\f\r"), "\"\\a\\b\\t\\n\\v\\f\\r\""},
        {STR_INIT("\x01\x7f\xff"), "\"\\001\\177\\377\""},
    };
    check_all(pairs, ARRAY_SIZE(pairs), git_text_quote_name);
}

static void credentials_in_urls_are_masked(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {STR_INIT("https://user:secret@host/x"), "https://****@host/x"},
        {STR_INIT("'HTTP://token@host'"), "'HTTP://****@host'"},
        {STR_INIT("https://host/a@b"), "https://host/a@b"},
        {STR_INIT("https://host a@b"), "https://host a@b"},
        {STR_INIT("https://@host"), "https://@host"},
        {STR_INIT("a https://u@h https://v@i b"), "a https://****@h https://****@i b"},
        {STR_INIT("git@host:x https://"), "git@host:x https://"},
    };
    check_all(pairs, ARRAY_SIZE(pairs), git_text_mask);
}

static void lines_are_joined_whatever_ends_them(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {STR_INIT(""), ""},
        {STR_INIT("\n"), ""},
        {STR_INIT("a\nb"), "a\nb"},
        {STR_INIT("a\r\nb\rc\n"), "a\nb\nc"},
        {STR_INIT("a\n\n"), "a\n"},
        {STR_INIT("\n a \n"), "\n a "},
        {STR_INIT("a\vb\fc\x1c"
                  "d\x1d"
                  "e\x1e"
                  "f"),
         "a\nb\nc\nd\ne\nf"},
        {STR_INIT("a\xc2\x85"
                  "b\xe2\x80\xa8"
                  "c\xe2\x80\xa9"
                  "d"),
         "a\nb\nc\nd"},
        {STR_INIT("a\x1f"
                  "b"),
         "a\x1f"
         "b"},
    };
    check_all(pairs, ARRAY_SIZE(pairs), git_text_join_lines);
}

static void carriage_returns_become_line_feeds(void **state)
{
    (void)state;
    static const struct pair pairs[] = {
        {STR_INIT("a\r\nb\rc\r"), "a\nb\nc\n"},
        {STR_INIT("\r\r\n"), "\n\n"},
    };
    check_all(pairs, ARRAY_SIZE(pairs), git_text_unify_lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shell_reads_back_a_quoted_argument),
        cmocka_unit_test(names_are_quoted_the_way_git_does_it),
        cmocka_unit_test(credentials_in_urls_are_masked),
        cmocka_unit_test(lines_are_joined_whatever_ends_them),
        cmocka_unit_test(carriage_returns_become_line_feeds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "actions/glob.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/test.h"

struct glob_case {
    const char *pattern;
    const char *path;
    bool matches;
};

static bool matches(const char *pattern, const char *path, unsigned flags)
{
    struct glob *glob;
    struct error error;
    assert_true(glob_compile(str_from(pattern), flags, &glob, &error));
    const bool result = glob_matches(glob, str_from(path));
    glob_free(glob);
    return result;
}

static void check(const struct glob_case *cases, size_t count, unsigned flags)
{
    for (size_t i = 0; i < count; i++) {
        if (matches(cases[i].pattern, cases[i].path, flags) != cases[i].matches)
            fail_msg("'%s' against '%s' should be %d", cases[i].pattern, cases[i].path,
                     cases[i].matches);
    }
}

static void a_component_is_matched_by_stars_marks_and_classes(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        {"a", "a", true},         {"a", "b", false},
        {"a", "ab", false},       {"*", "anything", true},
        {"a*", "a", true},        {"*c", "abc", true},
        {"a*c*e", "abcde", true}, {"a*c*e", "abde", false},
        {"*.txt", "a.txt", true}, {"*.txt", "a.txt2", false},
        {"?", "a", true},         {"?", "ab", false},
        {"?", "\xc3\xa4", true},  {"??", "\xc3\xa4", false},
        {"?", "\xff", true},      {"[a-c]x", "bx", true},
        {"[a-c]x", "dx", false},  {"[!a-c]", "d", true},
        {"[^a-c]", "a", false},   {"[]]", "]", true},
        {"[!]]", "]", false},     {"[a-]", "-", true},
        {"[", "[", true},         {"[ab", "[ab", true},
        {"\\*", "*", true},       {"\\*", "a", false},
        {"[\\]]", "]", true},     {"[\xc3\xa4-\xc3\xbc]", "\xc3\xb6", true},
        {"a**b", "axb", true},
    };
    check(cases, ARRAY_SIZE(cases), GLOB_PLAIN);
}

static void a_star_stays_within_its_component(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        {"*", "a/b", false},      {"a/*", "a/b", true},  {"a/*", "a/b/c", false},
        {"a/*/c", "a/b/c", true}, {"a//c", "a/c", true}, {"./a", "a", true},
        {"a/?", "a//b", true},
    };
    check(cases, ARRAY_SIZE(cases), GLOB_PLAIN);
}

static void two_stars_take_any_number_of_components(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        {"**/a", "a", true},           {"**/a", "x/y/a", true},
        {"**/a", "x/b", false},        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},   {"a/**/b", "a/x", false},
        {"a/**", "a/b", true},         {"a/**", "a/b/c", true},
        {"a/**", "a", false},          {"**", "a/b/c", true},
        {"**/**/a", "x/a", true},      {"**/a/**/b", "a/x/a/y/b", true},
        {"**/a/*/b", "a/a/x/b", true},
    };
    check(cases, ARRAY_SIZE(cases), GLOB_PLAIN);
}

static void braces_give_a_choice(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        {"*.{c,h}", "a.c", true},     {"*.{c,h}", "a.h", true},      {"*.{c,h}", "a.x", false},
        {"{a,b}/{c,d}", "b/c", true}, {"{a,b}/{c,d}", "c/a", false}, {"{src/**,*}.c", "x.c", true},
        {"{a/b,c}", "a/b", true},     {"x{,y}", "x", true},          {"\\{a}", "{a}", true},
        {"{a", "{a", true},
    };
    check(cases, ARRAY_SIZE(cases), GLOB_PLAIN);
}

static void hidden_names_need_a_dot_in_the_pattern(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        {"*", ".a", false},    {".*", ".a", true},      {"?a", ".a", false},
        {"**", ".a/b", false}, {"**/b", ".a/b", false}, {".a/**", ".a/b", true},
        {"[.]a", ".a", false}, {"\\.a", ".a", true},    {"**/.a", "x/.a", true},
    };
    check(cases, ARRAY_SIZE(cases), GLOB_PLAIN);
}

static void hidden_names_are_like_any_others_when_asked_for(void **state)
{
    (void)state;
    static const struct glob_case cases[] = {
        {"*", ".a", true},
        {"**", ".a/b", true},
        {"?a", ".a", true},
        {"**/b", ".a/.c/b", true},
    };
    check(cases, ARRAY_SIZE(cases), GLOB_HIDDEN);
}

static void assert_refused(const char *pattern, const char *text)
{
    struct glob *glob = NULL;
    struct error error;
    assert_false(glob_compile(str_from(pattern), GLOB_PLAIN, &glob, &error));
    assert_null(glob);
    assert_int_equal(error.code, ERROR_INVALID);
    assert_string_equal(error.text, text);
}

static void patterns_that_mean_nothing_are_refused(void **state)
{
    (void)state;
    assert_refused("", "the pattern is empty");
    assert_refused(".", "the pattern is empty");
    assert_refused("/a", "the pattern must be relative to the root");
    assert_refused("a/../b", "the pattern must not contain '..'");
}

static void a_pattern_may_have_so_many_bytes_and_parts(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < GLOB_MAX_BYTES; i++)
        buf_append_byte(&text, 'a');
    assert_false(matches(text.data, "a", GLOB_PLAIN));
    buf_append_byte(&text, 'a');
    assert_refused(text.data, "the pattern is too long, 1024 bytes are possible");
    buf_clear(&text);
    for (size_t i = 0; i < GLOB_MAX_PLACES - 1; i++) /* and the end */
        buf_append(&text, STR("a/"));
    assert_false(matches(text.data, "a", GLOB_PLAIN));
    buf_append(&text, STR("a"));
    assert_refused(text.data, "the pattern has too many parts, 64 are possible");
}

static void a_hostile_pattern_takes_little_time(void **state)
{
    (void)state;
    scoped_buf struct buf pattern = {0};
    scoped_buf struct buf name = {0};
    for (size_t i = 0; i < 300; i++)
        buf_append(&pattern, STR("*a"));
    for (size_t i = 0; i < 4000; i++)
        buf_append_byte(&name, 'a');
    buf_append_byte(&pattern, 'b');
    assert_false(matches(pattern.data, name.data, GLOB_PLAIN));
    buf_clear(&pattern);
    for (size_t i = 0; i < 30; i++)
        buf_append(&pattern, STR("{a,b}"));
    struct glob *glob;
    struct error error;
    assert_false(glob_compile(buf_str(&pattern), GLOB_PLAIN, &glob, &error));
}

static void a_walk_knows_where_nothing_can_match_any_more(void **state)
{
    (void)state;
    struct glob *glob;
    struct error error;
    assert_true(glob_compile(STR("src/*.c"), GLOB_PLAIN, &glob, &error));
    const uint64_t start = glob_start(glob);
    assert_false(glob_goes_on(glob, glob_step(glob, start, STR("docs"), false)));
    const uint64_t inside = glob_step(glob, start, STR("src"), false);
    assert_true(glob_goes_on(glob, inside));
    assert_false(glob_is_match(glob, inside));
    const uint64_t file = glob_step(glob, inside, STR("a.c"), false);
    assert_true(glob_is_match(glob, file));
    assert_false(glob_goes_on(glob, file));
    glob_free(glob);
}

static void two_stars_do_not_pass_through_a_link(void **state)
{
    (void)state;
    struct glob *glob;
    struct error error;
    assert_true(glob_compile(STR("**/a"), GLOB_PLAIN, &glob, &error));
    assert_false(glob_goes_on(glob, glob_step(glob, glob_start(glob), STR("link"), true)));
    glob_free(glob);
    assert_true(glob_compile(STR("link/*"), GLOB_PLAIN, &glob, &error));
    assert_true(glob_goes_on(glob, glob_step(glob, glob_start(glob), STR("link"), true)));
    glob_free(glob);
}

static void a_final_slash_asks_for_directories(void **state)
{
    (void)state;
    struct glob *glob;
    struct error error;
    assert_true(glob_compile(STR("a/"), GLOB_PLAIN, &glob, &error));
    assert_true(glob_only_directories(glob));
    glob_free(glob);
}

static void shell_patterns_are_read_as_python_reads_them(void **state)
{
    (void)state;
    assert_true(glob_fnmatch(STR("*.pyc"), STR(".pyc")));
    assert_true(glob_fnmatch(STR("[^a]"), STR("^")));
    assert_false(glob_fnmatch(STR("[^a]"), STR("b")));
    assert_true(glob_fnmatch(STR("[!a]"), STR("b")));
    assert_true(glob_fnmatch(STR("\\*"), STR("\\x")));
    assert_true(glob_fnmatch(STR("{a,b}"), STR("{a,b}")));
    assert_false(glob_fnmatch(STR(""), STR("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_component_is_matched_by_stars_marks_and_classes),
        cmocka_unit_test(a_star_stays_within_its_component),
        cmocka_unit_test(two_stars_take_any_number_of_components),
        cmocka_unit_test(braces_give_a_choice),
        cmocka_unit_test(hidden_names_need_a_dot_in_the_pattern),
        cmocka_unit_test(hidden_names_are_like_any_others_when_asked_for),
        cmocka_unit_test(patterns_that_mean_nothing_are_refused),
        cmocka_unit_test(a_pattern_may_have_so_many_bytes_and_parts),
        cmocka_unit_test(a_hostile_pattern_takes_little_time),
        cmocka_unit_test(a_walk_knows_where_nothing_can_match_any_more),
        cmocka_unit_test(two_stars_do_not_pass_through_a_link),
        cmocka_unit_test(a_final_slash_asks_for_directories),
        cmocka_unit_test(shell_patterns_are_read_as_python_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

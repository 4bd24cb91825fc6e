#include "actions/archive_exclude.h"

#include "server/base/attributes.h"
#include "tests/support/test.h"

struct exclude_case {
    const char *pattern;
    const char *path;
    bool is_directory;
    bool is_excluded;
};

static void check(const struct exclude_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct str pattern = str_from(cases[i].pattern);
        const bool is_excluded =
            archive_is_excluded(&pattern, 1, str_from(cases[i].path), cases[i].is_directory);
        if (is_excluded != cases[i].is_excluded)
            fail_msg("'%s' against '%s' should be %d", cases[i].pattern, cases[i].path,
                     cases[i].is_excluded);
    }
}

static void a_name_is_matched_at_any_depth(void **state)
{
    (void)state;
    static const struct exclude_case cases[] = {
        {"*.pyc", "a.pyc", false, true}, {"*.pyc", "x/y/a.pyc", false, true},
        {"*.pyc", "a.py", false, false}, {"sub", "sub/file", false, true},
        {"sub", "x/sub", true, true},    {"sub", "subs", true, false},
        {"[ab]", "x/b/c", false, true},  {"", "a", false, false},
        {"/", "a", true, false},
    };
    check(cases, ARRAY_SIZE(cases));
}

static void a_final_slash_spares_a_file_of_that_name(void **state)
{
    (void)state;
    static const struct exclude_case cases[] = {
        {"build/", "build", true, true},        {"build/", "build", false, false},
        {"build/", "x/build", false, false},    {"build/", "build/x", false, true},
        {"a/build/", "a/build", false, false},  {"a/build/", "a/build", true, true},
        {"a/build/", "a/build/x", false, true},
    };
    check(cases, ARRAY_SIZE(cases));
}

static void an_inner_slash_anchors_at_the_root(void **state)
{
    (void)state;
    static const struct exclude_case cases[] = {
        {"secrets/prod", "secrets/prod", true, true},
        {"secrets/prod", "secrets/prod/key", false, true},
        {"secrets/prod", "x/secrets/prod", true, false},
        {"secrets/prod", "secrets", true, false},
        {"*/test", "a/test", true, true},
        {"*/test", "a/b/test", true, false},
        {"a/*/c", "a/x/c", false, true},
        {"a/*/c", "a/x/y/c", false, false},
        {"/a", "a", true, false},
    };
    check(cases, ARRAY_SIZE(cases));
}

static void any_of_several_patterns_excludes(void **state)
{
    (void)state;
    const struct str patterns[] = {STR_INIT("a"), STR_INIT("b/")};
    assert_true(archive_is_excluded(patterns, 2, STR("b"), true));
    assert_false(archive_is_excluded(patterns, 2, STR("c"), true));
    assert_false(archive_is_excluded(NULL, 0, STR("a"), true));
}

static void the_defaults_are_those_of_the_contract(void **state)
{
    (void)state;
    size_t count;
    const struct str *patterns = archive_default_excludes(&count);
    assert_int_equal(count, 13);
    assert_true(archive_is_excluded(patterns, count, STR("x/node_modules"), true));
    assert_false(archive_is_excluded(patterns, count, STR("node_modules"), false));
}

static void credentials_of_git_are_sensitive_at_any_depth(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        bool is_sensitive;
    } cases[] = {
        {".git/config", true},
        {".git/config.worktree", true},
        {".git/credentials", true},
        {".git/.git-credentials", true},
        {".git/FETCH_HEAD", true},
        {".git/logs", true},
        {".git/logs/HEAD", true},
        {".git/modules/lib/config", true},
        {".git/modules/lib/logs/refs/heads/main", true},
        {"sub/repo/.git/config", true},
        {".git", false},
        {".git/HEAD", false},
        {".git/refs/heads/main", false},
        {"config", false},
        {"logs/x", false},
        {"git/config", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (archive_is_sensitive(str_from(cases[i].path)) != cases[i].is_sensitive)
            fail_msg("'%s' should be %d", cases[i].path, cases[i].is_sensitive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_matched_at_any_depth),
        cmocka_unit_test(a_final_slash_spares_a_file_of_that_name),
        cmocka_unit_test(an_inner_slash_anchors_at_the_root),
        cmocka_unit_test(any_of_several_patterns_excludes),
        cmocka_unit_test(the_defaults_are_those_of_the_contract),
        cmocka_unit_test(credentials_of_git_are_sensitive_at_any_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "actions/git_commits.h"

#include "tests/support/git_repo.h"

struct question {
    const char *directory;
    size_t limit;
    struct git_commits commits;
    struct error error;
    bool is_ok;
};

static void list(struct git *git, void *job)
{
    struct question *question = job;
    scoped_free char *path = repo_path(question->directory);
    question->is_ok = git_commits_list(git, str_from(path), question->limit, &question->commits,
                                       &question->error);
}

static void ask(struct question *question)
{
    repo_run(list, question);
    if (!question->is_ok)
        fail_msg("%s", question->error.text);
}

static void assert_str(struct str actual, const char *expected)
{
    scoped_free char *text = mem_strndup(actual.data, actual.len);
    assert_string_equal(text, expected);
}

#define TWO                                                                                        \
    "git init -q .; mkdir sub; touch sub/HEAD HEAD; git add .; git commit -qm first; "             \
    "git commit -q --allow-empty -m 'second: äöü' -m body; "

static void commits_come_newest_first(void **state)
{
    (void)state;
    struct question question = {.directory = "", .limit = 50};
    repo_sh(TWO);
    ask(&question);
    assert_int_equal(question.commits.count, 2);
    assert_false(question.commits.has_more);
    assert_str(question.commits.items[0].subject, "second: äöü");
    assert_str(question.commits.items[0].author, "Test");
    assert_str(question.commits.items[0].timestamp, "2024-05-06T07:08:09+02:00");
    assert_int_equal(question.commits.items[0].oid.len, 40);
    assert_true(
        str_starts_with(question.commits.items[0].oid, question.commits.items[0].short_oid));
    assert_str(question.commits.items[1].subject, "first");
    git_commits_fini(&question.commits);
}

static void a_limit_says_whether_there_are_more(void **state)
{
    (void)state;
    struct question one = {.directory = "", .limit = 1};
    struct question both = {.directory = "sub", .limit = 2};
    repo_sh(TWO);
    ask(&one);
    assert_int_equal(one.commits.count, 1);
    assert_true(one.commits.has_more);
    ask(&both);
    assert_int_equal(both.commits.count, 2);
    assert_false(both.commits.has_more);
    git_commits_fini(&one.commits);
    git_commits_fini(&both.commits);
}

static void subjects_of_any_kind_stay_whole(void **state)
{
    (void)state;
    struct question question = {.directory = "", .limit = 50};
    repo_sh("git init -q .; git commit -q --allow-empty --allow-empty-message -m ''; "
            "git commit -q --allow-empty -m \"$(printf 'a\\037b\\fc\\t\"d\\\\e')\"");
    ask(&question);
    assert_int_equal(question.commits.count, 2);
    assert_str(question.commits.items[0].subject, "a\037b\fc\t\"d\\e");
    assert_str(question.commits.items[1].subject, "");
    git_commits_fini(&question.commits);
}

static void another_encoding_becomes_utf8(void **state)
{
    (void)state;
    struct question question = {.directory = "", .limit = 50};
    repo_sh("git init -q .; git config i18n.logOutputEncoding latin1; "
            "git -c i18n.commitEncoding=latin1 commit -q --allow-empty -m \"$(printf '\\344')\"");
    ask(&question);
    assert_str(question.commits.items[0].subject, "ä");
    git_commits_fini(&question.commits);
}

static void nothing_committed_is_an_empty_list(void **state)
{
    (void)state;
    struct question question = {.directory = "", .limit = 50};
    repo_sh("git init -q .");
    ask(&question);
    assert_true(question.commits.is_repository);
    assert_int_equal(question.commits.count, 0);
    git_commits_fini(&question.commits);
}

static void no_repository_is_an_empty_list(void **state)
{
    (void)state;
    static const char *const directories[] = {"", "missing", "file", "broken"};
    repo_sh("touch file; git init -q broken; rm broken/.git/HEAD");
    for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
        struct question question = {.directory = directories[i], .limit = 50};
        ask(&question);
        assert_false(question.commits.is_repository);
        assert_int_equal(question.commits.count, 0);
        git_commits_fini(&question.commits);
    }
}

static void a_missing_object_is_an_error(void **state)
{
    (void)state;
    struct question question = {.directory = "", .limit = 50};
    repo_sh(TWO "echo 0123456789012345678901234567890123456789 > .git/refs/heads/main");
    repo_run(list, &question);
    assert_false(question.is_ok);
    assert_string_equal(question.error.text,
                        "Git command failed: git --no-pager log --no-show-signature "
                        "--format=%H%x1f%h%x1f%an%x1f%aI%x1f%s -n 51 "
                        "0123456789012345678901234567890123456789");
    git_commits_fini(&question.commits);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(commits_come_newest_first),          TEST(a_limit_says_whether_there_are_more),
        TEST(subjects_of_any_kind_stay_whole),    TEST(another_encoding_becomes_utf8),
        TEST(nothing_committed_is_an_empty_list), TEST(no_repository_is_an_empty_list),
        TEST(a_missing_object_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

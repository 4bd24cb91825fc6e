#include "actions/git_diff.h"

#include "tests/support/git_repo.h"

struct question {
    const char *path;
    const char *reference;
    const char *commit;
    struct git_diff diff;
    struct error error;
    bool is_ok;
};

static void find(struct git *git, void *job)
{
    struct question *question = job;
    scoped_free char *path = repo_path(question->path);
    if (question->commit != NULL)
        question->is_ok = git_diff_commit(git, str_from(path), str_from(question->commit),
                                          &question->diff, &question->error);
    else
        question->is_ok = git_diff_file(git, str_from(path), str_from(question->reference),
                                        &question->diff, &question->error);
}

static const char *text_of(const struct buf *buf)
{
    return buf->len == 0 ? "" : buf->data;
}

static void assert_diff(struct question question, const char *original, const char *modified)
{
    repo_run(find, &question);
    if (!question.is_ok)
        fail_msg("%s", question.error.text);
    assert_true(question.diff.is_repository);
    assert_string_equal(text_of(&question.diff.original), original);
    assert_string_equal(text_of(&question.diff.modified), modified);
    git_diff_fini(&question.diff);
}

static void assert_file(const char *path, const char *original, const char *modified)
{
    assert_diff((struct question){.path = path}, original, modified);
}

/* The text ends with the test's path to the file, or is complete. */
static void assert_refused(struct question question, const char *expected, const char *file)
{
    scoped_buf struct buf text = {0};
    scoped_free char *path = file == NULL ? mem_strdup("") : repo_path(file);
    repo_run(find, &question);
    assert_false(question.is_ok);
    buf_printf(&text, "%s%s", expected, path);
    assert_string_equal(question.error.text, text.data);
    assert_int_equal(question.error.code, ERROR_INVALID);
    git_diff_fini(&question.diff);
}

static void assert_no_repository(struct question question)
{
    repo_run(find, &question);
    assert_true(question.is_ok);
    assert_false(question.diff.is_repository);
    git_diff_fini(&question.diff);
}

#define COMMITTED                                                                                  \
    "git init -q .; mkdir sub; printf 'one\\ntwo\\n' > a; echo gone > gone; echo s > sub/s; "      \
    "git add .; git commit -qm first; "
#define TWO COMMITTED "echo three >> a; git rm -q gone; git commit -qam second; git tag cafe; "

static void an_edited_file_has_two_sides(void **state)
{
    (void)state;
    repo_sh(COMMITTED "printf 'one\\nTWO\\n' > a");
    assert_file("a", "one\ntwo", "one\nTWO");
}

static void a_new_file_has_nothing_before(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo n > new");
    assert_file("new", "", "n");
}

static void a_deleted_file_has_nothing_after(void **state)
{
    (void)state;
    repo_sh(COMMITTED "rm -r gone sub");
    assert_file("gone", "gone", "");
    assert_file("sub/s", "s", "");
}

static void a_file_that_never_was_is_refused(void **state)
{
    (void)state;
    repo_sh("mkdir plain r; cd r; " COMMITTED "rm -r sub");
    assert_refused((struct question){.path = "r/nowhere"}, "File does not exist: ", "r/nowhere");
    assert_refused((struct question){.path = "r/sub"}, "File does not exist: ", "r/sub");
    assert_refused((struct question){.path = "plain/x"}, "File does not exist: ", "plain/x");
}

static void outside_of_a_repository_there_is_nothing_to_compare(void **state)
{
    (void)state;
    repo_sh("echo x > f; mkdir r; cd r; " COMMITTED "rm .git/HEAD");
    assert_no_repository((struct question){.path = "f"});
    assert_no_repository((struct question){.path = "f", .commit = "cafe"});
    assert_no_repository((struct question){.path = "r/a"});
    assert_no_repository((struct question){.path = "r/a", .commit = "cafe"});
}

static void line_ends_and_the_last_one_do_not_count(void **state)
{
    (void)state;
    repo_sh(COMMITTED
            "printf 'a\\r\\nb\\rc\\n\\n' > a; git commit -qam crlf; printf ' a\\nb ' > a");
    assert_file("a", "a\nb\nc\n", " a\nb ");
}

static void text_that_is_not_utf8_is_empty_on_disk_and_repaired_from_git(void **state)
{
    (void)state;
    repo_sh(COMMITTED "printf 'a\\377b' > a; git commit -qam odd; printf '\\377' > a");
    assert_file("a",
                "a\xef\xbf\xbd"
                "b",
                "");
}

static void a_name_of_any_bytes_is_found(void **state)
{
    (void)state;
    repo_sh(COMMITTED "printf 1 > ' é\n:x'; git add .; git commit -qm odd; printf 2 > ' é\n:x'");
    assert_file(" é\n:x", "1", "2");
}

static void a_link_shows_the_file_it_leads_to(void **state)
{
    (void)state;
    repo_sh(COMMITTED "ln -s sub/s l");
    assert_file("l", "s", "s");
}

static void a_directory_is_listed(void **state)
{
    (void)state;
    repo_sh(COMMITTED);
    struct question question = {.path = "sub"};
    repo_run(find, &question);
    assert_true(question.is_ok);
    assert_true(str_starts_with(buf_str(&question.diff.original), STR("tree ")));
    assert_true(str_ends_with(buf_str(&question.diff.original), STR(":sub\n\ns")));
    assert_string_equal(text_of(&question.diff.modified), "");
    git_diff_fini(&question.diff);
}

static void a_fifo_is_not_waited_for(void **state)
{
    (void)state;
    repo_sh(COMMITTED "mkfifo f");
    assert_file("f", "", "");
}

static void a_file_at_the_limit_is_shown(void **state)
{
    (void)state;
    repo_sh(COMMITTED "head -c 1048576 /dev/zero | tr '\\0' a > big");
    struct question question = {.path = "big"};
    repo_run(find, &question);
    assert_true(question.is_ok);
    assert_int_equal(question.diff.modified.len, 1048576);
    git_diff_fini(&question.diff);
}

#define TOO_LARGE "File too large for git diff: 1048577 bytes (max: 1048576 bytes)"

static void a_file_past_the_limit_is_refused(void **state)
{
    (void)state;
    repo_sh(COMMITTED "head -c 1048577 /dev/zero > big");
    assert_refused((struct question){.path = "big"}, TOO_LARGE, NULL);
    repo_sh("git add big; git commit -qm big; git tag beef; rm big");
    assert_refused((struct question){.path = "big"}, TOO_LARGE, NULL);
    assert_refused((struct question){.path = "big", .commit = "beef"}, TOO_LARGE, NULL);
}

static void a_file_that_cannot_be_looked_at_is_refused(void **state)
{
    (void)state;
    scoped_buf struct buf name = {0};
    for (int i = 0; i < 300; i++)
        buf_append_byte(&name, 'n');
    repo_sh(COMMITTED);
    assert_refused((struct question){.path = name.data}, "Cannot access file: ", name.data);
}

static void a_reference_is_the_side_before(void **state)
{
    (void)state;
    repo_sh(TWO);
    assert_diff((struct question){.path = "a", .reference = "HEAD~1"}, "one\ntwo",
                "one\ntwo\nthree");
    assert_diff((struct question){.path = "gone", .reference = "HEAD~1"}, "gone", "");
    assert_refused((struct question){.path = "a", .reference = "nonsense"},
                   "Git command failed: git --no-pager rev-parse --verify 'nonsense^{commit}'",
                   NULL);
}

static void a_commit_has_its_parent_before(void **state)
{
    (void)state;
    repo_sh(TWO "echo elsewhere > a");
    assert_diff((struct question){.path = "a", .commit = "cafe"}, "one\ntwo", "one\ntwo\nthree");
    assert_diff((struct question){.path = "gone", .commit = "cafe"}, "gone", "");
    assert_diff((struct question){.path = "nowhere", .commit = "cafe"}, "", "");
}

static void a_first_commit_has_nothing_before(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git tag beef");
    assert_diff((struct question){.path = "a", .commit = "beef"}, "", "one\ntwo");
}

static void both_sides_of_a_commit_are_trimmed(void **state)
{
    (void)state;
    repo_sh(COMMITTED "printf '\\n \\tx \\r\\ny\\n\\n' > a; git commit -qam odd; git tag beef");
    assert_diff((struct question){.path = "a", .commit = "beef"}, "one\ntwo", "x \ny");
}

static void an_unknown_commit_is_refused(void **state)
{
    (void)state;
    repo_sh(COMMITTED);
    assert_refused((struct question){.path = "a", .commit = "deadbeef"},
                   "Git command failed: git --no-pager rev-parse --verify 'deadbeef^{commit}'",
                   NULL);
}

static void the_nearest_repository_answers(void **state)
{
    (void)state;
    repo_sh(COMMITTED
            "mkdir nest; cd nest; git init -q .; echo n > n; git add n; git commit -qm n; "
            "echo o > n");
    assert_file("nest/n", "n", "o");
}

static void a_worktree_has_its_own_head(void **state)
{
    (void)state;
    repo_sh("mkdir r; cd r; " COMMITTED "git worktree add -q ../w -b w; cd ../w; echo w > a; "
            "git commit -qam w; echo x > a");
    assert_diff((struct question){.path = "w/a", .reference = "HEAD"}, "w", "x");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_edited_file_has_two_sides),
        TEST(a_new_file_has_nothing_before),
        TEST(a_deleted_file_has_nothing_after),
        TEST(a_file_that_never_was_is_refused),
        TEST(outside_of_a_repository_there_is_nothing_to_compare),
        TEST(line_ends_and_the_last_one_do_not_count),
        TEST(text_that_is_not_utf8_is_empty_on_disk_and_repaired_from_git),
        TEST(a_name_of_any_bytes_is_found),
        TEST(a_link_shows_the_file_it_leads_to),
        TEST(a_directory_is_listed),
        TEST(a_fifo_is_not_waited_for),
        TEST(a_file_at_the_limit_is_shown),
        TEST(a_file_past_the_limit_is_refused),
        TEST(a_file_that_cannot_be_looked_at_is_refused),
        TEST(a_reference_is_the_side_before),
        TEST(a_commit_has_its_parent_before),
        TEST(a_first_commit_has_nothing_before),
        TEST(both_sides_of_a_commit_are_trimmed),
        TEST(an_unknown_commit_is_refused),
        TEST(the_nearest_repository_answers),
        TEST(a_worktree_has_its_own_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "actions/git_base.h"

#include "actions/git_changes.h"
#include "tests/support/git_repo.h"

struct question {
    const char *directory;
    const char *reference;
    struct arena arena;
    struct str oid;
    struct error error;
    bool is_ok;
};

static void find(struct git *git, void *job)
{
    struct question *question = job;
    scoped_free char *path = repo_path(question->directory);
    question->is_ok = git_base_find(git, path, str_from(question->reference), &question->arena,
                                    &question->oid, &question->error);
}

static void compare(struct git *git, void *job)
{
    struct question *question = job;
    scoped_free char *path = repo_path(question->directory);
    struct git_changes changes = {0};
    question->is_ok = git_changes_find(git, str_from(path), STR_NULL, &changes, &question->error);
    question->oid = arena_printf(&question->arena, "%zu", changes.count);
    git_changes_fini(&changes);
}

/* Both ways to the base must agree: the one of single files and the one of lists. The list is right
 * when it has as many lines as `git diff` against the expected base. */
static void assert_base(const char *directory, const char *expected)
{
    struct question question = {.directory = directory};
    scoped_buf struct buf script = {0};
    repo_run(find, &question);
    if (!question.is_ok)
        fail_msg("%s", question.error.text);
    buf_printf(&script, "cd './%s'; test \"$(git rev-parse '%s')\" = '%.*s'", directory, expected,
               STR_ARG(question.oid));
    repo_sh(script.data);
    repo_run(compare, &question);
    buf_clear(&script);
    buf_printf(&script, "cd './%s'; test $(git diff --name-only '%s' | wc -l) = '%.*s'", directory,
               expected, STR_ARG(question.oid));
    repo_sh(script.data);
    arena_fini(&question.arena);
}

#define COMMITTED "git init -q .; echo a > a; echo b > b; git add .; git commit -qm first; "
#define CLONED    "mkdir up; cd up; " COMMITTED "cd ..; git clone -q up work; cd work; "

static void without_a_remote_head_is_the_base(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo x > a");
    assert_base("", "HEAD");
}

static void an_upstream_that_is_behind_is_the_base(void **state)
{
    (void)state;
    repo_sh(CLONED "echo x > a; git commit -qam x");
    assert_base("work", "origin/main");
}

static void an_upstream_at_head_is_the_base_of_a_dirty_tree(void **state)
{
    (void)state;
    repo_sh(CLONED "git checkout -qb feature; echo x > a; git commit -qam x; "
                   "git push -q -u origin feature; echo y > b");
    assert_base("work", "origin/feature");
}

static void a_pushed_clean_branch_is_compared_with_its_fork_point(void **state)
{
    (void)state;
    repo_sh(CLONED "git tag fork; git checkout -qb feature; echo x > a; git commit -qam x; "
                   "git push -q -u origin feature");
    assert_base("work", "fork");
}

static void an_untracked_file_does_not_hide_a_pushed_branch(void **state)
{
    (void)state;
    repo_sh(CLONED "git tag fork; git checkout -qb feature; echo x > a; git commit -qam x; "
                   "git push -q -u origin feature; echo u > .git/info/exclude; touch u");
    assert_base("work", "fork");
}

static void a_branch_that_was_never_pushed_is_compared_with_its_fork_point(void **state)
{
    (void)state;
    repo_sh(CLONED
            "git tag fork; git checkout -qb feature; echo x > a; git commit -qam x; cd ../up; "
            "echo n > b; git commit -qam n; cd ../work; git fetch -q");
    assert_base("work", "fork");
}

static void a_default_without_a_common_history_is_the_base_itself(void **state)
{
    (void)state;
    repo_sh(CLONED "git checkout -q --orphan lone; git commit -qm lone");
    assert_base("work", "origin/main");
}

static void a_detached_head_is_compared_with_the_default_branch(void **state)
{
    (void)state;
    repo_sh(CLONED "git checkout -q --detach; echo x > a; git commit -qam x");
    assert_base("work", "origin/main");
}

static void an_unrecorded_default_is_asked_of_the_remote(void **state)
{
    (void)state;
    repo_sh(CLONED "git tag fork; git remote set-head origin -d; git checkout -qb feature; "
                   "echo x > a; git commit -qam x");
    assert_base("work", "fork");
}

static void a_remote_that_does_not_answer_is_no_default(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git remote add origin /nonexistent; echo x > a");
    assert_base("", "HEAD");
}

static void an_empty_repository_asks_no_remote(void **state)
{
    (void)state;
    repo_sh("git init -q .; git config remote.origin.url 'ext::sh -c touch% asked%S'; "
            "git config protocol.ext.allow always");
    struct question question = {.directory = ""};
    repo_run(find, &question);
    assert_true(question.is_ok);
    assert_true(git_base_is_empty_tree(question.oid));
    repo_sh("test ! -e asked*");
    arena_fini(&question.arena);
}

static void a_local_main_that_head_came_from_is_the_base(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git checkout -qb feature; echo x > a; git commit -qam x");
    assert_base("", "main");
    repo_sh("git branch -m main master");
    assert_base("", "master");
}

static void a_local_main_that_went_on_is_not_the_base(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git checkout -qb feature; git checkout -q main; echo x > a; "
                      "git commit -qam x; git checkout -q feature; echo y > b");
    assert_base("", "HEAD");
}

static void only_the_first_local_default_counts(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git branch master; echo x > a; git commit -qam x");
    assert_base("", "HEAD");
}

static void packed_references_are_seen(void **state)
{
    (void)state;
    repo_sh(CLONED "echo x > a; git commit -qam x; git pack-refs --all");
    assert_base("work", "origin/main");
}

static void many_packed_references_are_left_to_git(void **state)
{
    (void)state;
    repo_sh(CLONED "oid=$(git rev-parse HEAD); for i in $(seq 2000); do "
                   "echo \"create refs/tags/some-longer-name-$i $oid\"; done | "
                   "git update-ref --stdin; git pack-refs --all; echo x > a; git commit -qam x");
    assert_base("work", "origin/main");
}

static void a_worktree_sees_the_references_of_its_repository(void **state)
{
    (void)state;
    repo_sh(CLONED
            "git worktree add -q -b side ../side; cd ../side; echo x > a; git commit -qam x");
    assert_base("side", "origin/main");
}

static void a_branch_with_slashes_has_its_upstream(void **state)
{
    (void)state;
    repo_sh(CLONED "git checkout -qb a/b; git push -q origin a/b; echo x > a; git commit -qam x");
    assert_base("work", "origin/a/b");
}

static void assert_reference(const char *reference, const char *expected)
{
    struct question question = {.directory = "", .reference = reference};
    scoped_buf struct buf script = {0};
    repo_run(find, &question);
    assert_true(question.is_ok);
    buf_printf(&script, "test \"$(git rev-parse '%s')\" = '%.*s'", expected, STR_ARG(question.oid));
    repo_sh(script.data);
    arena_fini(&question.arena);
}

static void a_reference_is_resolved_to_its_commit(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git tag -a -m t tagged");
    assert_reference("tagged", "HEAD");
    assert_reference("HEAD", "HEAD");
}

static void head_of_an_unborn_branch_is_the_empty_tree(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git checkout -q --orphan lone");
    assert_reference("HEAD", GIT_EMPTY_TREE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_a_remote_head_is_the_base),
        TEST(an_upstream_that_is_behind_is_the_base),
        TEST(an_upstream_at_head_is_the_base_of_a_dirty_tree),
        TEST(a_pushed_clean_branch_is_compared_with_its_fork_point),
        TEST(an_untracked_file_does_not_hide_a_pushed_branch),
        TEST(a_branch_that_was_never_pushed_is_compared_with_its_fork_point),
        TEST(a_default_without_a_common_history_is_the_base_itself),
        TEST(a_detached_head_is_compared_with_the_default_branch),
        TEST(an_unrecorded_default_is_asked_of_the_remote),
        TEST(a_remote_that_does_not_answer_is_no_default),
        TEST(an_empty_repository_asks_no_remote),
        TEST(a_local_main_that_head_came_from_is_the_base),
        TEST(a_local_main_that_went_on_is_not_the_base),
        TEST(only_the_first_local_default_counts),
        TEST(packed_references_are_seen),
        TEST(many_packed_references_are_left_to_git),
        TEST(a_worktree_sees_the_references_of_its_repository),
        TEST(a_branch_with_slashes_has_its_upstream),
        TEST(a_reference_is_resolved_to_its_commit),
        TEST(head_of_an_unborn_branch_is_the_empty_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

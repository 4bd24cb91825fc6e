#include "actions/git_changes.h"

#include "actions/git_commits.h"
#include "tests/support/git_repo.h"

struct question {
    const char *directory;
    const char *reference;
    const char *commit;
    struct git_changes changes;
    struct error error;
    bool is_ok;
};

static void find(struct git *git, void *job)
{
    struct question *question = job;
    scoped_free char *path = repo_path(question->directory);
    if (question->commit != NULL)
        question->is_ok = git_commits_changes(git, str_from(path), str_from(question->commit),
                                              &question->changes, &question->error);
    else
        question->is_ok = git_changes_find(git, str_from(path), str_from(question->reference),
                                           &question->changes, &question->error);
}

/* "U a.txt|A dir/new" in the order found. */
static void print(const struct git_changes *changes, struct buf *out)
{
    buf_append(out, STR(""));
    for (size_t i = 0; i < changes->count; i++) {
        buf_printf(out, "%s%c ", i == 0 ? "" : "|",
                   git_change_kind_name(changes->items[i].kind)[0]);
        git_change_path(&changes->items[i], out);
    }
}

static void assert_answer(struct question question, const char *expected)
{
    scoped_buf struct buf printed = {0};
    repo_run(find, &question);
    if (!question.is_ok)
        fail_msg("%s", question.error.text);
    print(&question.changes, &printed);
    assert_string_equal(printed.len == 0 ? "" : printed.data, expected);
    git_changes_fini(&question.changes);
}

static void assert_changes(const char *expected)
{
    assert_answer((struct question){.directory = ""}, expected);
}

static void assert_refused(struct question question, const char *expected)
{
    repo_run(find, &question);
    assert_false(question.is_ok);
    assert_int_equal(question.error.code, ERROR_INVALID);
    assert_string_equal(question.error.text, expected);
    git_changes_fini(&question.changes);
}

static void assert_no_repository(const char *directory)
{
    struct question question = {.directory = directory};
    repo_run(find, &question);
    assert_true(question.is_ok);
    assert_false(question.changes.is_repository);
    assert_int_equal(question.changes.count, 0);
    git_changes_fini(&question.changes);
}

#define COMMITTED                                                                                  \
    "git init -q .; mkdir sub; echo a > a; echo b > b; echo s > sub/s; git add .; "                \
    "git commit -qm first; "

static void every_kind_of_change_is_told(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo x >> a; rm b; git mv sub/s sub/t; echo n > new; echo i > index; "
                      "git add index");
    assert_changes("U a|D b|A index|D sub/s|A sub/t|A new");
}

static void an_unchanged_tree_has_no_changes(void **state)
{
    (void)state;
    repo_sh(COMMITTED);
    assert_changes("");
}

static void names_with_spaces_and_line_ends_stay_whole(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo 1 > ' a b '; printf x > 'c\nd'; git add .; git commit -qm 2; "
                      "echo 2 > ' a b '; printf y > 'c\nd'; touch ' new ' 'é'");
    assert_changes("U  a b |U c\nd|A  new |A é");
}

static void a_change_of_type_is_an_update(void **state)
{
    (void)state;
    repo_sh(COMMITTED "rm a; ln -s b a");
    assert_changes("U a");
}

/* Index and working tree both differ from what is before them. */
static void what_was_staged_and_changed_again_is_told_once(void **state)
{
    (void)state;
    repo_sh(COMMITTED
            "echo x > a; git add a; echo y > a; echo x > b; git add b; echo b > b; "
            "echo n > new; git add new; rm new; echo m > more; git add more; echo > more; "
            "echo x > sub/s; git add sub/s; rm sub/s");
    assert_changes("U a|A more|D sub/s");
}

static void a_file_taken_out_of_the_index_is_deleted_and_added(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git rm -q --cached a");
    assert_changes("D a|A a");
}

static void a_file_only_announced_is_added(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo n > new; git add -N new; touch gone; git add -N gone; rm gone");
    assert_changes("A new");
}

static void a_conflict_is_an_update(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git checkout -qb o; echo o > a; git commit -qam o; git checkout -q main; "
                      "echo m > a; git commit -qam m; git merge -q o > /dev/null 2>&1 || true");
    assert_changes("U a");
}

static void ignored_files_are_left_out(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo '*.log' > .gitignore; touch x.log");
    assert_changes("A .gitignore");
}

static void below_a_directory_names_begin_there(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo x > a; echo x > sub/s; touch sub/new");
    assert_answer((struct question){.directory = "sub"}, "U s|A new");
    assert_answer((struct question){.directory = "sub", .reference = "HEAD"}, "U s|A new");
}

static void a_directory_is_found_through_a_link(void **state)
{
    (void)state;
    repo_sh("mkdir r; cd r; " COMMITTED "touch new; cd ..; ln -s r l");
    assert_answer((struct question){.directory = "l"}, "A new");
}

static void an_unborn_branch_is_compared_with_nothing(void **state)
{
    (void)state;
    repo_sh("git init -q .; touch a b; git add a");
    assert_changes("A a|A b");
    assert_answer((struct question){.directory = "", .reference = "HEAD"}, "A a|A b");
    repo_sh("mkdir d; touch d/x d/y; git add d/x");
    assert_answer((struct question){.directory = "d"}, "A x|A y");
    assert_answer((struct question){.directory = "d", .reference = "HEAD"}, "A x|A y");
}

static void a_detached_head_is_the_base(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo 2 > a; git commit -qam 2; git checkout -q HEAD~1; echo x > b");
    assert_changes("U b");
}

static void a_worktree_is_compared_with_its_own_head(void **state)
{
    (void)state;
    repo_sh("mkdir r; cd r; " COMMITTED "git worktree add -q ../w -b w; echo x > ../w/a");
    assert_answer((struct question){.directory = "w"}, "U a");
}

static void a_submodule_that_moved_is_an_update(void **state)
{
    (void)state;
    repo_sh("mkdir up; cd up; " COMMITTED "cd ..; mkdir r; cd r; " COMMITTED
            "git -c protocol.file.allow=always submodule --quiet add ../up .m; git commit -qm m; "
            "cd .m; git commit -q --allow-empty -m x; cd ..; echo x > a");
    assert_answer((struct question){.directory = "r"}, "U .m|U a");
}

static void nested_repositories_are_asked_on_their_own(void **state)
{
    (void)state;
    repo_sh(COMMITTED
            "mkdir nest nest2 .hidden; touch nest2/x; cd .hidden; git init -q .; cd ../nest; "
            "git init -q .; touch n");
    assert_changes("A .hidden|A nest2/x|A nest/n");
}

static void nested_repositories_count_below_a_plain_directory(void **state)
{
    (void)state;
    repo_sh(
        "for d in a b; do mkdir $d; (cd $d; git init -q .; touch f); done; mkdir c; touch c/.git");
    assert_changes("A a/f|A b/f");
}

static void a_nested_repository_that_lacks_the_reference_is_left_out(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git tag here; echo x > a; mkdir nest; cd nest; git init -q .; touch n");
    assert_answer((struct question){.directory = "", .reference = "here"}, "U a");
}

static void a_reference_is_the_base(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo 2 > a; git rm -q b; git commit -qam 2; echo x > sub/s; touch new");
    assert_answer((struct question){.directory = "", .reference = "HEAD~1"},
                  "U a|D b|U sub/s|A new");
    assert_answer((struct question){.directory = "", .reference = "HEAD"}, "U sub/s|A new");
}

static void a_reference_nobody_knows_is_refused(void **state)
{
    (void)state;
    repo_sh(COMMITTED);
    static const char *const references[] = {"nonsense", "--help", "--git-dir", ""};
    static const char *const quoted[] = {"'nonsense^{commit}'", "'--help^{commit}'",
                                         "'--git-dir^{commit}'", "'^{commit}'"};
    for (size_t i = 0; i < ARRAY_SIZE(references); i++) {
        scoped_buf struct buf expected = {0};
        buf_printf(&expected, "Git command failed: git --no-pager rev-parse --verify %s",
                   quoted[i]);
        assert_refused((struct question){.directory = "", .reference = references[i]},
                       expected.data);
    }
}

static void what_is_no_repository_has_no_changes(void **state)
{
    (void)state;
    repo_sh("mkdir plain; touch plain/x file; mkdir r; cd r; " COMMITTED "rm .git/HEAD");
    assert_no_repository("plain");
    assert_no_repository("file");
    assert_no_repository("missing");
    assert_no_repository("r");
}

static void a_bare_repository_is_refused(void **state)
{
    (void)state;
    repo_sh("git init -q --bare .");
    assert_refused((struct question){.directory = ""},
                   "Git command failed: git --no-pager diff --name-status --relative "
                   "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
}

static void a_broken_index_is_refused(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo broken > .git/index");
    struct question question = {.directory = ""};
    repo_run(find, &question);
    assert_false(question.is_ok);
    assert_true(str_starts_with(str_from(question.error.text),
                                STR("Git command failed: git --no-pager diff --name-status ")));
    git_changes_fini(&question.changes);
}

static void a_locked_index_does_not_matter(void **state)
{
    (void)state;
    repo_sh(COMMITTED "touch .git/index.lock; echo x > a");
    assert_changes("U a");
}

static void the_index_is_not_written(void **state)
{
    (void)state;
    repo_sh(COMMITTED "touch -d '2001-01-01' a; chmod a-w .git; cp -p .git/index kept");
    assert_changes("A kept");
    repo_sh("chmod u+w .git; cmp kept .git/index");
}

static void a_commit_is_compared_with_its_first_parent(void **state)
{
    (void)state;
    repo_sh(COMMITTED "echo 2 > a; git rm -q b; git mv sub/s t; git commit -qam 2; git tag dead");
    assert_answer((struct question){.directory = "", .commit = "dead"}, "U a|D b|D sub/s|A t");
}

static void a_first_commit_is_compared_with_nothing(void **state)
{
    (void)state;
    repo_sh(COMMITTED "git tag beef");
    assert_answer((struct question){.directory = "", .commit = "beef"}, "A a|A b|A sub/s");
    assert_answer((struct question){.directory = "sub", .commit = "beef"}, "A a|A b|A sub/s");
}

static void an_unknown_commit_is_refused(void **state)
{
    (void)state;
    repo_sh(COMMITTED);
    assert_refused((struct question){.directory = "", .commit = "deadbeef"},
                   "Git command failed: git --no-pager rev-parse --verify 'deadbeef^{commit}'");
}

static void a_repository_with_sha256_works(void **state)
{
    (void)state;
    repo_sh("git init -q --object-format=sha256 .; touch a; git add a");
    assert_changes("A a");
    repo_sh("git commit -qm 1; git tag cafe; touch b");
    assert_changes("A b");
    assert_answer((struct question){.directory = "", .commit = "cafe"}, "A a");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_change_is_told),
        TEST(an_unchanged_tree_has_no_changes),
        TEST(names_with_spaces_and_line_ends_stay_whole),
        TEST(a_change_of_type_is_an_update),
        TEST(what_was_staged_and_changed_again_is_told_once),
        TEST(a_file_taken_out_of_the_index_is_deleted_and_added),
        TEST(a_file_only_announced_is_added),
        TEST(a_conflict_is_an_update),
        TEST(ignored_files_are_left_out),
        TEST(below_a_directory_names_begin_there),
        TEST(a_directory_is_found_through_a_link),
        TEST(an_unborn_branch_is_compared_with_nothing),
        TEST(a_detached_head_is_the_base),
        TEST(a_worktree_is_compared_with_its_own_head),
        TEST(a_submodule_that_moved_is_an_update),
        TEST(nested_repositories_are_asked_on_their_own),
        TEST(nested_repositories_count_below_a_plain_directory),
        TEST(a_nested_repository_that_lacks_the_reference_is_left_out),
        TEST(a_reference_is_the_base),
        TEST(a_reference_nobody_knows_is_refused),
        TEST(what_is_no_repository_has_no_changes),
        TEST(a_bare_repository_is_refused),
        TEST(a_broken_index_is_refused),
        TEST(a_locked_index_does_not_matter),
        TEST(the_index_is_not_written),
        TEST(a_commit_is_compared_with_its_first_parent),
        TEST(a_first_commit_is_compared_with_nothing),
        TEST(an_unknown_commit_is_refused),
        TEST(a_repository_with_sha256_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

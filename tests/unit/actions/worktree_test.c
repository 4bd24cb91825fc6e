#include "actions/worktree.h"

#include "tests/support/git_repo.h"
#include "tests/support/text.h"

#define ID "01234567-89ab-cdef-0123-456789abcdef"

/* One worktree that was asked for. */
struct making {
    struct worktree_setup setup;
    char *root;
    char *working_dir;
    struct worktree_result result;
    struct error error;
    bool is_ok;
};

static struct making making;

static int set_up(void **state)
{
    struct id id;
    (void)repo_open(state);
    assert_true(id_parse(STR(ID), &id));
    making = (struct making){.root = repo_path("trees"), .working_dir = repo_path("repo")};
    making.setup = (struct worktree_setup){.root = making.root,
                                           .conversation_id = id,
                                           .working_dir = making.working_dir,
                                           .prefix = WORKTREE_DEFAULT_PREFIX};
    return 0;
}

static int tear_down(void **state)
{
    worktree_result_fini(&making.result);
    free(making.root);
    free(making.working_dir);
    return repo_close(state);
}

static void run_making(struct git *git, void *job)
{
    struct making *own = job;
    own->is_ok = worktree_make(git, &own->setup, &own->result, &own->error);
}

static void try_make(void)
{
    worktree_result_fini(&making.result);
    repo_run(run_making, &making);
}

static void make(void)
{
    try_make();
    if (!making.is_ok)
        fail_msg("%s", making.error.text);
}

static void assert_path(const char *path, const char *name)
{
    scoped_free char *expected = repo_path(name);
    scoped_free char *resolved = realpath(expected, NULL);
    assert_non_null(path);
    assert_string_equal(path, resolved != NULL ? resolved : expected);
}

#define COMMIT   "git -C repo -c commit.gpgsign=false commit -q --allow-empty -m "
#define NEW_REPO "git init -q -b main repo && " COMMIT "first"

static void a_worktree_is_made_on_a_branch_of_its_own(void **state)
{
    (void)state;
    repo_sh(NEW_REPO);
    make();
    assert_path(making.result.path, "trees/" ID "/repo");
    assert_path(making.result.working_dir, "trees/" ID "/repo");
    assert_path(making.result.original, "repo");
    assert_string_equal(making.result.branch, "openhands/" ID);
    repo_sh("test \"$(git -C trees/" ID "/repo branch --show-current)\" = openhands/" ID);
}

static void a_workspace_inside_of_a_repository_is_the_same_in_the_worktree(void **state)
{
    (void)state;
    repo_sh(NEW_REPO " && mkdir -p repo/a/b");
    free(making.working_dir);
    making.working_dir = repo_path("repo/a/b");
    making.setup.working_dir = making.working_dir;
    make();
    assert_path(making.result.working_dir, "trees/" ID "/repo/a/b");
    repo_sh("test -d trees/" ID "/repo/a/b"); /* git does not know of it */
}

static void what_is_no_repository_gets_no_worktree(void **state)
{
    (void)state;
    repo_sh("mkdir repo");
    make();
    assert_null(making.result.path);
    assert_null(making.result.working_dir);
}

static void a_repository_without_commits_gets_no_worktree(void **state)
{
    (void)state;
    repo_sh("git init -q repo");
    make();
    assert_null(making.result.path);
}

static void it_begins_at_main_wherever_the_user_is(void **state)
{
    (void)state;
    repo_sh(NEW_REPO " && git -C repo checkout -q -b other && " COMMIT "second");
    make();
    repo_sh("test \"$(git -C trees/" ID "/repo log -1 --format=%s)\" = first");
}

static void it_begins_where_the_user_is_when_asked(void **state)
{
    (void)state;
    repo_sh(NEW_REPO " && git -C repo checkout -q -b other && " COMMIT "second");
    making.setup.base = WORKTREE_FROM_HEAD;
    make();
    repo_sh("test \"$(git -C trees/" ID "/repo log -1 --format=%s)\" = second");
}

static void it_begins_at_the_newest_state_of_origin(void **state)
{
    (void)state;
    repo_sh("git init -q -b trunk origin && git -C origin commit -q --allow-empty -m old && "
            "git clone -q origin repo && git -C origin commit -q --allow-empty -m new");
    make();
    repo_sh("test \"$(git -C trees/" ID "/repo log -1 --format=%s)\" = new");
}

static void an_origin_that_is_away_leaves_what_is_known_of_it(void **state)
{
    (void)state;
    repo_sh("git init -q -b trunk origin && git -C origin commit -q --allow-empty -m old && "
            "git clone -q origin repo && rm -r origin && git -C repo checkout -q -b x && " COMMIT
            "own");
    make();
    repo_sh("test \"$(git -C trees/" ID "/repo log -1 --format=%s)\" = old");
}

static void it_begins_at_a_ref(void **state)
{
    (void)state;
    repo_sh(NEW_REPO " && git -C repo tag v1 && " COMMIT "second");
    making.setup.base = WORKTREE_FROM_REF;
    making.setup.ref = "v1";
    making.setup.prefix = "mine/";
    make();
    assert_string_equal(making.result.branch, "mine/" ID);
    repo_sh("test \"$(git -C trees/" ID "/repo log -1 --format=%s)\" = first");
}

static void a_ref_that_is_unknown_or_an_option_is_refused(void **state)
{
    static const char *const refs[] = {"nowhere", "--detach", "", NULL};
    (void)state;
    repo_sh(NEW_REPO);
    making.setup.base = WORKTREE_FROM_REF;
    for (size_t i = 0; i < ARRAY_SIZE(refs); i++) {
        making.setup.ref = refs[i];
        try_make();
        assert_false(making.is_ok);
        assert_int_equal(making.error.code, ERROR_INVALID);
        assert_null(making.result.path);
    }
}

static void what_an_earlier_one_left_is_replaced(void **state)
{
    (void)state;
    repo_sh(NEW_REPO);
    make();
    repo_sh("touch trees/" ID "/repo/left");
    make();
    repo_sh("test ! -e trees/" ID "/repo/left");
    repo_sh("rm -r trees/" ID "/repo && mkdir trees/" ID "/repo && touch trees/" ID "/repo/left");
    make();
    repo_sh("test ! -e trees/" ID "/repo/left");
}

/* --- removing --- */

static void run_removal(struct git *git, void *job)
{
    struct making *own = job;
    scoped_buf struct buf folder = {0};
    own->is_ok = worktree_find_folder(own->root, own->setup.working_dir, &folder) &&
                 worktree_remove_folder(git, folder.data, &own->error);
}

static void a_removed_worktree_leaves_its_branch(void **state)
{
    (void)state;
    repo_sh(NEW_REPO);
    make();
    making.setup.working_dir = making.result.working_dir;
    repo_run(run_removal, &making);
    assert_true(making.is_ok);
    repo_sh("test ! -e trees/" ID " && git -C repo show-ref -q openhands/" ID
            " && test \"$(git -C repo worktree list | wc -l)\" = 1");
}

static void a_workspace_elsewhere_is_in_no_worktree(void **state)
{
    scoped_buf struct buf folder = {0};
    (void)state;
    repo_sh("mkdir trees trees-2 repo");
    scoped_free char *beside = repo_path("trees-2");
    assert_false(worktree_find_folder(making.root, making.working_dir, &folder));
    assert_false(worktree_find_folder(making.root, making.root, &folder));
    assert_false(worktree_find_folder(making.root, beside, &folder));
    assert_int_equal(folder.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_worktree_is_made_on_a_branch_of_its_own),
        TEST(a_workspace_inside_of_a_repository_is_the_same_in_the_worktree),
        TEST(what_is_no_repository_gets_no_worktree),
        TEST(a_repository_without_commits_gets_no_worktree),
        TEST(it_begins_at_main_wherever_the_user_is),
        TEST(it_begins_where_the_user_is_when_asked),
        TEST(it_begins_at_the_newest_state_of_origin),
        TEST(an_origin_that_is_away_leaves_what_is_known_of_it),
        TEST(it_begins_at_a_ref),
        TEST(a_ref_that_is_unknown_or_an_option_is_refused),
        TEST(what_an_earlier_one_left_is_replaced),
        TEST(a_removed_worktree_leaves_its_branch),
        TEST(a_workspace_elsewhere_is_in_no_worktree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "actions/workspace_setup.h"

#include <unistd.h>

#include "tests/support/git_repo.h"

#define HEX "0123456789abcdef0123456789abcdef"

struct request {
    const char *working_dir; /* below the test's directory; NULL: none */
    bool has_no_id;
    bool only_looks;
    struct workspace_setup_result result;
    struct error error;
    bool is_ok;
};

static void set_up(struct git *git, void *job)
{
    struct request *request = job;
    scoped_free char *root = repo_path("root");
    scoped_free char *working_dir =
        request->working_dir == NULL ? NULL : repo_path(request->working_dir);
    struct workspace_setup setup = {.root = root, .working_dir = str_from(working_dir)};
    if (!request->has_no_id)
        assert_true(id_parse(STR(HEX), &setup.conversation_id));
    if (request->only_looks)
        request->is_ok = workspace_setup_look(&setup, &request->result, &request->error);
    else
        request->is_ok = workspace_setup_run(git, &setup, &request->result, &request->error);
}

static void assert_workspace(struct request request, const char *path, bool is_new,
                             bool is_repository)
{
    scoped_free char *expected = repo_path(path);
    repo_run(set_up, &request);
    if (!request.is_ok)
        fail_msg("%s", request.error.text);
    assert_string_equal(request.result.path, expected);
    assert_int_equal(request.result.is_new, is_new);
    assert_int_equal(request.result.is_repository, is_repository);
    free(request.result.path);
}

static void assert_refused(struct request request, enum error_code code, const char *part)
{
    repo_run(set_up, &request);
    assert_false(request.is_ok);
    assert_int_equal(request.error.code, code);
    if (strstr(request.error.text, part) == NULL)
        fail_msg("'%s' is not in '%s'", part, request.error.text);
}

static void the_root_stands_for_a_directory_of_the_conversations_own(void **state)
{
    (void)state;
    assert_workspace((struct request){0}, "root/" HEX, true, true);
    assert_workspace((struct request){.working_dir = "root"}, "root/" HEX, false, true);
    assert_workspace((struct request){.working_dir = "root/./x/.."}, "root/" HEX, false, true);
}

static void a_new_repository_is_on_main_and_has_no_commit(void **state)
{
    (void)state;
    assert_true(child_env_set(repo.child_env, STR("GIT_CONFIG_VALUE_0"), STR("trunk")));
    assert_workspace((struct request){0}, "root/" HEX, true, true);
    repo_sh("cd root/" HEX "; test \"$(cat .git/HEAD)\" = 'ref: refs/heads/main'; "
            "! git rev-parse -q --verify HEAD; ! git config --local user.name");
}

static void a_directory_under_the_root_is_made_and_initialised(void **state)
{
    (void)state;
    assert_workspace((struct request){.working_dir = "root/mine", .has_no_id = true}, "root/mine",
                     true, true);
    repo_sh("test -d root/mine/.git");
}

static void another_directory_is_made_and_left_plain(void **state)
{
    (void)state;
    assert_workspace((struct request){.working_dir = "a/b/c"}, "a/b/c", true, false);
    assert_workspace((struct request){.working_dir = "root/x/y"}, "root/x/y", true, false);
    assert_workspace((struct request){.working_dir = "a/b/c"}, "a/b/c", false, false);
}

static void an_existing_repository_is_left_alone(void **state)
{
    (void)state;
    repo_sh("mkdir -p root/mine root/linked root/bare; cd root/mine; git init -q -b kept .; "
            "git config user.name Mine; touch -d 2001-01-01 .git/config .git/HEAD; cd ../bare; "
            "git init -q --bare .; cd ../linked; echo 'gitdir: ../mine/.git' > .git");
    assert_workspace((struct request){.working_dir = "root/mine"}, "root/mine", false, true);
    assert_workspace((struct request){.working_dir = "root/bare"}, "root/bare", false, true);
    assert_workspace((struct request){.working_dir = "root/linked"}, "root/linked", false, true);
    repo_sh("test \"$(find root/mine/.git -newermt 2002-01-01 -name config)\" = ''; "
            "test ! -e root/bare/.git; test -f root/linked/.git");
}

static void a_part_of_a_repository_is_not_cut_off(void **state)
{
    (void)state;
    repo_sh("mkdir -p root/src; cd root; git init -q .; touch src/x");
    assert_workspace((struct request){.working_dir = "root/src"}, "root/src", false, true);
    repo_sh("test ! -e root/src/.git");
}

static void an_empty_directory_gets_its_own_repository_even_inside_another(void **state)
{
    (void)state;
    repo_sh("mkdir -p root/empty; git init -q root");
    assert_workspace((struct request){0}, "root/" HEX, true, true);
    assert_workspace((struct request){.working_dir = "root/empty"}, "root/empty", false, true);
    repo_sh("test -d root/" HEX "/.git; test -d root/empty/.git");
}

static void a_directory_with_files_is_initialised_around_them(void **state)
{
    (void)state;
    repo_sh("mkdir -p root/mine; touch root/mine/x");
    assert_workspace((struct request){.working_dir = "root/mine"}, "root/mine", false, true);
    repo_sh("test -e root/mine/x; test -d root/mine/.git");
}

static void an_initialisation_that_broke_off_is_done_again(void **state)
{
    (void)state;
    repo_sh("mkdir -p root/" HEX "/.git/refs");
    assert_workspace((struct request){0}, "root/" HEX, false, true);
    repo_sh("git -C root/" HEX " status -s");
}

static void a_conversation_without_an_id_needs_a_directory(void **state)
{
    (void)state;
    assert_refused((struct request){.has_no_id = true}, ERROR_INVALID,
                   "a conversation id is needed");
    assert_refused((struct request){.has_no_id = true, .working_dir = "root"}, ERROR_INVALID,
                   "a conversation id is needed");
}

static void a_file_in_the_way_is_named(void **state)
{
    (void)state;
    repo_sh("mkdir root; touch root/" HEX " file");
    assert_refused((struct request){0}, ERROR_CONFLICT, "root/" HEX "' exists and is not a direct");
    assert_refused((struct request){.working_dir = "file/x"}, ERROR_CONFLICT,
                   "cannot make the workspace '");
}

static void a_directory_that_may_not_be_made_is_refused(void **state)
{
    (void)state;
    if (geteuid() == 0) /* root may everything but this */
        assert_refused((struct request){.working_dir = "../../proc/x"}, ERROR_NOT_FOUND,
                       "cannot make the workspace '/proc/x'");
    repo_sh("mkdir root; chmod a-w root");
    if (geteuid() != 0)
        assert_refused((struct request){0}, ERROR_FORBIDDEN, "Permission denied");
}

static void a_link_out_of_the_root_is_refused(void **state)
{
    (void)state;
    repo_sh("mkdir root outside; ln -s ../outside root/" HEX "; ln -s ../outside root/l; "
            "ln -s ../nowhere root/dangling");
    assert_refused((struct request){0}, ERROR_INVALID, "leads out of the workspace root");
    assert_refused((struct request){.working_dir = "root/l"}, ERROR_INVALID,
                   "leads out of the workspace root");
    assert_refused((struct request){.working_dir = "root/dangling"}, ERROR_INVALID,
                   "leads out of the workspace root");
    repo_sh("test ! -e outside/.git; test ! -e nowhere");
}

static void a_link_inside_the_root_is_followed(void **state)
{
    (void)state;
    repo_sh("mkdir -p root/real; ln -s real root/l; ln -s root alias");
    assert_workspace((struct request){.working_dir = "root/l"}, "root/real", false, true);
    assert_workspace((struct request){.working_dir = "alias"}, "root/" HEX, true, true);
    assert_workspace((struct request){.working_dir = "alias/new"}, "root/new", true, true);
}

static void without_git_the_directory_stays_plain(void **state)
{
    (void)state;
    assert_true(child_env_set(repo.child_env, STR("PATH"), STR("/nonexistent")));
    assert_workspace((struct request){0}, "root/" HEX, true, false);
}

static void a_failing_git_is_quoted(void **state)
{
    (void)state;
    assert_true(child_env_set(repo.child_env, STR("GIT_CONFIG_KEY_0"),
                              STR("core.repositoryformatversion")));
    assert_true(child_env_set(repo.child_env, STR("GIT_CONFIG_GLOBAL"), STR("/dev/null/x")));
    assert_true(child_env_set(repo.child_env, STR("GIT_CONFIG_KEY_0"), STR("bad key")));
    assert_refused((struct request){0}, ERROR_INTERNAL, "git cannot initialise '");
}

static void looking_makes_nothing(void **state)
{
    (void)state;
    assert_refused((struct request){.only_looks = true}, ERROR_NOT_FOUND,
                   "there is no workspace '");
    repo_sh("test ! -e root");
    assert_workspace((struct request){0}, "root/" HEX, true, true);
    assert_workspace((struct request){.only_looks = true}, "root/" HEX, false, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_root_stands_for_a_directory_of_the_conversations_own),
        TEST(a_new_repository_is_on_main_and_has_no_commit),
        TEST(a_directory_under_the_root_is_made_and_initialised),
        TEST(another_directory_is_made_and_left_plain),
        TEST(an_existing_repository_is_left_alone),
        TEST(a_part_of_a_repository_is_not_cut_off),
        TEST(an_empty_directory_gets_its_own_repository_even_inside_another),
        TEST(a_directory_with_files_is_initialised_around_them),
        TEST(an_initialisation_that_broke_off_is_done_again),
        TEST(a_conversation_without_an_id_needs_a_directory),
        TEST(a_file_in_the_way_is_named),
        TEST(a_directory_that_may_not_be_made_is_refused),
        TEST(a_link_out_of_the_root_is_refused),
        TEST(a_link_inside_the_root_is_followed),
        TEST(without_git_the_directory_stays_plain),
        TEST(a_failing_git_is_quoted),
        TEST(looking_makes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

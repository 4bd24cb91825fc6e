#include "actions/git.h"

#include <unistd.h>

#include "tests/support/git_repo.h"

struct call {
    struct git_command command;
    struct process_run_result result;
    struct error error;
    bool is_ok;
    bool is_cancelled;
};

static void run_call(struct git *git, void *job)
{
    struct call *call = job;
    if (call->is_cancelled)
        git_cancel(git);
    call->is_ok = git_run(git, &call->command, &call->result, &call->error);
}

static void run(struct call *call, const char *const *args)
{
    call->command.args = args;
    if (call->command.cwd == NULL)
        call->command.cwd = repo.directory;
    repo_run(run_call, call);
}

static void a_git_that_succeeds_gives_its_output(void **state)
{
    (void)state;
    struct call call = {0};
    repo_sh("git init -q .");
    run(&call, (const char *const[]){"symbolic-ref", "HEAD", NULL});
    assert_true(call.is_ok);
    assert_string_equal(call.result.out.data, "refs/heads/main\n");
    process_run_fini(&call.result);
}

static void a_failure_names_the_command_without_what_is_added(void **state)
{
    (void)state;
    struct call call = {.command.more = (const char *const[]){"-q", NULL}};
    repo_sh("git init -q .");
    run(&call, (const char *const[]){"--no-pager", "rev-parse", "--verify", "it's^{commit}", NULL});
    assert_false(call.is_ok);
    assert_true(git_has_refused(&call.result));
    assert_int_equal(call.error.code, ERROR_INVALID);
    assert_string_equal(call.error.text, "Git command failed: git --no-pager rev-parse --verify "
                                         "'it'\"'\"'s^{commit}'");
    process_run_fini(&call.result);
}

static void credentials_are_masked_in_a_failure(void **state)
{
    (void)state;
    struct call call = {0};
    run(&call,
        (const char *const[]){"ls-remote", "--exit-code", "https://me:secret@localhost:1/x", NULL});
    assert_false(call.is_ok);
    assert_string_equal(call.error.text, "Git command failed: git ls-remote --exit-code "
                                         "'https://****@localhost:1/x'");
    process_run_fini(&call.result);
}

static void a_git_that_takes_too_long_is_ended(void **state)
{
    (void)state;
    struct call call = {.command.timeout_ms = 100};
    repo_sh("git init -q . && mkfifo gate && git config alias.wait '!read x < gate'");
    run(&call, (const char *const[]){"wait", NULL});
    assert_false(call.is_ok);
    assert_false(git_has_refused(&call.result));
    assert_string_equal(call.error.text, "Git command timed out: git wait");
    process_run_fini(&call.result);
}

static void a_git_that_prints_too_much_is_an_error(void **state)
{
    (void)state;
    struct call call = {.command.max_stdout_bytes = 10};
    repo_sh("git init -q .");
    run(&call, (const char *const[]){"help", "-a", NULL});
    assert_false(call.is_ok);
    assert_string_equal(call.error.text, "Git command printed too much: git help -a");
    process_run_fini(&call.result);
}

static void a_directory_that_went_away_fails_like_a_command(void **state)
{
    (void)state;
    struct call call = {.command.cwd = "/nonexistent/x"};
    run(&call, (const char *const[]){"status", NULL});
    assert_false(call.is_ok);
    assert_string_equal(call.error.text, "Git command failed: git status");
    process_run_fini(&call.result);
}

static void a_missing_git_is_named(void **state)
{
    (void)state;
    struct call call = {.command.env = (const char *const[]){"PATH=/nonexistent", NULL}};
    run(&call, (const char *const[]){"status", NULL});
    assert_false(call.is_ok);
    assert_string_equal(call.error.text, "Git command not found. Is git installed?");
    process_run_fini(&call.result);
}

static void a_cancelled_operation_starts_no_git(void **state)
{
    (void)state;
    struct call call = {.is_cancelled = true};
    run(&call, (const char *const[]){"init", NULL});
    assert_false(call.is_ok);
    assert_int_equal(call.error.code, ERROR_CANCELLED);
    scoped_free char *made = repo_path(".git");
    assert_int_equal(access(made, F_OK), -1);
    process_run_fini(&call.result);
}

static void variables_that_redirect_git_are_dropped(void **state)
{
    (void)state;
    struct call call = {0};
    assert_true(child_env_set(repo.child_env, STR("GIT_DIR"), STR("/nonexistent")));
    assert_true(child_env_set(repo.child_env, STR("GIT_INDEX_FILE"), STR("/nonexistent")));
    repo_sh("git init -q . && touch a");
    run(&call, (const char *const[]){"ls-files", "--others", NULL});
    assert_true(call.is_ok);
    assert_string_equal(call.result.out.data, "a\n");
    process_run_fini(&call.result);
}

static void run_two(struct git *git, void *job)
{
    struct git_call *calls = job;
    git_run_all(git, (struct git_call *const[]){&calls[0], &calls[1]}, 2);
}

/* Each waits until the other has begun: one after the other they would never end. */
static void several_gits_run_at_the_same_time(void **state)
{
    (void)state;
    const char *const left[] = {"left", NULL};
    const char *const right[] = {"right", NULL};
    struct git_call calls[] = {{.command = {.cwd = repo.directory, .args = left}},
                               {.command = {.cwd = repo.directory, .args = right}}};
    repo_sh("git init -q . && mkfifo a b"
            " && git config alias.left '!echo 1 > a; read x < b; echo $x'"
            " && git config alias.right '!read x < a; echo 2 > b; echo $x'");
    repo_run(run_two, calls);
    assert_true(calls[0].is_ok);
    assert_true(calls[1].is_ok);
    assert_string_equal(calls[0].result.out.data, "2\n");
    assert_string_equal(calls[1].result.out.data, "1\n");
    git_call_fini(&calls[0]);
    git_call_fini(&calls[1]);
}

static void the_nearest_git_above_is_found(void **state)
{
    (void)state;
    repo_sh("mkdir -p r/.git r/a/b");
    scoped_free char *path = repo_path("r/a/b/missing");
    scoped_free char *root = repo_path("r");
    scoped_buf struct buf found = {0};
    assert_true(git_find_root(str_from(path), &found));
    assert_string_equal(found.data, root);
    assert_false(git_find_root(str_from("/"), &found));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_git_that_succeeds_gives_its_output),
        TEST(a_failure_names_the_command_without_what_is_added),
        TEST(credentials_are_masked_in_a_failure),
        TEST(a_git_that_takes_too_long_is_ended),
        TEST(a_git_that_prints_too_much_is_an_error),
        TEST(a_directory_that_went_away_fails_like_a_command),
        TEST(a_missing_git_is_named),
        TEST(a_cancelled_operation_starts_no_git),
        TEST(variables_that_redirect_git_are_dropped),
        TEST(several_gits_run_at_the_same_time),
        TEST(the_nearest_git_above_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

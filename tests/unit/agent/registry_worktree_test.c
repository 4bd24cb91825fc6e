#include "agent/registry_worktree.h"

#include "actions/workspace.h"
#include "server/auth/child_env.h"
#include "server/loop/process.h"
#include "server/loop/process_run.h"
#include "server/loop/work.h"
#include "tests/support/conversation.h"

#define ID      "01234567-89ab-cdef-0123-456789abcdef"
#define WANTED  "\"conversation_id\":\"" ID "\",\"worktree\":true,"
#define OPTIONS "\"worktree_options\":{\"base\":\"head\",\"branch_prefix\":\"mine/\"},"

static const char *const environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin",
                                          "HOME=/nonexistent",
                                          "GIT_CONFIG_GLOBAL=/dev/null",
                                          "GIT_CONFIG_NOSYSTEM=1",
                                          "GIT_AUTHOR_NAME=Test",
                                          "GIT_AUTHOR_EMAIL=t@example.com",
                                          "GIT_COMMITTER_NAME=Test",
                                          "GIT_COMMITTER_EMAIL=t@x.y",
                                          NULL};
static struct processes *processes;
static struct child_env *child_env;

struct script {
    const char *text;
    int exit_code;
    bool is_done;
};

static void run_script(void *owner)
{
    struct script *script = owner;
    const char *const argv[] = {"sh", "-ec", script->text, NULL};
    const struct process_run_options options = {
        .argv = argv, .env = environment, .cwd = folder.directory, .timeout_ms = 60000};
    struct process_run_result result;
    script->exit_code = process_run(processes, &options, &result, NULL) ? result.exit.code : -1;
    process_run_fini(&result);
}

static void note_script(void *owner, bool is_cancelled)
{
    struct script *script = owner;
    assert_false(is_cancelled);
    script->is_done = true;
}

static int sh(const char *text)
{
    struct script script = {.text = text};
    (void)work_start(world.loop, run_script, note_script, &script);
    world_wait(&script.is_done);
    return script.exit_code;
}

static int set_up(void **state)
{
    struct error error;
    (void)world_open(state);
    world_stop();
    assert_true(processes_open(world.loop, &processes, &error));
    child_env = child_env_new(environment);
    const struct workspaces_options options = {.loop = world.loop,
                                               .processes = processes,
                                               .child_env = child_env,
                                               .root = str_from(folder_path("root"))};
    world.workspaces = workspaces_new(&options);
    world.worktree_root = str_from(folder_path("trees"));
    world_start();
    assert_int_equal(sh("git init -q -b main work && git -C work commit -q --allow-empty -m one"),
                     0);
    return 0;
}

static int tear_down(void **state)
{
    bool are_closed = false;
    world_stop();
    workspaces_free(world.workspaces);
    processes_close(processes, 0, world_note, &are_closed);
    world_wait(&are_closed);
    child_env_free(child_env);
    return world_close(state);
}

static struct str agent_of(const struct conversation *conversation)
{
    return state_json(conversation_state(conversation), STATE_AGENT);
}

static void a_conversation_gets_a_worktree_and_its_agent_knows(void **state)
{
    (void)state;
    const struct conversation *conversation = world_create(WANTED);
    assert_string_equal(conversation_working_dir(conversation), folder_path("trees/" ID "/work"));
    assert_true(str_contains(state_json(conversation_state(conversation), STATE_WORKSPACE),
                             STR("trees/" ID "/work")));
    assert_true(str_contains(agent_of(conversation), STR("- Its branch: openhands/" ID)));
    assert_int_equal(sh("git -C trees/" ID "/work rev-parse HEAD"), 0);
}

static void options_say_where_it_begins_and_how_its_branch_is_called(void **state)
{
    (void)state;
    assert_int_equal(sh("git -C work checkout -q -b x && git -C work commit -q --allow-empty -m 2"),
                     0);
    const struct conversation *conversation = world_create(WANTED OPTIONS);
    assert_true(str_contains(agent_of(conversation), STR("- Its branch: mine/" ID)));
    assert_int_equal(sh("test \"$(git -C trees/" ID "/work log -1 --format=%s)\" = 2"), 0);
}

static void nothing_is_made_unasked_or_without_a_repository(void **state)
{
    (void)state;
    assert_string_equal(conversation_working_dir(world_create("")), folder_path("work"));
    assert_int_equal(sh("rm -rf work"), 0);
    const struct conversation *conversation = world_create(WANTED);
    assert_string_equal(conversation_working_dir(conversation), folder_path("work"));
    assert_false(str_contains(agent_of(conversation), STR("worktree that was made")));
}

static void what_git_refuses_is_an_error(void **state)
{
    (void)state;
    const struct world_answer answer = world_try_create(
        world_minimal(WANTED "\"worktree_options\":{\"base\":\"ref\",\"ref\":\"nowhere\"},"));
    assert_true(answer.has_failed);
    assert_int_equal(answer.error.code, ERROR_INTERNAL);
    assert_true(
        str_starts_with(str_from(answer.error.text), STR("Git command failed: git worktree add")));
    assert_true(world_find(world_id(ID)).has_failed);
}

static void a_worktree_goes_with_its_conversation(void **state)
{
    (void)state;
    (void)world_create(WANTED);
    assert_false(world_delete(world_id(ID)).has_failed);
    assert_int_equal(sh("test ! -e trees/" ID " && git -C work show-ref -q openhands/" ID), 0);
}

static void a_worktree_stays_for_whoever_else_works_there(void **state)
{
    (void)state;
    (void)world_create(WANTED);
    struct world_answer fork = {0};
    registry_fork(world.registry, world_id(ID), &(struct registry_fork){0}, world_note_found,
                  &fork);
    world_wait(&fork.is_there);
    assert_false(world_delete(world_id(ID)).has_failed);
    assert_int_equal(sh("test -d trees/" ID "/work"), 0);
    assert_false(world_delete(conversation_id(fork.conversation)).has_failed);
    assert_int_equal(sh("test ! -e trees/" ID), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_conversation_gets_a_worktree_and_its_agent_knows),
        TEST(options_say_where_it_begins_and_how_its_branch_is_called),
        TEST(nothing_is_made_unasked_or_without_a_repository),
        TEST(what_git_refuses_is_an_error),
        TEST(a_worktree_goes_with_its_conversation),
        TEST(a_worktree_stays_for_whoever_else_works_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

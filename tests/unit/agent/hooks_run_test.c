#include "agent/hooks_run.h"

#include <signal.h>

#include "agent/hook_command.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "tests/support/folder.h"

static struct loop *loop;
static struct processes *processes;
static struct hooks *hooks;
static bool is_closed;

/* What came of a run. */
static bool is_done;
static bool is_blocked;
static struct buf reason;
static struct buf context;
static struct buf events[8];
static size_t event_count;

/* A judge that thinks until it is told what to say. */
static struct hooks_judge judge;
static struct {
    hooks_judged_fn on_judged;
    void *run;
    struct buf input;
    bool is_cancelled;
} asked;

static int open_all(void **state)
{
    struct error error;
    assert_int_equal(folder_open(state), 0);
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    return 0;
}

static void note_closed(void *owner)
{
    (void)owner;
    is_closed = true;
}

static int close_all(void **state)
{
    is_closed = false;
    processes_close(processes, 0, note_closed, NULL);
    while (!is_closed)
        assert_true(loop_step(loop));
    while (loop_step(loop))
        continue;
    assert_true(loop_close(loop));
    hooks_free(hooks);
    hooks = NULL;
    buf_fini(&reason);
    buf_fini(&context);
    buf_fini(&asked.input);
    judge.ask = NULL;
    for (size_t i = 0; i < event_count; i++)
        buf_fini(&events[i]);
    event_count = 0;
    return folder_close(state);
}

static void configure(const char *json)
{
    struct doc_error why;
    struct error error = {0};
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    if (!hooks_decode(doc_root(doc), &hooks, &error))
        fail_msg("%s", error.text);
    doc_free(doc);
}

/* One hook for the event, with a command that needs no escaping. */
static void configure_command(const char *event, const char *command)
{
    scoped_buf struct buf json = {0};
    buf_printf(&json, "{\"%s\":[{\"hooks\":[{\"command\":\"%s\"}]}]}", event, command);
    configure(json.data);
}

static void take_result(void *owner, const struct hooks_result *result)
{
    (void)owner;
    assert_false(is_done);
    is_done = true;
    is_blocked = result->is_blocked;
    buf_append(&reason, buf_str(&result->reason));
    buf_append(&context, buf_str(&result->context));
    for (size_t i = 0; i < result->event_count; i++)
        buf_append(&events[event_count++], buf_str(&result->events[i]));
}

static void *ask(void *owner, const struct hook *hook, struct str input, hooks_judged_fn on_judged,
                 void *run)
{
    (void)hook;
    asked.on_judged = on_judged;
    asked.run = run;
    buf_clear(&asked.input);
    buf_append(&asked.input, input);
    return owner;
}

static void cancel_question(void *call)
{
    (void)call;
    asked.is_cancelled = true;
}

static void open_judge(void)
{
    judge = (struct hooks_judge){.ask = ask, .cancel = cancel_question, .owner = &asked};
    asked.on_judged = NULL;
    asked.is_cancelled = false;
}

static void answer(bool blocks, const char *why)
{
    struct hook_verdict verdict = {.is_success = true, .is_blocked = blocks, .has_reason = true};
    const hooks_judged_fn on_judged = take_pointer(&asked.on_judged);
    buf_append(&verdict.reason, str_from(why));
    on_judged(asked.run, &verdict);
    hook_verdict_fini(&verdict);
}

static struct hooks_run *start(const struct hooks_occasion *occasion)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    struct id conversation;
    assert_true(id_parse(STR("00000000-0000-4000-8000-000000000001"), &conversation));
    is_done = false;
    return hooks_run_start(&(struct hooks_run_options){.loop = loop,
                                                       .processes = processes,
                                                       .hooks = hooks,
                                                       .occasion = occasion,
                                                       .working_dir = folder.directory,
                                                       .conversation = conversation,
                                                       .judge = judge,
                                                       .env = env,
                                                       .on_done = take_result});
}

static void run(const struct hooks_occasion *occasion)
{
    (void)start(occasion);
    while (!is_done)
        assert_true(loop_step(loop));
}

static struct hooks_occasion before_terminal(void)
{
    struct hooks_occasion occasion = {.event = HOOK_PRE_TOOL_USE,
                                      .tool_name = STR("terminal"),
                                      .tool_input = STR("{\"command\":\"ls\"}")};
    assert_true(id_parse(STR("00000000-0000-4000-8000-000000000002"), &occasion.subject));
    return occasion;
}

static void assert_event(size_t at, const char *part)
{
    assert_true(at < event_count);
    if (!str_contains(buf_str(&events[at]), str_from(part)))
        fail_msg("no %s in %s", part, events[at].data);
}

static void a_run_without_hooks_is_done_in_a_later_turn(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure("{}");
    (void)start(&occasion);
    assert_false(is_done);
    while (!is_done)
        assert_true(loop_step(loop));
    assert_false(is_blocked);
    assert_int_equal(event_count, 0);
}

static void a_hook_that_succeeds_lets_the_tool_run(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure_command("pre_tool_use", "echo fine");
    run(&occasion);
    assert_false(is_blocked);
    assert_int_equal(event_count, 1);
    assert_string_equal(
        events[0].data,
        "\"hook_event_type\":\"PreToolUse\",\"hook_command\":\"echo fine\","
        "\"tool_name\":\"terminal\",\"success\":true,\"blocked\":false,\"exit_code\":0,"
        "\"stdout\":\"fine\\n\",\"stderr\":\"\","
        "\"action_id\":\"00000000-0000-4000-8000-000000000002\","
        "\"hook_input\":{\"tool_name\":\"terminal\",\"tool_input\":{\"command\":\"ls\"}}");
}

static void exit_code_2_blocks_and_stderr_says_why(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure_command("pre_tool_use", "echo no way >&2; exit 2");
    run(&occasion);
    assert_true(is_blocked);
    assert_string_equal(reason.data, "no way");
    assert_event(0, "\"success\":false,\"blocked\":true,\"exit_code\":2");
}

static void another_exit_code_is_a_failure_that_blocks_nothing(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure_command("pre_tool_use", "exit 1");
    run(&occasion);
    assert_false(is_blocked);
    assert_event(0, "\"success\":false,\"blocked\":false,\"exit_code\":1");
}

/* What a hook prints is written to a file first, so that nothing has to be escaped twice. */
static void run_printing(const char *json, const struct hooks_occasion *occasion)
{
    scoped_buf struct buf command = {0};
    folder_write("answer.json", json);
    buf_printf(&command, "cat answer.json");
    configure_command(occasion->event == HOOK_STOP ? "stop" : "pre_tool_use", command.data);
    run(occasion);
}

static void a_decision_to_deny_blocks_with_its_reason(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    run_printing("{\"decision\":\"deny\",\"reason\":\"too risky\"}", &occasion);
    assert_true(is_blocked);
    assert_string_equal(reason.data, "too risky");
    assert_event(0, "\"success\":true,\"blocked\":true,\"exit_code\":0");
    assert_event(0, "\"reason\":\"too risky\"");
}

static void a_decision_that_is_no_text_is_none(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    run_printing("{\"decision\":false}", &occasion);
    assert_false(is_blocked);
}

static void a_stop_may_be_denied_by_continue(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = {.event = HOOK_STOP, .reason = STR("agent_finished")};
    run_printing("{\"continue\":false,\"additionalContext\":\"run the tests\"}", &occasion);
    assert_true(is_blocked);
    assert_string_equal(reason.data, "Blocked by hook");
    assert_string_equal(context.data, "run the tests");
    assert_event(0, "\"hook_input\":{\"reason\":\"agent_finished\"}");
}

static void the_command_gets_the_occasion_and_its_variables(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    scoped_buf struct buf expected = {0};
    configure_command("pre_tool_use",
                      "cat > input.json; echo $OPENHANDS_PROJECT_DIR $OPENHANDS_SESSION_ID "
                      "$OPENHANDS_EVENT_TYPE $OPENHANDS_TOOL_NAME > variables");
    run(&occasion);
    buf_printf(&expected,
               "{\"event_type\":\"PreToolUse\",\"tool_name\":\"terminal\","
               "\"tool_input\":{\"command\":\"ls\"},\"tool_response\":null,\"message\":null,"
               "\"session_id\":\"00000000-0000-4000-8000-000000000001\",\"working_dir\":\"%s\","
               "\"metadata\":{}}",
               folder.directory);
    assert_file("input.json", expected.data);
    buf_clear(&expected);
    buf_printf(&expected, "%s 00000000-0000-4000-8000-000000000001 PreToolUse terminal\n",
               folder.directory);
    assert_file("variables", expected.data);
}

static void the_first_that_blocks_ends_the_run(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = {.event = HOOK_USER_PROMPT_SUBMIT, .message = STR("hi")};
    configure("{\"user_prompt_submit\":[{\"hooks\":[{\"command\":\"true\"},"
              "{\"command\":\"exit 2\"},{\"command\":\"touch ran\"}]}]}");
    run(&occasion);
    assert_true(is_blocked);
    assert_int_equal(event_count, 2);
    assert_int_not_equal(access(folder_path("ran"), F_OK), 0);
}

static void after_a_tool_nothing_blocks_and_all_run(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = {.event = HOOK_POST_TOOL_USE,
                                            .tool_name = STR("terminal"),
                                            .tool_input = STR("{}"),
                                            .tool_response = STR("{\"a\":1}")};
    configure(
        "{\"post_tool_use\":[{\"hooks\":[{\"command\":\"exit 2\"},{\"command\":\"true\"}]}]}");
    run(&occasion);
    assert_false(is_blocked);
    assert_int_equal(event_count, 2);
    assert_event(1, "\"tool_response\":{\"a\":1}}");
}

static void contexts_are_joined_by_newlines(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = {.event = HOOK_SESSION_START};
    folder_write("a.json", "{\"additionalContext\":\"one\"}");
    folder_write("b.json", "{\"additionalContext\":\"two\"}");
    configure("{\"session_start\":[{\"hooks\":[{\"command\":\"cat a.json\"},"
              "{\"command\":\"cat b.json\"}]}]}");
    run(&occasion);
    assert_string_equal(context.data, "one\ntwo");
    assert_event(0, "\"additional_context\":\"one\"");
}

static void a_hook_that_takes_too_long_has_failed(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure("{\"pre_tool_use\":[{\"hooks\":[{\"command\":\"cat < /dev/zero > /dev/null\","
              "\"timeout\":1}]}]}");
    run(&occasion);
    assert_false(is_blocked);
    assert_event(0, "\"exit_code\":-1");
    assert_event(0, "\"error\":\"Hook timed out after 1 seconds\"");
}

static void long_output_is_cut_in_the_event(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure_command("pre_tool_use", "head -c 60000 /dev/zero | tr '\\\\0' x");
    run(&occasion);
    assert_event(0, "x\\n<TRUNCATED>\"");
    assert_true(events[0].len < 51000);
}

static void nobody_waits_for_an_async_hook(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    assert_int_equal(mkfifo(folder_path("gate"), 0600), 0);
    configure("{\"pre_tool_use\":[{\"hooks\":[{\"command\":\"read x < gate; touch ran\","
              "\"async\":true}]}]}");
    run(&occasion);
    assert_event(0, "\"success\":true,\"blocked\":false,\"exit_code\":0");
    assert_int_not_equal(access(folder_path("ran"), F_OK), 0);
    scoped_fd int gate = open(folder_path("gate"), O_RDWR | O_CLOEXEC);
    assert_int_equal(write(gate, "go\n", 3), 3);
    while (loop_is_held(loop))
        assert_true(loop_step(loop));
    assert_int_equal(access(folder_path("ran"), F_OK), 0);
}

static void without_a_judge_a_hook_for_one_allows_and_says_so(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure(
        "{\"pre_tool_use\":[{\"hooks\":[{\"type\":\"prompt\",\"prompt\":\"is it fine?\"}]}]}");
    run(&occasion);
    assert_false(is_blocked);
    assert_event(0, "\"hook_command\":\"prompt-hook:is it fine?\"");
    assert_event(0, "\"success\":false,\"blocked\":false");
}

static void a_judge_is_asked_between_commands(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure("{\"pre_tool_use\":[{\"hooks\":[{\"command\":\"touch first\"},"
              "{\"type\":\"prompt\",\"prompt\":\"fine?\"},{\"command\":\"touch last\"}]}]}");
    open_judge();
    (void)start(&occasion);
    while (asked.on_judged == NULL)
        assert_true(loop_step(loop));
    assert_int_equal(access(folder_path("first"), F_OK), 0);
    assert_int_not_equal(access(folder_path("last"), F_OK), 0);
    assert_true(str_contains(buf_str(&asked.input), STR("\"event_type\":\"PreToolUse\"")));
    answer(false, "harmless");
    while (!is_done)
        assert_true(loop_step(loop));
    assert_int_equal(access(folder_path("last"), F_OK), 0);
    assert_int_equal(event_count, 3);
    assert_event(1, "\"success\":true,\"blocked\":false,\"exit_code\":0");
    assert_event(1, "\"reason\":\"harmless\"");
}

static void a_judge_that_denies_ends_the_run(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure(
        "{\"pre_tool_use\":[{\"hooks\":[{\"type\":\"agent\"},{\"command\":\"touch ran\"}]}]}");
    open_judge();
    (void)start(&occasion);
    answer(true, "too risky");
    assert_true(is_done);
    assert_true(is_blocked);
    assert_string_equal(reason.data, "too risky");
    assert_int_not_equal(access(folder_path("ran"), F_OK), 0);
}

static void a_hook_that_wants_tools_is_not_put_to_a_judge(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure("{\"pre_tool_use\":[{\"hooks\":[{\"type\":\"agent\",\"tools\":[\"terminal\"]}]}]}");
    open_judge();
    run(&occasion);
    assert_null(asked.on_judged);
    assert_false(is_blocked);
    assert_event(0, "with tools are not evaluated: allowed");
}

static void a_cancelled_run_asks_its_judge_no_more(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    configure("{\"pre_tool_use\":[{\"hooks\":[{\"type\":\"prompt\",\"prompt\":\"fine?\"}]}]}");
    open_judge();
    hooks_run_cancel(start(&occasion));
    assert_true(asked.is_cancelled);
    assert_false(is_done);
    while (!is_done)
        assert_true(loop_step(loop));
    assert_int_equal(event_count, 0);
}

static void a_cancelled_run_begins_no_further_hook(void **state)
{
    (void)state;
    const struct hooks_occasion occasion = before_terminal();
    assert_int_equal(mkfifo(folder_path("gate"), 0600), 0);
    configure("{\"pre_tool_use\":[{\"hooks\":[{\"command\":\"read x < gate\"},"
              "{\"command\":\"touch ran\"}]}]}");
    struct hooks_run *cancelled = start(&occasion);
    hooks_run_cancel(cancelled);
    scoped_fd int gate = open(folder_path("gate"), O_RDWR | O_CLOEXEC);
    assert_int_equal(write(gate, "go\n", 3), 3);
    while (!is_done)
        assert_true(loop_step(loop));
    assert_int_not_equal(access(folder_path("ran"), F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
        TEST(a_run_without_hooks_is_done_in_a_later_turn),
        TEST(a_hook_that_succeeds_lets_the_tool_run),
        TEST(exit_code_2_blocks_and_stderr_says_why),
        TEST(another_exit_code_is_a_failure_that_blocks_nothing),
        TEST(a_decision_to_deny_blocks_with_its_reason),
        TEST(a_decision_that_is_no_text_is_none),
        TEST(a_stop_may_be_denied_by_continue),
        TEST(the_command_gets_the_occasion_and_its_variables),
        TEST(the_first_that_blocks_ends_the_run),
        TEST(after_a_tool_nothing_blocks_and_all_run),
        TEST(contexts_are_joined_by_newlines),
        TEST(a_hook_that_takes_too_long_has_failed),
        TEST(long_output_is_cut_in_the_event),
        TEST(nobody_waits_for_an_async_hook),
        TEST(without_a_judge_a_hook_for_one_allows_and_says_so),
        TEST(a_judge_is_asked_between_commands),
        TEST(a_judge_that_denies_ends_the_run),
        TEST(a_hook_that_wants_tools_is_not_put_to_a_judge),
        TEST(a_cancelled_run_asks_its_judge_no_more),
        TEST(a_cancelled_run_begins_no_further_hook),
    };
    (void)signal(SIGPIPE, SIG_IGN); /* a child may not read its input */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "agent/hook_question.h"

#include "agent/hook_command.h"
#include "agent/hooks.h"
#include "tests/support/test.h"

static const struct hook prompt_hook = {.type = HOOK_PROMPT, .prompt = STR_INIT("no deletions")};

static void assert_verdict(const char *answer, bool is_success, bool is_blocked, const char *reason)
{
    struct hook_verdict verdict = {0};
    hook_question_read(&prompt_hook, str_from(answer), &verdict);
    assert_int_equal(verdict.is_success, is_success);
    assert_int_equal(verdict.is_blocked, is_blocked);
    assert_true(verdict.has_reason);
    assert_string_equal(verdict.reason.len == 0 ? "" : verdict.reason.data, reason);
    assert_int_equal(verdict.error.len > 0, !is_success);
    hook_verdict_fini(&verdict);
}

static void a_decision_is_read_with_its_reason(void **state)
{
    (void)state;
    assert_verdict("{\"decision\":\"allow\",\"reason\":\"fine\"}", true, false, "fine");
    assert_verdict("{\"decision\":\"DENY\",\"reason\":\"no\"}", true, true, "no");
    assert_verdict("{\"decision\":\"block\"}", true, true, "");
    assert_verdict("{\"decision\":\"deny\",\"reason\":7}", true, true, "7");
}

static void the_first_object_in_a_text_counts(void **state)
{
    (void)state;
    assert_verdict("I say {no}:\n```json\n{\"decision\":\"deny\",\"reason\":\"a } in it\"}\n```"
                   "{\"decision\":\"allow\"}",
                   true, true, "a } in it");
}

static void an_answer_without_a_decision_is_a_failure_that_allows(void **state)
{
    (void)state;
    static const char *const unread =
        "Prompt hook returned no parseable JSON \xE2\x80\x94 defaulting to allow";
    static const char *const invalid =
        "Prompt hook returned an invalid decision \xE2\x80\x94 defaulting to allow";
    assert_verdict("", false, false,
                   "Prompt hook produced no final response \xE2\x80\x94 defaulting to allow");
    assert_verdict("It is fine.", false, false, unread);
    assert_verdict("{\"decision\":\"deny\"", false, false, unread);
    assert_verdict("[1]", false, false, unread);
    assert_verdict("{}", false, false, invalid);
    assert_verdict("{\"decision\":\"maybe\",\"reason\":\"x\"}", false, false, invalid);
    assert_verdict("{\"decision\":true}", false, false, invalid);
}

static void braces_without_end_are_no_answer(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < 2000; i++)
        buf_append(&text, STR("{"));
    buf_append(&text, STR("{\"decision\":\"deny\"}"));
    assert_verdict(text.data, false, false,
                   "Prompt hook returned no parseable JSON \xE2\x80\x94 defaulting to allow");
}

static void a_context_for_the_agent_is_taken(void **state)
{
    (void)state;
    struct hook_verdict verdict = {0};
    hook_question_read(
        &prompt_hook, STR("{\"decision\":\"allow\",\"additionalContext\":\"be brief\"}"), &verdict);
    assert_true(verdict.has_context);
    assert_string_equal(verdict.context.data, "be brief");
    hook_verdict_fini(&verdict);
}

static void a_call_that_fails_allows_and_says_why(void **state)
{
    (void)state;
    struct hook_verdict verdict = {0};
    hook_question_fail(&(struct hook){.type = HOOK_AGENT}, STR("no connection"), &verdict);
    assert_false(verdict.is_success);
    assert_false(verdict.is_blocked);
    assert_string_equal(verdict.reason.data,
                        "Agent hook execution failed \xE2\x80\x94 defaulting to allow");
    assert_string_equal(verdict.error.data, "no connection");
    hook_verdict_fini(&verdict);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_decision_is_read_with_its_reason),
        cmocka_unit_test(the_first_object_in_a_text_counts),
        cmocka_unit_test(an_answer_without_a_decision_is_a_failure_that_allows),
        cmocka_unit_test(braces_without_end_are_no_answer),
        cmocka_unit_test(a_context_for_the_agent_is_taken),
        cmocka_unit_test(a_call_that_fails_allows_and_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

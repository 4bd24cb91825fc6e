#include "agent/llm/failure.h"

#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "tests/support/test.h"

static void failures_are_told_by_status_and_text(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *text;
        enum llm_failure failure;
        bool is_temporary;
    } rows[] = {
        {400, "prompt is too long: 9 > 8", LLM_FAILURE_CONTEXT_WINDOW, false},
        {400, "each tool_use must have a single result", LLM_FAILURE_MALFORMED_HISTORY, false},
        {401, "no", LLM_FAILURE_AUTHENTICATION, false},
        {400, "Invalid API key", LLM_FAILURE_AUTHENTICATION, false},
        {429, "slow down", LLM_FAILURE_RATE_LIMIT, true},
        {429, "insufficient_quota", LLM_FAILURE_RATE_LIMIT, false},
        {408, "late", LLM_FAILURE_TIMEOUT, true},
        {0, "connection refused", LLM_FAILURE_UNAVAILABLE, true},
        {502, "bad gateway", LLM_FAILURE_UNAVAILABLE, true},
        {400, "content_policy violated", LLM_FAILURE_CONTENT_POLICY, false},
        {404, "no such model", LLM_FAILURE_BAD_REQUEST, false},
        {500, "unauthorized upstream", LLM_FAILURE_UNAVAILABLE, true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct str text = str_from(rows[i].text);
        const enum llm_failure failure = llm_failure_of(rows[i].status, text);
        assert_int_equal(failure, rows[i].failure);
        assert_int_equal(llm_failure_is_temporary(failure, rows[i].status, text),
                         rows[i].is_temporary);
    }
}

static void assert_class(const char *code, const char *detail, const char *expected)
{
    scoped_buf struct buf text = {0};
    struct jsonw w;
    jsonw_init(&w, &text);
    jsonw_object(&w);
    llm_failure_classify(&w, str_from(code), str_from(detail));
    jsonw_end(&w);
    assert_string_equal(text.data, expected);
}

static void errors_are_classified_for_those_who_show_them(void **state)
{
    (void)state;
    assert_class("LLMAuthenticationError", "",
                 "{\"classification\":{\"kind\":\"auth\",\"retryable\":false,"
                 "\"user_action\":\"settings\"}}");
    assert_class("MaxIterationsReached", "",
                 "{\"classification\":{\"kind\":\"agent_action\",\"retryable\":false,"
                 "\"user_action\":\"none\"}}");
    assert_class("Other", "Connection Error",
                 "{\"classification\":{\"kind\":\"transient\",\"retryable\":true,"
                 "\"user_action\":\"retry\"}}");
    assert_class("LLMTimeoutError", "unlucky",
                 "{\"classification\":{\"kind\":\"transient\",\"retryable\":true,"
                 "\"user_action\":\"retry\"}}");
    assert_class("Other", "other",
                 "{\"classification\":{\"kind\":\"unknown\",\"retryable\":false,"
                 "\"user_action\":\"none\"}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_are_told_by_status_and_text),
        cmocka_unit_test(errors_are_classified_for_those_who_show_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "actions/archive_redact.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "tests/support/test.h"
#include "tests/support/text.h"

static void assert_json(const char *text, const char *expected)
{
    scoped_buf struct buf out = {0};
    assert_true(archive_redact_json(str_from(text), &out));
    assert_text(buf_str(&out), expected);
}

static void assert_unchanged(struct str text)
{
    scoped_buf struct buf out = {0};
    assert_false(archive_redact_json(text, &out));
}

static void secrets_under_known_keys_are_replaced(void **state)
{
    (void)state;
    assert_json("{\"api_key\":\"x\"}", "{\"api_key\":\"**********\"}");
    assert_json("[{\"llm\": {\"aws_access_key_id\" : \"x\", \"model\": \"m\"}}]",
                "[{\"llm\": {\"aws_access_key_id\" : \"**********\", \"model\": \"m\"}}]");
    assert_json(
        "{\"aws_secret_access_key\":\"x\",\"aws_session_token\":\"y\",\"llm_api_key\":\"z\"}",
        "{\"aws_secret_access_key\":\"**********\",\"aws_session_token\":\"**********\","
        "\"llm_api_key\":\"**********\"}");
}

static void encrypted_tokens_are_replaced_anywhere(void **state)
{
    (void)state;
    assert_json("{\"x\":\"gAAAAABh\"}", "{\"x\":\"**********\"}");
    assert_json("[1,[\"gAAAAA\"]]", "[1,[\"**********\"]]");
    assert_json("\"gAAAAA\"", "\"**********\"");
}

static void escapes_hide_nothing(void **state)
{
    (void)state;
    assert_json("{\"api\\u005fkey\":\"x\"}", "{\"api\\u005fkey\":\"**********\"}");
    assert_json("[\"g\\u0041AAAA\"]", "[\"**********\"]");
    assert_json("{\"api_key\":\"\\u0000\"}", "{\"api_key\":\"**********\"}");
    assert_json("{\"a\":\"\\ud83d\",\"api_key\":\"\\ud83d\"}",
                "{\"a\":\"\\ud83d\",\"api_key\":\"**********\"}");
}

static void everything_else_keeps_its_bytes(void **state)
{
    (void)state;
    assert_json(" { \"n\" : 123456789012345678901234567890 , \"f\":1.50e+3,\n\"api_key\":\"x\"}\n",
                " { \"n\" : 123456789012345678901234567890 , \"f\":1.50e+3,\n"
                "\"api_key\":\"**********\"}\n");
}

static void other_values_are_no_secrets(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"api_key\":null}",
        "{\"api_key\":\"\"}",
        "{\"api_key\":\"**********\"}",
        "{\"api_key\":[\"x\"]}",
        "{\"api_key\":{\"x\":\"y\"}}",
        "{\"API_KEY\":\"x\"}",
        "{\"key\":\"api_key\",\"value\":\"x\"}",
        "[\"api_key\",\"x\"]",
        "{\"gAAAAA\":\"x\"}",
        "{\"x\":\"AgAAAAA\"}",
        "[NaN,Infinity,-Infinity,true,false,null,-0,0.5]",
        "{}",
        "[]",
        "1",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_unchanged(str_from(texts[i]));
}

static void what_is_no_json_is_left_alone(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "{\"api_key\":\"x\"",
        "{\"api_key\":\"x\"}}",
        "{\"api_key\":\"x\",}",
        "{\"api_key\" \"x\"}",
        "[\"gAAAAA\",]",
        "[\"gAAAAA\"] x",
        "[\"gAAAAA\",01]",
        "[\"gAAAAA\",.5]",
        "[\"gAAAAA\",1.]",
        "[\"gAAAAA\",1e]",
        "[\"gAAAAA\",\"\\x\"]",
        "[\"gAAAAA\",\"\\u12g4\"]",
        "[\"gAAAAA\",\"a\nb\"]",
        "[\"gAAAAA\",nul]",
        "{1:\"gAAAAA\"}",
        "[\"gAAAAA\"}",
        "[\"gAAAAA",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_unchanged(str_from(texts[i]));
    assert_unchanged(STR("[\"gAAAAA\",\"\xff\"]"));
    assert_unchanged(STR("[\"gAAAAA\"]\0"));
}

static void nesting_may_be_deep(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < 100000; i++)
        buf_append_byte(&text, '[');
    buf_append(&text, STR("\"gAAAAA\""));
    for (size_t i = 0; i < 100000; i++)
        buf_append_byte(&text, ']');
    scoped_buf struct buf out = {0};
    assert_true(archive_redact_json(buf_str(&text), &out));
    assert_false(str_contains(buf_str(&out), STR("gAAAAA")));
}

static void lines_are_judged_one_by_one(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    assert_true(archive_redact_json_lines(
        STR("{\"a\":1}\n\nnot json gAAAAA\n{\"api_key\":\"x\"}\r\n[\"gAAAAA\"]"), &out));
    assert_text(buf_str(&out),
                "{\"a\":1}\n\nnot json gAAAAA\n{\"api_key\":\"**********\"}\r\n[\"**********\"]");
    scoped_buf struct buf same = {0};
    assert_false(archive_redact_json_lines(STR("{\"a\":1}\n{}\n"), &same));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secrets_under_known_keys_are_replaced),
        cmocka_unit_test(encrypted_tokens_are_replaced_anywhere),
        cmocka_unit_test(escapes_hide_nothing),
        cmocka_unit_test(everything_else_keeps_its_bytes),
        cmocka_unit_test(other_values_are_no_secrets),
        cmocka_unit_test(what_is_no_json_is_left_alone),
        cmocka_unit_test(nesting_may_be_deep),
        cmocka_unit_test(lines_are_judged_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

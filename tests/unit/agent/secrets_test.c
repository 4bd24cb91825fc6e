#include "agent/secrets.h"

#include "agent/cipher.h"
#include "agent/secret_mask.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "tests/support/test.h"

static struct secret_mask *mask;
static struct secrets *secrets;
static struct error error;

static int open_secrets(void **state)
{
    (void)state;
    mask = secret_mask_new();
    secrets = secrets_new(mask);
    return 0;
}

static int close_secrets(void **state)
{
    (void)state;
    secrets_free(secrets);
    secret_mask_free(mask);
    return 0;
}

static bool update(const char *json)
{
    struct doc_error why;
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    const bool is_good = secrets_update(secrets, doc_root(doc), NULL, &error);
    doc_free(doc);
    return is_good;
}

static void assert_printed(enum secret_form form, const char *expected)
{
    const struct secret_writer writer = {.form = form};
    scoped_buf struct buf out = {0};
    struct jsonw w;
    jsonw_init(&w, &out);
    secrets_print_sources(secrets, &writer, NULL, &w);
    assert_string_equal(out.data, expected);
}

static void assert_masked(const char *text, const char *expected)
{
    scoped_buf struct buf out = {0};
    secret_mask_apply(mask, str_from(text), &out);
    assert_string_equal(out.data, expected);
}

static void plain_texts_are_given_values(void **state)
{
    (void)state;
    assert_true(update("{\"A\":\"value\",\"B\":{\"value\":\"other\",\"description\":\"d\"}}"));
    assert_int_equal(secrets_count(secrets), 2);
    assert_printed(FORM_ANSWER,
                   "{\"A\":{\"description\":null,\"value\":null,\"kind\":\"StaticSecret\"},"
                   "\"B\":{\"description\":\"d\",\"value\":null,\"kind\":\"StaticSecret\"}}");
    assert_printed(FORM_EVENT, "{\"A\":{\"value\":\"**********\",\"kind\":\"StaticSecret\"},"
                               "\"B\":{\"description\":\"d\",\"value\":\"**********\","
                               "\"kind\":\"StaticSecret\"}}");
}

static void values_are_hidden_from_now_on(void **state)
{
    (void)state;
    assert_true(update("{\"A\":\"value\"}"));
    assert_true(update("{\"A\":\"newer\"}"));
    assert_masked("value and newer", SECRET_HIDDEN " and " SECRET_HIDDEN);
}

static void look_ups_keep_their_address(void **state)
{
    (void)state;
    assert_true(update("{\"L\":{\"kind\":\"LookupSecret\",\"url\":\"http://x/\",\"headers\":"
                       "{\"X-Token\":\"abc\",\"Accept\":\"text/plain\"}}}"));
    assert_false(str_is_set(secrets_at(secrets, 0)->value));
    assert_printed(FORM_EVENT,
                   "{\"L\":{\"url\":\"http://x/\",\"headers\":{\"X-Token\":\"**********\","
                   "\"Accept\":\"text/plain\"},\"kind\":\"LookupSecret\"}}");
    secrets_set_value(secrets, 0, STR("found"));
    assert_masked("found", SECRET_HIDDEN);
}

static void a_command_names_secrets_in_any_case(void **state)
{
    (void)state;
    assert_true(update("{\"TOKEN_A\":\"value\"}"));
    assert_true(secrets_names(secrets, 0, STR("echo $token_a")));
    assert_false(secrets_names(secrets, 0, STR("echo $token_b")));
}

static void hidden_and_blank_values_are_none(void **state)
{
    (void)state;
    assert_true(update("{\"A\":\"**********\",\"B\":\" \",\"C\":{\"value\":null}}"));
    for (size_t i = 0; i < 3; i++)
        assert_false(str_is_set(secrets_at(secrets, i)->value));
}

static void what_does_not_fit_adds_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"A\":\"value\",\"B\":5}",
        "{\"A\":\"value\",\"B\":{\"kind\":\"X\"}}",
        "{\"A\":\"value\",\"B\":{\"kind\":\"LookupSecret\"}}",
        "[]",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_false(update(texts[i]));
        assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    }
    assert_int_equal(secrets_count(secrets), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_secrets, close_secrets)
        TEST(plain_texts_are_given_values),     TEST(values_are_hidden_from_now_on),
        TEST(look_ups_keep_their_address),      TEST(a_command_names_secrets_in_any_case),
        TEST(hidden_and_blank_values_are_none), TEST(what_does_not_fit_adds_nothing),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

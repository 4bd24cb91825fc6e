#include "agent/state.h"

#include "agent/agent_spec.h"
#include "agent/cipher.h"
#include "agent/conversation_info.h"
#include "agent/meta.h"
#include "agent/secret_mask.h"
#include "agent/secrets.h"
#include "agent/shape.h"
#include "agent/stats.h"
#include "server/base/json.h"
#include "tests/support/recorded.h"

static struct secret_mask *mask;
static struct state *own;
static struct error error;

static int open_state(void **state)
{
    (void)folder_open(state);
    mask = secret_mask_new();
    own = state_new(mask);
    return 0;
}

static int close_state(void **state)
{
    state_free(own);
    secret_mask_free(mask);
    return folder_close(state);
}

static struct str print(enum secret_form form, const struct cipher *cipher)
{
    const struct secret_writer writer = {.form = form, .cipher = cipher};
    scoped_buf struct buf out = {0};
    state_print(own, &writer, &out);
    return arena_copy(&folder.arena, buf_str(&out));
}

static void a_state_of_the_reference_is_written_back_as_it_was(void **state)
{
    (void)state;
    const struct str recorded = recorded_read("base_state.json");
    struct cipher *cipher = cipher_new(STR("key"), NULL, 0);
    assert_true(state_read(own, recorded, cipher, &error));
    /* The keys were taken out of the recording. */
    scoped_buf struct buf expected = {0};
    struct str rest = recorded;
    static const char gone[] = "\"api_key\":\"**********\",";
    for (size_t at; (at = str_find(rest, str_from(gone))) != SIZE_MAX;) {
        buf_append(&expected, str_slice(rest, 0, at));
        rest = str_skip(rest, at + sizeof(gone) - 1);
    }
    buf_append(&expected, rest);
    assert_text(print(FORM_STORED, cipher), buf_str(&expected));
    cipher_free(cipher);
}

static void meta_data_of_the_reference_are_written_back_as_they_were(void **state)
{
    (void)state;
    const struct str recorded = recorded_read("meta.json");
    scoped_buf struct buf out = {0};
    struct meta *meta = meta_new();
    assert_true(meta_read(meta, recorded, NULL, &error));
    meta_print(meta, NULL, &out);
    assert_text(buf_str(&out), recorded);
    meta_free(meta);
}

static void what_is_on_disk_is_answered_as_the_reference_does(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct meta *meta = meta_new();
    assert_true(meta_read(meta, recorded_read("meta.json"), NULL, &error));
    assert_true(state_read(own, recorded_read("base_state.json"), NULL, &error));
    conversation_info_print(own, meta, &(struct conversation_info){.has_runtime = true}, &out);
    /* The answer was given later than the file was written. */
    const struct str expected = recorded_read("finished.json");
    const size_t at = str_find(expected, STR("\"updated_at\""));
    assert_text(str_slice(buf_str(&out), 0, at), str_slice(expected, 0, at));
    static const char updated[] = "\"updated_at\":\"2026-11-21T08:21:26.693776Z\"";
    assert_text(str_skip(buf_str(&out), at + sizeof(updated)),
                str_skip(expected, at + sizeof(updated)));
    meta_free(meta);
}

static void secrets_are_sealed_on_disk_and_found_again(void **state)
{
    (void)state;
    struct cipher *cipher = cipher_new(STR("key"), NULL, 0);
    static const char text[] =
        "{\"id\":\"2df13737-55a5-45b8-b34b-209f2d37deb8\",\"agent\":{\"llm\":{\"model\":\"m\","
        "\"api_key\":\"sk-one\"},\"mcp_config\":{\"s\":{\"command\":\"c\",\"env\":{\"K\":\"two\"}}"
        ",\"t\":{\"url\":\"http://t/\",\"auth\":\"three\"}},\"kind\":\"Agent\"},"
        "\"secret_registry\":{\"secret_sources\":{\"NAME\":{\"value\":\"four\"}}}}";
    assert_true(state_read(own, str_from(text), cipher, &error));
    const struct str stored = print(FORM_STORED, cipher);
    static const char *const values[] = {"sk-one", "\"two\"", "\"three\"", "\"four\""};
    for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
        assert_false(str_contains(stored, str_from(values[i])));
        assert_false(str_contains(print(FORM_EVENT, NULL), str_from(values[i])));
    }
    struct state *again = state_new(mask);
    assert_true(state_read(again, stored, cipher, &error));
    for (size_t i = 0; i < 3; i++)
        assert_true(str_contains(state_json(again, STATE_AGENT), str_from(values[i])));
    assert_text(secrets_at(again->secrets, 0)->value, STR("four"));
    state_free(again);
    cipher_free(cipher);
}

static void values_of_secrets_go_to_the_mask(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    static const char text[] =
        "{\"agent\":{\"llm\":{\"model\":\"m\"},\"kind\":\"Agent\"},"
        "\"secret_registry\":{\"secret_sources\":{\"NAME\":{\"value\":\"the value\"}}}}";
    assert_true(state_read(own, str_from(text), NULL, &error));
    secret_mask_apply(mask, STR("it is the value here"), &out);
    assert_string_equal(out.data, "it is " SECRET_HIDDEN " here");
}

static void without_a_cipher_secrets_are_hidden_and_lost(void **state)
{
    (void)state;
    static const char text[] =
        "{\"agent\":{\"llm\":{\"model\":\"m\",\"api_key\":\"sk-one\"},\"kind\":\"Agent\"}}";
    assert_true(state_read(own, str_from(text), NULL, &error));
    const struct str stored = print(FORM_STORED, NULL);
    assert_true(str_contains(stored, STR("\"api_key\":\"**********\"")));
    struct state *again = state_new(mask);
    assert_true(state_read(again, stored, NULL, &error));
    assert_true(str_contains(state_json(again, STATE_AGENT), STR("\"api_key\":null")));
    state_free(again);
}

static void a_value_that_is_there_already_is_no_change(void **state)
{
    (void)state;
    assert_false(state_set_json(own, STATE_TAGS, STR("{}")));
    assert_true(state_set_json(own, STATE_TAGS, STR("{\"a\":\"b\"}")));
    assert_false(state_set_json(own, STATE_TAGS, STR("{\"a\":\"b\"}")));
}

static void what_is_no_state_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "{}", "{\"agent\":5}", "{\"agent\":{}}"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        assert_false(state_read(own, str_from(texts[i]), NULL, &error));
}

static void a_missing_member_of_old_meta_data_has_its_default(void **state)
{
    (void)state;
    struct meta *meta = meta_new();
    assert_true(
        meta_read(meta, STR("{\"id\":\"2df1373755a545b8b34b209f2d37deb8\"}"), NULL, &error));
    assert_text(meta_json(meta, META_MAX_ITERATIONS), STR("500"));
    assert_null(meta->title);
    meta_free(meta);
}

static void a_title_is_stripped_and_has_an_end(void **state)
{
    (void)state;
    scoped_buf struct buf longest = {0};
    struct meta *meta = meta_new();
    for (size_t i = 0; i < META_TITLE_MAX; i++)
        buf_append(&longest, STR("\xc3\xa4"));
    assert_true(meta_set_title(meta, STR("  a title "), &error));
    assert_string_equal(meta->title, "a title");
    assert_false(meta_set_title(meta, STR(" \n"), &error));
    assert_true(meta_set_title(meta, buf_str(&longest), &error));
    buf_append_byte(&longest, 'x');
    assert_false(meta_set_title(meta, buf_str(&longest), &error));
    meta_free(meta);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_state, close_state)
        TEST(a_state_of_the_reference_is_written_back_as_it_was),
        TEST(meta_data_of_the_reference_are_written_back_as_they_were),
        TEST(what_is_on_disk_is_answered_as_the_reference_does),
        TEST(secrets_are_sealed_on_disk_and_found_again),
        TEST(values_of_secrets_go_to_the_mask),
        TEST(without_a_cipher_secrets_are_hidden_and_lost),
        TEST(a_value_that_is_there_already_is_no_change),
        TEST(what_is_no_state_is_refused),
        TEST(a_missing_member_of_old_meta_data_has_its_default),
        TEST(a_title_is_stripped_and_has_an_end),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "agent/observation.h"

#include "agent/message_parts.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/folder.h"

/* What the model is told of a terminal's long text, when the event names `member`. */
static struct str told(const char *member, struct str save_dir)
{
    struct message_parts parts = {0};
    struct doc_error why;
    scoped_buf struct buf event = {0};
    buf_printf(&event, "{\"kind\":\"TerminalObservation\"%s,\"content\":[{\"text\":\"", member);
    for (size_t i = 0; i <= OBSERVATION_MAX_TEXT; i++)
        buf_append_byte(&event, 'x');
    buf_append(&event, STR("\"}]}"));
    struct doc *doc = doc_parse(buf_str(&event), &why);
    assert_non_null(doc);
    observation_parts(doc_root(doc), save_dir, &parts);
    assert_int_equal(parts.count, 1);
    const struct str text = arena_copy(&folder.arena, parts.items[0].text);
    message_parts_fini(&parts);
    doc_free(doc);
    assert_int_equal(text.len, OBSERVATION_MAX_TEXT);
    return text;
}

static struct str own(void)
{
    return str_from(folder_path("own/observations"));
}

static const char *naming(const char *directory)
{
    return arena_printf(&folder.arena, ",\"full_output_save_dir\":\"%s\"", directory).data;
}

static void a_long_text_is_saved_in_the_folder_of_the_conversation(void **state)
{
    (void)state;
    assert_true(str_contains(told(naming(folder_path("own/observations")), own()), own()));
    assert_int_equal(folder_count("own/observations"), 1);
}

static void no_event_says_where_a_text_is_saved(void **state)
{
    (void)state;
    assert_true(str_contains(told(naming(folder_path("elsewhere")), own()), own()));
    assert_int_equal(folder_count("own/observations"), 1);
    assert_false(folder_has("elsewhere"));
}

static void without_a_folder_nothing_is_saved(void **state)
{
    (void)state;
    (void)told(naming(folder_path("elsewhere")), STR_NULL);
    assert_false(folder_has("elsewhere"));
}

static void a_text_that_is_not_to_be_saved_is_only_cut(void **state)
{
    (void)state;
    (void)told("", own());
    assert_false(folder_has("own"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_open, folder_close)
        TEST(a_long_text_is_saved_in_the_folder_of_the_conversation),
        TEST(no_event_says_where_a_text_is_saved),
        TEST(without_a_folder_nothing_is_saved),
        TEST(a_text_that_is_not_to_be_saved_is_only_cut),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

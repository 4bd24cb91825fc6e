#include "agent/prompt/dynamic_prompt.h"

#include "agent/skills.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static struct buf text;

static int forget(void **state)
{
    (void)state;
    buf_fini(&text);
    return 0;
}

static bool has(const char *part)
{
    return str_contains(buf_str(&text), str_from(part));
}

static void nothing_known_is_no_text(void **state)
{
    (void)state;
    dynamic_prompt_write(&(struct dynamic_prompt_options){.suffix = STR(" \n")}, &text);
    assert_int_equal(text.len, 0);
}

static void secrets_are_named_and_not_shown(void **state)
{
    (void)state;
    const struct prompt_secret secrets[] = {{.name = STR("API_KEY"), .description = STR("of x")},
                                            {.name = STR("TOKEN")}};
    dynamic_prompt_write(&(struct dynamic_prompt_options){.secrets = secrets, .secret_count = 2},
                         &text);
    assert_true(has("* **$API_KEY** - of x\n* **$TOKEN**\n</CUSTOM_SECRETS>"));
    assert_true(has("<secret-hidden>"));
}

static void the_time_stands_last(void **state)
{
    (void)state;
    dynamic_prompt_write(
        &(struct dynamic_prompt_options){.suffix = STR("Mind the gap."),
                                         .datetime = STR("2026-11-21T08:21+00:00")},
        &text);
    assert_string_equal(text.data, "Mind the gap.\n\n<CURRENT_DATETIME>\nThe current date and time "
                                   "is: 2026-11-21T08:21+00:00\n</CURRENT_DATETIME>");
}

static void what_comes_from_files_is_marked_as_untrusted(void **state)
{
    (void)state;
    struct doc_error why;
    struct error error;
    struct skills *skills = skills_new();
    struct doc *doc = doc_parse(STR("[{\"name\":\"agents\",\"content\":\"use tabs\"},"
                                    "{\"name\":\"pdf\",\"content\":\"x\",\"trigger\":"
                                    "{\"type\":\"keyword\",\"keywords\":[\"pdf\"]}}]"),
                                &why);
    assert_true(skills_add_objects(skills, doc_root(doc), &error));
    dynamic_prompt_write(
        &(struct dynamic_prompt_options){.skills = skills, .memory = STR("# User memory")}, &text);
    assert_true(has("<REPO_CONTEXT>\n<UNTRUSTED_CONTENT>"));
    assert_true(has("[BEGIN context from [agents]]\nuse tabs\n[END Context]\n</REPO_CONTEXT>"));
    assert_true(has("<MEMORY_CONTEXT>\n<UNTRUSTED_CONTENT>"));
    assert_true(has("# User memory\n</MEMORY_CONTEXT>"));
    assert_true(has("<SKILLS>\n"));
    assert_true(has("<name>pdf</name>"));
    doc_free(doc);
    skills_free(skills);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(nothing_known_is_no_text, forget),
        cmocka_unit_test_teardown(secrets_are_named_and_not_shown, forget),
        cmocka_unit_test_teardown(the_time_stands_last, forget),
        cmocka_unit_test_teardown(what_comes_from_files_is_marked_as_untrusted, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

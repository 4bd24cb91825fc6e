#include "agent/skill_catalog.h"

#include "tests/support/folder.h"

static struct buf answer;

static int open_folder(void **state)
{
    answer = (struct buf){0};
    return folder_open(state);
}

static int close_folder(void **state)
{
    buf_fini(&answer);
    return folder_close(state);
}

static void a_catalog_of_nothing_is_empty(void **state)
{
    (void)state;
    skill_catalog_write(&(struct skill_catalog){.home = "/nowhere"}, &answer);
    assert_string_equal(answer.data,
                        "{\"skills\":[],\"sources\":{\"sandbox\":0,\"registered_marketplaces\":0,"
                        "\"sdk_base\":0,\"org\":0,\"project\":0}}");
}

static void hosts_are_a_skill_that_is_always_there(void **state)
{
    (void)state;
    skill_catalog_write(&(struct skill_catalog){.hosts = STR("Hosts.")}, &answer);
    assert_string_equal(answer.data,
                        "{\"skills\":[{\"name\":\"work_hosts\",\"type\":\"repo\",\"content\":"
                        "\"Hosts.\",\"triggers\":[],\"source\":null,\"description\":null,"
                        "\"is_agentskills_format\":false,\"disable_model_invocation\":false}],"
                        "\"sources\":{\"sandbox\":1,\"registered_marketplaces\":0,\"sdk_base\":0,"
                        "\"org\":0,\"project\":0}}");
}

static void the_users_skill_counts_in_the_place_of_the_public_one(void **state)
{
    (void)state;
    folder_write("x/skills/a/SKILL.md", "public a");
    folder_write("x/skills/b/SKILL.md", "public b");
    folder_write("h/.agents/skills/a.md", "own a");
    folder_write("s/skills/c.md", "own c");
    scoped_buf struct buf copy = {0};
    buf_printf(&copy, "EXTENSIONS_PATH=%s", folder_path("x"));
    const char *const env[] = {copy.data, NULL};
    const struct skill_catalog catalog = {.env = env,
                                          .home = folder_path("h"),
                                          .state_dir = folder_path("s"),
                                          .has_public = true,
                                          .has_user = true};
    skill_catalog_write(&catalog, &answer);
    const char *a = strstr(answer.data, "\"content\":\"own a\"");
    const char *b = strstr(answer.data, "\"content\":\"public b\"");
    const char *c = strstr(answer.data, "\"content\":\"own c\"");
    assert_true(a != NULL && b != NULL && c != NULL && a < b && b < c);
    assert_null(strstr(answer.data, "public a"));
    assert_non_null(strstr(answer.data, "\"sdk_base\":3"));
}

static void a_path_is_no_trigger(void **state)
{
    (void)state;
    folder_write("w/.agents/skills/rule.md", "---\npaths: [a]\n---\nx");
    folder_write("w/.agents/skills/word.md", "---\ntriggers: [b]\n---\nx");
    skill_catalog_write(&(struct skill_catalog){.project = folder_path("w")}, &answer);
    assert_null(strstr(answer.data, "[\"a\"]"));
    assert_non_null(strstr(answer.data, "\"triggers\":[\"b\"]"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_catalog_of_nothing_is_empty, open_folder, close_folder),
        cmocka_unit_test_setup_teardown(hosts_are_a_skill_that_is_always_there, open_folder,
                                        close_folder),
        cmocka_unit_test_setup_teardown(the_users_skill_counts_in_the_place_of_the_public_one,
                                        open_folder, close_folder),
        cmocka_unit_test_setup_teardown(a_path_is_no_trigger, open_folder, close_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

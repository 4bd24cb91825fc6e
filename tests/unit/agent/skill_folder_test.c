#include "agent/skill_folder.h"

#include "server/base/error.h"
#include "tests/support/folder.h"

static void assert_servers(const char *json, const char *expected)
{
    scoped_buf struct buf servers = {0};
    struct error error = {0};
    folder_write("s/.mcp.json", json);
    const bool is_read = skill_folder_read_servers(folder_path("s"), &servers, &error);
    if (expected == NULL)
        assert_false(is_read);
    else if (!is_read)
        fail_msg("%s", error.text);
    else
        assert_string_equal(servers.data, expected);
}

static void a_skill_is_found_in_any_case_of_letters(void **state)
{
    (void)state;
    scoped_buf struct buf path = {0};
    folder_write("s/sKiLl.md", "x");
    folder_write("t/other.md", "x");
    assert_true(skill_folder_find(folder_path("s"), &path));
    assert_true(str_ends_with(buf_str(&path), STR("/s/sKiLl.md")));
    assert_false(skill_folder_find(folder_path("t"), &path));
    assert_false(skill_folder_find(folder_path("none"), &path));
}

static void a_folder_without_servers_has_none(void **state)
{
    (void)state;
    scoped_buf struct buf servers = {0};
    struct error error;
    folder_write("s/SKILL.md", "x");
    assert_true(skill_folder_read_servers(folder_path("s"), &servers, &error));
    assert_int_equal(servers.len, 0);
}

static void servers_are_read_with_the_folder_in_their_texts(void **state)
{
    (void)state;
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "{\"a\":{\"command\":\"%s/run\"},\"b\":{\"url\":\"http://b\"}}",
               folder_path("s"));
    assert_servers("{\"mcpServers\":{\"a\":{\"command\":\"${SKILL_ROOT}/run\"},"
                   "\"b\":{\"url\":\"http://b\"}}}",
                   expected.data);
    assert_servers("{}", "{}");
}

static void servers_that_cannot_be_started_are_refused(void **state)
{
    (void)state;
    assert_servers("{nope", NULL);
    assert_servers("[]", NULL);
    assert_servers("{\"mcpServers\":[]}", NULL);
    assert_servers("{\"mcpServers\":{\"a\":{\"args\":[]}}}", NULL);
}

static void resources_are_listed_by_their_kinds(void **state)
{
    (void)state;
    scoped_buf struct buf resources = {0};
    scoped_buf struct buf expected = {0};
    folder_write("s/scripts/run.sh", "x");
    folder_write("s/scripts/lib/a.py", "x");
    folder_write("s/assets/.dot", "x");
    folder_write("s/other/x.md", "x");
    assert_int_equal(symlink("nowhere", folder_path("s/scripts/broken")), 0);
    skill_folder_list_resources(folder_path("s"), &resources);
    scoped_free char *root = realpath(folder_path("s"), NULL);
    buf_printf(&expected,
               "{\"skill_root\":\"%s\",\"scripts\":[\"lib/a.py\",\"run.sh\"],\"references\":[],"
               "\"assets\":[\".dot\"]}",
               root);
    assert_string_equal(resources.data, expected.data);
}

static void a_folder_without_resources_lists_nothing(void **state)
{
    (void)state;
    scoped_buf struct buf resources = {0};
    folder_write("s/SKILL.md", "x");
    skill_folder_list_resources(folder_path("s"), &resources);
    assert_int_equal(resources.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_open, folder_close)
        TEST(a_skill_is_found_in_any_case_of_letters),
        TEST(a_folder_without_servers_has_none),
        TEST(servers_are_read_with_the_folder_in_their_texts),
        TEST(servers_that_cannot_be_started_are_refused),
        TEST(resources_are_listed_by_their_kinds),
        TEST(a_folder_without_resources_lists_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

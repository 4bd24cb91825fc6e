#include "api/v0/vscode_plugin.h"

#include "api/v0/environment.h"
#include "server/base/json.h"
#include "tests/support/folder.h"
#include "tests/support/text.h"

static void the_path_is_that_given_or_that_of_a_shared_host(void **state)
{
    (void)state;
    static const struct {
        struct str given;
        struct str url;
        struct str id;
        const char *path;
    } cases[] = {
        {STR_INIT("/a/b"), STR_INIT(""), STR_INIT(""), "/a/b"},
        {STR_INIT("a/"), STR_INIT("https://h/id"), STR_INIT("id"), "/a"},
        {STR_INIT("/"), STR_INIT(""), STR_INIT(""), ""},
        {STR_INIT(""), STR_INIT("https://h/id"), STR_INIT("id"), "/id/vscode"},
        {STR_INIT(""), STR_INIT("https://h:8080/id/x?q#f"), STR_INIT("id"), "/id/vscode"},
        {STR_INIT(""), STR_INIT("https://id.h"), STR_INIT("id"), ""},
        {STR_INIT(""), STR_INIT("https://h/other"), STR_INIT("id"), ""},
        {STR_INIT(""), STR_INIT("https://h/id"), STR_INIT(""), ""},
        {STR_INIT(""), STR_INIT(""), STR_INIT("id"), ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct v0_environment environment = {.vscode_base_path = cases[i].given,
                                                   .runtime_url = cases[i].url,
                                                   .runtime_id = cases[i].id};
        scoped_buf struct buf path = {0};
        v0_vscode_base_path(&environment, &path);
        assert_text(buf_str(&path), cases[i].path);
    }
}

static void settings_are_written_for_everybody(void **state)
{
    (void)state;
    struct stat status;
    struct doc_error at;
    v0_vscode_write_settings(str_from(folder_path("new")));
    v0_vscode_write_settings(str_from(folder_path("new"))); /* a second start */
    assert_int_equal(stat(folder_path("new/.vscode/settings.json"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0666);
    struct doc *doc = doc_parse(folder_read("new/.vscode/settings.json"), &at);
    assert_non_null(doc);
    assert_int_equal(doc_count(doc_root(doc)), 3);
    doc_free(doc);
}

static void settings_that_cannot_be_written_are_let_be(void **state)
{
    (void)state;
    folder_write("file", "");
    v0_vscode_write_settings(str_from(folder_path("file")));
    v0_vscode_write_settings(STR("relative"));
    assert_file("file", "");
}

#define FOLDER_TEST(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_path_is_that_given_or_that_of_a_shared_host),
        FOLDER_TEST(settings_are_written_for_everybody),
        FOLDER_TEST(settings_that_cannot_be_written_are_let_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/config/config_file.h"

#include <fcntl.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "tests/support/test.h"

static void expect_error(const char *text, const char *expected)
{
    struct error error;
    scoped_buf struct buf out = {0};
    assert_false(config_file_parse("c.json", str_from(text), &out, &error));
    assert_string_equal(error.text, expected);
}

static void known_options_are_kept(void **state)
{
    (void)state;
    struct error error;
    scoped_buf struct buf out = {0};
    assert_true(config_file_parse(
        "c.json", STR("{\"vscode_port\": 7, \"webhooks\": [{\"base_url\": \"x\"}]}"), &out,
        &error));
    assert_string_equal(out.data, "{\"webhooks\":[{\"base_url\":\"x\"}],\"vscode_port\":7}");
}

static void what_the_file_cannot_set_is_dropped(void **state)
{
    (void)state;
    struct error error;
    scoped_buf struct buf out = {0};
    assert_true(config_file_parse(
        "c.json", STR("{\"port\":1,\"session_api_key\":\"x\",\"build_git_sha\":\"y\",\"help\":1}"),
        &out, &error));
    assert_string_equal(out.data, "{}");
}

static void a_file_that_is_no_object_is_refused(void **state)
{
    (void)state;
    expect_error("[]", "Config file must contain a JSON object: c.json");
    expect_error("null", "Config file must contain a JSON object: c.json");
    expect_error("", "config file 'c.json': Expecting value at character 0");
    expect_error("{\"a\":}", "config file 'c.json': Expecting value at character 5");
    expect_error("{\"a\":\"\xff\"}", "config file 'c.json': not UTF-8 at character 0");
}

static void a_missing_file_is_empty(void **state)
{
    (void)state;
    struct error error;
    bool is_present = true;
    scoped_buf struct buf out = {0};
    assert_true(config_file_read("/nonexistent/config.json", &out, &is_present, &error));
    assert_false(is_present);
    assert_string_equal(out.data, "{}");
}

static void a_directory_is_refused(void **state)
{
    (void)state;
    struct error error;
    bool is_present;
    scoped_buf struct buf out = {0};
    assert_false(config_file_read("/", &out, &is_present, &error));
    assert_string_equal(error.text, "config file '/': Is a directory");
}

static bool read_file_of(size_t bytes, struct error *error)
{
    char path[] = "/tmp/config-file-test-XXXXXX";
    scoped_fd int fd = mkstemp(path);
    assert_true(fd >= 0);
    scoped_free char *text = mem_alloc(bytes);
    memset(text, ' ', bytes);
    memcpy(text, "{}", 2);
    assert_int_equal(write(fd, text, bytes), bytes);
    bool is_present;
    scoped_buf struct buf out = {0};
    const bool is_ok = config_file_read(path, &out, &is_present, error);
    (void)unlink(path); /* a leftover in /tmp does no harm */
    return is_ok;
}

static void a_file_may_be_as_large_as_the_limit(void **state)
{
    (void)state;
    struct error error;
    assert_true(read_file_of(CONFIG_FILE_MAX_BYTES, &error));
    assert_false(read_file_of(CONFIG_FILE_MAX_BYTES + 8192, &error));
    assert_int_equal(error.code, ERROR_TOO_LARGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_options_are_kept),
        cmocka_unit_test(what_the_file_cannot_set_is_dropped),
        cmocka_unit_test(a_file_that_is_no_object_is_refused),
        cmocka_unit_test(a_missing_file_is_empty),
        cmocka_unit_test(a_directory_is_refused),
        cmocka_unit_test(a_file_may_be_as_large_as_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/base/error.h"

#include <errno.h>

#include "server/base/str.h"
#include "tests/support/test.h"

static void setting_an_error_returns_false_and_keeps_code_and_text(void **state)
{
    (void)state;
    struct error error = {0};
    assert_false(error_set(&error, ERROR_NOT_FOUND, "no session '%s'", "abc"));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_int_equal(error.sys_errno, 0);
    assert_string_equal(error.text, "no session 'abc'");
}

static void an_errno_gives_the_code_and_ends_the_text(void **state)
{
    (void)state;
    static const struct {
        int sys_errno;
        enum error_code code;
    } cases[] = {
        {ENOENT, ERROR_NOT_FOUND},   {EACCES, ERROR_FORBIDDEN}, {EEXIST, ERROR_CONFLICT},
        {EISDIR, ERROR_INVALID},     {ENOSPC, ERROR_NO_SPACE},  {EFBIG, ERROR_TOO_LARGE},
        {EMFILE, ERROR_UNAVAILABLE}, {EIO, ERROR_INTERNAL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct error error = {0};
        assert_false(error_set_errno(&error, cases[i].sys_errno, "open '%s'", "/x"));
        assert_int_equal(error.code, cases[i].code);
        assert_int_equal(error.sys_errno, cases[i].sys_errno);
    }
    struct error error = {0};
    (void)error_set_errno(&error, ENOENT, "open '%s'", "/x");
    assert_string_equal(error.text, "open '/x': No such file or directory");
}

static void wrapping_puts_context_in_front(void **state)
{
    (void)state;
    struct error error = {0};
    (void)error_set_errno(&error, ENOENT, "open");
    assert_false(error_wrap(&error, "read %s", "config"));
    assert_string_equal(error.text, "read config: open: No such file or directory");
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_int_equal(error.sys_errno, ENOENT);
}

static void a_text_may_be_made_from_the_old_one(void **state)
{
    (void)state;
    struct error error = {0};
    (void)error_set(&error, ERROR_INVALID, "old");
    (void)error_set(&error, ERROR_INTERNAL, "new after %s", error.text);
    assert_string_equal(error.text, "new after old");
}

static void a_text_that_is_too_long_is_cut(void **state)
{
    (void)state;
    struct error error = {0};
    (void)error_set(&error, ERROR_INVALID, "%0*d", ERROR_TEXT_BYTES + 10, 0);
    assert_int_equal(strlen(error.text), ERROR_TEXT_BYTES - 1);
    (void)error_wrap(&error, "context");
    assert_int_equal(strlen(error.text), ERROR_TEXT_BYTES - 1);
    assert_memory_equal(error.text, "context: 000", 12);
    (void)error_set_errno(&error, EIO, "%0*d", ERROR_TEXT_BYTES - 2, 0);
    assert_int_equal(strlen(error.text), ERROR_TEXT_BYTES - 1);
}

static void no_error_pointer_is_fine(void **state)
{
    (void)state;
    assert_false(error_set(NULL, ERROR_INVALID, "x"));
    assert_false(error_set_errno(NULL, EIO, "x"));
    assert_false(error_wrap(NULL, "x"));
}

static void codes_have_a_status_and_a_name(void **state)
{
    (void)state;
    assert_int_equal(error_http_status(ERROR_UNPROCESSABLE), 422);
    assert_int_equal(error_http_status(ERROR_NO_SPACE), 507);
    assert_string_equal(error_code_name(ERROR_TOO_LARGE), "too_large");
    assert_string_equal(error_code_name(ERROR_NONE), "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(setting_an_error_returns_false_and_keeps_code_and_text),
        cmocka_unit_test(an_errno_gives_the_code_and_ends_the_text),
        cmocka_unit_test(wrapping_puts_context_in_front),
        cmocka_unit_test(a_text_may_be_made_from_the_old_one),
        cmocka_unit_test(a_text_that_is_too_long_is_cut),
        cmocka_unit_test(no_error_pointer_is_fine),
        cmocka_unit_test(codes_have_a_status_and_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

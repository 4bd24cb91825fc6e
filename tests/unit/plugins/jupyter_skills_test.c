#include "plugins/jupyter/skills.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static void the_package_of_the_image_is_tried_first_and_ours_after_it(void **state)
{
    (void)state;
    scoped_buf struct buf code = {0};
    jupyter_skills_code(&code);
    const struct str text = buf_str(&code);
    const size_t first = str_find(text, STR("agentskills import *\n"));
    const size_t folder = str_find(text, STR("share/actiond/python\")"));
    assert_true(first < folder);
    assert_true(folder != SIZE_MAX);
    assert_true(str_ends_with(text, STR("agentskills import *\n")));
}

static void the_editor_is_this_program(void **state)
{
    (void)state;
    scoped_buf struct buf code = {0};
    jupyter_skills_code(&code);
    assert_true(str_contains(buf_str(&code), STR("unit_plugins_jupyter_skills\"\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_package_of_the_image_is_tried_first_and_ours_after_it),
        cmocka_unit_test(the_editor_is_this_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "plugins/jupyter/skills.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static void the_names_come_from_our_folder(void **state)
{
    (void)state;
    scoped_buf struct buf code = {0};
    jupyter_skills_code(&code);
    const struct str text = buf_str(&code);
    assert_true(str_contains(text, STR("share/actiond/python\")")));
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
        cmocka_unit_test(the_names_come_from_our_folder),
        cmocka_unit_test(the_editor_is_this_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

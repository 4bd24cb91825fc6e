#include "api/v0/reply.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "tests/support/text.h"

static void values_are_shown_as_python_shows_them(void **state)
{
    (void)state;
    static const struct {
        struct str json;
        const char *text;
    } cases[] = {
        {STR_INIT("null"), "None"},
        {STR_INIT("[true,false,1,-2.5]"), "[True, False, 1, -2.5]"},
        {STR_INIT("\"it's\""), "\"it's\""},
        {STR_INIT("{}"), "{}"},
        {STR_INIT("{\"a\":{\"b\":[]}}"), "{'a': {'b': []}}"},
        {STR_INIT("{\"loc\":[\"body\",\"file\"]}"), "{'loc': ('body', 'file')}"},
        {STR_INIT("{\"loc\":[\"body\"]}"), "{'loc': ('body',)}"},
        {STR_INIT("[{\"type\":\"missing\",\"loc\":[\"query\",\"path\"],\"msg\":\"Field "
                  "required\",\"input\":null}]"),
         "[{'type': 'missing', 'loc': ('query', 'path'), 'msg': 'Field required', 'input': "
         "None}]"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf text = {0};
        v0_print_python(cases[i].json, &text);
        assert_text(buf_str(&text), cases[i].text);
    }
}

static void values_without_an_end_in_sight_are_cut(void **state)
{
    (void)state;
    scoped_buf struct buf json = {0};
    scoped_buf struct buf text = {0};
    for (int i = 0; i < 1000; i++)
        buf_append_byte(&json, '[');
    for (int i = 0; i < 1000; i++)
        buf_append_byte(&json, ']');
    v0_print_python(buf_str(&json), &text);
    assert_true(str_contains(buf_str(&text), STR("[...]")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_shown_as_python_shows_them),
        cmocka_unit_test(values_without_an_end_in_sight_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

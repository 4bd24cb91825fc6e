#include "pty/screen_width.h"

#include "server/base/attributes.h"
#include "tests/support/test.h"

static void characters_take_the_columns_that_the_c_library_gives_them(void **state)
{
    (void)state;
    static const struct {
        unsigned code_point;
        int width;
    } cases[] = {
        {'a', 1},     {' ', 1},     {'~', 1},     {0xA0, 1},    {0xE9, 1},     {0x2FF, 1},
        {0xAD, 1},    {0x3B1, 1},   {0x2500, 1},  {0x2713, 1},  {0x10FFFD, 1}, {0xFFFD, 1},
        {0x300, 0},   {0x36F, 0},   {0x200B, 0},  {0x200D, 0},  {0xFE0F, 0},   {0xE01EF, 0},
        {0x1160, 0},  {0x11FF, 0},  {0x20E3, 0},  {0x600, 1},   {0x1100, 2},   {0x115F, 2},
        {0x3000, 2},  {0x3042, 2},  {0x4E00, 2},  {0x9FFF, 2},  {0xAC00, 2},   {0xD7A3, 2},
        {0xFF01, 2},  {0xFF61, 1},  {0x1F600, 2}, {0x1F44D, 2}, {0x1F3FB, 2},  {0x1F1E6, 1},
        {0x20000, 2}, {0x3FFFD, 2},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_int_equal(screen_width(cases[i].code_point), cases[i].width);
}

static void controls_are_no_part_of_a_text(void **state)
{
    (void)state;
    static const unsigned controls[] = {0, 1, '\n', 0x1F, 0x7F, 0x80, 0x9B, 0x9F};
    for (size_t i = 0; i < ARRAY_SIZE(controls); i++)
        assert_int_equal(screen_width(controls[i]), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_take_the_columns_that_the_c_library_gives_them),
        cmocka_unit_test(controls_are_no_part_of_a_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

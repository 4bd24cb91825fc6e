#include "agent/memory.h"

#include "server/base/utf8.h"
#include "tests/support/folder.h"

static void assert_memory(const char *expected)
{
    scoped_buf struct buf text = {0};
    memory_read(folder_path("state"), "/h", folder_path("work"), &text);
    assert_string_equal(text.len == 0 ? "" : text.data, expected);
}

static void nothing_noted_is_nothing(void **state)
{
    (void)state;
    folder_write("state/memory/MEMORY.md", " \n");
    assert_memory("");
}

static void the_user_s_notes_come_before_the_project_s(void **state)
{
    (void)state;
    scoped_buf struct buf expected = {0};
    folder_write("state/memory/MEMORY.md", "likes tea\n");
    folder_write("work/.openhands/memory/MEMORY.md", "make test\n");
    buf_printf(&expected,
               "# User memory (%s/memory/MEMORY.md)\nlikes tea\n\n"
               "# Project memory (.openhands/memory/MEMORY.md)\nmake test",
               folder_path("state"));
    assert_memory(expected.data);
}

static void the_usual_folder_is_called_by_its_short_name(void **state)
{
    (void)state;
    scoped_buf struct buf name = {0};
    memory_user_folder("/h/.openhands", "/h", &name);
    assert_string_equal(name.data, "~/.openhands/memory");
}

/* Lines "0000", "0001", … */
static void write_long(const char *name, size_t lines)
{
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < lines; i++)
        buf_printf(&text, "%04zu\n", i);
    folder_write(name, text.data);
}

static void long_notes_lose_their_beginning(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    write_long("state/memory/MEMORY.md", 2000);
    write_long("work/.openhands/memory/MEMORY.md", 10);
    memory_read(folder_path("state"), "/h", folder_path("work"), &text);
    const struct str all = buf_str(&text);
    assert_true(utf8_count(all) <= MEMORY_MAX_CHARS);
    assert_true(utf8_count(all) > MEMORY_MAX_CHARS - 40);
    assert_true(str_contains(all, STR("MEMORY.md)\n[earlier memory truncated]\n")));
    assert_true(str_contains(all, STR("\n1999\n\n# Project memory")));
    assert_true(str_contains(all, STR("\n0000\n0001\n")));
}

static void two_long_files_share_the_room(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    write_long("state/memory/MEMORY.md", 2000);
    write_long("work/.openhands/memory/MEMORY.md", 3000);
    memory_read(folder_path("state"), "/h", folder_path("work"), &text);
    const struct str all = buf_str(&text);
    const size_t project = str_find(all, STR("# Project memory"));
    assert_true(utf8_count(all) <= MEMORY_MAX_CHARS);
    assert_true(project > MEMORY_MAX_CHARS / 2 - 200 && project < MEMORY_MAX_CHARS / 2 + 200);
    assert_true(str_ends_with(all, STR("\n2999")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, folder_open, folder_close)
        TEST(nothing_noted_is_nothing),
        TEST(the_user_s_notes_come_before_the_project_s),
        TEST(the_usual_folder_is_called_by_its_short_name),
        TEST(long_notes_lose_their_beginning),
        TEST(two_long_files_share_the_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

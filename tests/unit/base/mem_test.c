#include "server/base/mem.h"

#include <fcntl.h>
#include <unistd.h>

#include "tests/support/text.h"

static void zeroed_memory_is_zero(void **state)
{
    (void)state;
    scoped_free char *memory = mem_zero(100, 3);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(memory[i], 0);
}

static void resizing_keeps_the_content(void **state)
{
    (void)state;
    scoped_free char *memory = mem_strdup("abc");
    memory = mem_resize(memory, 1000);
    assert_string_equal(memory, "abc");
}

static void asking_for_nothing_gives_memory_that_can_be_freed(void **state)
{
    (void)state;
    scoped_free void *nothing = mem_alloc(0);
    scoped_free void *no_items = mem_zero(0, 8);
    assert_non_null(nothing);
    assert_non_null(no_items);
}

static void a_copy_of_some_bytes_ends_in_nul(void **state)
{
    (void)state;
    scoped_free char *copy = mem_strndup("abcdef", 3);
    scoped_free char *empty = mem_strndup(NULL, 0);
    assert_string_equal(copy, "abc");
    assert_string_equal(empty, "");
}

static void a_pointer_that_is_taken_leaves_its_owner_empty(void **state)
{
    (void)state;
    scoped_free char *owner = mem_strdup("x");
    scoped_free char *taken = take_pointer(&owner);
    assert_null(owner);
    assert_string_equal(taken, "x");
}

static void a_scoped_descriptor_is_closed_at_the_end(void **state)
{
    (void)state;
    int number;
    {
        scoped_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        number = fd;
        assert_true(fd >= 0);
    }
    assert_int_equal(fcntl(number, F_GETFD), -1);
}

static void a_descriptor_that_is_taken_stays_open(void **state)
{
    (void)state;
    int taken;
    {
        scoped_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
        taken = take_fd(&fd);
        assert_int_equal(fd, -1);
    }
    assert_true(fcntl(taken, F_GETFD) >= 0);
    fd_close(&taken);
    assert_int_equal(taken, -1);
    fd_close(&taken);
}

static void arena_memory_is_aligned_and_does_not_overlap(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *blocks[200];
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
        blocks[i] = arena_alloc(&arena, i);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        memset(blocks[i], (int)i, i);
    }
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
        for (size_t j = 0; j < i; j++)
            assert_int_equal((unsigned char)blocks[i][j], i);
    }
    arena_fini(&arena);
}

static void an_arena_gives_blocks_of_any_size(void **state)
{
    (void)state;
    struct arena arena = {0};
    char *large = arena_zero(&arena, 1000, 1000);
    char *small = arena_alloc(&arena, 1);
    *small = 'x';
    assert_int_equal(large[999999], 0);
    assert_true(arena.used_bytes >= 1000001);
    arena_fini(&arena);
    assert_int_equal(arena.used_bytes, 0);
    arena_fini(&arena);
}

static void arena_copies_end_in_nul(void **state)
{
    (void)state;
    struct arena arena = {0};
    const struct str copy = arena_copy(&arena, str_slice(STR("abcdef"), 0, 3));
    assert_text(copy, "abc");
    assert_int_equal(copy.data[3], '\0');
    assert_string_equal(arena_cstr(&arena, STR_NULL), "");
    assert_text(arena_printf(&arena, "%d%%", 50), "50%");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_memory_is_zero),
        cmocka_unit_test(resizing_keeps_the_content),
        cmocka_unit_test(asking_for_nothing_gives_memory_that_can_be_freed),
        cmocka_unit_test(a_copy_of_some_bytes_ends_in_nul),
        cmocka_unit_test(a_pointer_that_is_taken_leaves_its_owner_empty),
        cmocka_unit_test(a_scoped_descriptor_is_closed_at_the_end),
        cmocka_unit_test(a_descriptor_that_is_taken_stays_open),
        cmocka_unit_test(arena_memory_is_aligned_and_does_not_overlap),
        cmocka_unit_test(an_arena_gives_blocks_of_any_size),
        cmocka_unit_test(arena_copies_end_in_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

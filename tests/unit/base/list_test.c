#include "server/base/list.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "tests/support/text.h"

struct thing {
    char name;
    struct list link;
};

static void names(const struct list *head, struct buf *out)
{
    for (struct list *link = list_first(head); link != NULL; link = list_next(head, link))
        buf_append_byte(out, container_of(link, struct thing, link)->name);
}

static void a_new_list_is_empty(void **state)
{
    (void)state;
    struct list head;
    list_init(&head);
    assert_true(list_is_empty(&head));
    assert_null(list_first(&head));
}

static void a_zeroed_list_is_empty(void **state)
{
    (void)state;
    const struct list head = {0};
    assert_true(list_is_empty(&head));
    assert_null(list_first(&head));
}

static void items_come_in_the_order_they_were_appended(void **state)
{
    (void)state;
    struct list head;
    struct thing things[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
    list_init(&head);
    for (size_t i = 0; i < ARRAY_SIZE(things); i++)
        list_append(&head, &things[i].link);
    scoped_buf struct buf seen = {0};
    names(&head, &seen);
    assert_text(buf_str(&seen), "abc");
}

static void an_item_leaves_the_list_once(void **state)
{
    (void)state;
    struct list head;
    struct thing things[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
    list_init(&head);
    for (size_t i = 0; i < ARRAY_SIZE(things); i++)
        list_append(&head, &things[i].link);
    list_remove(&things[1].link);
    list_remove(&things[1].link);
    scoped_buf struct buf seen = {0};
    names(&head, &seen);
    assert_text(buf_str(&seen), "ac");
    assert_false(list_is_linked(&things[1].link));
    assert_true(list_is_linked(&things[0].link));
}

static void an_item_that_left_may_come_back(void **state)
{
    (void)state;
    struct list head;
    struct thing thing = {.name = 'a'};
    list_init(&head);
    list_remove(&thing.link);
    list_append(&head, &thing.link);
    list_remove(&thing.link);
    assert_true(list_is_empty(&head));
    list_append(&head, &thing.link);
    assert_ptr_equal(list_first(&head), &thing.link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_list_is_empty),
        cmocka_unit_test(a_zeroed_list_is_empty),
        cmocka_unit_test(items_come_in_the_order_they_were_appended),
        cmocka_unit_test(an_item_leaves_the_list_once),
        cmocka_unit_test(an_item_that_left_may_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/config/config_merge.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/test.h"

struct merge_case {
    const char *base; /* NULL: absent */
    const char *over;
    bool null_wins;
    const char *expected;
};

static struct doc *parse(const char *text)
{
    struct doc_error at;
    return text == NULL ? NULL : doc_parse(str_from(text), &at);
}

static void expect(const struct merge_case *c)
{
    struct doc *base = parse(c->base);
    struct doc *over = parse(c->over);
    scoped_buf struct buf out = {0};
    config_merge(base == NULL ? NULL : doc_root(base), over == NULL ? NULL : doc_root(over),
                 c->null_wins, &out);
    assert_string_equal(out.data, c->expected);
    doc_free(base);
    doc_free(over);
}

static void objects_are_merged_member_by_member(void **state)
{
    (void)state;
    expect(&(struct merge_case){"{\"a\":1,\"b\":{\"c\":2,\"d\":3}}", "{\"b\":{\"d\":4},\"e\":5}",
                                true, "{\"a\":1,\"b\":{\"c\":2,\"d\":4},\"e\":5}"});
}

static void lists_are_merged_item_by_item(void **state)
{
    (void)state;
    const struct merge_case cases[] = {
        {"[1,2,3]", "[4]", true, "[4,2,3]"},
        {"[1]", "[2,3]", true, "[2,3]"},
        {"[{\"a\":1}]", "[{\"b\":2}]", true, "[{\"a\":1,\"b\":2}]"},
        {"[]", "[]", true, "[]"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect(&cases[i]);
}

static void other_values_are_replaced(void **state)
{
    (void)state;
    const struct merge_case cases[] = {
        {"1", "\"x\"", true, "\"x\""},
        {"{\"a\":1}", "[1]", true, "[1]"},
        {"[1]", "2", true, "2"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        expect(&cases[i]);
}

static void an_absent_side_leaves_the_other(void **state)
{
    (void)state;
    expect(&(struct merge_case){"{\"a\":1}", NULL, true, "{\"a\":1}"});
    expect(&(struct merge_case){NULL, "{\"a\":1}", true, "{\"a\":1}"});
    expect(&(struct merge_case){NULL, "null", false, "null"});
}

static void null_replaces_only_where_it_may(void **state)
{
    (void)state;
    expect(&(struct merge_case){"{\"a\":1}", "{\"a\":null}", true, "{\"a\":null}"});
    expect(&(struct merge_case){"{\"a\":1}", "{\"a\":null}", false, "{\"a\":1}"});
}

static void deep_values_are_replaced_whole(void **state)
{
    (void)state;
    expect(&(struct merge_case){"[[[[[[[[[[1,2]]]]]]]]]]", "[[[[[[[[[[3]]]]]]]]]]", true,
                                "[[[[[[[[[[3]]]]]]]]]]"});
}

static void replacing_takes_members_whole(void **state)
{
    (void)state;
    struct doc *base = parse("{\"a\":[1,2],\"b\":{\"c\":1}}");
    struct doc *over = parse("{\"a\":[3],\"b\":{\"d\":2},\"e\":null}");
    scoped_buf struct buf out = {0};
    config_replace(doc_root(base), doc_root(over), &out);
    assert_string_equal(out.data, "{\"a\":[3],\"b\":{\"d\":2},\"e\":null}");
    doc_free(base);
    doc_free(over);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_merged_member_by_member),
        cmocka_unit_test(lists_are_merged_item_by_item),
        cmocka_unit_test(other_values_are_replaced),
        cmocka_unit_test(an_absent_side_leaves_the_other),
        cmocka_unit_test(null_replaces_only_where_it_may),
        cmocka_unit_test(deep_values_are_replaced_whole),
        cmocka_unit_test(replacing_takes_members_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

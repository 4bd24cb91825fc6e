#include "server/http/range.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static const struct {
    const char *header;
    uint64_t size;
    const char *expected;
} cases[] = {
    {"bytes=0-2", 10, "0-3"},
    {"BYTES=0-1", 10, "0-2"},
    {"bytes=7-", 10, "7-10"},
    {"bytes=-3", 10, "7-10"},
    {"bytes=-50", 10, "0-10"},
    {"bytes=5-500", 10, "5-10"},
    {"bytes=4-4", 10, "4-5"},
    {"bytes=0-1, 5-6", 10, "0-2,5-7"},
    {"bytes=5-6,0-1", 10, "0-2,5-7"},
    {"bytes=0-1,2-3", 10, "0-4"},
    {"bytes=0-4,3-6", 10, "0-7"},
    {"bytes=0-0,2-2,4-4,1-3", 10, "0-5"},
    {"bytes=0-1,letters", 10, "0-2"},
    {"bytes=50-60", 10, "outside"},
    {"bytes=10-", 10, "outside"},
    {"bytes=0-1,50-60", 10, "outside"},
    {"bytes=-0", 10, "outside"},
    {"bytes=--1", 10, "outside"},
    {"bytes=0-1", 0, "outside"},
    {"bytes=-1", 0, "outside"},
    {"bytes=5-2", 10, "Range header: start must be less than end"},
    {"items=0-1", 10, "Only support bytes range"},
    {"0-1", 10, "Malformed range header."},
    {"", 10, "Malformed range header."},
    {"bytes=", 10, "Range header: range must be requested"},
    {"bytes=-", 10, "Range header: range must be requested"},
    {"bytes=a-b", 10, "Range header: range must be requested"},
};

static void describe(struct str header, uint64_t size, struct buf *out)
{
    struct range_list list;
    const enum range_outcome outcome = range_parse(header, size, &list);
    if (outcome == RANGE_UNSATISFIABLE)
        buf_append(out, STR("outside"));
    if (outcome == RANGE_IGNORED)
        buf_append(out, STR("ignored"));
    if (outcome == RANGE_MALFORMED)
        buf_append(out, str_from(list.problem));
    for (size_t i = 0; outcome == RANGE_PARTIAL && i < list.count; i++)
        buf_printf(out, "%s%llu-%llu", i == 0 ? "" : ",", (unsigned long long)list.items[i].start,
                   (unsigned long long)list.items[i].end);
}

static void headers_become_sorted_disjoint_ranges(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf text = {0};
        describe(str_from(cases[i].header), cases[i].size, &text);
        assert_string_equal(text.data, cases[i].expected);
    }
}

static void ask_for_parts(size_t count, struct buf *out)
{
    scoped_buf struct buf header = {0};
    buf_append(&header, STR("bytes="));
    for (size_t i = 0; i < count; i++)
        buf_printf(&header, "%s%zu-%zu", i == 0 ? "" : ",", 4 * i, 4 * i + 1);
    describe(buf_str(&header), 1 << 20, out);
}

static void the_number_of_parts_is_limited(void **state)
{
    (void)state;
    scoped_buf struct buf at_the_limit = {0};
    scoped_buf struct buf past_the_limit = {0};
    ask_for_parts(RANGE_MAX_COUNT, &at_the_limit);
    ask_for_parts(RANGE_MAX_COUNT + 1, &past_the_limit);
    assert_true(str_starts_with(buf_str(&at_the_limit), STR("0-2,4-6,")));
    assert_string_equal(past_the_limit.data, "ignored");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_become_sorted_disjoint_ranges),
        cmocka_unit_test(the_number_of_parts_is_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

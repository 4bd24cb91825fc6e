#include "api/resources.h"

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "tests/support/text.h"

static double percent_at(struct resources_sample *sample, uint64_t now_us)
{
    scoped_buf struct buf out = {0};
    struct jsonw w;
    struct doc_error at;
    clock_set_fake(now_us, 0);
    jsonw_init(&w, &out);
    jsonw_object(&w);
    resources_write(sample, &w);
    jsonw_end(&w);
    clock_set_fake(0, -1);
    struct doc *doc = doc_parse(buf_str(&out), &at);
    assert_non_null(doc);
    const struct doc_value *resources = doc_find(doc_root(doc), STR("resources"));
    const struct doc_value *percent = doc_find(resources, STR("cpu_percent"));
    assert_int_equal(doc_kind(percent), DOC_DOUBLE);
    const double value = doc_double(percent);
    doc_free(doc);
    return value;
}

static void a_share_is_that_since_the_sample_before(void **state)
{
    (void)state;
    struct resources_sample sample = {.at_us = 1000000, .cpu_us = 0};
    /* All that this test has used so far, in a tenth of a second that is none. */
    assert_true(percent_at(&sample, 1100000) >= 0);
    assert_int_equal(sample.at_us, 1100000);
    assert_true(sample.cpu_us > 0);
}

static void one_who_asks_in_a_row_gets_the_same_figure(void **state)
{
    (void)state;
    struct resources_sample sample = {.at_us = 1000000, .cpu_us = 0, .percent = 12.5};
    assert_true(percent_at(&sample, 1099999) == 12.5);
    assert_int_equal(sample.at_us, 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_share_is_that_since_the_sample_before),
        cmocka_unit_test(one_who_asks_in_a_row_gets_the_same_figure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

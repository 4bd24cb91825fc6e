#include "agent/agent_time.h"

#include <stdlib.h>
#include <time.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "tests/support/test.h"

#define NOW_US 1795227799667816 /* 2026-11-21T02:23:19.667816Z */

static struct buf text;

static int set_clock(void **state)
{
    (void)state;
    setenv("TZ", "IST-5:30", 1);
    tzset();
    clock_set_fake(0, NOW_US);
    return 0;
}

static int set_back(void **state)
{
    (void)state;
    clock_set_fake(0, -1);
    buf_fini(&text);
    return 0;
}

static const char *now_as(const char *time)
{
    buf_clear(&text);
    agent_time_now(str_from(time), &text);
    return text.data;
}

static const char *brief(const char *time)
{
    buf_clear(&text);
    agent_time_brief(str_from(time), &text);
    return text.data;
}

static void now_is_told_in_the_zone_of_the_client(void **state)
{
    (void)state;
    assert_string_equal(now_as("2020-01-01T00:00:00+08:00"), "2026-11-21T10:23:19.667816+08:00");
    assert_string_equal(now_as("2020-01-01T00:00:00.5-03:30"), "2026-11-20T22:53:19.667816-03:30");
    assert_string_equal(now_as("2020-01-01T00:00-0330"), "2026-11-20T22:53:19.667816-03:30");
    assert_string_equal(now_as("2020-01-01T00:00:00Z"), "2026-11-21T02:23:19.667816Z");
}

static void without_a_zone_now_is_local(void **state)
{
    (void)state;
    static const char *const times[] = {"", "2020-01-01", "2020-01-01T00:00:00",
                                        "2020-01-01 00:00"};
    for (size_t i = 0; i < ARRAY_SIZE(times); i++)
        assert_string_equal(now_as(times[i]), "2026-11-21T07:53:19.667816+05:30");
}

static void a_prompt_shows_the_minute_and_the_offset(void **state)
{
    (void)state;
    assert_string_equal(brief("2026-11-21T07:53:19.667816+05:30"), "2026-11-21T07:53+05:30");
    assert_string_equal(brief("2026-11-21T02:23:19.667816Z"), "2026-11-21T02:23+00:00");
    assert_string_equal(brief("2026-11-21T02:23:19"), "2026-11-21T02:23");
    assert_string_equal(brief("2026-11-21"), "2026-11-21");
}

static void a_text_of_its_own_stays_as_it_is(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "Tuesday", "1700000000", "2026-11-21 in the morning",
                                        "2026"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        assert_false(agent_time_is_iso(str_from(texts[i])));
        buf_clear(&text);
        agent_time_brief(str_from(texts[i]), &text);
        assert_true(str_equal(buf_str(&text), str_from(texts[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_clock, set_back)
        TEST(now_is_told_in_the_zone_of_the_client),
        TEST(without_a_zone_now_is_local),
        TEST(a_prompt_shows_the_minute_and_the_offset),
        TEST(a_text_of_its_own_stays_as_it_is),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "server/base/event_stream.h"

#include "tests/support/test.h"

static struct buf seen;
static int events_left;

static bool on_event(void *owner, struct str name, struct str data)
{
    (void)owner;
    buf_printf(&seen, "[%.*s|%.*s]", STR_ARG(name), STR_ARG(data));
    return --events_left != 0;
}

/* Fed in pieces of `step` bytes. */
static bool feed(const char *text, size_t step)
{
    struct event_stream stream;
    struct str rest = str_from(text);
    bool goes_on = true;
    buf_clear(&seen);
    event_stream_init(&stream, on_event, NULL);
    while (goes_on && rest.len > 0) {
        const size_t len = rest.len < step ? rest.len : step;
        goes_on = event_stream_feed(&stream, str_slice(rest, 0, len));
        rest = str_skip(rest, len);
    }
    event_stream_fini(&stream);
    return goes_on;
}

static void assert_events(const char *text, const char *events)
{
    for (size_t step = 1; step <= strlen(text); step++) {
        events_left = -1;
        assert_true(feed(text, step));
        assert_string_equal(seen.len == 0 ? "" : seen.data, events);
    }
}

static int forget(void **state)
{
    (void)state;
    buf_fini(&seen);
    return 0;
}

static void events_come_whole_wherever_they_are_cut(void **state)
{
    (void)state;
    assert_events("event: a\ndata: 1\n\ndata: 2\n\n", "[a|1][|2]");
}

static void lines_end_in_three_ways(void **state)
{
    (void)state;
    assert_events("data: 1\r\n\r\ndata: 2\r\rdata: 3\n\n", "[|1][|2][|3]");
    assert_events("data: 1\r\n\ndata: 2\n\r\n", "[|1][|2]");
}

static void lines_of_data_are_joined(void **state)
{
    (void)state;
    assert_events("data: 1\ndata:2\ndata\n\n", "[|1\n2\n]");
}

static void comments_and_unknown_fields_are_passed_over(void **state)
{
    (void)state;
    assert_events(": ping\n\nid: 5\nretry: 9\n\ndata: x\n\n", "[|x]");
}

static void the_last_id_stays(void **state)
{
    (void)state;
    struct event_stream stream;
    events_left = -1;
    event_stream_init(&stream, on_event, NULL);
    assert_true(event_stream_feed(&stream, STR("data: 0\n\n")));
    assert_int_equal(stream.last_id.len, 0);
    assert_true(event_stream_feed(&stream, STR("id: 4\ndata: 1\n\nid: 5\n\ndata: 2\n\n")));
    assert_string_equal(stream.last_id.data, "5");
    event_stream_fini(&stream);
}

static void an_event_without_its_end_does_not_come(void **state)
{
    (void)state;
    assert_events("data: 1\n\ndata: 2\n", "[|1]");
}

static void the_reader_may_stop(void **state)
{
    (void)state;
    events_left = 1;
    assert_false(feed("data: 1\n\ndata: 2\n\n", 100));
    assert_string_equal(seen.data, "[|1]");
}

static void an_endless_line_is_refused(void **state)
{
    (void)state;
    struct event_stream stream;
    static char many[1 << 20];
    memset(many, 'x', sizeof(many));
    bool goes_on = true;
    event_stream_init(&stream, on_event, NULL);
    for (int i = 0; i < 17 && goes_on; i++)
        goes_on = event_stream_feed(&stream, str_span(many, sizeof(many)));
    assert_false(goes_on);
    assert_true(event_stream_is_too_large(&stream));
    event_stream_fini(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(events_come_whole_wherever_they_are_cut, forget),
        cmocka_unit_test_teardown(lines_end_in_three_ways, forget),
        cmocka_unit_test_teardown(lines_of_data_are_joined, forget),
        cmocka_unit_test_teardown(comments_and_unknown_fields_are_passed_over, forget),
        cmocka_unit_test_teardown(the_last_id_stays, forget),
        cmocka_unit_test_teardown(an_event_without_its_end_does_not_come, forget),
        cmocka_unit_test_teardown(the_reader_may_stop, forget),
        cmocka_unit_test_teardown(an_endless_line_is_refused, forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

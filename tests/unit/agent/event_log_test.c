#include "agent/event_log.h"

#include "agent/event_index.h"
#include "server/base/clock.h"
#include "server/base/json.h"
#include "tests/support/folder.h"

static struct event_log *open_log(void)
{
    struct event_log *log;
    struct error error;
    assert_true(event_log_open(folder_path("events"), &log, &error));
    return log;
}

static size_t append(struct event_log *log, const char *members, uint32_t parent)
{
    const struct event_draft draft = {
        .kind = EVENT_MESSAGE, .source = EVENT_FROM_USER, .members = str_from(members)};
    size_t number;
    struct error error;
    assert_true(event_log_append(log, &draft, parent, NULL, &number, &error));
    return number;
}

static void assert_text_has(const struct event_log *log, size_t number, const char *part)
{
    scoped_buf struct buf text = {0};
    assert_true(event_log_read(log, number, &text));
    assert_true(str_contains(buf_str(&text), str_from(part)));
}

static bool exists(const char *name)
{
    return access(folder_path(name), F_OK) == 0;
}

static const char *const PYTHON_EVENT =
    "{\"id\":\"cd7cbaa2-a500-421a-a4b1-d246422d62af\",\"timestamp\":\"2026-11-21T08:21:25.7\","
    "\"source\":\"agent\",\"kind\":\"PauseEvent\"}";
static const char *const PYTHON_NAME =
    "events/event-00000-cd7cbaa2-a500-421a-a4b1-d246422d62af.json";

static void events_are_numbered_from_zero(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    assert_int_equal(event_log_count(log), 0);
    assert_int_equal(append(log, "\"a\":0", EVENT_NO_PARENT), 0);
    assert_int_equal(append(log, "\"a\":1", 0), 1);
    assert_int_equal(event_log_count(log), 2);
    assert_text_has(log, 1, "\"a\":1");
    event_log_close(log);
}

static void a_log_is_found_again(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    append(log, "\"a\":0", EVENT_NO_PARENT);
    append(log, "\"a\":1", 0);
    event_log_close(log);
    log = open_log();
    assert_int_equal(event_log_count(log), 2);
    assert_text_has(log, 0, "\"a\":0");
    assert_int_equal(event_log_record(log, 1)->parent, 0);
    assert_int_equal(append(log, "\"a\":2", 1), 2);
    event_log_close(log);
}

static void the_marker_names_the_count(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    append(log, "\"a\":0", EVENT_NO_PARENT);
    append(log, "\"a\":1", 0);
    assert_true(exists("events/.eventlog-len-2.marker"));
    assert_false(exists("events/.eventlog-len-1.marker"));
    event_log_close(log);
}

static void a_log_of_the_reference_is_continued(void **state)
{
    (void)state;
    folder_write(PYTHON_NAME, PYTHON_EVENT);
    folder_write("events/.eventlog-len-1.marker", "");
    struct event_log *log = open_log();
    assert_int_equal(event_log_count(log), 1);
    assert_int_equal(event_log_record(log, 0)->kind, EVENT_PAUSE);
    assert_int_equal(event_log_record(log, 0)->source, EVENT_FROM_AGENT);
    assert_int_equal(append(log, "\"a\":1", 0), 1);
    assert_text_has(log, 1, "\"parent_id\":\"cd7cbaa2-a500-421a-a4b1-d246422d62af\"");
    event_log_close(log);
}

static void what_another_writer_has_added_is_found(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    append(log, "\"a\":0", EVENT_NO_PARENT);
    event_log_close(log);
    folder_write("events/event-00001-cd7cbaa2-a500-421a-a4b1-d246422d62af.json", PYTHON_EVENT);
    assert_int_equal(unlink(folder_path("events/.eventlog-len-1.marker")), 0);
    folder_write("events/.eventlog-len-2.marker", "");
    log = open_log();
    assert_int_equal(event_log_count(log), 2);
    assert_int_equal(event_log_find(log, STR("cd7cbaa2-a500-421a-a4b1-d246422d62af")), 1);
    assert_int_equal(event_log_record(log, 1)->parent, 0);
    event_log_close(log);
}

static void a_crash_between_event_and_index_loses_nothing(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    append(log, "\"a\":0", EVENT_NO_PARENT);
    append(log, "\"a\":1", 0);
    event_log_close(log);
    assert_int_equal(truncate(folder_path("events/.actiond-index"), 40), 0);
    folder_write("events/.event-00002-x.json.y.tmp", "{\"id\":");
    log = open_log();
    assert_int_equal(event_log_count(log), 2);
    assert_text_has(log, 1, "\"a\":1");
    assert_false(exists("events/.event-00002-x.json.y.tmp"));
    event_log_close(log);
}

static void a_damaged_index_is_made_anew(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    append(log, "\"a\":0", EVENT_NO_PARENT);
    event_log_close(log);
    folder_write("events/.actiond-index", "something else altogether, longer than a header");
    log = open_log();
    assert_int_equal(event_log_count(log), 1);
    event_log_close(log);
}

static void a_gap_ends_the_log(void **state)
{
    (void)state;
    folder_write(PYTHON_NAME, PYTHON_EVENT);
    folder_write("events/event-00002-dd7cbaa2-a500-421a-a4b1-d246422d62af.json", PYTHON_EVENT);
    struct event_log *log = open_log();
    assert_int_equal(event_log_count(log), 1);
    event_log_close(log);
}

static void an_unreadable_event_is_marked(void **state)
{
    (void)state;
    folder_write(PYTHON_NAME, "{\"id\":");
    struct event_log *log = open_log();
    assert_int_equal(event_log_count(log), 1);
    assert_true(event_log_record(log, 0)->is_unreadable);
    event_log_close(log);
}

static void times_grow_while_the_clock_stands(void **state)
{
    (void)state;
    clock_set_fake(1, 1700000000000000);
    struct event_log *log = open_log();
    append(log, "\"a\":0", EVENT_NO_PARENT);
    append(log, "\"a\":1", 0);
    assert_int_equal(event_log_record(log, 1)->naive_us, event_log_record(log, 0)->naive_us + 1);
    assert_text_has(log, 1, ".000001\"");
    event_log_close(log);
    clock_set_fake(0, -1);
}

static void a_copy_keeps_its_text(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    struct error error;
    assert_true(event_log_append_copy(log, str_from(PYTHON_EVENT), &error));
    assert_true(exists(PYTHON_NAME));
    assert_text_has(log, 0, PYTHON_EVENT);
    assert_false(event_log_append_copy(log, STR("{}"), &error));
    assert_int_equal(event_log_count(log), 1);
    event_log_close(log);
}

static void a_folder_that_cannot_be_written_is_an_error(void **state)
{
    (void)state;
    struct event_log *log;
    struct error error;
    folder_write("events", "a file");
    assert_false(event_log_open(folder_path("events"), &log, &error));
    assert_int_not_equal(error.text[0], '\0');
}

static void many_events_are_found_by_id(void **state)
{
    (void)state;
    struct event_log *log = open_log();
    for (uint32_t i = 0; i < 300; i++)
        append(log, "\"a\":1", i == 0 ? EVENT_NO_PARENT : i - 1);
    const struct id_text first = id_uuid(event_log_record(log, 0)->id);
    assert_int_equal(event_log_find(log, str_from(first.text)), 0);
    assert_int_equal(event_log_find(log, STR("00000000-0000-0000-0000-000000000001")), SIZE_MAX);
    assert_int_equal(event_log_find(log, STR("no id")), SIZE_MAX);
    event_log_close(log);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_open, folder_close)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(events_are_numbered_from_zero),
        WITH_FOLDER(a_log_is_found_again),
        WITH_FOLDER(the_marker_names_the_count),
        WITH_FOLDER(a_log_of_the_reference_is_continued),
        WITH_FOLDER(what_another_writer_has_added_is_found),
        WITH_FOLDER(a_crash_between_event_and_index_loses_nothing),
        WITH_FOLDER(a_damaged_index_is_made_anew),
        WITH_FOLDER(a_gap_ends_the_log),
        WITH_FOLDER(an_unreadable_event_is_marked),
        WITH_FOLDER(times_grow_while_the_clock_stands),
        WITH_FOLDER(a_copy_keeps_its_text),
        WITH_FOLDER(a_folder_that_cannot_be_written_is_an_error),
        WITH_FOLDER(many_events_are_found_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "actions/command_log.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/command_log_search.h"
#include "actions/command_log_segment.h"
#include "actions/command_log_store.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "tests/support/folder.h"
#include "tests/support/test.h"

#define NOW_US    INT64_C(1735689600000000) /* 2025-01-01 */
#define SECOND_US INT64_C(1000000)

static struct command_log *command_log;
static int64_t max_bytes;
static int64_t retention_seconds;

static void open_log(void)
{
    command_log =
        command_log_new(&(struct command_log_options){.directory = str_from(folder_path("")),
                                                      .max_bytes = max_bytes,
                                                      .retention_seconds = retention_seconds});
}

static void reopen_log(void)
{
    command_log_free(command_log);
    open_log();
}

static int set_up(void **state)
{
    folder_open(state);
    max_bytes = 0;
    retention_seconds = 0;
    clock_set_fake(1000000, NOW_US);
    open_log();
    return 0;
}

static int tear_down(void **state)
{
    command_log_free(command_log);
    clock_set_fake(0, -1);
    return folder_close(state);
}

static const struct log_index *events(void)
{
    return command_log_index(command_log);
}

static size_t count_events(void)
{
    return log_index_count(events());
}

static struct id add_command(const char *text)
{
    struct record record = {.kind = RECORD_COMMAND, .command_text = str_from(text)};
    record.command.id = id_new();
    command_log_add_command(command_log, &record);
    return record.command.id;
}

/* The last event of a command that printed `text`. */
static struct id add_end(struct id command_id, int order, struct str text)
{
    struct command_tail tail = {0};
    if (text.len > 0)
        tail_append(&tail, COMMAND_STDOUT, text);
    struct record record = {.kind = RECORD_OUTPUT, .chunk = tail_chunk(&tail)};
    record.output.id = id_new();
    record.output.command_id = command_id;
    record.output.stdout_to = text.len;
    record.output.order = order;
    record.output.flags = RECORD_IS_LAST;
    command_log_add_output(command_log, &record);
    command_log_settle(command_log, command_id);
    tail_fini(&tail);
    return record.output.id;
}

static struct id add_finished(const char *text)
{
    struct id id = add_command(text);
    add_end(id, 0, str_from(text));
    return id;
}

static void add_data(struct id command_id, uint64_t from, struct str text)
{
    struct command_tail tail = {.all_from = from, .out_from = from};
    tail_append(&tail, COMMAND_STDOUT, text);
    struct command_chunk chunk = tail_chunk(&tail);
    command_log_add_data(command_log, command_id, &chunk);
    tail_fini(&tail);
}

static bool read_stdout(struct id command_id, uint64_t from, struct buf *out, uint64_t *ret_from)
{
    struct command_log_range range = {
        .command_id = command_id, .stream = COMMAND_STDOUT, .from = from, .limit = 1000};
    buf_clear(out);
    return command_log_output(command_log, &range, out, ret_from);
}

static void expect_stdout(struct id command_id, uint64_t from, const char *text)
{
    scoped_buf struct buf out = {0};
    uint64_t at;
    assert_true(read_stdout(command_id, from, &out, &at));
    assert_int_equal(at, from);
    assert_string_equal(out.data, text);
}

static const char *first_segment(void)
{
    return folder_path("segment-00000001.log");
}

static void nothing_is_made_before_the_first_event(void **state)
{
    (void)state;
    size_t count;
    free(segment_numbers(str_from(folder_path("")), &count));
    assert_int_equal(count, 0);
    add_command("true");
    free(segment_numbers(str_from(folder_path("")), &count));
    assert_int_equal(count, 1);
}

static void numbers_grow_by_one_and_times_never_stand_still(void **state)
{
    (void)state;
    add_command("a");
    add_command("b");
    clock_set_fake(1000000, NOW_US - 5000000); /* the clock is set back */
    add_command("c");
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(log_index_at(events(), i)->seq, i + 1);
        assert_int_equal(log_index_at(events(), i)->wall_us, NOW_US + (int64_t)i);
    }
}

static void a_restart_finds_events_and_output_again(void **state)
{
    (void)state;
    struct id id = add_finished("hello");
    uint64_t next = command_log_next_seq(command_log);
    reopen_log();
    assert_int_equal(count_events(), 2);
    assert_int_equal(command_log_next_seq(command_log), next);
    expect_stdout(id, 0, "hello");
    expect_stdout(id, 2, "llo");
}

static void output_in_several_records_is_one_stream(void **state)
{
    (void)state;
    struct id id = add_command("x");
    add_data(id, 0, STR("one "));
    add_data(id, 4, STR("two "));
    add_data(id, 8, STR("three"));
    for (unsigned i = 0; i < 2; i++) {
        expect_stdout(id, 0, "one ");
        expect_stdout(id, 5, "wo ");
        expect_stdout(id, 12, "e");
        add_end(add_command("y"), 0, STR(""));
        if (i == 0)
            add_end(id, 0, STR(""));
        reopen_log();
    }
}

static void output_after_the_last_event_follows_what_that_one_carries(void **state)
{
    (void)state;
    struct id id = add_command("daemon &");
    struct command_tail tail = {0};
    tail_append(&tail, COMMAND_STDOUT, STR("started"));
    struct record record = {.kind = RECORD_OUTPUT, .chunk = tail_chunk(&tail)};
    record.output.id = id_new();
    record.output.command_id = id;
    record.output.flags = RECORD_IS_LAST;
    command_log_add_output(command_log, &record);
    tail_fini(&tail);
    add_data(id, 7, STR(" and more"));
    expect_stdout(id, 0, "started");
    expect_stdout(id, 7, " and more");
    reopen_log();
    expect_stdout(id, 0, "started");
    expect_stdout(id, 7, " and more");
}

static void a_torn_end_is_cut_off(void **state)
{
    (void)state;
    struct id id = add_finished("kept");
    add_finished("torn");
    command_log_free(command_log);
    struct stat status;
    assert_int_equal(stat(first_segment(), &status), 0);
    assert_int_equal(truncate(first_segment(), status.st_size - 1), 0);
    open_log();
    assert_int_equal(count_events(), 3); /* the command is there, its last event is not */
    expect_stdout(id, 0, "kept");
    add_finished("after");
    reopen_log();
    assert_int_equal(count_events(), 5);
}

static void damage(off_t position)
{
    int fd = open(first_segment(), O_RDWR | O_CLOEXEC);
    char byte;
    assert_int_equal(pread(fd, &byte, 1, position), 1);
    byte = (char)(byte ^ 0x55);
    assert_int_equal(pwrite(fd, &byte, 1, position), 1);
    close(fd);
}

static void a_damaged_record_is_skipped(void **state)
{
    (void)state;
    add_command("one");
    struct log_place place = log_index_at(events(), 0)->place;
    struct id kept = add_finished("two");
    command_log_free(command_log);
    damage(place.position + 40);
    open_log();
    assert_int_equal(count_events(), 2);
    expect_stdout(kept, 0, "two");
}

static void a_damaged_body_is_not_handed_out(void **state)
{
    (void)state;
    add_command("one");
    struct log_place place = log_index_at(events(), 0)->place;
    damage(place.position + place.size - 1);
    scoped_buf struct buf bytes = {0};
    struct record record;
    assert_false(command_log_read(command_log, place, &bytes, &record));
}

static void any_cut_of_the_file_opens(void **state)
{
    (void)state;
    add_finished("first");
    add_finished("second");
    struct stat status;
    assert_int_equal(stat(first_segment(), &status), 0);
    for (off_t size = status.st_size; size >= 0; size--) {
        command_log_free(command_log);
        assert_int_equal(truncate(first_segment(), size), 0);
        open_log();
        assert_true(count_events() <= 4);
    }
}

static bool keep_nothing(void *owner, struct id command_id, uint64_t *ret_stdout_from,
                         uint64_t *ret_stderr_from)
{
    (void)owner;
    (void)command_id;
    (void)ret_stdout_from;
    (void)ret_stderr_from;
    return false;
}

static bool keep_from_four(void *owner, struct id command_id, uint64_t *ret_stdout_from,
                           uint64_t *ret_stderr_from)
{
    (void)owner;
    (void)command_id;
    *ret_stdout_from = 4;
    *ret_stderr_from = 0;
    return true;
}

static void clearing_forgets_events_but_numbers_go_on(void **state)
{
    (void)state;
    add_finished("a");
    add_finished("b");
    struct command_log_keep keep = {.keep = keep_nothing};
    assert_int_equal(command_log_clear(command_log, &keep), 4);
    assert_int_equal(count_events(), 0);
    assert_int_equal(command_log_first_seq(command_log), 5);
    reopen_log();
    assert_int_equal(count_events(), 0);
    assert_int_equal(command_log_next_seq(command_log), 5);
}

static void clearing_keeps_what_a_running_command_has_not_shown(void **state)
{
    (void)state;
    struct id id = add_command("runs");
    add_data(id, 0, STR("one "));
    add_data(id, 4, STR("two "));
    struct command_log_keep keep = {.keep = keep_from_four};
    assert_int_equal(command_log_clear(command_log, &keep), 1);
    scoped_buf struct buf out = {0};
    uint64_t from;
    assert_true(read_stdout(id, 0, &out, &from));
    assert_int_equal(from, 4);
    assert_string_equal(out.data, "two ");
    add_data(id, 8, STR("three"));
    add_end(id, 0, STR(""));
    expect_stdout(id, 8, "three");
    reopen_log();
    expect_stdout(id, 4, "two ");
}

static void the_oldest_segments_go_when_the_log_is_too_large(void **state)
{
    (void)state;
    max_bytes = 8 * LOG_MIN_SEGMENT_BYTES;
    reopen_log();
    scoped_free char *text = mem_zero(10001, 1);
    memset(text, 'x', 10000);
    for (unsigned i = 0; i < 200; i++)
        add_finished(text);
    assert_true(count_events() < 400);
    assert_true(count_events() > 20);
    assert_true(command_log_first_seq(command_log) > 1);
    size_t count = count_events();
    reopen_log();
    assert_int_equal(count_events(), count);
}

static void a_running_command_keeps_its_segment_up_to_twice_the_limit(void **state)
{
    (void)state;
    max_bytes = 8 * LOG_MIN_SEGMENT_BYTES;
    reopen_log();
    scoped_free char *text = mem_zero(10001, 1);
    memset(text, 'x', 10000);
    struct id running = add_command("runs");
    for (unsigned i = 0; i < 40; i++)
        add_finished(text);
    assert_non_null(log_index_find(events(), running));
    for (unsigned i = 0; i < 40; i++)
        add_finished(text);
    assert_null(log_index_find(events(), running));
}

static void old_events_go_when_their_time_is_up(void **state)
{
    (void)state;
    retention_seconds = 100;
    reopen_log();
    add_finished("old");
    clock_set_fake(1000000, NOW_US + 90 * SECOND_US);
    struct id young = add_finished("young");
    clock_set_fake(1000000, NOW_US + 120 * SECOND_US);
    assert_true(command_log_expire(command_log));
    assert_int_equal(count_events(), 2);
    expect_stdout(young, 0, "young");
    reopen_log();
    assert_int_equal(count_events(), 2);
    clock_set_fake(1000000, NOW_US + 300 * SECOND_US);
    assert_false(command_log_expire(command_log));
}

static void a_folder_that_cannot_be_made_is_no_failure(void **state)
{
    (void)state;
    command_log_free(command_log);
    command_log = command_log_new(
        &(struct command_log_options){.directory = STR("/proc/self/nowhere/events")});
    struct id id = add_finished("kept in memory");
    assert_true(str_is_set(command_log_trouble(command_log)));
    expect_stdout(id, 0, "kept in memory");
}

static void a_second_server_in_the_folder_stays_in_memory(void **state)
{
    (void)state;
    add_finished("first");
    struct command_log *first = command_log;
    open_log();
    assert_int_equal(count_events(), 0);
    struct id id = add_finished("second");
    assert_true(str_contains(command_log_trouble(command_log), STR("another server")));
    expect_stdout(id, 0, "second");
    command_log_free(command_log);
    command_log = first;
    assert_int_equal(count_events(), 2);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes == 0 ? limit.rlim_max : bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void what_the_disk_refuses_waits_in_memory(void **state)
{
    (void)state;
    add_finished("on disk");
    (void)signal(SIGXFSZ, SIG_IGN);
    limit_file_size(100);
    struct id waiting = add_finished("waits");
    assert_true(str_is_set(command_log_trouble(command_log)));
    expect_stdout(waiting, 0, "waits");
    limit_file_size(0);

    clock_set_fake(1000000 + (LOG_RETRY_MS + 1) * 1000, NOW_US);
    add_finished("later");
    assert_false(str_is_set(command_log_trouble(command_log)));
    reopen_log();
    assert_int_equal(count_events(), 6);
    expect_stdout(waiting, 0, "waits");
}

static void memory_keeps_the_newest_only(void **state)
{
    (void)state;
    command_log_free(command_log);
    command_log = command_log_new(
        &(struct command_log_options){.directory = STR("/proc/self/nowhere/events")});
    scoped_free char *text = mem_zero((1 << 20) + 1, 1);
    memset(text, 'x', 1 << 20);
    for (unsigned i = 0; i < 40; i++)
        add_finished(text);
    assert_true(count_events() < 50);
    assert_true(count_events() > 10);
}

static struct log_page search(struct log_search search)
{
    struct log_page page;
    if (search.limit == 0)
        search.limit = LOG_SEARCH_MAX_ITEMS;
    log_search(events(), &search, &page);
    return page;
}

static void a_search_by_command_finds_outputs_only(void **state)
{
    (void)state;
    struct id id = add_finished("a");
    add_finished("b");
    struct log_page page = search((struct log_search){.has_command_id = true, .command_id = id});
    assert_int_equal(page.count, 1);
    assert_int_equal(page.items[0]->order, 0);
    page = search(
        (struct log_search){.has_command_id = true, .command_id = id, .kind = LOG_SEARCH_COMMANDS});
    assert_int_equal(page.count, 0);
}

static void pages_follow_each_other_in_both_directions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        add_finished("x");
    for (unsigned direction = 0; direction < 2; direction++) {
        struct log_search query = {.limit = 3, .is_descending = direction == 1};
        scoped_buf struct buf page_id = {0};
        size_t seen = 0;
        struct log_page page;
        do {
            page = search(query);
            assert_int_equal(page.items[0]->seq, direction == 0 ? seen + 1 : 10 - seen);
            seen += page.count;
            buf_clear(&page_id);
            if (page.next != NULL)
                log_page_id(events(), page.next, &page_id);
            query.page_id = buf_str(&page_id);
        } while (page.next != NULL);
        assert_int_equal(seen, 10);
    }
}

static void a_page_counts_what_passes_the_filters(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        add_finished("x");
    struct log_page page = search((struct log_search){.kind = LOG_SEARCH_OUTPUTS, .limit = 5});
    assert_int_equal(page.count, 5);
    assert_null(page.next);
}

static void an_order_drops_outputs_up_to_it(void **state)
{
    (void)state;
    struct id id = add_command("x");
    for (int order = 0; order < 4; order++)
        add_end(id, order, STR(""));
    struct log_page page = search((struct log_search){.has_order_above = true, .order_above = 1});
    assert_int_equal(page.count, 3);
    assert_int_equal(page.items[0]->order, -1);
    assert_int_equal(page.items[1]->order, 2);
}

static void times_bound_a_search(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++)
        add_command("x");
    struct log_page page = search((struct log_search){
        .has_from = true, .from_us = NOW_US + 1, .has_until = true, .until_us = NOW_US + 3});
    assert_int_equal(page.count, 2);
    assert_int_equal(page.items[0]->seq, 2);
    page = search((struct log_search){.has_from = true, .from_us = NOW_US + 9});
    assert_int_equal(page.count, 0);
    page = search((struct log_search){
        .has_from = true, .from_us = NOW_US + 3, .has_until = true, .until_us = NOW_US + 1});
    assert_int_equal(page.count, 0);
}

static void an_unknown_page_starts_over(void **state)
{
    (void)state;
    add_command("x");
    add_command("y");
    scoped_buf struct buf page_id = {0};
    log_page_id(events(), log_index_at(events(), 1), &page_id);
    struct log_page page = search((struct log_search){.page_id = buf_str(&page_id)});
    assert_int_equal(page.count, 1);
    page_id.data[0] = '9';
    page = search((struct log_search){.page_id = buf_str(&page_id)});
    assert_int_equal(page.count, 2);
    page = search((struct log_search){.page_id = STR("nonsense")});
    assert_int_equal(page.count, 2);
}

static void a_page_id_looks_like_a_file_of_the_reference(void **state)
{
    (void)state;
    struct id id = add_command("x");
    struct id output = add_end(id, 0, STR(""));
    char expected[128];
    scoped_buf struct buf page_id = {0};
    log_page_id(events(), log_index_at(events(), 0), &page_id);
    (void)snprintf(expected, sizeof(expected), "20250101000000000000_BashCommand_%s",
                   id_hex(id).text);
    assert_string_equal(page_id.data, expected);
    buf_clear(&page_id);
    log_page_id(events(), log_index_at(events(), 1), &page_id);
    (void)snprintf(expected, sizeof(expected), "20250101000000000001_BashOutput_%s_%s",
                   id_hex(id).text, id_hex(output).text);
    assert_string_equal(page_id.data, expected);
}

#define LOG_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    log_init(LOG_LEVEL_ERROR, false);
    const struct CMUnitTest tests[] = {
        LOG_TEST(nothing_is_made_before_the_first_event),
        LOG_TEST(numbers_grow_by_one_and_times_never_stand_still),
        LOG_TEST(a_restart_finds_events_and_output_again),
        LOG_TEST(output_in_several_records_is_one_stream),
        LOG_TEST(output_after_the_last_event_follows_what_that_one_carries),
        LOG_TEST(a_torn_end_is_cut_off),
        LOG_TEST(a_damaged_record_is_skipped),
        LOG_TEST(a_damaged_body_is_not_handed_out),
        LOG_TEST(any_cut_of_the_file_opens),
        LOG_TEST(clearing_forgets_events_but_numbers_go_on),
        LOG_TEST(clearing_keeps_what_a_running_command_has_not_shown),
        LOG_TEST(the_oldest_segments_go_when_the_log_is_too_large),
        LOG_TEST(a_running_command_keeps_its_segment_up_to_twice_the_limit),
        LOG_TEST(old_events_go_when_their_time_is_up),
        LOG_TEST(a_folder_that_cannot_be_made_is_no_failure),
        LOG_TEST(a_second_server_in_the_folder_stays_in_memory),
        LOG_TEST(what_the_disk_refuses_waits_in_memory),
        LOG_TEST(memory_keeps_the_newest_only),
        LOG_TEST(a_search_by_command_finds_outputs_only),
        LOG_TEST(pages_follow_each_other_in_both_directions),
        LOG_TEST(a_page_counts_what_passes_the_filters),
        LOG_TEST(an_order_drops_outputs_up_to_it),
        LOG_TEST(times_bound_a_search),
        LOG_TEST(an_unknown_page_starts_over),
        LOG_TEST(a_page_id_looks_like_a_file_of_the_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

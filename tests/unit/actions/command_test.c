#include "actions/command.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "actions/command_input.h"
#include "actions/command_log.h"
#include "actions/command_output.h"
#include "actions/commands.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "tests/support/folder.h"
#include "tests/support/test.h"

static struct loop *loop;
static struct processes *processes;
static struct child_env *child_env;
static struct commands *commands;
static bool are_closed;

static void open_commands(void)
{
    struct error error;
    const struct commands_options options = {.loop = loop,
                                             .processes = processes,
                                             .child_env = child_env,
                                             .directory = str_from(folder_path("events"))};
    assert_true(commands_open(&options, &commands, &error));
}

static int set_up(void **state)
{
    static const char *const environment[] = {"PATH=/usr/bin:/bin", "SESSION_API_KEY=secret", NULL};
    struct error error;
    folder_open(state);
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    child_env = child_env_new(environment);
    are_closed = false;
    open_commands();
    return 0;
}

static void note_closed(void *owner)
{
    (void)owner;
    are_closed = true;
}

static void end_processes(void)
{
    processes_close(processes, 0, note_closed, NULL);
    while (!are_closed)
        assert_true(loop_step(loop));
}

static int tear_down(void **state)
{
    if (!are_closed)
        end_processes();
    commands_close(commands);
    assert_true(loop_close(loop));
    child_env_free(child_env);
    return folder_close(state);
}

static struct id start(const struct command_request *request)
{
    struct command_started started;
    struct error error;
    assert_true(commands_start(commands, request, &started, &error));
    assert_true(started.is_new);
    return started.id;
}

static struct id start_shell(const char *text)
{
    return start(&(struct command_request){.command = str_from(text)});
}

static struct command *live(struct id id)
{
    struct command *command = commands_find(commands, id);
    assert_non_null(command);
    return command;
}

struct waiting {
    struct command_waiter waiter;
    unsigned calls;
};

static void note_finished(struct command_waiter *waiter, struct command *command)
{
    (void)command;
    container_of(waiter, struct waiting, waiter)->calls++;
}

static struct command_description wait_for_end(struct id id)
{
    static struct buf text;
    struct command_description description;
    struct waiting waiting = {.waiter.on_finished = note_finished};
    struct command *command = commands_find(commands, id);
    if (command != NULL && !command_is_finished(command)) {
        command_wait(command, &waiting.waiter);
        while (waiting.calls == 0)
            assert_true(loop_step(loop));
    }
    assert_true(commands_describe(commands, id, &text, &description));
    buf_fini(&text);
    return description;
}

static void expect_output(struct id id, enum command_stream stream, const char *expected)
{
    scoped_buf struct buf out = {0};
    const struct command *command = commands_find(commands, id);
    uint64_t from;
    while (out.len < strlen(expected)) {
        const struct command_log_range range = {
            .command_id = id, .stream = stream, .from = out.len, .limit = 1 << 20};
        const bool is_read = command != NULL
                                 ? command_read(command, stream, out.len, 1 << 20, &out, &from)
                                 : command_log_output(commands_log(commands), &range, &out, &from);
        assert_true(is_read);
    }
    assert_string_equal(buf_str(&out).data, expected);
}

/* Runs the loop until the command has printed something new. */
struct following {
    struct command_reader reader;
    bool is_told;
    bool is_end;
};

static void note_output(struct command_reader *reader, bool is_end)
{
    struct following *following = container_of(reader, struct following, reader);
    following->is_told = true;
    following->is_end = is_end;
}

static bool wait_for_output(struct id id)
{
    struct following following = {.reader.on_output = note_output};
    command_follow(live(id), &following.reader);
    while (!following.is_told)
        assert_true(loop_step(loop));
    return following.is_end;
}

static void an_exit_code_comes_from_the_leader(void **state)
{
    (void)state;
    struct command_description end = wait_for_end(start_shell("exit 3"));
    assert_int_equal(end.end.reason, COMMAND_EXITED);
    assert_int_equal(end.end.exit_code, 3);
    assert_true(end.end.wall_us > 0);
    assert_true(end.end.peak_rss_bytes > 0);
}

static void a_signal_is_a_negative_exit_code(void **state)
{
    (void)state;
    struct command_description end = wait_for_end(start_shell("kill -9 $$"));
    assert_int_equal(end.end.reason, COMMAND_SIGNALLED);
    assert_int_equal(end.end.exit_code, -9);
    assert_int_equal(end.end.signal, 9);
}

static void both_streams_are_kept_apart(void **state)
{
    (void)state;
    struct id id = start_shell("printf out; printf err >&2");
    wait_for_end(id);
    expect_output(id, COMMAND_STDOUT, "out");
    expect_output(id, COMMAND_STDERR, "err");
}

static void output_is_readable_while_the_command_runs(void **state)
{
    (void)state;
    struct id id = start(&(struct command_request){
        .command = STR("printf first; read x; printf second"), .has_open_stdin = true});
    assert_false(wait_for_output(id));
    assert_false(command_is_finished(live(id)));
    expect_output(id, COMMAND_STDOUT, "first");
    uint64_t total;
    struct error error;
    assert_true(command_write(live(id), 0, STR("\n"), false, &total, &error));
    wait_for_end(id);
    expect_output(id, COMMAND_STDOUT, "firstsecond");
}

static void a_child_in_the_background_does_not_delay_the_end(void **state)
{
    (void)state;
    struct id id = start_shell("sleep 1000 & printf started");
    struct command_description end = wait_for_end(id);
    assert_int_equal(end.end.exit_code, 0);
    assert_true(end.end.has_detached_writers);
    assert_true(end.end.finished_us - end.started_us < INT64_C(5000000));
    expect_output(id, COMMAND_STDOUT, "started");
}

static void what_a_detached_child_prints_later_is_kept_too(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(folder_path("gate"), 0600), 0);
    struct id id = start(
        &(struct command_request){.command = STR("{ read x < gate; printf later; } & printf now"),
                                  .cwd = str_from(folder_path(""))});
    assert_true(wait_for_end(id).end.has_detached_writers);
    scoped_fd int gate = open(folder_path("gate"), O_WRONLY | O_CLOEXEC);
    assert_int_equal(write(gate, "go\n", 3), 3);
    fd_close(&gate);
    while (commands_find(commands, id) != NULL)
        assert_true(loop_step(loop));
    expect_output(id, COMMAND_STDOUT, "nowlater");
}

static void a_timeout_ends_the_whole_group(void **state)
{
    (void)state;
    struct id id = start(&(struct command_request){
        .command = STR("printf before; sleep 1000 & wait"), .has_timeout = true, .timeout_s = 0});
    pid_t group = 0;
    struct command_description description;
    command_describe(live(id), &description);
    group = description.pid;
    description = wait_for_end(id);
    assert_int_equal(description.end.reason, COMMAND_TIMEOUT);
    assert_int_equal(description.end.exit_code, -1);
    assert_false(description.end.has_detached_writers);
    assert_false(process_group_is_alive(group));
}

static void a_trap_may_still_speak_at_a_timeout(void **state)
{
    (void)state;
    struct id id = start(&(struct command_request){
        .command = STR("trap 'printf trapped; exit 5' TERM; printf ready; sleep 1000 & wait"),
        .has_timeout = true,
        .timeout_s = 1});
    struct command_description end = wait_for_end(id);
    assert_int_equal(end.end.reason, COMMAND_TIMEOUT);
    assert_int_equal(end.end.exit_code, -1);
    expect_output(id, COMMAND_STDOUT, "readytrapped");
}

static void a_stop_lets_a_trap_choose_the_exit_code(void **state)
{
    (void)state;
    struct id id = start_shell("trap 'exit 7' TERM; printf ready; sleep 1000 & wait");
    wait_for_output(id);
    command_stop(live(id));
    struct command_description end = wait_for_end(id);
    assert_int_equal(end.end.reason, COMMAND_STOPPED);
    assert_int_equal(end.end.exit_code, 7);
}

static void a_stop_kills_who_does_not_listen(void **state)
{
    (void)state;
    struct id id = start_shell("trap '' TERM; printf ready; while :; do sleep 1000; done");
    wait_for_output(id);
    command_stop(live(id));
    struct command_description end = wait_for_end(id);
    assert_int_equal(end.end.exit_code, -SIGKILL);
    assert_false(process_group_is_alive(end.pid));
}

static void a_stop_ends_deaf_children_of_a_leader_that_listens(void **state)
{
    (void)state;
    struct id id = start_shell("sh -c 'trap \"\" TERM; printf ready; sleep 1000 >/dev/null 2>&1' "
                               ">&1 & wait");
    wait_for_output(id);
    command_stop(live(id));
    struct command_description end = wait_for_end(id);
    assert_int_equal(end.end.exit_code, -SIGTERM);
    assert_false(process_group_is_alive(end.pid));
}

static void what_cannot_be_spawned_is_a_command_that_failed(void **state)
{
    (void)state;
    static const struct str argv[] = {STR_INIT("/no/such/program")};
    struct id id = start(&(struct command_request){.argv = argv, .argc = 1});
    struct command_description end = wait_for_end(id);
    assert_int_equal(end.end.reason, COMMAND_SPAWN_FAILED);
    assert_int_equal(end.end.exit_code, -1);
}

static void standard_input_is_empty_unless_asked_for(void **state)
{
    (void)state;
    struct id id = start_shell("cat; printf done");
    wait_for_end(id);
    expect_output(id, COMMAND_STDOUT, "done");
}

static void input_that_is_written_twice_arrives_once(void **state)
{
    (void)state;
    struct id id = start(&(struct command_request){.command = STR("cat"), .has_open_stdin = true});
    uint64_t total;
    struct error error;
    assert_true(command_write(live(id), 0, STR("abc"), false, &total, &error));
    assert_true(command_write(live(id), 0, STR("abc"), false, &total, &error));
    assert_true(command_write(live(id), 1, STR("bcdef"), true, &total, &error));
    assert_int_equal(total, 6);
    assert_true(command_write(live(id), 3, STR("def"), true, &total, &error));
    assert_false(command_write(live(id), 6, STR("more"), false, &total, &error));
    assert_false(command_write(live(id), 9, STR("gap"), false, &total, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    wait_for_end(id);
    expect_output(id, COMMAND_STDOUT, "abcdef");
}

static void input_that_nobody_reads_is_bounded(void **state)
{
    (void)state;
    struct id id =
        start(&(struct command_request){.command = STR("sleep 1000"), .has_open_stdin = true});
    scoped_free char *bytes = mem_zero(COMMAND_MAX_STDIN_BYTES + 1, 1);
    uint64_t total;
    struct error error;
    assert_false(command_write(live(id), 0, str_span(bytes, COMMAND_MAX_STDIN_BYTES + 1), false,
                               &total, &error));
    assert_int_equal(error.code, ERROR_LIMIT);
    assert_true(command_write(live(id), 0, str_span(bytes, COMMAND_MAX_STDIN_BYTES), false, &total,
                              &error));
    assert_false(command_write(live(id), total, str_span(bytes, 1 << 20), false, &total, &error));
    assert_int_equal(error.code, ERROR_LIMIT);
}

static void the_same_start_with_the_same_id_is_harmless(void **state)
{
    (void)state;
    struct command_request request = {.id = id_new(), .command = STR("printf x")};
    struct command_started started;
    struct error error;
    start(&request);
    assert_true(commands_start(commands, &request, &started, &error));
    assert_false(started.is_new);
    wait_for_end(request.id);
    assert_true(commands_start(commands, &request, &started, &error));
    assert_false(started.is_new);
    assert_int_equal(log_index_count(command_log_index(commands_log(commands))), 2);
}

static void another_start_with_the_same_id_is_refused(void **state)
{
    (void)state;
    struct command_request request = {.id = id_new(), .command = STR("true")};
    struct command_started started;
    struct error error;
    start(&request);
    request.cwd = STR("/tmp");
    assert_false(commands_start(commands, &request, &started, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
    request.cwd = STR_NULL;
    wait_for_end(request.id);
    request.command = STR("false");
    assert_false(commands_start(commands, &request, &started, &error));
}

static void the_servers_keys_are_not_in_the_environment(void **state)
{
    (void)state;
    static const struct str env[] = {STR_INIT("ADDED=yes")};
    struct id id = start(&(struct command_request){
        .command = STR("printf \"$SESSION_API_KEY$ADDED\""), .env = env, .env_count = 1});
    wait_for_end(id);
    expect_output(id, COMMAND_STDOUT, "yes");
}

static void a_terminal_has_a_size_that_can_change(void **state)
{
    (void)state;
    struct error error;
    struct id id = start(&(struct command_request){.command = STR("stty size; read x; stty size"),
                                                   .has_terminal = true,
                                                   .cols = 80,
                                                   .rows = 24});
    wait_for_output(id);
    assert_true(command_resize(live(id), 100, 50, &error));
    uint64_t total;
    assert_true(command_write(live(id), 0, STR("\n"), false, &total, &error));
    wait_for_end(id);
    expect_output(id, COMMAND_STDOUT, "24 80\r\n\r\n50 100\r\n");
}

static void a_command_without_a_terminal_has_no_size(void **state)
{
    (void)state;
    struct error error;
    struct id id = start_shell("sleep 1000");
    assert_false(command_resize(live(id), 100, 50, &error));
    assert_int_equal(error.code, ERROR_CONFLICT);
}

static void a_clear_leaves_running_commands_alone(void **state)
{
    (void)state;
    struct id id = start(&(struct command_request){
        .command = STR("printf first; read x; printf second"), .has_open_stdin = true});
    wait_for_output(id);
    assert_int_equal(commands_clear(commands), 1);
    uint64_t total;
    struct error error;
    assert_true(command_write(live(id), 0, STR("\n"), false, &total, &error));
    wait_for_end(id);
    expect_output(id, COMMAND_STDOUT, "firstsecond");
}

static void the_end_of_the_server_stores_the_ends_of_commands(void **state)
{
    (void)state;
    struct id id = start_shell("printf x; exec sleep 1000");
    wait_for_output(id);
    end_processes();
    commands_close(commands);
    open_commands();
    struct command_description end = wait_for_end(id);
    assert_int_equal(end.end.exit_code, -SIGTERM);
    expect_output(id, COMMAND_STDOUT, "x");
}

static void a_command_of_a_former_run_without_an_end_is_lost(void **state)
{
    (void)state;
    struct id id = start_shell("printf x; exec sleep 1000");
    wait_for_output(id);
    commands_close(commands);
    open_commands();
    assert_int_equal(wait_for_end(id).end.reason, COMMAND_LOST);
    expect_output(id, COMMAND_STDOUT, "x");
}

static size_t events_of(struct id id)
{
    const struct log_index *index = command_log_index(commands_log(commands));
    size_t count = 0;
    for (const struct log_event *event = log_index_first(index, log_index_command(index, id));
         event != NULL; event = log_index_next(index, event)) {
        assert_int_equal(event->order, (int)count - 1);
        count++;
    }
    return count;
}

static void little_output_is_one_event(void **state)
{
    (void)state;
    struct id id = start_shell("head -c 1048576 /dev/zero");
    wait_for_end(id);
    assert_int_equal(events_of(id), 2);
}

static void an_event_is_made_each_time_a_stream_passes_its_size(void **state)
{
    (void)state;
    struct id id = start_shell("head -c 2097153 /dev/zero; head -c 1048577 /dev/zero >&2");
    wait_for_end(id);
    assert_int_equal(events_of(id), 1 + 2 + 1 + 1);
}

#define COMMAND_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        COMMAND_TEST(an_exit_code_comes_from_the_leader),
        COMMAND_TEST(a_signal_is_a_negative_exit_code),
        COMMAND_TEST(both_streams_are_kept_apart),
        COMMAND_TEST(output_is_readable_while_the_command_runs),
        COMMAND_TEST(a_child_in_the_background_does_not_delay_the_end),
        COMMAND_TEST(what_a_detached_child_prints_later_is_kept_too),
        COMMAND_TEST(a_timeout_ends_the_whole_group),
        COMMAND_TEST(a_trap_may_still_speak_at_a_timeout),
        COMMAND_TEST(a_stop_lets_a_trap_choose_the_exit_code),
        COMMAND_TEST(a_stop_kills_who_does_not_listen),
        COMMAND_TEST(a_stop_ends_deaf_children_of_a_leader_that_listens),
        COMMAND_TEST(what_cannot_be_spawned_is_a_command_that_failed),
        COMMAND_TEST(standard_input_is_empty_unless_asked_for),
        COMMAND_TEST(input_that_is_written_twice_arrives_once),
        COMMAND_TEST(input_that_nobody_reads_is_bounded),
        COMMAND_TEST(the_same_start_with_the_same_id_is_harmless),
        COMMAND_TEST(another_start_with_the_same_id_is_refused),
        COMMAND_TEST(the_servers_keys_are_not_in_the_environment),
        COMMAND_TEST(a_terminal_has_a_size_that_can_change),
        COMMAND_TEST(a_command_without_a_terminal_has_no_size),
        COMMAND_TEST(a_clear_leaves_running_commands_alone),
        COMMAND_TEST(the_end_of_the_server_stores_the_ends_of_commands),
        COMMAND_TEST(a_command_of_a_former_run_without_an_end_is_lost),
        COMMAND_TEST(little_output_is_one_event),
        COMMAND_TEST(an_event_is_made_each_time_a_stream_passes_its_size),
    };
    log_init(LOG_LEVEL_ERROR, false);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

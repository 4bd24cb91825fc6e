#include "server/loop/process.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/pipe.h"
#include "tests/support/test.h"

static struct loop *loop;
static struct processes *processes;
static bool are_closed;

static const char *const no_env[] = {NULL};
static const char *const path_env[] = {"PATH=/usr/bin:/bin", NULL};

static void note_closed(void *owner)
{
    (void)owner;
    are_closed = true;
}

static int open_processes(void **state)
{
    (void)state;
    struct error error;
    are_closed = false;
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    return 0;
}

static void end_processes(uint64_t grace_ms)
{
    processes_close(processes, grace_ms, note_closed, NULL);
    while (!are_closed)
        assert_true(loop_step(loop));
}

static int close_processes(void **state)
{
    (void)state;
    if (!are_closed)
        end_processes(0);
    assert_int_equal(processes_running(processes), 0);
    assert_true(loop_close(loop));
    return 0;
}

/* A child, what it printed and how it ended. */
struct child {
    struct process *process;
    pid_t pid;
    struct pipe *output;
    struct buf text;
    int input; /* our end of its standard input */
    bool has_output_ended;
    unsigned exits;
    unsigned stops;
    struct process_exit exit;
};

static void note_exit(void *owner, const struct process_exit *exit)
{
    struct child *child = owner;
    child->exit = *exit;
    child->exits++;
}

static void note_output(void *owner, struct str chunk)
{
    struct child *child = owner;
    buf_append(&child->text, chunk);
}

static void note_output_end(void *owner)
{
    struct child *child = owner;
    child->has_output_ended = true;
}

static const struct pipe_events output_events = {.on_data = note_output, .on_end = note_output_end};

static bool spawn(struct child *child, struct process_options options, struct error *error)
{
    options.on_exit = note_exit;
    options.owner = child;
    if (!process_spawn(processes, &options, &child->process, error))
        return false;
    child->pid = process_pid(child->process);
    return true;
}

static void watch(struct child *child, int fd)
{
    struct error error;
    assert_true(pipe_open(loop, fd, &output_events, child, &child->output, &error));
    pipe_read_start(child->output);
}

/* Standard input and output are pipes; the rest is as given. */
static void start(struct child *child, struct process_options options)
{
    struct error error;
    int in[2], out[2];
    *child = (struct child){.input = -1};
    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    options.stdin_fd = in[0];
    options.stdout_fd = out[1];
    options.stderr_fd = -1;
    assert_true(spawn(child, options, &error));
    close(in[0]);
    close(out[1]);
    child->input = in[1];
    watch(child, out[0]);
}

static void start_shell(struct child *child, const char *script)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    start(child, (struct process_options){.argv = argv, .env = path_env});
}

static void wait_for_exit(const struct child *child)
{
    while (child->exits == 0)
        assert_true(loop_step(loop));
}

static void wait_for_text(const struct child *child, const char *text)
{
    while (!str_contains(buf_str(&child->text), str_from(text)))
        assert_true(loop_step(loop));
}

static void wait_for_end(const struct child *child)
{
    while (child->exits == 0 || !child->has_output_ended)
        assert_true(loop_step(loop));
}

static void drop(struct child *child)
{
    fd_close(&child->input);
    pipe_close(child->output);
    buf_fini(&child->text);
}

static void expect_output(const char *script, const char *expected)
{
    struct child child;
    start_shell(&child, script);
    wait_for_end(&child);
    assert_string_equal(child.text.data == NULL ? "" : child.text.data, expected);
    drop(&child);
}

static void a_program_ends_with_its_status(void **state)
{
    (void)state;
    static const struct {
        const char *script;
        int code;
    } cases[] = {{"exit 0", 0}, {"exit 1", 1}, {"exit 42", 42}, {"exit 255", 255}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct child child;
        start_shell(&child, cases[i].script);
        assert_int_equal(child.exits, 0);
        wait_for_exit(&child);
        assert_int_equal(child.exit.code, cases[i].code);
        assert_int_equal(child.exit.signal, 0);
        drop(&child);
    }
}

static void a_signal_that_ends_a_program_is_its_negative_code(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, "echo ready; read line");
    wait_for_text(&child, "ready");
    assert_true(process_signal(child.process, SIGTERM));
    wait_for_exit(&child);
    assert_int_equal(child.exit.code, -SIGTERM);
    assert_int_equal(child.exit.signal, SIGTERM);
    assert_int_equal(child.exits, 1);
    drop(&child);
}

static void an_exit_comes_with_the_resources_used(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");
    wait_for_exit(&child);
    assert_in_range(child.exit.peak_rss_bytes, 64 << 10, 1 << 30);
    assert_true(child.exit.user_us + child.exit.system_us > 0);
    assert_true(child.exit.wall_us > 0);
    drop(&child);
}

static void many_programs_at_once_each_end_once(void **state)
{
    (void)state;
    static struct child children[64];
    const char *const argv[] = {"/bin/true", NULL};
    for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
        struct error error;
        children[i] = (struct child){0};
        assert_true(spawn(
            &children[i],
            (struct process_options){.argv = argv, .env = no_env, .stdin_fd = -1, .stdout_fd = -1},
            &error));
    }
    loop_run(loop);
    for (size_t i = 0; i < ARRAY_SIZE(children); i++) {
        assert_int_equal(children[i].exits, 1);
        assert_int_equal(children[i].exit.code, 0);
    }
    assert_int_equal(processes_orphans_reaped(processes), 0);
}

static void the_environment_is_exactly_what_was_given(void **state)
{
    (void)state;
    struct child child;
    const char *const argv[] = {"/usr/bin/env", NULL};
    const char *const env[] = {"ONE=1", "TWO=two words", NULL};
    start(&child, (struct process_options){.argv = argv, .env = env});
    wait_for_end(&child);
    assert_string_equal(child.text.data, "ONE=1\nTWO=two words\n");
    drop(&child);
}

static void a_program_starts_in_the_folder_given(void **state)
{
    (void)state;
    struct child child;
    const char *const argv[] = {"/bin/pwd", NULL};
    start(&child, (struct process_options){.argv = argv, .env = no_env, .cwd = "/usr/lib"});
    wait_for_end(&child);
    assert_string_equal(child.text.data, "/usr/lib\n");
    drop(&child);
}

static void streams_that_are_not_given_are_null_devices(void **state)
{
    (void)state;
    expect_output("readlink /proc/$$/fd/2", "/dev/null\n");
}

static void no_other_descriptor_reaches_the_child(void **state)
{
    (void)state;
    const int leaked = fcntl(STDERR_FILENO, F_DUPFD, 70); /* without CLOEXEC */
    assert_true(leaked >= 70);
    expect_output("for fd in /proc/$$/fd/*; do [ ${fd##*/} -lt 70 ] || echo $fd; done", "");
    close(leaked);
}

static void a_stream_may_be_taken_from_a_descriptor_below_three(void **state)
{
    (void)state;
    struct child child = {.input = -1};
    struct error error;
    int out[2];
    const int standard_input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 10);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(dup2(out[1], STDIN_FILENO), STDIN_FILENO);
    const char *const argv[] = {"sh", "-c", "cat; echo out; echo err >&2", NULL};
    assert_true(spawn(&child,
                      (struct process_options){.argv = argv,
                                               .env = path_env,
                                               .stdin_fd = -1,
                                               .stdout_fd = STDIN_FILENO,
                                               .stderr_fd = STDIN_FILENO},
                      &error));
    close(out[1]);
    if (standard_input >= 0)
        assert_int_equal(dup2(standard_input, STDIN_FILENO), STDIN_FILENO);
    else
        close(STDIN_FILENO);
    close(standard_input);
    watch(&child, out[0]);
    wait_for_end(&child);
    assert_string_equal(child.text.data, "out\nerr\n");
    drop(&child);
}

static void signals_are_neither_blocked_nor_ignored_in_the_child(void **state)
{
    (void)state;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    (void)signal(SIGUSR2, SIG_IGN);
    /* The C library keeps the two signals above 31 for itself. */
    expect_output("while read -r name set; do case $name in "
                  "SigBlk:|SigIgn:) echo $((0x$set & 0x7fffffff));; esac; done </proc/$$/status",
                  "0\n0\n");
    (void)signal(SIGUSR2, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

static void a_child_leads_its_own_session_and_group(void **state)
{
    (void)state;
    expect_output(
        "read -r line </proc/self/stat; set -- $line; [ $1 = $5 ] && [ $1 = $6 ] && echo it does",
        "it does\n");
}

static void a_terminal_becomes_the_controlling_terminal(void **state)
{
    (void)state;
    struct child child = {.input = -1};
    struct error error;
    int master, slave;
    char path[64];
    assert_int_equal(openpty(&master, &slave, path, NULL, NULL), 0);
    const char *const argv[] = {"sh", "-c", "tty; echo there >/dev/tty; echo err >&2", NULL};
    assert_true(spawn(
        &child, (struct process_options){.argv = argv, .env = path_env, .terminal_path = path},
        &error));
    close(slave);
    watch(&child, master);
    wait_for_end(&child);
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "%s\r\nthere\r\nerr\r\n", path);
    assert_string_equal(child.text.data, expected.data);
    drop(&child);
}

/* A file of this test; the folder is removed with it. */
struct tool {
    char folder[32];
    char path[64];
};

static void make_tool(struct tool *tool, const char *content, mode_t mode)
{
    *tool = (struct tool){.folder = "/tmp/process_test_XXXXXX"};
    assert_non_null(mkdtemp(tool->folder));
    (void)snprintf(tool->path, sizeof(tool->path), "%s/tool", tool->folder); /* fits */
    const int fd = open(tool->path, O_WRONLY | O_CREAT | O_CLOEXEC, mode);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
}

static void remove_tool(const struct tool *tool)
{
    unlink(tool->path);
    rmdir(tool->folder);
}

static void a_name_without_a_slash_is_looked_up_in_the_path_given(void **state)
{
    (void)state;
    struct child child;
    struct tool tool;
    make_tool(&tool, "#!/bin/sh\necho found $0\n", 0755);
    scoped_buf struct buf path = {0};
    buf_printf(&path, "PATH=/nowhere::.:%s:/bin", tool.folder);
    const char *const argv[] = {"tool", NULL};
    const char *const env[] = {"XPATH=/x", path.data, NULL};
    start(&child, (struct process_options){.argv = argv, .env = env});
    wait_for_end(&child);
    scoped_buf struct buf expected = {0};
    buf_printf(&expected, "found %s\n", tool.path);
    assert_string_equal(child.text.data, expected.data);
    drop(&child);
    remove_tool(&tool);
}

static void expect_failure(struct process_options options, enum error_code code, const char *text)
{
    struct error error = {0};
    struct child child = {0};
    options.stdin_fd = -1;
    options.stdout_fd = -1;
    options.stderr_fd = -1;
    assert_false(spawn(&child, options, &error));
    assert_string_equal(error.text, text);
    assert_int_equal(error.code, code);
    assert_true(error.sys_errno > 0);
    assert_int_equal(processes_running(processes), 0);
}

static void a_failed_start_names_what_is_bad(void **state)
{
    (void)state;
    static const struct {
        const char *program;
        const char *cwd;
        enum error_code code;
        const char *text;
    } cases[] = {
        {"/nope", NULL, ERROR_NOT_FOUND, "[Errno 2] No such file or directory: '/nope'"},
        {"nope", NULL, ERROR_NOT_FOUND, "[Errno 2] No such file or directory: 'nope'"},
        {"", NULL, ERROR_NOT_FOUND, "[Errno 2] No such file or directory: ''"},
        {"/bin/sh", "/no/folder", ERROR_NOT_FOUND,
         "[Errno 2] No such file or directory: '/no/folder'"},
        {"/nope", "/no/folder", ERROR_NOT_FOUND,
         "[Errno 2] No such file or directory: '/no/folder'"},
        {"/it's", NULL, ERROR_NOT_FOUND, "[Errno 2] No such file or directory: \"/it's\""},
        {"/a\nb", NULL, ERROR_NOT_FOUND, "[Errno 2] No such file or directory: '/a\\nb'"},
        {"/'\"\\\x01", NULL, ERROR_NOT_FOUND,
         "[Errno 2] No such file or directory: '/\\'\"\\\\\\x01'"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *const argv[] = {cases[i].program, NULL};
        expect_failure((struct process_options){.argv = argv, .env = path_env, .cwd = cases[i].cwd},
                       cases[i].code, cases[i].text);
    }
}

static void a_terminal_that_does_not_exist_is_named(void **state)
{
    (void)state;
    const char *const argv[] = {"/bin/true", NULL};
    expect_failure(
        (struct process_options){.argv = argv, .env = no_env, .terminal_path = "/dev/pts/none"},
        ERROR_NOT_FOUND, "[Errno 2] No such file or directory: '/dev/pts/none'");
}

static void without_a_path_the_usual_folders_are_searched(void **state)
{
    (void)state;
    struct child child;
    const char *const argv[] = {"sh", "-c", "echo here", NULL};
    start(&child, (struct process_options){.argv = argv, .env = no_env});
    wait_for_end(&child);
    assert_string_equal(child.text.data, "here\n");
    drop(&child);
}

static void a_file_in_the_path_that_cannot_be_executed_is_denied(void **state)
{
    (void)state;
    struct tool tool;
    make_tool(&tool, "no program\n", 0644);
    scoped_buf struct buf path = {0};
    buf_printf(&path, "PATH=%s:/nowhere", tool.folder);
    const char *const argv[] = {"tool", NULL};
    const char *const env[] = {path.data, NULL};
    expect_failure((struct process_options){.argv = argv, .env = env}, ERROR_FORBIDDEN,
                   "[Errno 13] Permission denied: 'tool'");
    remove_tool(&tool);
}

static void a_working_directory_that_is_a_file_is_named(void **state)
{
    (void)state;
    struct error error;
    struct child child = {0};
    const char *const argv[] = {"/bin/true", NULL};
    assert_false(spawn(&child,
                       (struct process_options){.argv = argv, .env = no_env, .cwd = "/etc/passwd"},
                       &error));
    assert_string_equal(error.text, "[Errno 20] Not a directory: '/etc/passwd'");
}

static void a_file_that_cannot_be_executed_is_named(void **state)
{
    (void)state;
    static const struct {
        mode_t mode;
        const char *text;
    } cases[] = {{0644, "[Errno 13] Permission denied: '%s'"},
                 {0755, "[Errno 8] Exec format error: '%s'"}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct tool tool;
        struct error error;
        struct child child = {0};
        make_tool(&tool, "no program\n", cases[i].mode);
        const char *const argv[] = {tool.path, NULL};
        assert_false(spawn(&child, (struct process_options){.argv = argv, .env = no_env}, &error));
        assert_true(str_ends_with(str_from(error.text), STR("/tool'")));
        assert_true(
            str_starts_with(str_from(error.text), str_slice(str_from(cases[i].text), 0, 22)));
        remove_tool(&tool);
    }
}

static void a_forgotten_process_is_reaped_without_a_word(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, "read line");
    process_forget(child.process);
    drop(&child);
    loop_run(loop);
    assert_int_equal(child.exits, 0);
    assert_int_equal(processes_running(processes), 0);
    assert_int_equal(processes_orphans_reaped(processes), 0);
}

/* The shell leaves a `cat` behind that reads its input. */
#define LEAVE_CAT "exec 3<&0; cat <&3 & exec 3<&-; echo left; exit 0"

/* Orphans do not keep the loop waiting by themselves. */
static void note_stop(void *owner)
{
    struct child *child = owner;
    child->stops++;
}

static void a_stopped_program_is_reported_and_goes_on(void **state)
{
    (void)state;
    struct child child = {0};
    start(&child, (struct process_options){
                      .argv = (const char *const[]){"sh", "-c", "kill -STOP $$; exit 3", NULL},
                      .env = path_env,
                      .on_stop = note_stop});
    while (child.stops == 0)
        assert_true(loop_step(loop));
    assert_true(process_signal(child.process, SIGCONT));
    wait_for_exit(&child);
    assert_int_equal(child.exit.code, 3);
    assert_int_equal(child.stops, 1);
    drop(&child);
}

static void wait_for_orphan(void)
{
    loop_hold(loop);
    while (processes_orphans_reaped(processes) == 0)
        assert_true(loop_step(loop));
    loop_release(loop);
}

static void an_orphan_is_reaped_and_counted(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, LEAVE_CAT);
    wait_for_exit(&child);
    assert_false(child.has_output_ended);
    fd_close(&child.input);
    wait_for_orphan();
    assert_int_equal(child.exits, 1);
    drop(&child);
}

static void a_group_lives_as_long_as_one_of_it_does(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, LEAVE_CAT);
    assert_true(process_group_is_alive(child.pid));
    wait_for_exit(&child);
    assert_true(process_group_is_alive(child.pid));
    assert_true(process_group_signal(child.pid, SIGKILL));
    while (!child.has_output_ended)
        assert_true(loop_step(loop));
    drop(&child);
    wait_for_orphan();
    assert_false(process_group_is_alive(child.pid));
    assert_false(process_group_signal(child.pid, SIGKILL));
}

static void a_group_of_zombies_is_not_alive(void **state)
{
    (void)state;
    struct child child;
    siginfo_t info;
    start_shell(&child, "exit 0");
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WEXITED | WNOWAIT), 0);
    assert_false(process_group_is_alive(child.pid));
    wait_for_exit(&child);
    drop(&child);
}

static void a_signal_to_the_group_reaches_background_children(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, "exec 3<&0; cat <&3 & echo ready; wait");
    wait_for_text(&child, "ready");
    assert_true(process_signal_group(child.process, SIGKILL));
    wait_for_end(&child);
    drop(&child);
}

static void closing_without_children_calls_back_later(void **state)
{
    (void)state;
    processes_close(processes, 1000000, note_closed, NULL);
    assert_false(are_closed);
    loop_run(loop);
    assert_true(are_closed);
}

static void closing_ends_what_has_double_forked_away(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, "setsid sh -c '(setsid sh -c \"echo deep; exec sleep 1000\" &) & "
                        "echo mid; exec sleep 1000' & exit 0");
    wait_for_text(&child, "deep");
    wait_for_text(&child, "mid");
    wait_for_exit(&child);
    end_processes(1000000);
    while (!child.has_output_ended)
        assert_true(loop_step(loop));
    assert_true(processes_orphans_reaped(processes) >= 2);
    drop(&child);
}

static void closing_kills_what_does_not_hear_the_request(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, "trap '' TERM; echo ready; while :; do read line || :; done");
    wait_for_text(&child, "ready");
    end_processes(10);
    assert_int_equal(child.exit.signal, SIGKILL);
    drop(&child);
}

static void closing_lets_a_program_tidy_up(void **state)
{
    (void)state;
    struct child child;
    start_shell(&child, "trap '/bin/echo tidy; exit 3' TERM; echo ready; read line");
    wait_for_text(&child, "ready");
    end_processes(1000000);
    assert_int_equal(child.exit.code, 3);
    wait_for_text(&child, "tidy");
    drop(&child);
}

static void closing_ends_a_stopped_program_without_the_whole_grace(void **state)
{
    (void)state;
    struct child child;
    siginfo_t info;
    start_shell(&child, "kill -STOP $$; exit 0");
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED | WNOWAIT), 0);
    end_processes(1000000);
    assert_int_equal(child.exit.signal, SIGTERM);
    drop(&child);
}

static void closing_overtakes_a_program_that_forks_without_end(void **state)
{
    (void)state;
    struct child child;
    start_shell(
        &child,
        "trap '' TERM; echo ready; while :; do (sleep 1000 & exec setsid true) & wait $!; done");
    wait_for_text(&child, "ready");
    end_processes(50);
    assert_int_equal(child.exit.signal, SIGKILL);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    drop(&child);
}

static void nothing_is_spawned_once_closing_has_begun(void **state)
{
    (void)state;
    struct error error;
    struct child child = {0};
    const char *const argv[] = {"/bin/true", NULL};
    processes_close(processes, 0, note_closed, NULL);
    assert_false(spawn(&child, (struct process_options){.argv = argv, .env = no_env}, &error));
    assert_int_equal(error.code, ERROR_UNAVAILABLE);
    loop_run(loop);
    assert_false(spawn(&child, (struct process_options){.argv = argv, .env = no_env}, &error));
    assert_true(are_closed);
}

static void an_ignored_child_signal_is_no_obstacle(void **state)
{
    (void)state;
    struct error error;
    (void)signal(SIGCHLD, SIG_IGN); /* as a parent may have left it */
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    are_closed = false;
    struct child child;
    start_shell(&child, "exit 7");
    wait_for_exit(&child);
    assert_int_equal(child.exit.code, 7);
    drop(&child);
}

static void an_owner_may_close_everything_in_on_exit(void *owner, const struct process_exit *exit)
{
    (void)owner;
    assert_int_equal(exit->code, 0);
    processes_close(processes, 0, note_closed, NULL);
}

static void closing_may_begin_inside_on_exit(void **state)
{
    (void)state;
    struct error error;
    struct process *process;
    const char *const argv[] = {"/bin/true", NULL};
    const struct process_options options = {.argv = argv,
                                            .env = no_env,
                                            .stdin_fd = -1,
                                            .stdout_fd = -1,
                                            .stderr_fd = -1,
                                            .on_exit = an_owner_may_close_everything_in_on_exit};
    assert_true(process_spawn(processes, &options, &process, &error));
    loop_run(loop);
    assert_true(are_closed);
}

#define WITH_PROCESSES(test) cmocka_unit_test_setup_teardown(test, open_processes, close_processes)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PROCESSES(a_program_ends_with_its_status),
        WITH_PROCESSES(a_signal_that_ends_a_program_is_its_negative_code),
        WITH_PROCESSES(an_exit_comes_with_the_resources_used),
        WITH_PROCESSES(many_programs_at_once_each_end_once),
        WITH_PROCESSES(the_environment_is_exactly_what_was_given),
        WITH_PROCESSES(a_program_starts_in_the_folder_given),
        WITH_PROCESSES(streams_that_are_not_given_are_null_devices),
        WITH_PROCESSES(no_other_descriptor_reaches_the_child),
        WITH_PROCESSES(a_stream_may_be_taken_from_a_descriptor_below_three),
        WITH_PROCESSES(signals_are_neither_blocked_nor_ignored_in_the_child),
        WITH_PROCESSES(a_child_leads_its_own_session_and_group),
        WITH_PROCESSES(a_terminal_becomes_the_controlling_terminal),
        WITH_PROCESSES(a_name_without_a_slash_is_looked_up_in_the_path_given),
        WITH_PROCESSES(a_failed_start_names_what_is_bad),
        WITH_PROCESSES(a_terminal_that_does_not_exist_is_named),
        WITH_PROCESSES(without_a_path_the_usual_folders_are_searched),
        WITH_PROCESSES(a_file_in_the_path_that_cannot_be_executed_is_denied),
        WITH_PROCESSES(a_working_directory_that_is_a_file_is_named),
        WITH_PROCESSES(a_file_that_cannot_be_executed_is_named),
        WITH_PROCESSES(a_forgotten_process_is_reaped_without_a_word),
        WITH_PROCESSES(a_stopped_program_is_reported_and_goes_on),
        WITH_PROCESSES(an_orphan_is_reaped_and_counted),
        WITH_PROCESSES(a_group_lives_as_long_as_one_of_it_does),
        WITH_PROCESSES(a_group_of_zombies_is_not_alive),
        WITH_PROCESSES(a_signal_to_the_group_reaches_background_children),
        WITH_PROCESSES(closing_without_children_calls_back_later),
        WITH_PROCESSES(closing_ends_what_has_double_forked_away),
        WITH_PROCESSES(closing_kills_what_does_not_hear_the_request),
        WITH_PROCESSES(closing_lets_a_program_tidy_up),
        WITH_PROCESSES(closing_ends_a_stopped_program_without_the_whole_grace),
        WITH_PROCESSES(closing_overtakes_a_program_that_forks_without_end),
        WITH_PROCESSES(nothing_is_spawned_once_closing_has_begun),
        WITH_PROCESSES(closing_may_begin_inside_on_exit),
        cmocka_unit_test_teardown(an_ignored_child_signal_is_no_obstacle, close_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

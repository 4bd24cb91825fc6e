#ifndef SUPPORT_TERMINAL_H
#define SUPPORT_TERMINAL_H

/*
 * A session for tests, and sentences about it:
 *
 *     terminal_open_loop / terminal_close_loop    as set-up and tear-down of each test
 *     terminal_open(.shell = SESSION_BASH)        a session, with a home of its own
 *     run("echo hi")                              hands a text over and waits for its end
 *     expect("hi\r\n", 0)                         its output and exit code
 *
 * Everything waits for events; nothing looks at a clock. Only test programs include this, and each
 * only once.
 */

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pty/byte_log.h"
#include "pty/session.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "tests/support/test.h"

struct ended {
    unsigned calls;
    enum session_outcome outcome;
    int exit_code;
    uint64_t from;
    uint64_t to;
    char message[512];
};

struct terminal_fixture {
    struct loop *loop;
    struct processes *processes;
    struct session *session;
    bool is_closed;
    struct ended ended;
    unsigned starts;
    struct buf output; /* of the last command */
    char home[64];
    char home_variable[80];
};

static struct terminal_fixture fixture;

static inline void step(void)
{
    assert_true(loop_step(fixture.loop));
}

static inline void note_true(void *owner)
{
    *(bool *)owner = true;
}

static inline void terminal_home_path(const char *name, char path[256])
{
    assert_true(snprintf(path, 256, "%s/%s", fixture.home, name) < 256);
}

static inline void terminal_write_home(const char *name, const char *text)
{
    char path[256];
    terminal_home_path(name, path);
    scoped_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static inline int terminal_open_loop(void **state)
{
    (void)state;
    struct error error;
    fixture = (struct terminal_fixture){.home = "/tmp/actiond-home-XXXXXX"};
    assert_non_null(mkdtemp(fixture.home));
    assert_int_equal(chmod(fixture.home, 0755), 0);
    (void)snprintf(fixture.home_variable, sizeof(fixture.home_variable), "HOME=%s", fixture.home);
    assert_true(loop_open(&fixture.loop, &error));
    assert_true(processes_open(fixture.loop, &fixture.processes, &error));
    return 0;
}

static inline void terminal_close(void)
{
    bool is_closed = false;
    if (fixture.session == NULL)
        return;
    session_close(fixture.session, note_true, &is_closed);
    while (!is_closed)
        step();
    fixture.session = NULL;
}

/* What a test has put into its home, one level deep. */
static inline void terminal_remove_home(void)
{
    static const char *const names[] = {".bashrc",  ".bash_history", ".zshrc",       ".zshenv",
                                        ".profile", "file",          ".zsh_history", NULL};
    char path[256];
    for (size_t i = 0; names[i] != NULL; i++) {
        terminal_home_path(names[i], path);
        (void)unlink(path);
    }
    (void)rmdir(fixture.home);
}

static inline int terminal_close_loop(void **state)
{
    (void)state;
    bool are_closed = false;
    terminal_close();
    processes_close(fixture.processes, 0, note_true, &are_closed);
    while (!are_closed)
        step();
    assert_true(loop_close(fixture.loop));
    buf_fini(&fixture.output);
    terminal_remove_home();
    return 0;
}

static inline bool terminal_try_open(struct session_options options, struct error *error)
{
    const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin", fixture.home_variable,
                               "LANG=C.UTF-8", NULL};
    options.loop = fixture.loop;
    options.processes = fixture.processes;
    options.env = options.env == NULL ? env : options.env;
    options.cols = options.cols == 0 ? 200 : options.cols;
    options.rows = options.rows == 0 ? 50 : options.rows;
    options.cwd = options.cwd == NULL ? fixture.home : options.cwd;
    return session_open(&options, &fixture.session, error);
}

static inline void terminal_open_with(struct session_options options)
{
    struct error error;
    if (!terminal_try_open(options, &error))
        fail_msg("%s", error.text);
}
#define terminal_open(...) terminal_open_with((struct session_options){__VA_ARGS__})

static inline void note_start(void *owner, uint64_t from)
{
    (void)owner;
    (void)from;
    fixture.starts++;
}

static inline void note_end(void *owner, const struct session_command_end *end)
{
    (void)owner;
    struct ended *ended = &fixture.ended;
    ended->calls++;
    ended->outcome = end->outcome;
    ended->exit_code = end->exit_code;
    ended->from = end->from;
    ended->to = end->to;
    (void)snprintf(ended->message, sizeof(ended->message), "%.*s", STR_ARG(end->message));
    buf_fini(&fixture.output);
    assert_int_equal(byte_log_read(session_log(fixture.session), end->from,
                                   (size_t)(end->to - end->from), &fixture.output),
                     end->from);
}

static inline bool try_start(struct str text, struct error *error)
{
    fixture.ended = (struct ended){0};
    fixture.starts = 0;
    return session_run(
        fixture.session,
        &(struct session_command){.text = text, .on_start = note_start, .on_end = note_end}, error);
}

/* Hands a text over without waiting. */
static inline void start_text(struct str text)
{
    struct error error;
    if (!try_start(text, &error))
        fail_msg("%s", error.text);
}

static inline void start(const char *text)
{
    start_text(str_from(text));
}

static inline void wait_for_start(void)
{
    while (fixture.starts == 0)
        step();
}

static inline void wait_for_end(void)
{
    while (fixture.ended.calls == 0)
        step();
}

static inline void run(const char *text)
{
    start(text);
    wait_for_end();
}

static inline void wait_for_state(enum session_state state)
{
    while (session_state(fixture.session) != state)
        step();
}

static inline const char *output(void)
{
    return fixture.output.data == NULL ? "" : fixture.output.data;
}

static inline void expect(const char *text, int exit_code)
{
    assert_string_equal(output(), text);
    assert_int_equal(fixture.ended.exit_code, exit_code);
    assert_int_equal(fixture.ended.outcome, SESSION_COMPLETED);
    assert_int_equal(fixture.ended.calls, 1);
}

static inline void expect_run(const char *text, const char *printed, int exit_code)
{
    run(text);
    expect(printed, exit_code);
}

/* Everything the terminal has printed so far. */
static inline void read_all(struct buf *out)
{
    buf_clear(out);
    (void)byte_log_read(session_log(fixture.session), 0, SIZE_MAX / 2, out);
}

static inline void wait_for_text(const char *text)
{
    scoped_buf struct buf all = {0};
    for (read_all(&all); !str_contains(buf_str(&all), str_from(text)); read_all(&all))
        step();
}

static inline void type(const char *keys)
{
    session_write(fixture.session, str_from(keys));
}

#endif

#ifndef SUPPORT_TERMINAL_FIXTURE_H
#define SUPPORT_TERMINAL_FIXTURE_H

/*
 * The session under test, with a loop and a home folder of its own (tests/support/terminal.h has
 * the sentences about it):
 *
 *     terminal_open_loop / terminal_close_loop    as set-up and tear-down of each test
 *     terminal_open(.shell = SESSION_BASH)        a session
 *     terminal_write_home(".bashrc", "A=1\n")     a file in its home
 */

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

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

#endif

#include "plugins/vscode/vscode.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "tests/support/folder.h"
#include "tests/support/text.h"

static const char *const variables[] = {"PATH=/usr/bin:/bin", NULL};

static struct loop *loop;
static struct processes *processes;
static struct vscode *vscode;
static struct error error;
static int ready;
static bool is_closed;

static void note_closed(void *owner)
{
    (void)owner;
    is_closed = true;
}

static void note_ready(void *owner)
{
    (void)owner;
    ready++;
}

static void step_until(const bool *flag)
{
    while (!*flag)
        assert_true(loop_step(loop));
}

static int set_up(void **state)
{
    assert_true(loop_open(&loop, &error) && processes_open(loop, &processes, &error));
    vscode = NULL;
    ready = 0;
    return folder_open(state);
}

static void close_vscode(void)
{
    is_closed = false;
    vscode_close(vscode, note_closed, NULL);
    step_until(&is_closed);
    vscode = NULL;
}

static int tear_down(void **state)
{
    if (vscode != NULL)
        close_vscode();
    is_closed = false;
    processes_close(processes, 0, note_closed, NULL);
    step_until(&is_closed);
    assert_true(loop_close(loop));
    return folder_close(state);
}

/* Installs a program that does this. */
static void install(const char *script)
{
    folder_write("bin/openvscode-server", script);
    assert_int_equal(chmod(folder_path("bin/openvscode-server"), 0755), 0);
}

/* A port that nobody has, or one that the socket keeps. */
static int64_t take_port(int *ret_fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len) | listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    *ret_fd = fd;
    return ntohs(address.sin_port);
}

static int64_t free_port(void)
{
    int fd;
    const int64_t port = take_port(&fd);
    close(fd);
    return port;
}

static bool open_on(int64_t port)
{
    const struct vscode_options options = {
        .loop = loop,
        .processes = processes,
        .env = variables,
        .root = str_from(folder.directory),
        .token = STR("the-token"),
        .base_path = STR("/it's"),
        .cwd = folder.directory,
        .address = "127.0.0.1",
        .port = port,
    };
    return vscode_open(&options, note_ready, NULL, &vscode, &error);
}

static void wait_until_ready(void)
{
    while (ready == 0)
        assert_true(loop_step(loop));
}

static void it_is_ready_when_it_says_that_it_serves(void **state)
{
    (void)state;
    install("#!/bin/sh\n"
            "pwd > place\n"
            "printf '%s\\n' \"$@\" > words\n"
            "cat /dev/stdin > token\n"
            "echo first line\n"
            "echo 'Web UI available at http://x'\n"
            "echo more\n"
            "exec sleep 1000\n");
    assert_true(open_on(free_port()));
    assert_int_equal(ready, 0); /* never inside the call */
    wait_until_ready();
    assert_true(vscode_is_running(vscode));
    assert_text(vscode_token(vscode), "the-token");
    assert_text(vscode_base_path(vscode), "/it's");
    assert_file("token", "the-token");
    const struct str words = folder_read("words");
    assert_false(str_contains(words, STR("the-token")));
    assert_true(str_contains(words, STR("--server-base-path\n/it's\n--disable-workspace-trust\n")));
    assert_true(str_starts_with(folder_read("place"), str_from(folder.directory)));
    close_vscode();
    assert_int_equal(ready, 1);
}

static void its_extensions_are_named_when_there_are_some(void **state)
{
    (void)state;
    folder_mkdir("extensions");
    install("#!/bin/sh\nprintf '%s ' \"$@\" > words\necho Server bound to x\nexec sleep 1000\n");
    assert_true(open_on(free_port()));
    wait_until_ready();
    assert_true(str_contains(folder_read("words"), STR("/extensions --server-base-path")));
}

static void one_that_dies_keeps_nobody_waiting(void **state)
{
    (void)state;
    install("#!/bin/sh\necho no\nexit 3\n");
    assert_true(open_on(free_port()));
    wait_until_ready();
    while (vscode_is_running(vscode))
        assert_true(loop_step(loop));
    assert_int_equal(ready, 1);
}

static void one_that_is_closed_early_is_never_ready(void **state)
{
    (void)state;
    install("#!/bin/sh\nexec sleep 1000\n");
    assert_true(open_on(free_port()));
    close_vscode();
    assert_int_equal(ready, 0);
}

static void a_port_that_is_taken_is_a_conflict(void **state)
{
    (void)state;
    int fd;
    install("#!/bin/sh\n");
    assert_false(open_on(take_port(&fd)));
    assert_int_equal(error.code, ERROR_CONFLICT);
    close(fd);
}

static void a_number_that_is_no_port_is_refused(void **state)
{
    (void)state;
    install("#!/bin/sh\n");
    assert_false(open_on(0));
    assert_false(open_on(65536));
    assert_int_equal(error.code, ERROR_INVALID);
}

static void what_is_not_installed_is_not_found(void **state)
{
    (void)state;
    assert_false(vscode_is_installed(str_from(folder.directory)));
    assert_false(open_on(free_port()));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_false(vscode_is_running(NULL));
}

#define VSCODE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VSCODE_TEST(it_is_ready_when_it_says_that_it_serves),
        VSCODE_TEST(its_extensions_are_named_when_there_are_some),
        VSCODE_TEST(one_that_dies_keeps_nobody_waiting),
        VSCODE_TEST(one_that_is_closed_early_is_never_ready),
        VSCODE_TEST(a_port_that_is_taken_is_a_conflict),
        VSCODE_TEST(a_number_that_is_no_port_is_refused),
        VSCODE_TEST(what_is_not_installed_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "pty/shell_home.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/mem.h"
#include "tests/support/test.h"

/* Another server: a process that has a home with a shell's directory and a file in it, says where,
 * and lives until its input ends. */
struct server {
    pid_t pid;
    int input;
    char path[SHELL_HOME_BYTES];
};

static void live(int input, int output)
{
    struct error error;
    char byte;
    if (!shell_home_enter(&error))
        _exit(1);
    if (chdir(shell_home_path()) != 0 || mkdir("shell", S_IRWXU) != 0 || chdir("shell") != 0)
        _exit(2);
    scoped_fd const int fd = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, S_IRUSR);
    if (fd < 0 || write(output, shell_home_path(), SHELL_HOME_BYTES) != SHELL_HOME_BYTES)
        _exit(3);
    while (read(input, &byte, 1) > 0)
        continue;
    (void)unlink("file");
    (void)rmdir("../shell");
    shell_home_leave();
    _exit(0);
}

static struct server start_server(void)
{
    int input[2];
    int output[2];
    struct server server;
    assert_int_equal(pipe(input), 0);
    assert_int_equal(pipe(output), 0);
    server.pid = fork();
    assert_true(server.pid >= 0);
    if (server.pid == 0) {
        (void)close(input[1]);
        live(input[0], output[1]);
    }
    (void)close(input[0]);
    (void)close(output[1]);
    assert_int_equal(read(output[0], server.path, sizeof(server.path)), SHELL_HOME_BYTES);
    (void)close(output[0]);
    server.input = input[1];
    return server;
}

static void wait_for(struct server *server)
{
    int status;
    (void)close(server->input);
    assert_int_equal(waitpid(server->pid, &status, 0), server->pid);
}

static void kill_server(struct server *server)
{
    assert_int_equal(kill(server->pid, SIGKILL), 0);
    wait_for(server);
}

/* Waits for another test's server that may be removing it right now. */
static bool exists(const struct server *server)
{
    struct stat status;
    scoped_fd const int fd = open(server->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(fstat(fd, &status), 0);
    return status.st_nlink > 0;
}

static void a_home_is_removed_with_the_last_shell(void **state)
{
    (void)state;
    struct server server = start_server();
    assert_int_equal(access(server.path, F_OK), 0);
    wait_for(&server);
    assert_false(exists(&server));
}

static void what_a_killed_server_has_left_is_removed(void **state)
{
    (void)state;
    struct server killed = start_server();
    kill_server(&killed);
    struct server next = start_server();
    assert_false(exists(&killed));
    wait_for(&next);
}

static void the_home_of_a_living_server_stays(void **state)
{
    (void)state;
    struct server living = start_server();
    struct server next = start_server();
    assert_int_equal(access(living.path, F_OK), 0);
    wait_for(&next);
    wait_for(&living);
}

static void a_home_that_was_removed_is_made_again(void **state)
{
    (void)state;
    struct error error;
    assert_true(shell_home_enter(&error));
    assert_int_equal(rmdir(shell_home_path()), 0);
    assert_true(shell_home_restore());
    assert_int_equal(rmdir(shell_home_path()), 0);
    assert_true(shell_home_enter(&error));
    assert_int_equal(access(shell_home_path(), F_OK), 0);
    shell_home_leave();
    assert_int_equal(access(shell_home_path(), F_OK), 0);
    shell_home_leave();
    assert_int_not_equal(access(shell_home_path(), F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_home_is_removed_with_the_last_shell),
        cmocka_unit_test(what_a_killed_server_has_left_is_removed),
        cmocka_unit_test(the_home_of_a_living_server_stays),
        cmocka_unit_test(a_home_that_was_removed_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

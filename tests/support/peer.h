#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

/*
 * A server that a test talks to: a Python script beside this file, which prints its port on its
 * first line and ends when its input ends. Started and stopped with plain system calls, because the
 * loop belongs to what is tested.
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "tests/support/test.h"

#define PEER_MAX_ARGUMENTS 6

struct peer {
    pid_t pid;
    int input;
    unsigned port;
};

/* The path of a file beside this one. */
static inline char *support_path(const char *name)
{
    const struct str here = str_from(__FILE__);
    scoped_buf struct buf path = {0};
    buf_append(&path, str_slice(here, 0, str_find_last_byte(here, '/') + 1));
    buf_append(&path, str_from(name));
    return mem_strdup(path.data);
}

static inline unsigned peer_read_port(int fd)
{
    char line[32];
    size_t len = 0;
    uint64_t port;
    while (len < sizeof(line) && read(fd, line + len, 1) == 1 && line[len] != '\n')
        len++;
    assert_true(str_to_u64(str_span(line, len), 1, 65535, &port));
    return (unsigned)port;
}

/* Arguments are NULL-terminated; NULL: none. */
static inline void peer_start(struct peer *peer, const char *script, const char *const *arguments)
{
    char *argv[PEER_MAX_ARGUMENTS + 3] = {mem_strdup("python3"), support_path(script)};
    int input[2];
    int output[2];
    posix_spawn_file_actions_t actions;
    for (size_t i = 0; arguments != NULL && arguments[i] != NULL; i++) {
        assert_true(i < PEER_MAX_ARGUMENTS);
        argv[i + 2] = mem_strdup(arguments[i]);
    }
    assert_int_equal(pipe2(input, O_CLOEXEC), 0);
    assert_int_equal(pipe2(output, O_CLOEXEC), 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    assert_int_equal(posix_spawnp(&peer->pid, argv[0], &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    (void)close(input[0]);
    (void)close(output[1]);
    peer->input = input[1];
    peer->port = peer_read_port(output[0]);
    (void)close(output[0]);
    for (size_t i = 0; argv[i] != NULL; i++)
        free(argv[i]);
}

static inline void peer_stop(struct peer *peer)
{
    if (peer->pid == 0)
        return;
    (void)close(peer->input);
    const pid_t ended = waitpid(peer->pid, NULL, 0);
    assert_true(ended == peer->pid || errno == ECHILD); /* or the loop's processes reaped it */
    *peer = (struct peer){0};
}

#endif

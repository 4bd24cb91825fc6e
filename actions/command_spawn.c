#include "actions/command_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "actions/command.h"
#include "server/auth/child_env.h"
#include "server/base/error.h"
#include "server/base/mem.h"

#define TERMINAL_TYPE STR_INIT("TERM=xterm-256color")

/* Both ends of everything that connects us with the child; -1 where there is nothing. */
struct channels {
    int child[3];
    int ours[3];
    char terminal_path[128]; /* empty: pipes */
};

static void close_child_ends(struct channels *channels)
{
    for (size_t i = 0; i < 3; i++)
        fd_close(&channels->child[i]);
}

static void channels_fini(struct channels *channels)
{
    close_child_ends(channels);
    for (size_t i = 0; i < 3; i++)
        fd_close(&channels->ours[i]);
}

static bool fail(struct error *error, int sys_errno)
{
    (void)error_set_errno(error, sys_errno, "spawn"); /* for the code */
    return error_set(error, error->code, "[Errno %d] %s", sys_errno, strerror(sys_errno));
}

static bool open_pipe(struct channels *channels, size_t stream, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(error, errno);
    channels->child[stream] = ends[stream == STDIN_FILENO ? 0 : 1];
    channels->ours[stream] = ends[stream == STDIN_FILENO ? 1 : 0];
    return true;
}

bool command_set_size(int fd, unsigned cols, unsigned rows, struct error *error)
{
    struct winsize size = {.ws_col = (unsigned short)cols, .ws_row = (unsigned short)rows};
    if (ioctl(fd, TIOCSWINSZ, &size) != 0)
        return error_set_errno(error, errno, "cannot set the size of the terminal");
    return true;
}

/* The path is all the child needs; it becomes its controlling terminal when it opens it. */
static bool open_terminal(struct channels *channels, const struct command_request *request,
                          struct error *error)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return fail(error, errno);
    channels->ours[STDOUT_FILENO] = fd;
    if (grantpt(fd) != 0 || unlockpt(fd) != 0 ||
        ptsname_r(fd, channels->terminal_path, sizeof(channels->terminal_path)) != 0)
        return fail(error, errno);
    return command_set_size(fd, request->cols, request->rows, error);
}

static bool open_channels(struct channels *channels, const struct command_request *request,
                          struct error *error)
{
    *channels = (struct channels){.child = {-1, -1, -1}, .ours = {-1, -1, -1}};
    bool is_open = request->has_terminal
                       ? open_terminal(channels, request, error)
                       : open_pipe(channels, STDOUT_FILENO, error) &&
                             open_pipe(channels, STDERR_FILENO, error) &&
                             (!request->has_open_stdin || open_pipe(channels, STDIN_FILENO, error));
    if (!is_open)
        channels_fini(channels);
    return is_open;
}

static bool has_nul(const struct command_request *request)
{
    bool has_one = str_has_byte(request->command, '\0') || str_has_byte(request->cwd, '\0');
    for (size_t i = 0; i < request->argc; i++)
        has_one = has_one || str_has_byte(request->argv[i], '\0');
    for (size_t i = 0; i < request->env_count; i++)
        has_one = has_one || str_has_byte(request->env[i], '\0');
    return has_one;
}

/* NULL-terminated, in the arena. */
static const char *const *vector(struct arena *arena, const struct str *items, size_t count)
{
    const char **strings = arena_zero(arena, count + 1, sizeof(*strings));
    for (size_t i = 0; i < count; i++)
        strings[i] = arena_cstr(arena, items[i]);
    return strings;
}

static const char *const *arguments(struct arena *arena, const struct command_request *request)
{
    if (request->argv != NULL)
        return vector(arena, request->argv, request->argc);
    const struct str shell[] = {STR("/bin/sh"), STR("-c"), request->command};
    return vector(arena, shell, ARRAY_SIZE(shell));
}

/* The additions of the request; a terminal says what it is unless the request does. */
static const char *const *additions(struct arena *arena, const struct command_request *request)
{
    struct str *items = arena_zero(arena, request->env_count + 1, sizeof(*items));
    size_t count = 0;
    if (request->has_terminal)
        items[count++] = (struct str)TERMINAL_TYPE;
    for (size_t i = 0; i < request->env_count; i++) {
        if (request->has_terminal && str_starts_with(request->env[i], STR("TERM=")))
            items[0] = request->env[i];
        else
            items[count++] = request->env[i];
    }
    return vector(arena, items, count);
}

static bool spawn_with(const struct command_host *host, const struct command_request *request,
                       struct process_options *options, struct command_spawned *spawned,
                       struct error *error)
{
    struct arena arena = {0};
    const char **environment = NULL;
    options->argv = arguments(&arena, request);
    options->cwd = str_is_empty(request->cwd) ? NULL : arena_cstr(&arena, request->cwd);
    options->env = child_env_get(host->child_env);
    if (request->env_count > 0 || request->has_terminal) {
        environment = child_env_with(host->child_env, additions(&arena, request));
        options->env = environment;
    }
    bool is_spawned = process_spawn(host->processes, options, &spawned->process, error);
    free(environment);
    arena_fini(&arena);
    return is_spawned;
}

bool command_spawn(const struct command_host *host, const struct command_request *request,
                   process_exit_fn on_exit, void *owner, struct command_spawned *ret_spawned,
                   struct error *error)
{
    struct channels channels;
    if (has_nul(request))
        return error_set(error, ERROR_INVALID, "embedded null byte");
    if (!open_channels(&channels, request, error))
        return false;
    struct process_options options = {.stdin_fd = channels.child[STDIN_FILENO],
                                      .stdout_fd = channels.child[STDOUT_FILENO],
                                      .stderr_fd = channels.child[STDERR_FILENO],
                                      .on_exit = on_exit,
                                      .owner = owner};
    if (channels.terminal_path[0] != '\0')
        options.terminal_path = channels.terminal_path;
    struct command_spawned spawned;
    if (!spawn_with(host, request, &options, &spawned, error)) {
        channels_fini(&channels);
        return false;
    }
    close_child_ends(&channels);
    spawned.input = channels.ours[STDIN_FILENO];
    spawned.output = channels.ours[STDOUT_FILENO];
    spawned.errors = channels.ours[STDERR_FILENO];
    *ret_spawned = spawned;
    return true;
}

#include "plugins/vscode/vscode.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"
#include "server/loop/timer.h"

/*
 * A shell line starts it, because of the folder it changes to and of what su takes. The words of
 * the line are quoted; the token is in none of them. Its lines of output are looked at until one
 * says that it serves.
 */

#define MAX_LINE_BYTES 4096

struct vscode {
    struct loop *loop;
    struct process *process; /* NULL once it has ended */
    struct pipe *output;     /* NULL once it has ended */
    struct timer *timer;     /* of the start, then of the stop */
    struct buf line;
    char *token;
    char *base_path;
    int64_t port;
    void (*on_ready)(void *owner); /* NULL once called */
    void *ready_owner;
    bool is_closing;
    void (*on_closed)(void *owner);
    void *close_owner;
};

static void print_program(struct buf *out, struct str root)
{
    buf_printf(out, "%.*s/bin/openvscode-server", STR_ARG(root));
}

bool vscode_is_installed(struct str root)
{
    scoped_buf struct buf path = {0};
    struct stat status;
    print_program(&path, root);
    return stat(path.data, &status) == 0 && S_ISREG(status.st_mode);
}

static bool check_port(const char *address, int64_t port, struct error *error)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    const int yes = 1;
    if (port < 1 || port > UINT16_MAX || inet_pton(AF_INET, address, &own.sin_addr) != 1)
        return error_set(error, ERROR_INVALID, "VS Code: no port %lld", (long long)port);
    scoped_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_set_errno(error, errno, "VS Code: socket");
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)); /* a courtesy */
    if (bind(fd, (const struct sockaddr *)&own, sizeof(own)) != 0)
        return error_set(error, ERROR_CONFLICT, "VS Code: port %lld is not available",
                         (long long)port);
    return true;
}

/* In single quotes, for a shell. */
static void quote(struct buf *out, struct str text)
{
    buf_append_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'')
            buf_append(out, STR("'\\''"));
        else
            buf_append_byte(out, text.data[i]);
    }
    buf_append_byte(out, '\'');
}

static void print_script(struct buf *out, const struct vscode_options *options)
{
    scoped_buf struct buf program = {0};
    if (options->gives_root && options->user != NULL) {
        buf_append(out, STR("sudo -n chown -R "));
        quote(out, str_from(options->user));
        buf_append_byte(out, ':');
        quote(out, str_from(options->user));
        buf_append_byte(out, ' ');
        quote(out, options->root);
        buf_append(out, STR(" </dev/null\n"));
    }
    if (options->cwd != NULL) {
        buf_append(out, STR("cd "));
        quote(out, str_from(options->cwd));
        buf_append_byte(out, '\n');
    }
    print_program(&program, options->root);
    buf_append(out, STR("exec "));
    quote(out, buf_str(&program));
    buf_printf(out, " --host 0.0.0.0 --connection-token-file /dev/stdin --port %lld",
               (long long)options->port);
    scoped_buf struct buf extensions = {0};
    struct stat status;
    buf_printf(&extensions, "%.*s/extensions", STR_ARG(options->root));
    if (stat(extensions.data, &status) == 0) {
        buf_append(out, STR(" --extensions-dir "));
        quote(out, buf_str(&extensions));
    }
    if (!str_is_empty(options->base_path)) {
        buf_append(out, STR(" --server-base-path "));
        quote(out, options->base_path);
    }
    buf_append(out, STR(" --disable-workspace-trust"));
}

/* A file without a name that any user may open again as /dev/stdin, from its beginning. */
static int token_file(struct str token)
{
    int fd = memfd_create("token", MFD_CLOEXEC);
    if (fd >= 0 && (write(fd, token.data, token.len) != (ssize_t)token.len ||
                    lseek(fd, 0, SEEK_SET) != 0 || fchmod(fd, 0444) != 0))
        fd_close(&fd);
    return fd;
}

static void tell_ready(struct vscode *vscode)
{
    void (*on_ready)(void *owner) = vscode->on_ready;
    vscode->on_ready = NULL;
    if (on_ready == NULL || vscode->is_closing)
        return;
    timer_stop(vscode->timer);
    on_ready(vscode->ready_owner);
}

static void finish_close(void *owner)
{
    struct vscode *vscode = owner;
    void (*on_closed)(void *) = vscode->on_closed;
    void *close_owner = vscode->close_owner;
    buf_fini(&vscode->line);
    free(vscode->token);
    free(vscode->base_path);
    free(vscode);
    if (on_closed != NULL)
        on_closed(close_owner);
}

static void on_exit_of(void *owner, const struct process_exit *exit)
{
    struct vscode *vscode = owner;
    vscode->process = NULL;
    log_info("vscode.ended", "code=%d", exit->code);
    if (!vscode->is_closing) {
        tell_ready(vscode);
        return;
    }
    timer_close(take_pointer(&vscode->timer));
    finish_close(vscode);
}

static void look_at_line(struct vscode *vscode)
{
    const struct str line = buf_str(&vscode->line);
    const bool serves = str_contains(line, STR("Web UI available at")) ||
                        str_contains(line, STR("Server bound to"));
    buf_clear(&vscode->line);
    if (serves && vscode->on_ready != NULL) {
        log_info("vscode.ready", "port=%lld", (long long)vscode->port);
        tell_ready(vscode);
    }
}

static void on_output(void *owner, struct str chunk)
{
    struct vscode *vscode = owner;
    struct str piece;
    while (vscode->on_ready != NULL && str_has_byte(chunk, '\n')) {
        (void)str_next(&chunk, '\n', &piece); /* there is one */
        buf_append(&vscode->line, piece);
        look_at_line(vscode);
    }
    if (vscode->on_ready != NULL)
        buf_append(&vscode->line, chunk);
}

static void on_output_end(void *owner)
{
    struct vscode *vscode = owner;
    pipe_close(take_pointer(&vscode->output));
    tell_ready(vscode);
}

/* The start or the stop takes too long. */
static void on_limit(void *owner)
{
    struct vscode *vscode = owner;
    if (vscode->is_closing)
        (void)process_signal_group(vscode->process, SIGKILL); /* gone meanwhile: fine */
    else
        tell_ready(vscode);
}

static bool spawn(struct vscode *vscode, const struct vscode_options *options,
                  const char *const *argv, struct error *error)
{
    int ends[2];
    scoped_fd int token = token_file(options->token);
    if (token < 0 || pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "VS Code: pipe");
    scoped_fd int theirs = ends[1];
    static const struct pipe_events events = {.on_data = on_output, .on_end = on_output_end};
    if (!pipe_open(vscode->loop, ends[0], &events, vscode, &vscode->output, error))
        return false;
    pipe_read_start(vscode->output);
    const struct process_options process = {
        .argv = argv,
        .env = options->env,
        .stdin_fd = token,
        .stdout_fd = theirs,
        .stderr_fd = theirs,
        .on_exit = on_exit_of,
        .owner = vscode,
    };
    if (process_spawn(options->processes, &process, &vscode->process, error))
        return true;
    pipe_close(take_pointer(&vscode->output));
    return false;
}

static bool start(struct vscode *vscode, const struct vscode_options *options, struct error *error)
{
    scoped_buf struct buf script = {0};
    print_script(&script, options);
    const char *const plain[] = {"/bin/sh", "-c", script.data, NULL};
    const char *const by_su[] = {"su",        "-",  options->user, "-s",
                                 "/bin/bash", "-c", script.data,   NULL};
    return spawn(vscode, options, options->user == NULL ? plain : by_su, error);
}

bool vscode_open(const struct vscode_options *options, void (*on_ready)(void *owner), void *owner,
                 struct vscode **ret_vscode, struct error *error)
{
    if (!vscode_is_installed(options->root))
        return error_set(error, ERROR_NOT_FOUND, "VS Code is not installed below '%.*s'",
                         STR_ARG(options->root));
    if (!check_port(options->address, options->port, error))
        return false;
    struct vscode *vscode = mem_zero(1, sizeof(*vscode));
    vscode->loop = options->loop;
    vscode->port = options->port;
    buf_init(&vscode->line, MAX_LINE_BYTES);
    if (!start(vscode, options, error)) {
        free(vscode);
        return false;
    }
    vscode->token = mem_strndup(options->token.data, options->token.len);
    vscode->base_path = mem_strndup(options->base_path.data, options->base_path.len);
    vscode->on_ready = on_ready;
    vscode->ready_owner = owner;
    vscode->timer = timer_open(options->loop, on_limit, vscode);
    timer_start(vscode->timer, VSCODE_READY_TIMEOUT_MS, 0);
    log_info("vscode.started", "port=%lld", (long long)vscode->port);
    *ret_vscode = vscode;
    return true;
}

void vscode_close(struct vscode *vscode, void (*on_closed)(void *owner), void *owner)
{
    assert(!vscode->is_closing);
    vscode->is_closing = true;
    vscode->on_closed = on_closed;
    vscode->close_owner = owner;
    pipe_close(take_pointer(&vscode->output));
    if (vscode->process == NULL) {
        timer_close(take_pointer(&vscode->timer));
        loop_defer(vscode->loop, finish_close, vscode);
        return;
    }
    (void)process_signal_group(vscode->process, SIGTERM); /* gone meanwhile: on_exit comes */
    timer_start(vscode->timer, VSCODE_STOP_TIMEOUT_MS, 0);
}

bool vscode_is_running(const struct vscode *vscode)
{
    return vscode != NULL && vscode->process != NULL;
}

struct str vscode_token(const struct vscode *vscode)
{
    return str_from(vscode->token);
}

struct str vscode_base_path(const struct vscode *vscode)
{
    return str_from(vscode->base_path);
}

int64_t vscode_port(const struct vscode *vscode)
{
    return vscode->port;
}

#include "plugins/mcp/mcp_stdio.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"
#include "server/loop/timer.h"

/*
 * The end of the child and the end of its output come in any order. The process says how it ended,
 * so the end of the output waits for it a little; the end of the process drains the output and does
 * not wait for whoever else holds it.
 *
 * One timer serves in turn the wait for the process's end and the steps of closing.
 */

#define MAGIC_MCP_STDIO    0x4d435053u
#define EXIT_GRACE_MS      1000
#define KEPT_CAPACITY      ((size_t)1 << 20) /* a larger buffer is given back after its line */
#define LAST_LINE_MAX      300
#define SIGNAL_STEPS_COUNT 2

static const int signal_steps[SIGNAL_STEPS_COUNT] = {SIGTERM, SIGKILL};

struct mcp_stdio {
    struct mcp_transport transport; /* first */
    uint32_t magic;
    struct loop *loop;
    const struct mcp_transport_events *events;
    void *owner;
    struct process *process; /* NULL when it has ended */
    pid_t pid;
    struct process_exit exit;
    struct pipe *input;
    struct pipe *output;
    struct pipe *log_output;
    struct timer *timer;
    struct buf line; /* the part that has come */
    struct buf log;
    bool is_over; /* on_ended was called, or is not wanted any more */
    bool is_closing;
    size_t signals_sent;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

static struct mcp_stdio *from_transport(struct mcp_transport *transport)
{
    struct mcp_stdio *stdio = container_of(transport, struct mcp_stdio, transport);
    magic_check(stdio, MAGIC_MCP_STDIO);
    return stdio;
}

static void close_pipes(struct mcp_stdio *stdio)
{
    pipe_close(take_pointer(&stdio->input));
    pipe_close(take_pointer(&stdio->output));
    pipe_close(take_pointer(&stdio->log_output));
}

static void free_stdio(struct mcp_stdio *stdio)
{
    close_pipes(stdio);
    timer_close(stdio->timer);
    buf_fini(&stdio->line);
    buf_fini(&stdio->log);
    stdio->magic = 0;
    free(stdio);
}

static void finish(void *owner)
{
    struct mcp_stdio *stdio = owner;
    void (*on_closed)(void *) = stdio->on_closed;
    void *closed_owner = stdio->closed_owner;
    free_stdio(stdio);
    if (on_closed != NULL)
        on_closed(closed_owner);
}

static void end(struct mcp_stdio *stdio, const struct error *error)
{
    if (stdio->is_over)
        return;
    stdio->is_over = true;
    timer_stop(stdio->timer);
    close_pipes(stdio);
    stdio->events->on_ended(stdio->owner, error);
}

/* The last line on stderr, usually the reason. */
static struct str last_words(const struct mcp_stdio *stdio)
{
    const struct str log = str_trim(buf_str(&stdio->log));
    const size_t line_break = str_find_last_byte(log, '\n');
    const struct str line = line_break == SIZE_MAX ? log : str_skip(log, line_break + 1);
    return str_trim(str_slice(line, 0, LAST_LINE_MAX));
}

/* Clients know the first two words. */
static void describe_end(const struct mcp_stdio *stdio, struct error *error)
{
    const struct str words = last_words(stdio);
    char reason[64] = "its output was closed";
    if (stdio->process == NULL && stdio->exit.signal != 0)
        (void)snprintf(reason, sizeof(reason), "ended by signal %d", stdio->exit.signal);
    else if (stdio->process == NULL)
        (void)snprintf(reason, sizeof(reason), "exit code %d", stdio->exit.code);
    (void)error_set(error, ERROR_UNAVAILABLE, "Connection closed (%s)%s%.*s", reason,
                    words.len > 0 ? ": " : "", STR_ARG(words));
}

static void end_as_it_did(struct mcp_stdio *stdio)
{
    struct error error;
    describe_end(stdio, &error);
    end(stdio, &error);
}

static void on_process_exit(void *owner, const struct process_exit *exit)
{
    struct mcp_stdio *stdio = owner;
    magic_check(stdio, MAGIC_MCP_STDIO);
    const bool was_closing = stdio->is_closing; /* the last messages may make the owner close */
    stdio->process = NULL;
    stdio->exit = *exit;
    if (process_group_is_alive(stdio->pid))
        (void)process_group_signal(stdio->pid, stdio->is_closing ? SIGKILL : SIGTERM);
    if (stdio->log_output != NULL)
        pipe_drain(stdio->log_output);
    if (!stdio->is_over && stdio->output != NULL)
        pipe_drain(stdio->output);
    if (was_closing)
        finish(stdio);
    else
        end_as_it_did(stdio);
}

static void deliver(struct mcp_stdio *stdio, struct str line)
{
    line = str_trim(line);
    if (line.len > 0 && !stdio->is_over)
        stdio->events->on_message(stdio->owner, line);
}

static void keep_rest(struct mcp_stdio *stdio, struct str rest)
{
    if (stdio->is_over)
        return;
    buf_append(&stdio->line, rest);
    if (!buf_has_overflowed(&stdio->line))
        return;
    struct error error;
    (void)error_set(&error, ERROR_TOO_LARGE, "the server sent a message of more than %zu bytes",
                    MCP_MAX_MESSAGE_BYTES);
    end(stdio, &error);
}

static void on_output(void *owner, struct str chunk)
{
    struct mcp_stdio *stdio = owner;
    size_t line_end;
    while (!stdio->is_over && (line_end = str_find_byte(chunk, '\n')) != SIZE_MAX) {
        const struct str piece = str_slice(chunk, 0, line_end);
        chunk = str_skip(chunk, line_end + 1);
        if (stdio->line.len == 0) {
            deliver(stdio, piece);
            continue;
        }
        keep_rest(stdio, piece);
        if (!stdio->is_over)
            deliver(stdio, buf_str(&stdio->line));
        if (stdio->line.capacity > KEPT_CAPACITY)
            buf_fini(&stdio->line);
        buf_clear(&stdio->line);
    }
    keep_rest(stdio, chunk);
}

static void on_output_end(void *owner)
{
    struct mcp_stdio *stdio = owner;
    if (stdio->process != NULL && !stdio->is_over)
        timer_start(stdio->timer, EXIT_GRACE_MS, 0);
}

static void on_log(void *owner, struct str chunk)
{
    struct mcp_stdio *stdio = owner;
    struct buf *log = &stdio->log;
    chunk = str_skip(chunk, chunk.len > MCP_STDIO_LOG_BYTES ? chunk.len - MCP_STDIO_LOG_BYTES : 0);
    if (log->len + chunk.len > MCP_STDIO_LOG_BYTES)
        buf_consume(log, log->len + chunk.len - MCP_STDIO_LOG_BYTES);
    buf_append(log, chunk);
}

static void on_due(void *owner)
{
    struct mcp_stdio *stdio = owner;
    if (!stdio->is_closing) {
        end_as_it_did(stdio);
        return;
    }
    if (stdio->process == NULL || stdio->signals_sent == SIGNAL_STEPS_COUNT)
        return;
    (void)process_signal_group(stdio->process, signal_steps[stdio->signals_sent++]);
    timer_start(stdio->timer, MCP_STDIO_GRACE_MS, 0);
}

static bool send_text(struct mcp_transport *transport, uint64_t request, struct str text,
                      struct error *error)
{
    (void)request; /* an answer names it */
    struct mcp_stdio *stdio = from_transport(transport);
    if (stdio->is_over || stdio->input == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "Connection closed");
    if (pipe_pending_bytes(stdio->input) + text.len > MCP_STDIO_MAX_UNREAD_BYTES)
        return error_set(error, ERROR_LIMIT, "the server does not read its input");
    pipe_write(stdio->input, text);
    pipe_write(stdio->input, STR("\n"));
    return true;
}

static struct str get_log(struct mcp_transport *transport)
{
    const struct mcp_stdio *stdio = from_transport(transport);
    return buf_str(&stdio->log);
}

static void close_stdio(struct mcp_transport *transport, void (*on_closed)(void *owner),
                        void *owner)
{
    struct mcp_stdio *stdio = from_transport(transport);
    assert(!stdio->is_closing);
    const bool has_failed = stdio->is_over;
    stdio->is_closing = true;
    stdio->is_over = true;
    stdio->on_closed = on_closed;
    stdio->closed_owner = owner;
    pipe_close(take_pointer(&stdio->input));
    if (stdio->process == NULL)
        loop_defer(stdio->loop, finish, stdio);
    else
        timer_start(stdio->timer, has_failed ? 0 : MCP_STDIO_GRACE_MS, 0);
}

static const struct mcp_transport_class stdio_class = {
    .send = send_text, .close = close_stdio, .log = get_log};

/* Both ends of the child's three streams; -1 where there is nothing. */
struct streams {
    int child[3];
    int ours[3];
};

static void streams_fini(struct streams *streams)
{
    for (size_t i = 0; i < ARRAY_SIZE(streams->ours); i++) {
        fd_close(&streams->child[i]);
        fd_close(&streams->ours[i]);
    }
}

static bool streams_init(struct streams *streams, struct error *error)
{
    *streams = (struct streams){.child = {-1, -1, -1}, .ours = {-1, -1, -1}};
    for (size_t i = 0; i < ARRAY_SIZE(streams->ours); i++) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0)
            return error_set_errno(error, errno, "cannot make a pipe");
        streams->child[i] = ends[i == STDIN_FILENO ? 0 : 1];
        streams->ours[i] = ends[i == STDIN_FILENO ? 1 : 0];
    }
    return true;
}

static bool open_pipes(struct mcp_stdio *stdio, struct streams *streams, struct error *error)
{
    static const struct pipe_events no_events = {0};
    static const struct pipe_events output_events = {.on_data = on_output, .on_end = on_output_end};
    static const struct pipe_events log_events = {.on_data = on_log};
    struct loop *loop = stdio->loop;
    return pipe_open(loop, take_fd(&streams->ours[STDIN_FILENO]), &no_events, stdio, &stdio->input,
                     error) &&
           pipe_open(loop, take_fd(&streams->ours[STDOUT_FILENO]), &output_events, stdio,
                     &stdio->output, error) &&
           pipe_open(loop, take_fd(&streams->ours[STDERR_FILENO]), &log_events, stdio,
                     &stdio->log_output, error);
}

static bool spawn(struct mcp_stdio *stdio, const struct mcp_transport_options *options,
                  const struct streams *streams, struct error *error)
{
    const struct process_options process = {
        .argv = options->argv,
        .env = options->env,
        .cwd = options->cwd,
        .stdin_fd = streams->child[STDIN_FILENO],
        .stdout_fd = streams->child[STDOUT_FILENO],
        .stderr_fd = streams->child[STDERR_FILENO],
        .on_exit = on_process_exit,
        .owner = stdio,
    };
    if (!process_spawn(options->processes, &process, &stdio->process, error))
        return false;
    stdio->pid = process_pid(stdio->process);
    return true;
}

static bool start(struct mcp_stdio *stdio, const struct mcp_transport_options *options,
                  struct error *error)
{
    struct streams streams;
    const bool is_started = streams_init(&streams, error) && open_pipes(stdio, &streams, error) &&
                            spawn(stdio, options, &streams, error);
    streams_fini(&streams);
    return is_started;
}

bool mcp_stdio_open(const struct mcp_transport_options *options,
                    const struct mcp_transport_events *events, void *owner,
                    struct mcp_transport **ret_transport, struct error *error)
{
    loop_assert_owner(options->loop);
    struct mcp_stdio *stdio = mem_zero(1, sizeof(*stdio));
    stdio->transport.class = &stdio_class;
    stdio->magic = MAGIC_MCP_STDIO;
    stdio->loop = options->loop;
    stdio->events = events;
    stdio->owner = owner;
    stdio->timer = timer_open(options->loop, on_due, stdio);
    buf_init(&stdio->line, MCP_MAX_MESSAGE_BYTES);
    buf_init(&stdio->log, MCP_STDIO_LOG_BYTES);
    if (!start(stdio, options, error)) {
        free_stdio(stdio);
        return false;
    }
    pipe_read_start(stdio->output);
    pipe_read_start(stdio->log_output);
    log_debug("mcp.server_started", "pid=%d", (int)stdio->pid);
    *ret_transport = &stdio->transport;
    return true;
}

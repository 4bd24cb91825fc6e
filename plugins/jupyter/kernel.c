#include "plugins/jupyter/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugins/jupyter/message.h"
#include "plugins/jupyter/socket.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"
#include "server/loop/timer.h"
#include "server/loop/work.h"

/*
 * prepare (worker) → spawn → "ready" in the pipe → connect → sync → ready → exit → last words
 *     → tidy (worker)
 *
 * A publisher drops what it publishes before it knows of a subscriber. So a sync asks for the
 * kernel's description, which is answered on the shell and announced on the broadcast; when the
 * answer is there and the announcement was not heard, it asks again. That ends as soon as the
 * subscription has arrived, and no timer is needed for it.
 */

#define MAGIC_KERNEL 0x4b45524eu
#define PRINTED_MAX  600 /* bytes kept of what it prints to its own terminal */
/* What a kernel has sent before it ended is on its way through a thread of libzmq's. */
#define LAST_WORDS_MS 50

struct jupyter_kernel {
    uint32_t magic;
    struct jupyter_kernel_options options;
    struct id session;
    struct jupyter_launch launch;
    struct jupyter_context *context;
    bool is_prepared; /* by the worker, which leaves the reason in `reason` when it is not */
    struct error reason;
    struct process *process;
    struct pipe *printing;
    struct pipe *readying;
    struct jupyter_socket *shell;
    struct jupyter_socket *broadcast;
    struct timer *patience;   /* with its start, and with each sync */
    struct timer *last_words; /* of one that has ended */
    struct buf printed;
    struct id sync; /* the question under way; nil when there is none */
    bool is_heard;  /* its announcement */
    bool is_ready;
    bool is_killed;
    bool has_timed_out;
};

static void free_tidied(void *job, bool is_cancelled)
{
    struct jupyter_kernel *kernel = job;
    magic_check(kernel, MAGIC_KERNEL);
    if (is_cancelled) /* no thread can be had; it blocks for a moment, at the end of it all */
        jupyter_launch_fini(&kernel->launch);
    const struct jupyter_kernel_events *events = kernel->options.events;
    void *owner = kernel->options.owner;
    const struct error reason = kernel->reason;
    buf_fini(&kernel->printed);
    kernel->magic = 0;
    free(kernel);
    events->on_gone(owner, &reason);
}

static void tidy(void *job)
{
    struct jupyter_kernel *kernel = job;
    jupyter_context_close(kernel->context);
    jupyter_launch_fini(&kernel->launch);
}

static void close_parts(struct jupyter_kernel *kernel)
{
    timer_close(kernel->patience);
    timer_close(kernel->last_words);
    pipe_close(kernel->printing);
    pipe_close(kernel->readying);
    jupyter_socket_close(kernel->shell);
    jupyter_socket_close(kernel->broadcast);
    (void)work_start(kernel->options.loop, tidy, free_tidied, kernel);
}

static void on_printed(void *owner, struct str chunk)
{
    struct jupyter_kernel *kernel = owner;
    log_debug("jupyter.printed", "text=%.*s", STR_ARG(chunk));
    buf_append(&kernel->printed, chunk);
    if (kernel->printed.len > PRINTED_MAX)
        buf_consume(&kernel->printed, kernel->printed.len - PRINTED_MAX);
}

/* `su` reports a signal as a shell does. */
static int signal_of(const struct process_exit *exit)
{
    const bool is_told = exit->code > 128 && exit->code < 128 + NSIG;
    return exit->signal == 0 && is_told ? exit->code - 128 : exit->signal;
}

static void describe_exit(struct jupyter_kernel *kernel, const struct process_exit *exit)
{
    const int number = signal_of(exit);
    const char *name = number == 0 ? NULL : sigabbrev_np(number);
    scoped_buf struct buf how = {0};
    if (number == 0)
        buf_printf(&how, "exit status %d", exit->code);
    else
        buf_printf(&how, "SIG%s", name == NULL ? "?" : name);
    if (kernel->is_ready)
        (void)error_set(&kernel->reason, ERROR_GONE, "%s", how.data);
    else if (kernel->has_timed_out)
        (void)error_set(&kernel->reason, ERROR_TIMEOUT, "it was not ready after %d seconds",
                        JUPYTER_KERNEL_START_MS / 1000);
    else
        (void)error_set(&kernel->reason, ERROR_UNAVAILABLE, "%s", how.data);
    const struct str printed = str_trim(buf_str(&kernel->printed));
    if (!kernel->is_ready && printed.len > 0) {
        const struct error plain = kernel->reason;
        (void)error_set(&kernel->reason, plain.code, "%s; it printed: %.*s", plain.text,
                        STR_ARG(printed));
    }
}

static void on_last_words(void *owner)
{
    struct jupyter_kernel *kernel = owner;
    magic_check(kernel, MAGIC_KERNEL);
    jupyter_socket_drain(kernel->shell);
    jupyter_socket_drain(kernel->broadcast);
    close_parts(kernel);
}

static void on_process_exit(void *owner, const struct process_exit *exit)
{
    struct jupyter_kernel *kernel = owner;
    magic_check(kernel, MAGIC_KERNEL);
    const pid_t group = process_pid(kernel->process);
    (void)process_group_signal(group, SIGKILL); /* what it had started; nobody may be left */
    kernel->process = NULL;
    pipe_drain(kernel->printing);
    describe_exit(kernel, exit);
    log_info("jupyter.ended", "code=%d signal=%d", exit->code, exit->signal);
    if (!kernel->is_ready || kernel->is_killed) {
        close_parts(kernel);
        return;
    }
    kernel->last_words = timer_open(kernel->options.loop, on_last_words, kernel);
    timer_start(kernel->last_words, LAST_WORDS_MS, 0);
}

static struct id request(struct jupyter_kernel *kernel, const char *type, struct str content)
{
    struct jupyter_request message;
    jupyter_request_init(&message, type, kernel->session, content);
    jupyter_socket_send(kernel->shell, &message);
    const struct id id = message.id;
    jupyter_request_fini(&message);
    return id;
}

static void ask(struct jupyter_kernel *kernel)
{
    kernel->is_heard = false;
    kernel->sync = request(kernel, "kernel_info_request", STR("{}"));
}

static bool is_about(const struct jupyter_message *message, struct id id)
{
    return str_equal(message->parent_id, str_from(id_hex(id).text));
}

static void finish_sync(struct jupyter_kernel *kernel)
{
    const bool is_first = !kernel->is_ready;
    kernel->sync = (struct id){0};
    kernel->is_ready = true;
    timer_stop(kernel->patience);
    if (is_first)
        kernel->options.events->on_ready(kernel->options.owner);
    else
        kernel->options.events->on_synced(kernel->options.owner);
}

static void on_reply(void *owner, const struct jupyter_message *message)
{
    struct jupyter_kernel *kernel = owner;
    magic_check(kernel, MAGIC_KERNEL);
    if (id_is_nil(kernel->sync) || !is_about(message, kernel->sync)) {
        kernel->options.events->on_message(kernel->options.owner, message);
        return;
    }
    jupyter_socket_drain(kernel->broadcast);
    if (kernel->is_heard)
        finish_sync(kernel);
    else
        ask(kernel);
}

static void on_broadcast(void *owner, const struct jupyter_message *message)
{
    struct jupyter_kernel *kernel = owner;
    magic_check(kernel, MAGIC_KERNEL);
    if (!id_is_nil(kernel->sync) && is_about(message, kernel->sync))
        kernel->is_heard = true;
    else
        kernel->options.events->on_message(kernel->options.owner, message);
}

static bool open_channel(struct jupyter_kernel *kernel, enum jupyter_channel channel,
                         struct jupyter_socket **ret_socket, struct error *error)
{
    scoped_buf struct buf address = {0};
    jupyter_launch_address(&kernel->launch, channel, &address);
    const bool is_shell = channel == JUPYTER_SHELL;
    const struct jupyter_socket_options options = {
        .loop = kernel->options.loop,
        .context = kernel->context,
        .kind = is_shell ? ZMQ_KIND_DEALER : ZMQ_KIND_SUBSCRIBER,
        .address = address.data,
        .key = buf_str(&kernel->launch.key),
        .on_message = is_shell ? on_reply : on_broadcast,
        .owner = kernel,
    };
    return jupyter_socket_open(&options, ret_socket, error);
}

static void on_listening(void *owner, struct str chunk)
{
    struct jupyter_kernel *kernel = owner;
    magic_check(kernel, MAGIC_KERNEL);
    (void)chunk; /* that it comes says it all */
    if (kernel->shell != NULL || kernel->is_killed)
        return;
    struct error error;
    if (!open_channel(kernel, JUPYTER_BROADCAST, &kernel->broadcast, &error) ||
        !open_channel(kernel, JUPYTER_SHELL, &kernel->shell, &error)) {
        log_error("jupyter.unreachable", "error=\"%s\"", error.text);
        jupyter_kernel_kill(kernel);
        return;
    }
    ask(kernel);
}

static void on_late(void *owner)
{
    struct jupyter_kernel *kernel = owner;
    kernel->has_timed_out = true;
    jupyter_kernel_kill(kernel);
}

static bool open_pipes(struct jupyter_kernel *kernel, int printing_fd, struct error *error)
{
    static const struct pipe_events printing = {.on_data = on_printed};
    static const struct pipe_events readying = {.on_data = on_listening};
    struct loop *loop = kernel->options.loop;
    if (!pipe_open(loop, printing_fd, &printing, kernel, &kernel->printing, error) ||
        !pipe_open(loop, take_fd(&kernel->launch.ready_fd), &readying, kernel, &kernel->readying,
                   error))
        return false;
    pipe_read_start(kernel->printing);
    pipe_read_start(kernel->readying);
    return true;
}

/* In the top folder: a file in the workspace must not take the place of a module of Python's. */
static bool spawn(struct jupyter_kernel *kernel, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "cannot make a pipe");
    scoped_fd int their_end = ends[1];
    if (!open_pipes(kernel, ends[0], error))
        return false;
    const struct process_options options = {
        .argv = kernel->launch.argv,
        .env = kernel->options.launch.env,
        .cwd = "/",
        .stdin_fd = -1,
        .stdout_fd = their_end,
        .stderr_fd = their_end,
        .on_exit = on_process_exit,
        .owner = kernel,
    };
    return process_spawn(kernel->options.processes, &options, &kernel->process, error);
}

static void prepare(void *job)
{
    struct jupyter_kernel *kernel = job;
    kernel->is_prepared =
        jupyter_launch_prepare(&kernel->options.launch, &kernel->launch, &kernel->reason) &&
        jupyter_context_open(&kernel->context, &kernel->reason);
}

static void on_prepared(void *job, bool is_cancelled)
{
    struct jupyter_kernel *kernel = job;
    magic_check(kernel, MAGIC_KERNEL);
    if (is_cancelled)
        (void)error_set(&kernel->reason, ERROR_UNAVAILABLE, "no thread can be started");
    else if (kernel->is_prepared && kernel->is_killed)
        (void)error_set(&kernel->reason, ERROR_CANCELLED, "it was ended before it began");
    else if (kernel->is_prepared && spawn(kernel, &kernel->reason)) {
        log_info("jupyter.started", "pid=%d", (int)process_pid(kernel->process));
        return;
    }
    close_parts(kernel);
}

struct jupyter_kernel *jupyter_kernel_open(const struct jupyter_kernel_options *options)
{
    struct jupyter_kernel *kernel = mem_zero(1, sizeof(*kernel));
    kernel->magic = MAGIC_KERNEL;
    kernel->options = *options;
    kernel->session = id_new();
    kernel->launch.folder_fd = -1;
    kernel->launch.ready_fd = -1;
    kernel->patience = timer_open(options->loop, on_late, kernel);
    timer_start(kernel->patience, JUPYTER_KERNEL_START_MS, 0);
    (void)work_start(options->loop, prepare, on_prepared, kernel);
    return kernel;
}

struct id jupyter_kernel_execute(struct jupyter_kernel *kernel, struct str code, bool is_silent)
{
    assert(kernel->is_ready);
    scoped_buf struct buf content = {0};
    jupyter_execute_content(code, is_silent, &content);
    return request(kernel, "execute_request", buf_str(&content));
}

void jupyter_kernel_sync(struct jupyter_kernel *kernel)
{
    assert(kernel->is_ready);
    timer_start(kernel->patience, JUPYTER_KERNEL_START_MS, 0);
    ask(kernel);
}

void jupyter_kernel_interrupt(struct jupyter_kernel *kernel)
{
    if (kernel->process != NULL)
        (void)process_signal_group(kernel->process, SIGINT); /* it may have ended by now */
}

void jupyter_kernel_kill(struct jupyter_kernel *kernel)
{
    kernel->is_killed = true;
    if (kernel->process != NULL)
        (void)process_signal_group(kernel->process, SIGKILL); /* as above */
}

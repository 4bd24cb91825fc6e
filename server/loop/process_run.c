#include "server/loop/process_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/mem.h"

/*
 * One poll() waits for everything: both outputs, room for input, the exit (an eventfd that the loop
 * thread writes to) and the time. The run ends when the exit is known and both outputs have ended
 * or their grace is over; so the object on this stack outlives every callback.
 */

#define DEFAULT_STDOUT_BYTES ((size_t)64 << 20)
#define DEFAULT_STDERR_BYTES ((size_t)64 << 10)
#define DRAIN_MS             200
#define CHUNK_BYTES          ((size_t)65536)
#define DRAIN_READS_MAX      16 /* 1 MiB */
#define FOREVER              UINT64_MAX

enum {
    WATCH_OUT,
    WATCH_ERR,
    WATCH_IN,
    WATCH_EXIT,
    WATCHES,
};

struct run {
    const struct process_run_options *options;
    struct process_run_result *result;
    pid_t pid;
    int fds[WATCHES]; /* our ends; -1 once closed */
    size_t sent_bytes;
    uint64_t deadline_ms; /* of the program, then of the drain */
    bool has_exited;
    char *chunk;
};

/* On the loop thread. The write comes last: then the run may return. */
static void on_exit_known(void *owner, const struct process_exit *exit)
{
    struct run *run = owner;
    run->result->exit = *exit;
    (void)!eventfd_write(run->fds[WATCH_EXIT], 1); /* the counter is 0, so there is room */
}

struct child_ends {
    int in;
    int out;
    int err;
};

static bool open_pipe(int *ret_our_end, int *ret_child_end, bool is_input, struct error *error)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set_errno(error, errno, "cannot open a pipe");
    *ret_our_end = ends[is_input ? 1 : 0];
    *ret_child_end = ends[is_input ? 0 : 1];
    if (fcntl(*ret_our_end, F_SETFL, O_NONBLOCK) != 0)
        return error_set_errno(error, errno, "cannot make a pipe non-blocking");
    return true;
}

static bool open_streams(struct run *run, struct child_ends *child, struct error *error)
{
    if (run->options->input.len > 0 && !open_pipe(&run->fds[WATCH_IN], &child->in, true, error))
        return false;
    if (!open_pipe(&run->fds[WATCH_OUT], &child->out, false, error) ||
        !open_pipe(&run->fds[WATCH_ERR], &child->err, false, error))
        return false;
    run->fds[WATCH_EXIT] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return run->fds[WATCH_EXIT] >= 0 || error_set_errno(error, errno, "cannot open an eventfd");
}

static bool start(struct processes *processes, struct run *run, struct error *error)
{
    struct child_ends child = {.in = -1, .out = -1, .err = -1};
    bool has_started = open_streams(run, &child, error);
    if (has_started) {
        const struct process_options options = {
            .argv = run->options->argv,
            .env = run->options->env,
            .cwd = run->options->cwd,
            .stdin_fd = child.in,
            .stdout_fd = child.out,
            .stderr_fd = child.err,
            .on_exit = on_exit_known,
            .owner = run,
        };
        has_started = process_spawn_from_worker(processes, &options, &run->pid, error);
    }
    fd_close(&child.in);
    fd_close(&child.out);
    fd_close(&child.err);
    return has_started;
}

/* The exit is still awaited, without a limit: the kernel delivers it. */
static void kill_group(struct run *run)
{
    if (run->has_exited)
        return;
    (void)process_group_signal(run->pid, SIGKILL); /* nobody may be left */
    fd_close(&run->fds[WATCH_IN]);
    run->deadline_ms = FOREVER;
}

/* The kill comes first, so that the exit does not depend on who notices the closed pipe. */
static void stop_output(struct run *run)
{
    kill_group(run);
    fd_close(&run->fds[WATCH_OUT]);
}

static void take_out(struct run *run, struct str chunk)
{
    struct process_run_result *result = run->result;
    if (run->options->on_stdout != NULL) {
        const uint64_t before_ms = clock_monotonic_ms();
        if (!run->options->on_stdout(run->options->owner, chunk))
            stop_output(run);
        if (run->deadline_ms != FOREVER) /* a slow receiver is not the program's delay */
            run->deadline_ms += clock_monotonic_ms() - before_ms;
        return;
    }
    const size_t room = result->out.max_bytes - result->out.len;
    buf_append(&result->out, str_slice(chunk, 0, room));
    if (chunk.len <= room)
        return;
    result->is_too_large = true;
    stop_output(run);
}

static void take_err(struct run *run, struct str chunk)
{
    struct buf *err = &run->result->err;
    buf_append(err, str_slice(chunk, 0, err->max_bytes - err->len));
}

/* False when nothing is there now. */
static bool read_stream(struct run *run, int watch)
{
    const ssize_t count = read(run->fds[watch], run->chunk, CHUNK_BYTES);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (count <= 0)
        fd_close(&run->fds[watch]);
    else if (watch == WATCH_OUT)
        take_out(run, str_span(run->chunk, (size_t)count));
    else
        take_err(run, str_span(run->chunk, (size_t)count));
    return true;
}

/* Whatever the program itself wrote is in the pipe when it has ended, so reading as much as a pipe
 * holds misses nothing of it, however late this thread comes; the rest is somebody else's. */
static void drain(struct run *run, int watch)
{
    size_t reads = 0;
    while (run->fds[watch] >= 0 && reads++ < DRAIN_READS_MAX && read_stream(run, watch))
        continue;
}

static void write_input(struct run *run)
{
    const struct str rest = str_skip(run->options->input, run->sent_bytes);
    const ssize_t count = write(run->fds[WATCH_IN], rest.data, rest.len);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    run->sent_bytes += count > 0 ? (size_t)count : 0;
    if (count < 0 || run->sent_bytes == run->options->input.len)
        fd_close(&run->fds[WATCH_IN]); /* a program need not read all of it */
}

static void note_exit(struct run *run)
{
    eventfd_t count;
    if (eventfd_read(run->fds[WATCH_EXIT], &count) != 0)
        return;
    run->has_exited = true;
    fd_close(&run->fds[WATCH_IN]);
    run->deadline_ms = clock_monotonic_ms() + DRAIN_MS;
}

static bool is_over(const struct run *run)
{
    if (!run->has_exited)
        return false;
    return (run->fds[WATCH_OUT] < 0 && run->fds[WATCH_ERR] < 0) ||
           clock_monotonic_ms() >= run->deadline_ms;
}

static int wait_ms(const struct run *run)
{
    if (run->deadline_ms == FOREVER)
        return -1;
    const uint64_t now = clock_monotonic_ms();
    const uint64_t rest = run->deadline_ms > now ? run->deadline_ms - now : 0;
    return rest > INT32_MAX ? INT32_MAX : (int)rest;
}

static void check_time(struct run *run)
{
    if (run->has_exited || run->deadline_ms == FOREVER || clock_monotonic_ms() < run->deadline_ms)
        return;
    run->result->has_timed_out = true;
    kill_group(run);
}

static void handle(struct run *run, int watch)
{
    if (run->fds[watch] < 0)
        return; /* closed by the one before */
    if (watch == WATCH_IN)
        write_input(run);
    else if (watch == WATCH_EXIT)
        note_exit(run);
    else
        (void)read_stream(run, watch); /* poll said that something is there */
}

static void wait_once(struct run *run)
{
    struct pollfd watches[WATCHES];
    for (int i = 0; i < WATCHES; i++)
        watches[i] = (struct pollfd){.fd = run->fds[i], .events = i == WATCH_IN ? POLLOUT : POLLIN};
    if (poll(watches, WATCHES, wait_ms(run)) < 0)
        return; /* EINTR */
    for (int i = 0; i < WATCHES; i++) {
        if (watches[i].revents != 0)
            handle(run, i);
    }
    check_time(run);
}

static size_t or_default(size_t value, size_t fallback)
{
    return value == 0 ? fallback : value;
}

bool process_run(struct processes *processes, const struct process_run_options *options,
                 struct process_run_result *result, struct error *error)
{
    *result = (struct process_run_result){0};
    buf_init(&result->out, or_default(options->max_stdout_bytes, DEFAULT_STDOUT_BYTES));
    buf_init(&result->err, or_default(options->max_stderr_bytes, DEFAULT_STDERR_BYTES));
    scoped_free char *chunk = mem_alloc(CHUNK_BYTES);
    struct run run = {
        .options = options,
        .result = result,
        .fds = {-1, -1, -1, -1},
        .deadline_ms =
            clock_monotonic_ms() + or_default(options->timeout_ms, PROCESS_RUN_TIMEOUT_MS),
        .chunk = chunk,
    };
    const bool has_started = start(processes, &run, error);
    while (has_started && !is_over(&run))
        wait_once(&run);
    drain(&run, WATCH_OUT);
    drain(&run, WATCH_ERR);
    for (int i = 0; i < WATCHES; i++)
        fd_close(&run.fds[i]);
    return has_started;
}

void process_run_fini(struct process_run_result *result)
{
    buf_fini(&result->out);
    buf_fini(&result->err);
}

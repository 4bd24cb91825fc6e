#include "server/loop/pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

/*
 * A uv_pipe_t on a descriptor of any kind that epoll can watch. The handle may be closed before
 * the owner closes the pipe (pipe_write_end), so the object is freed when both have happened.
 *
 * Each read gets a fresh buffer: a callback may then read from another pipe, or drain this one,
 * while it still looks at its chunk, and an idle pipe costs no memory.
 */

#define MAGIC_PIPE 0x50495045u
/* As much as a pipe can hold unless root made it larger: all that had arrived when asked. */
#define DRAIN_MAX_BYTES ((size_t)1 << 20)
/* libuv reads on as long as a writer keeps the pipe full, up to 2 MiB; others shall have a turn. */
#define FULL_READS_MAX 4

struct pipe {
    uint32_t magic;
    uv_pipe_t handle;
    struct pipe_events events;
    void *owner;
    int fd; /* -1 when the handle is closed */
    struct loop *loop;
    bool is_socket;
    bool can_read;
    bool wants_reading; /* by the owner */
    bool is_resting;    /* until the next turn, after FULL_READS_MAX */
    unsigned full_reads;
    bool has_ended;       /* on_end was called */
    bool is_write_ending; /* when the queue is empty */
    bool is_closed;       /* by the owner */
    bool is_handle_gone;
    bool is_writing;
    struct buf in_flight; /* lent to libuv while is_writing */
    struct buf queued;    /* behind it */
    uv_write_t write;
    uv_shutdown_t shutdown;
};

static void free_when_over(struct pipe *pipe)
{
    if (!pipe->is_closed || !pipe->is_handle_gone || pipe->is_resting)
        return;
    buf_fini(&pipe->in_flight);
    buf_fini(&pipe->queued);
    pipe->magic = 0;
    free(pipe);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct pipe *pipe = container_of((uv_pipe_t *)handle, struct pipe, handle);
    magic_check(pipe, MAGIC_PIPE);
    pipe->is_handle_gone = true;
    free_when_over(pipe);
}

static void close_handle(struct pipe *pipe)
{
    if (pipe->fd < 0)
        return;
    pipe->fd = -1;
    uv_close((uv_handle_t *)&pipe->handle, on_handle_closed);
}

/* epoll refuses regular files, directories and devices without events. */
static bool can_be_watched(int fd, bool *ret_is_socket)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return false;
    *ret_is_socket = S_ISSOCK(status.st_mode);
    return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) ||
           (S_ISCHR(status.st_mode) && isatty(fd) != 0);
}

bool pipe_open(struct loop *loop, int fd, const struct pipe_events *events, void *owner,
               struct pipe **ret_pipe, struct error *error)
{
    loop_assert_owner(loop);
    scoped_fd int own_fd = fd;
    bool is_socket = false;
    if (!can_be_watched(fd, &is_socket))
        return error_set(error, ERROR_INVALID, "descriptor %d is no pipe, terminal or socket", fd);
    struct pipe *pipe = mem_zero(1, sizeof(*pipe));
    pipe->magic = MAGIC_PIPE;
    pipe->events = *events;
    pipe->owner = owner;
    pipe->fd = fd;
    pipe->loop = loop;
    pipe->is_socket = is_socket;
    pipe->can_read = (fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY;
    (void)uv_pipe_init(loop_uv(loop), &pipe->handle, 0); /* cannot fail */
    const int status = uv_pipe_open(&pipe->handle, fd);
    if (status != 0) {
        pipe_close(pipe);
        return error_set_errno(error, -status, "cannot watch descriptor %d", fd);
    }
    (void)take_fd(&own_fd); /* the handle's now */
    *ret_pipe = pipe;
    return true;
}

static void end_reading(struct pipe *pipe)
{
    if (pipe->has_ended)
        return;
    pipe->has_ended = true;
    if (pipe->fd >= 0)
        uv_read_stop((uv_stream_t *)&pipe->handle);
    if (!pipe->is_closed && pipe->events.on_end != NULL)
        pipe->events.on_end(pipe->owner);
}

static void deliver(struct pipe *pipe, const char *data, size_t len)
{
    if (!pipe->is_closed && pipe->events.on_data != NULL)
        pipe->events.on_data(pipe->owner, str_span(data, len));
}

static void provide_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    (void)handle;    /* all pipes read alike */
    (void)suggested; /* a guess of libuv */
    *ret_buffer = uv_buf_init(mem_alloc(PIPE_READ_BYTES), PIPE_READ_BYTES);
}

static void resume(void *owner);

static void rest(struct pipe *pipe)
{
    pipe->is_resting = true;
    uv_read_stop((uv_stream_t *)&pipe->handle);
    loop_defer(pipe->loop, resume, pipe);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct pipe *pipe = container_of((uv_pipe_t *)stream, struct pipe, handle);
    magic_check(pipe, MAGIC_PIPE);
    scoped_free char *bytes = buffer->base;
    /* Anything less than a full read ends libuv's turn with this pipe by itself. */
    pipe->full_reads = count == PIPE_READ_BYTES ? pipe->full_reads + 1 : 0;
    if (pipe->full_reads == FULL_READS_MAX)
        rest(pipe);
    if (count > 0)
        deliver(pipe, bytes, (size_t)count);
    /* libuv takes a hang-up behind a short read for the end; a terminal may hold more even so. */
    if (count == UV_EOF)
        pipe_drain(pipe);
    if (count < 0)
        end_reading(pipe);
}

static void read_on(struct pipe *pipe)
{
    if (pipe->has_ended || pipe->is_closed || pipe->fd < 0 || pipe->is_resting)
        return;
    assert(pipe->can_read);
    (void)uv_read_start((uv_stream_t *)&pipe->handle, provide_buffer, on_read); /* reads already */
}

static void resume(void *owner)
{
    struct pipe *pipe = owner;
    magic_check(pipe, MAGIC_PIPE);
    pipe->is_resting = false;
    pipe->full_reads = 0;
    if (pipe->wants_reading)
        read_on(pipe);
    free_when_over(pipe);
}

void pipe_read_start(struct pipe *pipe)
{
    pipe->wants_reading = true;
    read_on(pipe);
}

void pipe_read_stop(struct pipe *pipe)
{
    pipe->wants_reading = false;
    if (pipe->fd >= 0)
        uv_read_stop((uv_stream_t *)&pipe->handle);
}

void pipe_drain(struct pipe *pipe)
{
    scoped_free char *bytes = mem_alloc(PIPE_READ_BYTES);
    size_t drained = 0;
    while (!pipe->has_ended && !pipe->is_closed && pipe->fd >= 0 && drained < DRAIN_MAX_BYTES) {
        const ssize_t count = read(pipe->fd, bytes, PIPE_READ_BYTES);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0 && errno == EAGAIN)
            return;
        if (count <= 0) {
            end_reading(pipe);
            return;
        }
        drained += (size_t)count;
        deliver(pipe, bytes, (size_t)count);
    }
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request; /* embedded in the pipe */
    (void)status;  /* the other side has gone, or the pipe is being closed */
}

static void finish_writing(struct pipe *pipe)
{
    if (pipe->is_socket)
        (void)uv_shutdown(&pipe->shutdown, (uv_stream_t *)&pipe->handle, on_shutdown);
    else if (!pipe->can_read)
        close_handle(pipe);
}

static void submit(struct pipe *pipe);

static void on_write(uv_write_t *request, int status)
{
    struct pipe *pipe = container_of(request, struct pipe, write);
    magic_check(pipe, MAGIC_PIPE);
    buf_fini(&pipe->in_flight);
    pipe->is_writing = false;
    if (status != 0)
        buf_fini(&pipe->queued); /* the reader went away: what waits is dropped */
    if (pipe->is_closed)
        return;
    if (pipe->queued.len > 0) {
        submit(pipe);
        return;
    }
    if (pipe->is_write_ending)
        finish_writing(pipe);
    if (pipe->events.on_written != NULL)
        pipe->events.on_written(pipe->owner);
}

/* One request at a time: libuv 1.44 forgets the requests behind one that failed. */
static void submit(struct pipe *pipe)
{
    pipe->in_flight = buf_take(&pipe->queued);
    const uv_buf_t bytes = uv_buf_init(pipe->in_flight.data, (unsigned)pipe->in_flight.len);
    pipe->is_writing =
        uv_write(&pipe->write, (uv_stream_t *)&pipe->handle, &bytes, 1, on_write) == 0;
    if (!pipe->is_writing)
        buf_fini(&pipe->in_flight); /* the descriptor is not open for writing */
}

void pipe_write(struct pipe *pipe, struct str bytes)
{
    if (bytes.len == 0 || pipe->is_closed || pipe->is_write_ending || pipe->fd < 0)
        return;
    buf_append(&pipe->queued, bytes);
    if (!pipe->is_writing)
        submit(pipe);
}

size_t pipe_pending_bytes(const struct pipe *pipe)
{
    if (pipe->fd < 0)
        return 0;
    return uv_stream_get_write_queue_size((const uv_stream_t *)&pipe->handle) + pipe->queued.len;
}

void pipe_write_end(struct pipe *pipe)
{
    if (pipe->is_closed || pipe->fd < 0 || pipe->is_write_ending)
        return;
    pipe->is_write_ending = true;
    if (!pipe->is_writing)
        finish_writing(pipe);
}

int pipe_fd(const struct pipe *pipe)
{
    return pipe->fd;
}

void pipe_close(struct pipe *pipe)
{
    if (pipe == NULL || pipe->is_closed)
        return;
    pipe->is_closed = true;
    close_handle(pipe);
    free_when_over(pipe);
}

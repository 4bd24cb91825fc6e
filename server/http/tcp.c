#include "server/http/tcp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <uv.h>

#include "server/base/buf.h"
#include "server/base/list.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define MAGIC_TCP       0x54435053u
#define MAX_PARTS       4
#define MAX_CHUNKS_SENT 16

/* Bytes that wait for the socket. */
struct chunk {
    struct list link;
    struct buf bytes;
    size_t offset; /* what of them has left already */
};

struct tcp {
    uint32_t magic;
    uv_tcp_t handle;
    uv_write_t write;
    uv_poll_t watch;
    int watched_fd; /* -1: no watch */
    unsigned open_handles;
    const struct tcp_events *events;
    void *owner;
    char *read_buffer;
    struct list chunks;
    size_t chunks_in_flight; /* the first of them are lent to libuv */
    size_t pending_bytes;
    uint64_t accepted_bytes;
    bool is_broken;
    bool is_closed;
};

static struct tcp *from_handle(const uv_handle_t *handle)
{
    struct tcp *tcp = handle->data;
    magic_check(tcp, MAGIC_TCP);
    return tcp;
}

struct tcp *tcp_open(struct loop *loop, int fd, char *read_buffer, const struct tcp_events *events,
                     void *owner)
{
    struct tcp *tcp = mem_zero(1, sizeof(*tcp));
    tcp->magic = MAGIC_TCP;
    tcp->watched_fd = -1;
    tcp->events = events;
    tcp->owner = owner;
    tcp->read_buffer = read_buffer;
    tcp->handle.data = tcp;
    tcp->watch.data = tcp;
    list_init(&tcp->chunks);
    (void)uv_tcp_init(loop_uv(loop), &tcp->handle); /* cannot fail without flags */
    tcp->open_handles = 1;
    if (uv_tcp_open(&tcp->handle, fd) != 0) {
        fd_close(&fd);
        tcp->events = NULL; /* nobody waits for its end */
        tcp_close(tcp);
        return NULL;
    }
    return tcp;
}

static void mark_broken(struct tcp *tcp)
{
    if (tcp->is_broken || tcp->is_closed)
        return;
    tcp->is_broken = true;
    tcp->events->on_broken(tcp->owner);
}

static void lend_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buffer)
{
    (void)suggested; /* the shared buffer has one size */
    *ret_buffer = uv_buf_init(from_handle(handle)->read_buffer, TCP_READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct tcp *tcp = from_handle((uv_handle_t *)stream);
    if (tcp->is_closed || count == 0)
        return;
    if (count > 0)
        tcp->events->on_data(tcp->owner, str_span(buffer->base, (size_t)count));
    else if (count == UV_EOF)
        tcp->events->on_end(tcp->owner);
    else
        mark_broken(tcp);
}

void tcp_read_start(struct tcp *tcp)
{
    if (!tcp->is_closed && !tcp->is_broken)
        (void)uv_read_start((uv_stream_t *)&tcp->handle, lend_buffer,
                            on_read); /* or reads already */
}

void tcp_read_stop(struct tcp *tcp)
{
    (void)uv_read_stop((uv_stream_t *)&tcp->handle); /* always succeeds */
}

static void on_watch(uv_poll_t *watch, int status, int events)
{
    (void)status; /* error or hang-up: both mean that the peer is gone */
    (void)events;
    struct tcp *tcp = from_handle((uv_handle_t *)watch);
    (void)uv_poll_stop(watch); /* always succeeds */
    mark_broken(tcp);
}

/* libuv listens for nothing after the end of the stream, so a second descriptor of the socket is
 * watched for an event that never comes (urgent data); errors and hang-ups are always reported. */
void tcp_watch(struct tcp *tcp)
{
    uv_os_fd_t fd;
    if (tcp->watched_fd >= 0 || tcp->is_closed || tcp->is_broken ||
        uv_fileno((uv_handle_t *)&tcp->handle, &fd) != 0)
        return;
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return;
    if (uv_poll_init(tcp->handle.loop, &tcp->watch, copy) != 0) {
        fd_close_scoped(&copy);
        return;
    }
    tcp->watched_fd = copy;
    tcp->open_handles++;
    (void)uv_poll_start(&tcp->watch, UV_PRIORITIZED, on_watch); /* fails when closing only */
}

static void free_chunk(struct tcp *tcp, struct chunk *chunk)
{
    tcp->pending_bytes -= chunk->bytes.len - chunk->offset;
    list_remove(&chunk->link);
    buf_fini(&chunk->bytes);
    free(chunk);
}

static void send_queue(struct tcp *tcp);

static void on_sent(uv_write_t *write, int status)
{
    struct tcp *tcp = from_handle((uv_handle_t *)write->handle);
    while (tcp->chunks_in_flight > 0) {
        free_chunk(tcp, container_of(list_first(&tcp->chunks), struct chunk, link));
        tcp->chunks_in_flight--;
    }
    if (tcp->is_closed)
        return;
    if (status != 0)
        mark_broken(tcp);
    else if (!list_is_empty(&tcp->chunks))
        send_queue(tcp);
    else
        tcp->events->on_drained(tcp->owner);
}

static void send_queue(struct tcp *tcp)
{
    uv_buf_t buffers[MAX_CHUNKS_SENT];
    unsigned count = 0;
    for (struct list *link = list_first(&tcp->chunks); link != NULL && count < MAX_CHUNKS_SENT;
         link = list_next(&tcp->chunks, link)) {
        struct chunk *chunk = container_of(link, struct chunk, link);
        buffers[count++] = uv_buf_init(chunk->bytes.data + chunk->offset,
                                       (unsigned)(chunk->bytes.len - chunk->offset));
    }
    tcp->chunks_in_flight = count;
    const int status = uv_write(&tcp->write, (uv_stream_t *)&tcp->handle, buffers, count, on_sent);
    assert(status == 0); /* the handle is open and writable */
}

static void enqueue(struct tcp *tcp, struct buf bytes, size_t offset)
{
    struct chunk *chunk = mem_zero(1, sizeof(*chunk));
    chunk->bytes = bytes;
    chunk->offset = offset;
    tcp->pending_bytes += bytes.len - offset;
    list_append(&tcp->chunks, &chunk->link);
}

/* How many bytes the socket takes at once; negative when the peer is gone. */
static ssize_t try_parts(struct tcp *tcp, const struct str *parts, size_t count)
{
    uv_buf_t buffers[MAX_PARTS];
    unsigned used = 0;
    assert(count <= MAX_PARTS);
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > 0)
            buffers[used++] = uv_buf_init((char *)(uintptr_t)parts[i].data,
                                          (unsigned)parts[i].len); /* libuv only reads it */
        tcp->accepted_bytes += parts[i].len;
    }
    if (used == 0 || !list_is_empty(&tcp->chunks))
        return 0;
    const int sent = uv_try_write((uv_stream_t *)&tcp->handle, buffers, used);
    return sent == UV_EAGAIN ? 0 : sent;
}

static bool has_failed(struct tcp *tcp, ssize_t sent)
{
    if (sent < 0)
        tcp->is_broken = true; /* the caller hears it from the result */
    return sent < 0;
}

/* What is left of a part after `*sent` bytes of it and its followers have gone. */
static void enqueue_rest(struct tcp *tcp, struct str part, size_t *sent)
{
    const size_t gone = part.len < *sent ? part.len : *sent;
    *sent -= gone;
    if (gone == part.len)
        return;
    struct buf copy = {0};
    buf_append(&copy, str_skip(part, gone));
    enqueue(tcp, copy, 0);
}

static void start_queue(struct tcp *tcp)
{
    if (!list_is_empty(&tcp->chunks) && tcp->chunks_in_flight == 0)
        send_queue(tcp);
}

bool tcp_write(struct tcp *tcp, const struct str *parts, size_t count)
{
    if (tcp->is_closed || tcp->is_broken)
        return false;
    const ssize_t result = try_parts(tcp, parts, count);
    if (has_failed(tcp, result))
        return false;
    size_t sent = (size_t)result;
    for (size_t i = 0; i < count; i++)
        enqueue_rest(tcp, parts[i], &sent);
    start_queue(tcp);
    return true;
}

bool tcp_write_buf(struct tcp *tcp, struct str head, struct buf *body, struct str tail)
{
    struct buf content = buf_take(body);
    const struct str parts[] = {head, buf_str(&content), tail};
    const ssize_t result =
        tcp->is_closed || tcp->is_broken ? -1 : try_parts(tcp, parts, ARRAY_SIZE(parts));
    if (has_failed(tcp, result)) {
        buf_fini(&content);
        return false;
    }
    size_t sent = (size_t)result;
    enqueue_rest(tcp, head, &sent);
    const size_t gone = content.len < sent ? content.len : sent;
    sent -= gone;
    if (gone < content.len)
        enqueue(tcp, content, gone);
    else
        buf_fini(&content);
    enqueue_rest(tcp, tail, &sent);
    start_queue(tcp);
    return true;
}

size_t tcp_pending_bytes(const struct tcp *tcp)
{
    return tcp->pending_bytes;
}

uint64_t tcp_sent_bytes(const struct tcp *tcp)
{
    const size_t in_kernel_queue =
        uv_stream_get_write_queue_size((const uv_stream_t *)&tcp->handle);
    uint64_t in_flight = 0;
    size_t index = 0;
    for (struct list *link = list_first(&tcp->chunks);
         link != NULL && index < tcp->chunks_in_flight;
         link = list_next(&tcp->chunks, link), index++) {
        const struct chunk *chunk = container_of(link, struct chunk, link);
        in_flight += chunk->bytes.len - chunk->offset;
    }
    return tcp->accepted_bytes - tcp->pending_bytes + in_flight - in_kernel_queue;
}

void tcp_end(struct tcp *tcp)
{
    uv_os_fd_t fd;
    if (!tcp->is_closed && uv_fileno((uv_handle_t *)&tcp->handle, &fd) == 0)
        (void)shutdown(fd, SHUT_WR); /* fails when the peer is gone, which reading tells as well */
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct tcp *tcp = from_handle(handle);
    if (--tcp->open_handles > 0)
        return;
    struct list *link;
    while ((link = list_first(&tcp->chunks)) != NULL)
        free_chunk(tcp, container_of(link, struct chunk, link));
    const struct tcp_events *events = tcp->events;
    void *owner = tcp->owner;
    tcp->magic = 0;
    free(tcp);
    if (events != NULL)
        events->on_closed(owner);
}

static void close_watch(struct tcp *tcp)
{
    if (tcp->watched_fd < 0)
        return;
    (void)uv_poll_stop(&tcp->watch); /* always succeeds; the descriptor may be closed after it */
    fd_close(&tcp->watched_fd);
    uv_close((uv_handle_t *)&tcp->watch, on_handle_closed);
}

void tcp_close(struct tcp *tcp)
{
    if (tcp->is_closed)
        return;
    tcp->is_closed = true;
    uv_close((uv_handle_t *)&tcp->handle, on_handle_closed);
    close_watch(tcp);
}

void tcp_reset(struct tcp *tcp)
{
    if (tcp->is_closed)
        return;
    tcp->is_closed = true;
    if (uv_tcp_close_reset(&tcp->handle, on_handle_closed) != 0)
        uv_close((uv_handle_t *)&tcp->handle, on_handle_closed);
    close_watch(tcp);
}

static void append_address(const struct sockaddr_storage *address, bool has_port, struct buf *out)
{
    char text[INET6_ADDRSTRLEN];
    const bool is_6 = address->ss_family == AF_INET6;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const void *bytes = is_6 ? (const void *)&v6->sin6_addr : (const void *)&v4->sin_addr;
    if (inet_ntop(address->ss_family, bytes, text, sizeof(text)) == NULL)
        return;
    if (!has_port)
        buf_append(out, str_from(text));
    else
        buf_printf(out, is_6 ? "[%s]:%u" : "%s:%u", text,
                   (unsigned)ntohs(is_6 ? v6->sin6_port : v4->sin_port));
}

void tcp_peer(const struct tcp *tcp, struct buf *out)
{
    struct sockaddr_storage address;
    int len = sizeof(address);
    if (uv_tcp_getpeername(&tcp->handle, (struct sockaddr *)&address, &len) == 0)
        append_address(&address, false, out);
}

void tcp_local(const struct tcp *tcp, struct buf *out)
{
    struct sockaddr_storage address;
    int len = sizeof(address);
    if (uv_tcp_getsockname(&tcp->handle, (struct sockaddr *)&address, &len) == 0)
        append_address(&address, true, out);
}

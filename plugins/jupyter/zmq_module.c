#include "plugins/jupyter/zmq_module.h"

#include <nettle/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

/*
 * This part is built without the program's libraries, so it stands on the C library alone. The
 * static libzmq is linked without the transports and ciphers that are not used here
 * (jupyter.cmake); what it names of those are the two functions below, and its stderr is ours.
 */

#define MAX_MESSAGE_BYTES ((int64_t)512 << 20)
#define RECONNECT_MS      20 /* kernels are reached at the first try, unless they are very busy */

int zmq_module_ready(void);
int zmq_module_missing(void);
extern FILE *zmq_module_stderr;
extern const char zmq_module_zero[16];
FILE *zmq_module_stderr;
const char zmq_module_zero[16];

/* For what the library starts whether it is used or not: multicast and random numbers of a cipher.
 */
int zmq_module_ready(void)
{
    return 1;
}

int zmq_module_missing(void)
{
    abort();
}

static void *context_open(void)
{
    if (zmq_module_stderr == NULL)
        zmq_module_stderr = fdopen(STDERR_FILENO, "w");
    return zmq_ctx_new();
}

static void context_close(void *context)
{
    while (zmq_ctx_term(context) != 0)
        continue; /* interrupted by a signal */
}

static bool set_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof(value)) == 0;
}

static bool set_up(void *socket, enum zmq_kind kind)
{
    const int64_t max_message = MAX_MESSAGE_BYTES;
    /* No limit on the number of waiting messages: the publisher would drop what is above it. */
    return set_int(socket, ZMQ_LINGER, 0) && set_int(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS) &&
           set_int(socket, ZMQ_RCVHWM, 0) && set_int(socket, ZMQ_SNDHWM, 0) &&
           zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &max_message, sizeof(max_message)) == 0 &&
           (kind == ZMQ_KIND_DEALER || zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0) == 0);
}

static void socket_close(void *socket)
{
    (void)zmq_close(socket); /* fails for what is no socket only */
}

static void *socket_open(void *context, enum zmq_kind kind, const char *address)
{
    void *socket = zmq_socket(context, kind == ZMQ_KIND_DEALER ? ZMQ_DEALER : ZMQ_SUB);
    if (socket == NULL)
        return NULL;
    if (set_up(socket, kind) && zmq_connect(socket, address) == 0)
        return socket;
    socket_close(socket);
    return NULL;
}

static int socket_fd(void *socket)
{
    int fd = -1;
    size_t size = sizeof(fd);
    return zmq_getsockopt(socket, ZMQ_FD, &fd, &size) == 0 ? fd : -1;
}

static bool has_message(void *socket)
{
    int events = 0;
    size_t size = sizeof(events);
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN) != 0;
}

struct received {
    zmq_msg_t messages[ZMQ_MODULE_PARTS_MAX];
    struct str parts[ZMQ_MODULE_PARTS_MAX];
    size_t count;
};

/* A part beyond the limit is dropped. False when no part is there. */
static bool receive_part(void *socket, struct received *received, bool *ret_is_last)
{
    zmq_msg_t spare;
    const bool is_kept = received->count < ZMQ_MODULE_PARTS_MAX;
    zmq_msg_t *message = is_kept ? &received->messages[received->count] : &spare;
    (void)zmq_msg_init(message); /* cannot fail */
    if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0) {
        (void)zmq_msg_close(message);
        return false;
    }
    *ret_is_last = zmq_msg_more(message) == 0;
    if (is_kept) {
        received->parts[received->count] =
            (struct str){.data = zmq_msg_data(message), .len = zmq_msg_size(message)};
        received->count++;
    } else {
        (void)zmq_msg_close(message);
    }
    return true;
}

static bool receive(void *socket, zmq_message_fn on_message, void *owner)
{
    struct received received;
    received.count = 0;
    bool is_last = false;
    while (!is_last && receive_part(socket, &received, &is_last))
        continue;
    if (is_last)
        on_message(owner, received.parts, received.count);
    for (size_t i = 0; i < received.count; i++)
        (void)zmq_msg_close(&received.messages[i]);
    return is_last;
}

static bool send(void *socket, const struct str *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const int flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);
        if (zmq_send(socket, parts[i].data, parts[i].len, flags) < 0)
            return false;
    }
    return true;
}

static void sign(struct str key, const struct str *parts, size_t count,
                 char ret_hex[ZMQ_MODULE_SIGN_LEN])
{
    static const char digits[] = "0123456789abcdef";
    struct hmac_sha256_ctx state;
    uint8_t digest[SHA256_DIGEST_SIZE];
    hmac_sha256_set_key(&state, key.len, (const uint8_t *)key.data);
    for (size_t i = 0; i < count; i++)
        hmac_sha256_update(&state, parts[i].len, (const uint8_t *)parts[i].data);
    hmac_sha256_digest(&state, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        ret_hex[2 * i] = digits[digest[i] >> 4];
        ret_hex[2 * i + 1] = digits[digest[i] & 15];
    }
}

__attribute__((visibility("default"))) const struct zmq_module zmq_module = {
    .version = ZMQ_MODULE_VERSION,
    .context_open = context_open,
    .context_close = context_close,
    .socket_open = socket_open,
    .socket_close = socket_close,
    .socket_fd = socket_fd,
    .has_message = has_message,
    .receive = receive,
    .send = send,
    .sign = sign,
};

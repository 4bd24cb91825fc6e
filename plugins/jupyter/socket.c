#include "plugins/jupyter/socket.h"

#include <pthread.h>
#include <stdlib.h>

#include "actions/program_files.h"
#include "plugins/jupyter/message.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/poll.h"

/*
 * The library's descriptor tells of a change and not of a state: it may be silent although messages
 * wait, when a send or a receive has taken notice of them. So whoever touches the socket looks
 * whether something waits, and a look that ends early for fairness comes again in the next turn.
 */

#define MAGIC_SOCKET 0x4a534f43u
/* At once; then others have a turn. */
#define MESSAGES_PER_TURN 64

struct jupyter_context {
    const struct zmq_module *module;
    void *zmq;
};

struct jupyter_socket {
    uint32_t magic;
    struct jupyter_socket_options options;
    const struct zmq_module *module;
    void *zmq;
    struct poll *poll;
    bool is_look_due;
    bool is_closed;
};

/* Loaded once, kept until the process ends. */
static pthread_mutex_t module_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct zmq_module *loaded_module;

static const struct zmq_module *get_module(void)
{
    pthread_mutex_lock(&module_lock);
    if (loaded_module == NULL)
        loaded_module = program_files_load(ZMQ_MODULE_FILE, ZMQ_MODULE_SYMBOL, ZMQ_MODULE_VERSION);
    const struct zmq_module *module = loaded_module;
    pthread_mutex_unlock(&module_lock);
    return module;
}

bool jupyter_context_open(struct jupyter_context **ret_context, struct error *error)
{
    const struct zmq_module *module = get_module();
    if (module == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "%s is not installed or cannot be loaded",
                         ZMQ_MODULE_FILE);
    void *zmq = module->context_open();
    if (zmq == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "ZeroMQ cannot be started");
    struct jupyter_context *context = mem_alloc(sizeof(*context));
    *context = (struct jupyter_context){.module = module, .zmq = zmq};
    *ret_context = context;
    return true;
}

void jupyter_context_close(struct jupyter_context *context)
{
    if (context == NULL)
        return;
    context->module->context_close(context->zmq);
    free(context);
}

static bool is_signed(const struct jupyter_socket *socket, const struct jupyter_frame *frame)
{
    char expected[ZMQ_MODULE_SIGN_LEN];
    socket->module->sign(socket->options.key, frame->json, JUPYTER_MESSAGE_JSON_PARTS, expected);
    return str_equal_constant_time(frame->signature, str_span(expected, sizeof(expected)));
}

static bool read_parts(const struct jupyter_socket *socket, const struct str *parts, size_t count,
                       struct jupyter_message *ret_message, struct error *error)
{
    struct jupyter_frame frame;
    if (!jupyter_frame_find(parts, count, &frame))
        return error_set(error, ERROR_INVALID, "no message of the Jupyter protocol");
    if (!is_signed(socket, &frame))
        return error_set(error, ERROR_UNAUTHORIZED, "the signature is wrong");
    return jupyter_message_read(&frame, ret_message, error);
}

static void on_parts(void *owner, const struct str *parts, size_t count)
{
    const struct jupyter_socket *socket = owner;
    struct jupyter_message message;
    struct error error;
    if (socket->is_closed)
        return;
    if (!read_parts(socket, parts, count, &message, &error)) {
        log_warn("jupyter.message_dropped", "reason=\"%s\"", error.text);
        return;
    }
    socket->options.on_message(socket->options.owner, &message);
    jupyter_message_fini(&message);
}

static void look_later(struct jupyter_socket *socket);

static void look(struct jupyter_socket *socket)
{
    for (unsigned i = 0; i < MESSAGES_PER_TURN; i++) {
        if (socket->is_closed || !socket->module->has_message(socket->zmq))
            return;
        if (!socket->module->receive(socket->zmq, on_parts, socket))
            return;
    }
    look_later(socket);
}

static void on_readable(void *owner)
{
    struct jupyter_socket *socket = owner;
    magic_check(socket, MAGIC_SOCKET);
    look(socket);
}

static void look_now(void *owner)
{
    struct jupyter_socket *socket = owner;
    magic_check(socket, MAGIC_SOCKET);
    socket->is_look_due = false;
    look(socket);
}

static void look_later(struct jupyter_socket *socket)
{
    if (socket->is_closed || socket->is_look_due)
        return;
    socket->is_look_due = true;
    loop_defer(socket->options.loop, look_now, socket);
}

bool jupyter_socket_open(const struct jupyter_socket_options *options,
                         struct jupyter_socket **ret_socket, struct error *error)
{
    const struct zmq_module *module = options->context->module;
    void *zmq = module->socket_open(options->context->zmq, options->kind, options->address);
    if (zmq == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "cannot connect to '%s'", options->address);
    struct jupyter_socket *socket = mem_alloc(sizeof(*socket));
    *socket = (struct jupyter_socket){
        .magic = MAGIC_SOCKET, .options = *options, .module = module, .zmq = zmq};
    socket->options.address = NULL; /* borrowed for the call */
    if (!poll_open(options->loop, module->socket_fd(zmq), on_readable, socket, &socket->poll,
                   error)) {
        module->socket_close(zmq);
        free(socket);
        return false;
    }
    look_later(socket);
    *ret_socket = socket;
    return true;
}

void jupyter_socket_send(struct jupyter_socket *socket, const struct jupyter_request *request)
{
    char signature[ZMQ_MODULE_SIGN_LEN];
    struct str parts[2 + JUPYTER_MESSAGE_JSON_PARTS] = {STR(JUPYTER_MESSAGE_DELIMITER),
                                                        {signature, sizeof(signature)}};
    struct str *json = &parts[2];
    for (size_t i = 0; i < JUPYTER_MESSAGE_JSON_PARTS; i++)
        json[i] = buf_str(&request->json[i]);
    socket->module->sign(socket->options.key, json, JUPYTER_MESSAGE_JSON_PARTS, signature);
    if (!socket->module->send(socket->zmq, parts, ARRAY_SIZE(parts)))
        log_warn("jupyter.message_lost", "reason=queue");
    look_later(socket);
}

void jupyter_socket_drain(struct jupyter_socket *socket)
{
    while (!socket->is_closed && socket->module->has_message(socket->zmq)) {
        if (!socket->module->receive(socket->zmq, on_parts, socket))
            return;
    }
}

static void free_closed(void *owner)
{
    struct jupyter_socket *socket = owner;
    socket->magic = 0;
    free(socket);
}

void jupyter_socket_close(struct jupyter_socket *socket)
{
    if (socket == NULL || socket->is_closed)
        return;
    socket->is_closed = true;
    poll_close(socket->poll);
    socket->module->socket_close(socket->zmq);
    loop_defer(socket->options.loop, free_closed, socket); /* behind a look that is due */
}

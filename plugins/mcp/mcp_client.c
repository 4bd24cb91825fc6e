#include "plugins/mcp/mcp_client.h"

#include <stdlib.h>

#include "plugins/mcp/jsonrpc.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

/*
 *     IDLE --request--> STARTING --handshake--> READY
 *       ^                   |                     |
 *       +----- the transport ends, or is given up-+
 *
 * Requests made while STARTING keep their message until READY. Failures that are known inside a
 * call are noted in the request and reported in a turn of the loop. A transport that is over is
 * closed beside the next one; the client is freed after the last of them.
 */

#define MAGIC_MCP_CLIENT 0x4d435043u
#define HANDSHAKE_NUMBER UINT64_C(0)
#define LAST_LINE_MAX    300

enum client_state {
    CLIENT_IDLE,
    CLIENT_STARTING,
    CLIENT_READY,
    CLIENT_CLOSING,
};

struct pending {
    struct list link;
    struct mcp_client *client;
    uint64_t number;
    struct buf message; /* until it is sent */
    struct timer *timer;
    struct error *failure; /* to be reported in the next turn */
    mcp_result_fn on_result;
    void *owner;
};

struct mcp_client {
    uint32_t magic;
    struct loop *loop;
    char *name;
    struct mcp_transport_options transport_options;
    uint64_t start_timeout_ms;
    enum client_state state;
    struct mcp_transport *transport;
    size_t closing_transports;
    struct timer *start_timer;
    struct list pending; /* by number */
    size_t pending_count;
    uint64_t last_number;
    bool is_turn_due;
    struct buf server;
    mcp_notification_fn on_notification;
    void *notification_owner;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

static void free_when_over(struct mcp_client *client)
{
    if (client->state != CLIENT_CLOSING || client->closing_transports > 0 || client->is_turn_due)
        return;
    void (*on_closed)(void *) = client->on_closed;
    void *owner = client->closed_owner;
    timer_close(client->start_timer);
    buf_fini(&client->server);
    free(client->name);
    client->magic = 0;
    free(client);
    if (on_closed != NULL)
        on_closed(owner);
}

static void remove_pending(struct pending *pending)
{
    list_remove(&pending->link);
    pending->client->pending_count--;
    timer_close(pending->timer);
    buf_fini(&pending->message);
    free(pending->failure);
    free(pending);
}

static void settle(struct pending *pending, struct str result, bool is_error,
                   const struct error *error)
{
    const mcp_result_fn on_result = pending->on_result;
    void *owner = pending->owner;
    remove_pending(pending);
    on_result(owner, result, is_error, error);
}

static struct pending *find_pending(const struct mcp_client *client, uint64_t number)
{
    for (struct list *link = list_first(&client->pending); link != NULL;
         link = list_next(&client->pending, link)) {
        struct pending *pending = container_of(link, struct pending, link);
        if (pending->number == number)
            return pending;
    }
    return NULL;
}

static struct pending *find_failed(const struct mcp_client *client, uint64_t last_number)
{
    for (struct list *link = list_first(&client->pending); link != NULL;
         link = list_next(&client->pending, link)) {
        struct pending *pending = container_of(link, struct pending, link);
        if (pending->failure != NULL && pending->number <= last_number)
            return pending;
    }
    return NULL;
}

static void run_turn(void *owner)
{
    struct mcp_client *client = owner;
    magic_check(client, MAGIC_MCP_CLIENT);
    /* Whoever asks again at once, in vain, waits for the next turn. */
    const uint64_t last_number = client->last_number;
    client->is_turn_due = false;
    struct pending *pending;
    while ((pending = find_failed(client, last_number)) != NULL) {
        const struct error failure = *pending->failure;
        settle(pending, STR_NULL, false, &failure);
    }
    free_when_over(client);
}

static void schedule_turn(struct mcp_client *client)
{
    if (client->is_turn_due)
        return;
    client->is_turn_due = true;
    loop_defer(client->loop, run_turn, client);
}

static void fail(struct pending *pending, const struct error *error)
{
    if (pending->failure != NULL)
        return;
    pending->failure = mem_alloc(sizeof(*pending->failure));
    *pending->failure = *error;
    schedule_turn(pending->client);
}

static void fail_all(struct mcp_client *client, const struct error *error)
{
    for (struct list *link = list_first(&client->pending); link != NULL;
         link = list_next(&client->pending, link))
        fail(container_of(link, struct pending, link), error);
}

static void on_transport_closed(void *owner)
{
    struct mcp_client *client = owner;
    client->closing_transports--;
    free_when_over(client);
}

static void drop_transport(struct mcp_client *client)
{
    timer_stop(client->start_timer);
    if (client->transport == NULL)
        return;
    client->closing_transports++;
    mcp_transport_close(take_pointer(&client->transport), on_transport_closed, client);
}

/* The server is not there any more, or of no use. */
static void give_up(struct mcp_client *client, const struct error *error)
{
    log_debug("mcp.server_ended", "name=%s reason=\"%s\"", client->name, error->text);
    drop_transport(client);
    client->state = CLIENT_IDLE;
    fail_all(client, error);
}

/* The last line on stderr, usually the reason. */
static struct str last_words(const struct mcp_client *client)
{
    const struct str log = str_trim(mcp_client_log(client));
    const size_t line_break = str_find_last_byte(log, '\n');
    const struct str line = line_break == SIZE_MAX ? log : str_skip(log, line_break + 1);
    return str_trim(str_slice(line, 0, LAST_LINE_MAX));
}

static void describe_slow_start(const struct mcp_client *client, struct error *error)
{
    const struct str words = last_words(client);
    (void)error_set(error, ERROR_TIMEOUT, "the server did not start in time%s%.*s",
                    words.len > 0 ? ": " : "", STR_ARG(words));
}

static void on_start_due(void *owner)
{
    struct mcp_client *client = owner;
    struct error error;
    describe_slow_start(client, &error);
    give_up(client, &error);
}

static void send_or_drop(struct mcp_client *client, const struct buf *text)
{
    struct error error;
    if (client->transport != NULL &&
        !mcp_transport_send(client->transport, MCP_NOT_A_REQUEST, buf_str(text), &error))
        log_debug("mcp.dropped", "name=%s reason=\"%s\"", client->name, error.text);
}

/* The request is timed out or no longer wanted; the server may stop working on it. */
static void withdraw(struct mcp_client *client, uint64_t number, struct str reason)
{
    scoped_buf struct buf params = {0};
    struct jsonw w;
    jsonw_init(&w, &params);
    jsonw_object(&w);
    jsonw_uint(&w, "requestId", number);
    jsonw_string(&w, "reason", reason);
    jsonw_end(&w);
    mcp_client_notify(client, STR("notifications/cancelled"), buf_str(&params));
    if (client->transport != NULL)
        mcp_transport_release(client->transport, number, false);
}

static void on_request_due(void *owner)
{
    struct pending *pending = owner;
    struct error error;
    if (pending->client->state == CLIENT_STARTING)
        describe_slow_start(pending->client, &error);
    else
        (void)error_set(&error, ERROR_TIMEOUT, "the server did not answer in time");
    if (pending->message.len == 0)
        withdraw(pending->client, pending->number, STR("timeout"));
    settle(pending, STR_NULL, false, &error);
}

static void send_pending(struct pending *pending)
{
    struct error error;
    if (!mcp_transport_send(pending->client->transport, pending->number, buf_str(&pending->message),
                            &error))
        fail(pending, &error);
    buf_fini(&pending->message);
}

static void flush(struct mcp_client *client)
{
    for (struct list *link = list_first(&client->pending); link != NULL;
         link = list_next(&client->pending, link)) {
        struct pending *pending = container_of(link, struct pending, link);
        if (pending->message.len > 0 && pending->failure == NULL)
            send_pending(pending);
    }
}

static bool is_known_version(const struct doc_value *version)
{
    static const char *const versions[] = {"2024-11-05", "2025-03-26", MCP_PROTOCOL_VERSION,
                                           "2025-11-25"};
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        if (version != NULL && doc_kind(version) == DOC_STRING &&
            str_equal(doc_string(version), str_from(versions[i])))
            return true;
    }
    return false;
}

static void on_handshake(struct mcp_client *client, const struct jsonrpc_message *message)
{
    struct error error;
    if (client->state != CLIENT_STARTING)
        return;
    if (message->kind == JSONRPC_ERROR) {
        (void)error_set(&error, ERROR_UNAVAILABLE, "the server refused the handshake: %.*s",
                        STR_ARG(jsonrpc_error_text(message->outcome)));
        give_up(client, &error);
        return;
    }
    const struct doc_value *version = doc_find(message->outcome, STR("protocolVersion"));
    if (!is_known_version(version)) {
        (void)error_set(&error, ERROR_UNAVAILABLE,
                        "the server speaks a version of the protocol that is not known here");
        give_up(client, &error);
        return;
    }
    timer_stop(client->start_timer);
    buf_clear(&client->server);
    doc_print(message->outcome, &client->server);
    mcp_transport_release(client->transport, HANDSHAKE_NUMBER, true);
    mcp_transport_set_version(client->transport, doc_string(version));
    client->state = CLIENT_READY;
    mcp_client_notify(client, STR("notifications/initialized"), STR_NULL);
    flush(client);
}

static void on_answer(struct mcp_client *client, const struct jsonrpc_message *message)
{
    if (doc_kind(message->id) != DOC_INT || doc_int(message->id) < 0)
        return; /* all our ids are numbers */
    const uint64_t number = (uint64_t)doc_int(message->id);
    if (number == HANDSHAKE_NUMBER) {
        on_handshake(client, message);
        return;
    }
    struct pending *pending = find_pending(client, number);
    if (pending == NULL || pending->failure != NULL)
        return; /* cancelled, timed out, or answered twice */
    scoped_buf struct buf outcome = {0};
    doc_print(message->outcome, &outcome);
    mcp_transport_release(client->transport, number, true);
    settle(pending, buf_str(&outcome), message->kind == JSONRPC_ERROR, NULL);
}

static void answer_request(struct mcp_client *client, const struct jsonrpc_message *message)
{
    scoped_buf struct buf id = {0};
    scoped_buf struct buf text = {0};
    doc_print(message->id, &id);
    if (str_equal(message->method, STR("ping")))
        jsonrpc_write_result(&text, buf_str(&id), STR("{}"));
    else
        jsonrpc_write_error(&text, buf_str(&id), JSONRPC_UNKNOWN_METHOD, STR("Method not found"));
    send_or_drop(client, &text);
}

static void pass_on(struct mcp_client *client, const struct jsonrpc_message *message)
{
    scoped_buf struct buf params = {0};
    if (client->on_notification == NULL)
        return;
    if (message->params != NULL)
        doc_print(message->params, &params);
    client->on_notification(client->notification_owner, message->method,
                            message->params == NULL ? STR_NULL : buf_str(&params));
}

static void handle(struct mcp_client *client, const struct doc_value *value)
{
    struct jsonrpc_message message;
    if (!jsonrpc_read(value, &message)) {
        log_debug("mcp.no_message", "name=%s", client->name);
        return;
    }
    if (message.kind == JSONRPC_REQUEST)
        answer_request(client, &message);
    else if (message.kind == JSONRPC_NOTIFICATION)
        pass_on(client, &message);
    else
        on_answer(client, &message);
}

/* Older versions of the protocol know batches. */
static void on_message(void *owner, struct str text)
{
    struct mcp_client *client = owner;
    magic_check(client, MAGIC_MCP_CLIENT);
    struct doc_error error;
    struct doc *doc = doc_parse(text, &error);
    if (doc == NULL) {
        log_debug("mcp.no_json", "name=%s bytes=%zu reason=\"%s\"", client->name, text.len,
                  error.text);
        return;
    }
    const struct doc_value *root = doc_root(doc);
    const struct mcp_transport *transport = client->transport;
    if (doc_kind(root) != DOC_ARRAY)
        handle(client, root);
    else
        for (size_t i = 0; i < doc_count(root) && client->transport == transport; i++)
            handle(client, doc_at(root, i));
    doc_free(doc);
}

static void on_failed(void *owner, uint64_t request, const struct error *error)
{
    struct mcp_client *client = owner;
    if (request == HANDSHAKE_NUMBER) {
        if (client->state == CLIENT_STARTING)
            give_up(client, error);
        return;
    }
    struct pending *pending = find_pending(client, request);
    if (pending != NULL && pending->failure == NULL)
        settle(pending, STR_NULL, false, error);
}

static void on_ended(void *owner, const struct error *error)
{
    give_up(owner, error);
}

static const struct mcp_transport_events transport_events = {
    .on_message = on_message, .on_failed = on_failed, .on_ended = on_ended};

static bool send_handshake(struct mcp_client *client, struct error *error)
{
    scoped_buf struct buf params = {0};
    scoped_buf struct buf text = {0};
    struct jsonw w;
    jsonw_init(&w, &params);
    jsonw_object(&w);
    jsonw_cstr(&w, "protocolVersion", MCP_PROTOCOL_VERSION);
    jsonw_raw(&w, "capabilities", STR("{}"));
    jsonw_object_in(&w, "clientInfo");
    jsonw_cstr(&w, "name", "actiond");
    jsonw_cstr(&w, "version", ACTIOND_VERSION);
    jsonw_end(&w);
    jsonw_end(&w);
    jsonrpc_write_request(&text, HANDSHAKE_NUMBER, STR("initialize"), buf_str(&params));
    return mcp_transport_send(client->transport, HANDSHAKE_NUMBER, buf_str(&text), error);
}

static void start(struct mcp_client *client)
{
    struct error error;
    if (!mcp_transport_open(&client->transport_options, &transport_events, client,
                            &client->transport, &error) ||
        !send_handshake(client, &error)) {
        give_up(client, &error);
        return;
    }
    client->state = CLIENT_STARTING;
    timer_start(client->start_timer, client->start_timeout_ms, 0);
}

struct mcp_client *mcp_client_open(const struct mcp_client_options *options)
{
    struct mcp_client *client = mem_zero(1, sizeof(*client));
    client->magic = MAGIC_MCP_CLIENT;
    client->loop = options->transport.loop;
    client->name = mem_strndup(options->name.data, options->name.len);
    client->transport_options = options->transport;
    client->start_timeout_ms =
        options->start_timeout_ms == 0 ? MCP_START_TIMEOUT_MS : options->start_timeout_ms;
    client->start_timer = timer_open(client->loop, on_start_due, client);
    list_init(&client->pending);
    return client;
}

void mcp_client_on_notification(struct mcp_client *client, mcp_notification_fn on_notification,
                                void *owner)
{
    client->on_notification = on_notification;
    client->notification_owner = owner;
}

static struct pending *add_pending(struct mcp_client *client, mcp_result_fn on_result, void *owner)
{
    struct pending *pending = mem_zero(1, sizeof(*pending));
    pending->client = client;
    pending->number = ++client->last_number;
    pending->timer = timer_open(client->loop, on_request_due, pending);
    pending->on_result = on_result;
    pending->owner = owner;
    list_append(&client->pending, &pending->link);
    client->pending_count++;
    return pending;
}

/* False: it has failed. */
static bool admit(struct pending *pending)
{
    struct error error = {0};
    if (pending->client->pending_count > MCP_MAX_PENDING)
        (void)error_set(&error, ERROR_LIMIT, "too many requests are waiting for the server");
    else if (pending->message.len > MCP_MAX_MESSAGE_BYTES)
        (void)error_set(&error, ERROR_TOO_LARGE, "the request is longer than %zu bytes",
                        MCP_MAX_MESSAGE_BYTES);
    else
        return true;
    fail(pending, &error);
    return false;
}

uint64_t mcp_client_request(struct mcp_client *client, struct str method, struct str params,
                            uint64_t timeout_ms, mcp_result_fn on_result, void *owner)
{
    magic_check(client, MAGIC_MCP_CLIENT);
    loop_assert_owner(client->loop);
    assert(client->state != CLIENT_CLOSING);
    struct pending *pending = add_pending(client, on_result, owner);
    jsonrpc_write_request(&pending->message, pending->number, method, params);
    timer_start(pending->timer, timeout_ms == 0 ? MCP_REQUEST_TIMEOUT_MS : timeout_ms, 0);
    if (!admit(pending))
        return pending->number;
    if (client->state == CLIENT_READY)
        send_pending(pending);
    else if (client->state == CLIENT_IDLE)
        start(client);
    return pending->number;
}

void mcp_client_cancel(struct mcp_client *client, uint64_t request)
{
    magic_check(client, MAGIC_MCP_CLIENT);
    struct pending *pending = find_pending(client, request);
    if (pending == NULL)
        return;
    if (pending->message.len == 0)
        withdraw(client, request, STR("cancelled"));
    remove_pending(pending);
}

void mcp_client_notify(struct mcp_client *client, struct str method, struct str params)
{
    magic_check(client, MAGIC_MCP_CLIENT);
    scoped_buf struct buf text = {0};
    if (client->state != CLIENT_READY)
        return;
    jsonrpc_write_notification(&text, method, params);
    send_or_drop(client, &text);
}

bool mcp_client_is_ready(const struct mcp_client *client)
{
    return client->state == CLIENT_READY;
}

bool mcp_client_is_closing(const struct mcp_client *client)
{
    return client->state == CLIENT_CLOSING;
}

struct str mcp_client_server(const struct mcp_client *client)
{
    return client->server.len == 0 ? STR_NULL : buf_str(&client->server);
}

struct str mcp_client_log(const struct mcp_client *client)
{
    return client->transport == NULL ? STR_NULL : mcp_transport_log(client->transport);
}

void mcp_client_close(struct mcp_client *client, void (*on_closed)(void *owner), void *owner)
{
    magic_check(client, MAGIC_MCP_CLIENT);
    assert(client->state != CLIENT_CLOSING);
    struct error error;
    (void)error_set(&error, ERROR_CANCELLED, "Connection closed (the server was taken away)");
    client->state = CLIENT_CLOSING;
    client->on_closed = on_closed;
    client->closed_owner = owner;
    client->on_notification = NULL;
    drop_transport(client);
    fail_all(client, &error);
    schedule_turn(client); /* the caller is told later, even when nothing was running */
}

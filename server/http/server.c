#include "server/http/server.h"

#include <netdb.h>
#include <netinet/in.h>

#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/base/regex.h"
#include "server/http/connection.h"
#include "server/http/hub.h"
#include "server/http/listener.h"

/*
 * Everything that ends, ends in after_turn: connections free themselves in turns, closed listeners
 * wake one, and when both counts are zero the drain is over, or the server may be freed.
 */

#define MAX_LISTENERS 16

struct http_server {
    struct hub hub;
    struct listener *listeners[MAX_LISTENERS];
    size_t listener_count;
    size_t closing_listeners;
    void (*on_drained)(void *owner);
    void *drain_owner;
    bool is_closing;
};

struct hub *hub_of(struct http_server *server)
{
    return &server->hub;
}

struct http_server_options *http_server_options(struct http_server *server)
{
    return &server->hub.options;
}

size_t http_server_connections(const struct http_server *server)
{
    return server->hub.connection_count;
}

static void free_server(struct http_server *server)
{
    regex_free(server->hub.options.cors.pattern);
    hub_fini(&server->hub);
    free(server);
}

static void after_turn(struct http_server *server)
{
    if (server->hub.connection_count < HTTP_MAX_CONNECTIONS) {
        for (size_t i = 0; i < server->listener_count; i++)
            listener_resume(server->listeners[i]);
    }
    if (server->hub.connection_count > 0 || server->closing_listeners > 0 ||
        server->hub.is_turn_due)
        return;
    void (*on_drained)(void *owner) = server->on_drained;
    void *owner = server->drain_owner;
    server->on_drained = NULL;
    if (server->is_closing)
        free_server(server);
    if (on_drained != NULL)
        on_drained(owner);
}

bool http_server_open(struct loop *loop, const struct http_server_options *options,
                      struct http_server **ret_server, struct error *error)
{
    struct regex *pattern = NULL;
    if (str_is_set(options->cors.origin_regex) &&
        !regex_new(options->cors.origin_regex, &pattern, error))
        return false;
    struct http_server *server = mem_zero(1, sizeof(*server));
    hub_init(&server->hub, loop, server, options);
    server->hub.options.cors.pattern = pattern;
    server->hub.after_turn = after_turn;
    *ret_server = server;
    return true;
}

static bool on_accept(void *owner, int fd)
{
    struct http_server *server = owner;
    connection_open(&server->hub, fd);
    if (server->hub.connection_count < HTTP_MAX_CONNECTIONS)
        return true;
    log_warn("http.connections_full", "limit=%d action=\"wait for one to close\"",
             HTTP_MAX_CONNECTIONS);
    return false;
}

static void on_listener_closed(void *owner)
{
    struct http_server *server = owner;
    server->closing_listeners--;
    hub_wake(&server->hub);
}

static bool listen_on(struct http_server *server, const struct addrinfo *address, uint16_t port,
                      bool is_dual, uint16_t *ret_port, struct error *error)
{
    static const struct listener_events events = {
        .on_accept = on_accept,
        .on_closed = on_listener_closed,
    };
    struct sockaddr_in6 storage = {0};
    memcpy(&storage, address->ai_addr, address->ai_addrlen);
    storage.sin6_port = htons(port); /* at the same place in both families */
    if (server->listener_count == MAX_LISTENERS)
        return error_set(error, ERROR_LIMIT, "listen: at most %d addresses", MAX_LISTENERS);
    struct listener *listener;
    if (!listener_open(server->hub.loop, (const struct sockaddr *)&storage, is_dual, &events,
                       server, &listener, ret_port, error))
        return false;
    server->listeners[server->listener_count++] = listener;
    return true;
}

/* One port on all addresses of a name ("localhost" often has two). */
static bool listen_on_all(struct http_server *server, const struct addrinfo *addresses,
                          uint16_t port, uint16_t *ret_port, struct error *error)
{
    const bool is_dual = addresses->ai_next == NULL;
    if (!listen_on(server, addresses, port, is_dual, &port, error))
        return false;
    for (const struct addrinfo *next = addresses->ai_next; next != NULL; next = next->ai_next) {
        struct error ignored;
        uint16_t same_port;
        if (!listen_on(server, next, port, false, &same_port, &ignored))
            log_warn("http.listen_partial", "port=%u reason=\"%s\"", (unsigned)port, ignored.text);
    }
    *ret_port = port;
    return true;
}

bool http_server_listen(struct http_server *server, const char *host, uint16_t port,
                        uint16_t *ret_port, struct error *error)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *addresses = NULL;
    const int status = getaddrinfo(host, NULL, &hints, &addresses);
    if (status != 0)
        return error_set(error, ERROR_INVALID, "listen on '%s': %s", host, gai_strerror(status));
    const bool is_fine = listen_on_all(server, addresses, port, ret_port, error);
    freeaddrinfo(addresses);
    return is_fine || error_wrap(error, "'%s' port %u", host, (unsigned)port);
}

static void close_listeners(struct http_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        listener_close(server->listeners[i]);
    server->closing_listeners += server->listener_count;
    server->listener_count = 0;
}

/* Neither of the two frees a connection at once, so the list stays as it is. */
static void each_connection(struct http_server *server,
                            void (*visit)(struct http_connection *connection))
{
    struct list *head = &server->hub.connections;
    for (struct list *link = list_first(head); link != NULL; link = list_next(head, link))
        visit(connection_from_link(link));
}

void http_server_drain(struct http_server *server, void (*on_drained)(void *owner), void *owner)
{
    server->hub.is_draining = true;
    server->on_drained = on_drained;
    server->drain_owner = owner;
    close_listeners(server);
    each_connection(server, connection_shut_down);
    hub_wake(&server->hub);
}

void http_server_close(struct http_server *server)
{
    server->is_closing = true;
    server->hub.is_draining = true;
    server->on_drained = NULL;
    close_listeners(server);
    each_connection(server, connection_cut);
    hub_wake(&server->hub);
}

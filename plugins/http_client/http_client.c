#include "plugins/http_client/http_client.h"

#include <stdlib.h>

#include "actions/program_files.h"
#include "plugins/http_client/curl_module.h"
#include "plugins/http_client/http_proxy.h"
#include "plugins/http_client/http_trust.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/poll.h"
#include "server/loop/timer.h"

/*
 * libcurl runs in run_pool only, when its descriptor or its time says so. Everything that asks
 * something of it outside sets its time, so it happens in the next turn. Within run_pool an
 * exchange that is cancelled is only marked, and stopped after it.
 */

#define MAGIC_HTTP_CLIENT   0x48545443u
#define MAGIC_HTTP_EXCHANGE 0x48545458u
#define USER_AGENT          "actiond/" ACTIOND_VERSION

struct http_client {
    uint32_t magic;
    struct loop *loop;
    const char *const *env;
    const struct curl_module *module;
    void *pool;
    struct poll *poll;
    struct timer *timer;
    struct http_proxy proxy;
    struct list exchanges;
    bool is_running;
    bool is_turn_due;
    bool is_closed;
};

struct http_exchange {
    uint32_t magic;
    struct list link;
    struct http_client *client;
    void *transfer; /* NULL: it is to be started, or never was */
    struct arena arena;
    struct curl_request request; /* in the arena, until it is started */
    const struct http_exchange_events *events;
    void *owner;
    struct buf body;
    struct buf proxy;
    struct buf head; /* "name\nvalue\n" of each field of the answer */
    int status;
    struct timer *idle_timer;
    uint64_t idle_timeout_ms;
    uint64_t last_active_ms;
    uint64_t sent_bytes;
    struct error *failure; /* to be reported in the next turn */
    bool is_waiting;       /* to be started in the next turn */
    bool is_paused;
    bool is_cancelled;
};

static void free_exchange(struct http_exchange *exchange)
{
    list_remove(&exchange->link);
    if (exchange->transfer != NULL)
        exchange->client->module->stop(exchange->transfer);
    timer_close(exchange->idle_timer);
    arena_fini(&exchange->arena);
    buf_fini(&exchange->body);
    buf_fini(&exchange->proxy);
    buf_fini(&exchange->head);
    free(exchange->failure);
    exchange->magic = 0;
    free(exchange);
}

static void free_client(struct http_client *client)
{
    client->magic = 0;
    free(client);
}

/* The last thing an owner hears. */
static void end_exchange(struct http_exchange *exchange, const struct error *error)
{
    const struct http_exchange_events *events = exchange->events;
    void *owner = exchange->owner;
    free_exchange(exchange);
    events->on_end(owner, error);
}

/* One for which something is left to do in a turn. */
static struct http_exchange *find_due(const struct http_client *client)
{
    for (struct list *link = list_first(&client->exchanges); link != NULL;
         link = list_next(&client->exchanges, link)) {
        struct http_exchange *exchange = container_of(link, struct http_exchange, link);
        if (exchange->is_cancelled || exchange->is_waiting || exchange->failure != NULL)
            return exchange;
    }
    return NULL;
}

static void begin(struct http_exchange *exchange);

static void settle(struct http_exchange *exchange)
{
    if (exchange->is_cancelled) {
        free_exchange(exchange);
    } else if (exchange->failure != NULL) {
        const struct error failure = *exchange->failure;
        end_exchange(exchange, &failure);
    } else {
        begin(exchange);
    }
}

/* What could not be done inside some call, or while libcurl was running. */
static void run_turn(void *owner)
{
    struct http_client *client = owner;
    magic_check(client, MAGIC_HTTP_CLIENT);
    struct http_exchange *exchange;
    client->is_turn_due = false;
    while ((exchange = find_due(client)) != NULL)
        settle(exchange);
    if (!client->is_closed || client->is_turn_due)
        return;
    if (client->pool != NULL)
        client->module->close(client->pool);
    free_client(client);
}

static void schedule_turn(struct http_client *client)
{
    if (client->is_turn_due)
        return;
    client->is_turn_due = true;
    loop_defer(client->loop, run_turn, client);
}

static void fail(struct http_exchange *exchange, const struct error *error)
{
    if (exchange->failure != NULL || exchange->is_cancelled)
        return;
    exchange->failure = mem_alloc(sizeof(*exchange->failure));
    *exchange->failure = *error;
    schedule_turn(exchange->client);
}

/* Asks libcurl when it wants to be called. */
static void set_timer(struct http_client *client)
{
    const int64_t timeout_ms = client->module->timeout_ms(client->pool);
    if (timeout_ms < 0)
        timer_stop(client->timer);
    else
        timer_start(client->timer, (uint64_t)timeout_ms, 0);
}

static void run_pool(void *owner)
{
    struct http_client *client = owner;
    magic_check(client, MAGIC_HTTP_CLIENT);
    client->is_running = true;
    client->module->run(client->pool);
    client->is_running = false;
    if (!client->is_closed)
        set_timer(client);
}

static bool load(struct http_client *client, struct error *error)
{
    if (client->pool != NULL)
        return true;
    if (client->module == NULL)
        client->module =
            program_files_load(CURL_MODULE_FILE, CURL_MODULE_SYMBOL, CURL_MODULE_VERSION);
    if (client->module == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "%s is not installed or cannot be loaded",
                         CURL_MODULE_FILE);
    client->pool = client->module->open();
    if (client->pool == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "libcurl cannot be started");
    return poll_open(client->loop, client->module->fd(client->pool), run_pool, client,
                     &client->poll, error);
}

struct http_client *http_client_open(const struct http_client_options *options)
{
    struct http_client *client = mem_zero(1, sizeof(*client));
    client->magic = MAGIC_HTTP_CLIENT;
    client->loop = options->loop;
    client->env = options->env;
    client->timer = timer_open(options->loop, run_pool, client);
    list_init(&client->exchanges);
    http_proxy_read(&client->proxy, options->env);
    return client;
}

void http_client_close(struct http_client *client)
{
    if (client == NULL)
        return;
    magic_check(client, MAGIC_HTTP_CLIENT);
    struct error error;
    (void)error_set(&error, ERROR_CANCELLED, "the client was closed");
    for (struct list *link = list_first(&client->exchanges); link != NULL;
         link = list_next(&client->exchanges, link))
        fail(container_of(link, struct http_exchange, link), &error);
    poll_close(take_pointer(&client->poll));
    timer_close(take_pointer(&client->timer));
    client->is_closed = true;
    schedule_turn(client); /* libcurl may be running now */
}

static bool is_over(const struct http_exchange *exchange)
{
    return exchange->is_cancelled || exchange->failure != NULL;
}

static void note_activity(struct http_exchange *exchange)
{
    exchange->last_active_ms = loop_now_ms(exchange->client->loop);
}

/* A status line begins a new answer: what came before was an interim one, or said where to go. */
static bool on_header(void *owner, struct str name, struct str value)
{
    struct http_exchange *exchange = owner;
    magic_check(exchange, MAGIC_HTTP_EXCHANGE);
    struct error error;
    note_activity(exchange);
    if (str_starts_with(name, STR("HTTP/"))) {
        buf_clear(&exchange->head);
        return !is_over(exchange);
    }
    buf_append(&exchange->head, name);
    buf_append_byte(&exchange->head, '\n');
    buf_append(&exchange->head, value);
    buf_append_byte(&exchange->head, '\n');
    if (!buf_has_overflowed(&exchange->head))
        return !is_over(exchange);
    (void)error_set(&error, ERROR_TOO_LARGE, "the answer's head has more than %zu bytes",
                    HTTP_CLIENT_MAX_HEAD_BYTES);
    fail(exchange, &error);
    return false;
}

static bool on_head(void *owner, int status)
{
    struct http_exchange *exchange = owner;
    exchange->status = status;
    if (!is_over(exchange) && exchange->events->on_head != NULL)
        exchange->events->on_head(exchange->owner);
    return !is_over(exchange);
}

static bool on_body(void *owner, struct str bytes)
{
    struct http_exchange *exchange = owner;
    magic_check(exchange, MAGIC_HTTP_EXCHANGE);
    if (is_over(exchange) || exchange->is_paused)
        return false;
    note_activity(exchange);
    exchange->events->on_body(exchange->owner, bytes);
    return true;
}

static enum error_code code_of(enum curl_outcome outcome)
{
    return outcome == CURL_OUTCOME_TIMEOUT ? ERROR_TIMEOUT : ERROR_UNAVAILABLE;
}

static void on_end(void *owner, enum curl_outcome outcome, const char *problem)
{
    struct http_exchange *exchange = owner;
    magic_check(exchange, MAGIC_HTTP_EXCHANGE);
    struct error error;
    if (is_over(exchange))
        return; /* the next turn ends it */
    if (outcome == CURL_OUTCOME_DONE) {
        end_exchange(exchange, NULL);
        return;
    }
    (void)error_set(&error, code_of(outcome), "%s", problem);
    end_exchange(exchange, &error);
}

static uint64_t silent_ms(const struct http_exchange *exchange)
{
    return loop_now_ms(exchange->client->loop) - exchange->last_active_ms;
}

/* Set for the earliest moment; whoever was active since, or waits for us, gets more time. */
static void on_idle_due(void *owner)
{
    struct http_exchange *exchange = owner;
    struct error error;
    const uint64_t sent = exchange->client->module->sent_bytes(exchange->transfer);
    if (exchange->is_paused || sent != exchange->sent_bytes)
        note_activity(exchange);
    exchange->sent_bytes = sent;
    const uint64_t silent = silent_ms(exchange);
    if (silent < exchange->idle_timeout_ms) {
        timer_start(exchange->idle_timer, exchange->idle_timeout_ms - silent, 0);
        return;
    }
    (void)error_set(&error, ERROR_TIMEOUT, "no bytes came for %llu ms",
                    (unsigned long long)exchange->idle_timeout_ms);
    fail(exchange, &error);
}

static bool has_line_break(struct str text)
{
    return str_has_byte(text, '\r') || str_has_byte(text, '\n') || str_has_byte(text, '\0');
}

static bool has_field(const struct http_exchange_options *options, struct str name)
{
    for (size_t i = 0; i < options->field_count; i++) {
        if (str_equal_nocase(options->fields[i].name, name))
            return true;
    }
    return false;
}

/* libcurl wants "Name: value", "Name;" for an empty value and "Name:" for none of its own. */
static bool build_headers(const struct http_exchange_options *options, struct arena *arena,
                          const char *const **ret_headers, struct error *error)
{
    const char **headers = arena_zero(arena, options->field_count + 4, sizeof(*headers));
    size_t count = 0;
    for (size_t i = 0; i < options->field_count; i++) {
        const struct http_field *field = &options->fields[i];
        if (field->name.len == 0 || str_has_byte(field->name, ':') || has_line_break(field->name) ||
            has_line_break(field->value))
            return error_set(error, ERROR_INVALID, "header %zu cannot be sent", i);
        const struct str value = str_trim(field->value);
        headers[count++] = arena_printf(arena, "%.*s%s%.*s", STR_ARG(field->name),
                                        value.len == 0 ? ";" : ": ", STR_ARG(value))
                               .data;
    }
    headers[count++] = "Expect:";
    if (!has_field(options, STR("content-type")))
        headers[count++] = "Content-Type:";
    if (!has_field(options, STR("user-agent")))
        headers[count++] = "User-Agent: " USER_AGENT;
    *ret_headers = headers;
    return true;
}

static bool prepare(struct http_exchange *exchange, const struct http_exchange_options *options,
                    struct error *error)
{
    const struct http_client *client = exchange->client;
    if (str_has_byte(options->url, '\0'))
        return error_set(error, ERROR_INVALID, "the address has a zero byte");
    http_proxy_find(&client->proxy, options->url, &exchange->proxy);
    exchange->request = (struct curl_request){
        .method = arena_cstr(&exchange->arena, str_from(options->method)),
        .url = arena_cstr(&exchange->arena, options->url),
        .body = str_is_set(options->body) ? buf_str(&exchange->body) : STR_NULL,
        .proxy = exchange->proxy.len == 0 ? NULL : exchange->proxy.data,
        .ca_file = http_trust_find(client->env),
        .connect_timeout_ms = options->connect_timeout_ms == 0 ? HTTP_CLIENT_CONNECT_TIMEOUT_MS
                                                               : options->connect_timeout_ms,
        .total_timeout_ms = options->total_timeout_ms,
        .max_redirects = options->max_redirects,
        .on_header = on_header,
        .on_head = on_head,
        .on_body = on_body,
        .on_end = on_end,
        .owner = exchange,
    };
    return build_headers(options, &exchange->arena, &exchange->request.headers, error);
}

static void begin(struct http_exchange *exchange)
{
    struct http_client *client = exchange->client;
    char problem[CURL_MODULE_PROBLEM];
    struct error error;
    exchange->is_waiting = false;
    exchange->transfer = client->module->start(client->pool, &exchange->request, problem);
    if (exchange->transfer == NULL) {
        (void)error_set(&error, ERROR_INVALID, "the request cannot be sent: %s", problem);
        fail(exchange, &error);
        return;
    }
    arena_fini(&exchange->arena);
    set_timer(client);
    note_activity(exchange);
    if (exchange->idle_timeout_ms > 0)
        timer_start(exchange->idle_timer, exchange->idle_timeout_ms, 0);
}

struct http_exchange *http_exchange_start(struct http_client *client,
                                          const struct http_exchange_options *options,
                                          const struct http_exchange_events *events, void *owner)
{
    magic_check(client, MAGIC_HTTP_CLIENT);
    loop_assert_owner(client->loop);
    assert(!client->is_closed);
    struct error error;
    struct http_exchange *exchange = mem_zero(1, sizeof(*exchange));
    exchange->magic = MAGIC_HTTP_EXCHANGE;
    exchange->client = client;
    exchange->events = events;
    exchange->owner = owner;
    exchange->idle_timeout_ms = options->idle_timeout_ms;
    exchange->idle_timer = timer_open(client->loop, on_idle_due, exchange);
    buf_init(&exchange->head, HTTP_CLIENT_MAX_HEAD_BYTES);
    buf_append(&exchange->body, options->body);
    list_append(&client->exchanges, &exchange->link);
    exchange->is_waiting = client->is_running; /* libcurl takes no new ones then */
    if (!load(client, &error) || !prepare(exchange, options, &error))
        fail(exchange, &error);
    else if (exchange->is_waiting)
        schedule_turn(client);
    else
        begin(exchange);
    return exchange;
}

int http_exchange_status(const struct http_exchange *exchange)
{
    return exchange->status;
}

struct str http_exchange_field(const struct http_exchange *exchange, const char *name)
{
    struct str rest = buf_str(&exchange->head);
    struct str field;
    struct str value;
    while (str_next(&rest, '\n', &field) && str_next(&rest, '\n', &value)) {
        if (str_equal_nocase(field, str_from(name)))
            return value;
    }
    return STR_NULL;
}

void http_exchange_pause(struct http_exchange *exchange)
{
    magic_check(exchange, MAGIC_HTTP_EXCHANGE);
    exchange->is_paused = true;
}

void http_exchange_resume(struct http_exchange *exchange)
{
    magic_check(exchange, MAGIC_HTTP_EXCHANGE);
    if (!exchange->is_paused)
        return;
    exchange->is_paused = false;
    note_activity(exchange);
    if (exchange->transfer == NULL || is_over(exchange))
        return;
    exchange->client->module->resume(exchange->transfer);
    set_timer(exchange->client);
}

void http_exchange_cancel(struct http_exchange *exchange)
{
    magic_check(exchange, MAGIC_HTTP_EXCHANGE);
    struct http_client *client = exchange->client;
    if (client->is_running) {
        exchange->is_cancelled = true;
        schedule_turn(client);
    } else {
        free_exchange(exchange);
    }
}

#include "agent/secret_lookup.h"

#include <stdlib.h>
#include <string.h>

#include "agent/secrets.h"
#include "plugins/http_client/http_client.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define SERVER_VARIABLE "OH_INTERNAL_SERVER_URL="
#define SERVER_DEFAULT  "http://127.0.0.1:8000"
#define MAX_FIELDS      64
#define US_PER_MS       1000

struct secret_lookup {
    struct secret_lookup_options options;
    struct list fetches;
    struct list waits;
    bool is_stopped;
};

/* What there is to know of one secret's look-ups; it stays when one has ended. */
struct fetch {
    struct list link;
    struct secret_lookup *lookup;
    char *name;
    char *url;                      /* as the secret has it */
    struct http_exchange *exchange; /* NULL: none is under way */
    int status;
    struct buf body;
    bool is_too_long;
    bool has_failed;
    uint64_t failed_at_us;
};

/* Somebody who waits for some of them. */
struct wait {
    struct list link;
    struct fetch **fetches;
    size_t count;
    char *text; /* NULL: all secrets are meant, and on_done is called */
    tool_secrets_fn on_secrets;
    void (*on_done)(void *owner);
    void *owner;
};

struct secret_lookup *secret_lookup_new(const struct secret_lookup_options *options)
{
    struct secret_lookup *lookup = mem_zero(1, sizeof(*lookup));
    lookup->options = *options;
    list_init(&lookup->fetches);
    list_init(&lookup->waits);
    return lookup;
}

static void forget_body(struct fetch *fetch)
{
    if (fetch->body.data != NULL)
        explicit_bzero(fetch->body.data, fetch->body.len);
    buf_fini(&fetch->body);
}

void secret_lookup_free(struct secret_lookup *lookup)
{
    if (lookup == NULL)
        return;
    assert(list_is_empty(&lookup->waits));
    for (struct list *link; (link = list_first(&lookup->fetches)) != NULL;) {
        struct fetch *fetch = container_of(link, struct fetch, link);
        assert(fetch->exchange == NULL);
        list_remove(link);
        free(fetch->name);
        free(fetch->url);
        free(fetch);
    }
    free(lookup);
}

/* --- those who wait --- */

static void give(const struct secret_lookup *lookup, struct str text, tool_secrets_fn on_secrets,
                 void *waiter)
{
    const struct secrets *secrets = lookup->options.secrets;
    const size_t count = secrets_count(secrets);
    struct tool_secret *found = mem_zero(count + 1, sizeof(*found));
    size_t found_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct secret_source *source = secrets_at(secrets, i);
        if (!str_is_empty(source->value) && secrets_names(secrets, i, text))
            found[found_count++] = (struct tool_secret){source->name, source->value};
    }
    on_secrets(waiter, found, found_count);
    free(found);
}

static void answer(const struct secret_lookup *lookup, struct wait *wait)
{
    if (wait->text != NULL)
        give(lookup, str_from(wait->text), wait->on_secrets, wait->owner);
    else
        wait->on_done(wait->owner);
    free(wait->fetches);
    free(wait->text);
    free(wait);
}

static void leave_out(struct wait *wait, const struct fetch *fetch)
{
    for (size_t i = 0; i < wait->count; i++) {
        if (wait->fetches[i] == fetch)
            wait->fetches[i--] = wait->fetches[--wait->count];
    }
}

/* One that has nothing to wait for any more; NULL: there is none. */
static struct wait *find_due(const struct secret_lookup *lookup)
{
    for (struct list *link = list_first(&lookup->waits); link != NULL;
         link = list_next(&lookup->waits, link)) {
        struct wait *wait = container_of(link, struct wait, link);
        if (wait->count == 0)
            return wait;
    }
    return NULL;
}

/* A waiter that is called may ask anew, so the list is looked at anew. */
static void answer_due(struct secret_lookup *lookup)
{
    for (struct wait *wait; (wait = find_due(lookup)) != NULL;) {
        list_remove(&wait->link);
        answer(lookup, wait);
    }
}

/* --- one look-up --- */

/* The value goes to the secret that was looked up, if it is still the same. */
static void keep_value(struct fetch *fetch)
{
    struct secrets *secrets = fetch->lookup->options.secrets;
    const size_t index = secrets_find(secrets, str_from(fetch->name));
    if (index != SIZE_MAX && str_equal(secrets_at(secrets, index)->url, str_from(fetch->url)))
        secrets_set_value(secrets, index, buf_str(&fetch->body));
}

/* NULL: it is fine. */
static const char *find_fault(const struct fetch *fetch)
{
    const struct str value = buf_str(&fetch->body);
    if (fetch->status < 200 || fetch->status >= 300)
        return "the server refuses it";
    if (fetch->is_too_long)
        return "the value is too long";
    if (value.len == 0)
        return "the value is empty";
    return memchr(value.data, '\0', value.len) != NULL ? "the value is no text" : NULL;
}

static void end_fetch(struct fetch *fetch, const char *fault)
{
    struct secret_lookup *lookup = fetch->lookup;
    fetch->exchange = NULL;
    fetch->has_failed = fault != NULL;
    if (fault == NULL) {
        keep_value(fetch);
    } else {
        fetch->failed_at_us = clock_monotonic_us();
        log_warn("secret.lookup_failed", "name=%s status=%d error=\"%s\"", fetch->name,
                 fetch->status, fault);
    }
    forget_body(fetch);
    for (struct list *link = list_first(&lookup->waits); link != NULL;
         link = list_next(&lookup->waits, link))
        leave_out(container_of(link, struct wait, link), fetch);
    answer_due(lookup);
}

static void on_head(void *owner)
{
    struct fetch *fetch = owner;
    fetch->status = http_exchange_status(fetch->exchange);
}

static void on_body(void *owner, struct str bytes)
{
    struct fetch *fetch = owner;
    if (bytes.len <= SECRET_LOOKUP_MAX_BYTES - fetch->body.len) {
        buf_append(&fetch->body, bytes);
        return;
    }
    fetch->is_too_long = true;
    http_exchange_cancel(fetch->exchange);
    end_fetch(fetch, find_fault(fetch));
}

static void on_end(void *owner, const struct error *error)
{
    struct fetch *fetch = owner;
    end_fetch(fetch, error != NULL ? error->text : find_fault(fetch));
}

static struct str find_server(const char *const *env)
{
    for (; env != NULL && *env != NULL; env++) {
        const struct str text = str_from(*env);
        if (str_starts_with(text, STR(SERVER_VARIABLE)))
            return str_skip(text, STR(SERVER_VARIABLE).len);
    }
    return STR(SERVER_DEFAULT);
}

/* Without a path. */
static struct str origin_of(struct str server)
{
    const size_t scheme = str_find(server, STR("://"));
    const size_t host = scheme == SIZE_MAX ? 0 : scheme + STR("://").len;
    const size_t path = str_find_byte(str_skip(server, host), '/');
    return path == SIZE_MAX ? server : str_slice(server, 0, host + path);
}

/* A path from the root of this server, or from where its address ends. */
static void write_address(const struct secret_lookup *lookup, struct str url, struct buf *out)
{
    struct str server = find_server(lookup->options.env);
    if (str_contains(url, STR("://"))) {
        buf_append(out, url);
        return;
    }
    while (str_ends_with(server, STR("/")))
        server = str_slice(server, 0, server.len - 1);
    const bool is_rooted = str_starts_with(url, STR("/"));
    buf_append(out, is_rooted ? origin_of(server) : server);
    if (!is_rooted)
        buf_append_byte(out, '/');
    buf_append(out, url);
}

static size_t read_fields(const struct doc *headers, struct http_field *fields)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    size_t count = 0;
    if (headers == NULL || doc_kind(doc_root(headers)) != DOC_OBJECT)
        return 0;
    while (count < MAX_FIELDS && doc_next(doc_root(headers), &iterator, &name, &value)) {
        if (doc_kind(value) == DOC_STRING)
            fields[count++] = (struct http_field){name, doc_string(value)};
    }
    return count;
}

static void start_fetch(struct fetch *fetch, const struct secret_source *source)
{
    static const struct http_exchange_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end};
    struct secret_lookup *lookup = fetch->lookup;
    struct http_field fields[MAX_FIELDS];
    struct doc_error why;
    scoped_buf struct buf address = {0};
    struct doc *headers = doc_parse(source->headers, &why);
    write_address(lookup, source->url, &address);
    free(fetch->url);
    fetch->url = mem_strndup(source->url.data, source->url.len);
    fetch->status = 0;
    fetch->is_too_long = false;
    const struct http_exchange_options options = {
        .method = "GET",
        .url = buf_str(&address),
        .fields = fields,
        .field_count = read_fields(headers, fields),
        .total_timeout_ms = SECRET_LOOKUP_TIMEOUT_MS,
    };
    fetch->exchange = http_exchange_start(lookup->options.http, &options, &events, fetch);
    doc_free(headers);
}

static struct fetch *get_fetch(struct secret_lookup *lookup, struct str name)
{
    for (struct list *link = list_first(&lookup->fetches); link != NULL;
         link = list_next(&lookup->fetches, link)) {
        struct fetch *fetch = container_of(link, struct fetch, link);
        if (str_equal(str_from(fetch->name), name))
            return fetch;
    }
    struct fetch *fetch = mem_zero(1, sizeof(*fetch));
    fetch->lookup = lookup;
    fetch->name = mem_strndup(name.data, name.len);
    list_append(&lookup->fetches, &fetch->link);
    return fetch;
}

/* It has failed, at the same address, not long ago. */
static bool is_resting(const struct fetch *fetch, const struct secret_source *source)
{
    return fetch->has_failed && str_equal(str_from(fetch->url), source->url) &&
           clock_monotonic_us() - fetch->failed_at_us < fetch->lookup->options.retry_ms * US_PER_MS;
}

/* The wait is for this secret too, if there is something to wait for. */
static void add_secret(struct secret_lookup *lookup, size_t index, struct wait *wait)
{
    const struct secret_source *source = secrets_at(lookup->options.secrets, index);
    if (lookup->is_stopped || !str_is_set(source->url))
        return;
    struct fetch *fetch = get_fetch(lookup, source->name);
    if (fetch->exchange == NULL && is_resting(fetch, source))
        return;
    if (fetch->exchange == NULL)
        start_fetch(fetch, source);
    wait->fetches[wait->count++] = fetch;
}

static struct wait *new_wait(const struct secret_lookup *lookup, void *owner)
{
    struct wait *wait = mem_zero(1, sizeof(*wait));
    wait->fetches = mem_zero(secrets_count(lookup->options.secrets) + 1, sizeof(*wait->fetches));
    wait->owner = owner;
    return wait;
}

static void await(struct secret_lookup *lookup, struct wait *wait)
{
    if (wait->count == 0)
        answer(lookup, wait);
    else
        list_append(&lookup->waits, &wait->link);
}

void secret_lookup_find(struct secret_lookup *lookup, struct str text, tool_secrets_fn on_secrets,
                        void *waiter)
{
    const struct secrets *secrets = lookup->options.secrets;
    struct wait *wait = new_wait(lookup, waiter);
    wait->text = mem_strndup(text.data, text.len);
    wait->on_secrets = on_secrets;
    for (size_t i = 0; i < secrets_count(secrets); i++) {
        if (secrets_names(secrets, i, text))
            add_secret(lookup, i, wait);
    }
    await(lookup, wait);
}

void secret_lookup_find_all(struct secret_lookup *lookup, void (*on_done)(void *owner), void *owner)
{
    const struct secrets *secrets = lookup->options.secrets;
    struct wait *wait = new_wait(lookup, owner);
    wait->on_done = on_done;
    for (size_t i = 0; i < secrets_count(secrets); i++) {
        if (str_is_empty(secrets_at(secrets, i)->value))
            add_secret(lookup, i, wait);
    }
    await(lookup, wait);
}

void secret_lookup_hurry(struct secret_lookup *lookup)
{
    for (struct list *link = list_first(&lookup->waits); link != NULL;
         link = list_next(&lookup->waits, link))
        container_of(link, struct wait, link)->count = 0;
    answer_due(lookup);
}

void secret_lookup_stop(struct secret_lookup *lookup)
{
    lookup->is_stopped = true;
    for (struct list *link = list_first(&lookup->fetches); link != NULL;
         link = list_next(&lookup->fetches, link)) {
        struct fetch *fetch = container_of(link, struct fetch, link);
        if (fetch->exchange != NULL)
            http_exchange_cancel(take_pointer(&fetch->exchange));
        forget_body(fetch);
    }
    secret_lookup_hurry(lookup);
}

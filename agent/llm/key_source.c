#include "agent/llm/key_source.h"

#include <stdlib.h>
#include <string.h>

#include "agent/llm/config.h"
#include "plugins/http_client/http_client.h"
#include "plugins/mcp/mcp_expand.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define VARIABLE   "OH_LLM_API_KEY_REFRESH_"
#define MAX_FIELDS 64

struct llm_key_source {
    struct arena arena;
    struct str url;
    struct str bases;
    struct http_field fields[MAX_FIELDS];
    size_t field_count;
};

struct llm_key_fetch {
    struct http_exchange *exchange;
    int status;
    struct buf body;
    void (*on_key)(void *owner, struct str key);
    void *owner;
};

/* --- the source --- */

static void add_field(struct llm_key_source *source, const struct mcp_expand *expand,
                      struct str name, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    if (doc_kind(value) != DOC_STRING || source->field_count == MAX_FIELDS)
        return;
    mcp_expand_text(expand, doc_string(value), &text);
    source->fields[source->field_count++] = (struct http_field){
        arena_copy(&source->arena, name), arena_copy(&source->arena, buf_str(&text))};
}

static void read_headers(struct llm_key_source *source,
                         const struct llm_key_source_options *options)
{
    const struct mcp_expand expand = {.find_secret = options->find_variable,
                                      .owner = options->owner,
                                      .env = options->env,
                                      .takes_plain = true};
    const struct str text = options->headers;
    struct doc_error why;
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    struct doc *doc = str_is_empty(text) ? NULL : doc_parse(text, &why);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT) {
        while (doc_next(doc_root(doc), &iterator, &name, &value))
            add_field(source, &expand, name, value);
    } else if (!str_is_empty(text)) {
        log_warn("llm.key_source", "ignored=" VARIABLE "HEADERS reason=no_json_object");
    }
    doc_free(doc);
}

struct llm_key_source *llm_key_source_new(const struct llm_key_source_options *options)
{
    if (str_is_empty(options->url))
        return NULL;
    if (str_is_empty(
            str_trim(options->base_urls))) { /* else it would be for all, also for keys of users */
        log_warn("llm.key_source", "ignored=" VARIABLE "URL reason=no_base_urls");
        return NULL;
    }
    struct llm_key_source *source = mem_zero(1, sizeof(*source));
    source->url = arena_copy(&source->arena, options->url);
    source->bases = arena_copy(&source->arena, options->base_urls);
    read_headers(source, options);
    return source;
}

void llm_key_source_free(struct llm_key_source *source)
{
    if (source == NULL)
        return;
    arena_fini(&source->arena);
    free(source);
}

static struct str without_slashes(struct str url)
{
    while (str_ends_with(url, STR("/")))
        url = str_slice(url, 0, url.len - 1);
    return url;
}

bool llm_key_source_serves(const struct llm_key_source *source, const struct llm_config *config)
{
    struct str rest = source == NULL ? STR("") : source->bases;
    struct str base;
    while (str_next(&rest, ',', &base)) {
        base = without_slashes(str_trim(base));
        if (base.len > 0 && str_equal(base, without_slashes(config->base_url)))
            return true;
    }
    return false;
}

/* --- a key --- */

static void free_fetch(struct llm_key_fetch *fetch)
{
    if (fetch->body.data != NULL)
        explicit_bzero(fetch->body.data, fetch->body.len);
    buf_fini(&fetch->body);
    free(fetch);
}

static void end_fetch(struct llm_key_fetch *fetch, const char *fault)
{
    const struct str key = str_trim(buf_str(&fetch->body));
    fetch->exchange = NULL;
    if (fault == NULL && fetch->status != 200)
        fault = "the server refuses it";
    if (fault == NULL && key.len == 0)
        fault = "it is empty";
    if (fault != NULL)
        log_warn("llm.no_fresh_key", "status=%d error=\"%s\"", fetch->status, fault);
    fetch->on_key(fetch->owner, fault == NULL ? key : STR_NULL);
    free_fetch(fetch);
}

static void on_head(void *owner)
{
    struct llm_key_fetch *fetch = owner;
    fetch->status = http_exchange_status(fetch->exchange);
}

static void on_body(void *owner, struct str bytes)
{
    struct llm_key_fetch *fetch = owner;
    if (bytes.len <= LLM_KEY_MAX_BYTES - fetch->body.len) {
        buf_append(&fetch->body, bytes);
        return;
    }
    http_exchange_cancel(fetch->exchange);
    end_fetch(fetch, "it is too long");
}

static void on_end(void *owner, const struct error *error)
{
    end_fetch(owner, error == NULL ? NULL : error->text);
}

struct llm_key_fetch *llm_key_fetch_start(const struct llm_key_source *source,
                                          struct http_client *http,
                                          void (*on_key)(void *owner, struct str key), void *owner)
{
    static const struct http_exchange_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end};
    struct llm_key_fetch *fetch = mem_zero(1, sizeof(*fetch));
    fetch->on_key = on_key;
    fetch->owner = owner;
    const struct http_exchange_options options = {
        .method = "GET",
        .url = source->url,
        .fields = source->fields,
        .field_count = source->field_count,
        .total_timeout_ms = LLM_KEY_TIMEOUT_MS,
    };
    fetch->exchange = http_exchange_start(http, &options, &events, fetch);
    return fetch;
}

void llm_key_fetch_cancel(struct llm_key_fetch *fetch)
{
    http_exchange_cancel(fetch->exchange);
    free_fetch(fetch);
}

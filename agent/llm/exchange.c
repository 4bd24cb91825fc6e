#include "agent/llm/exchange.h"

#include "agent/llm/config.h"
#include "agent/llm/cost.h"
#include "agent/llm/exchange_log.h"
#include "agent/llm/key_source.h"
#include "agent/llm/request.h"
#include "plugins/http_client/http_client.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/timer.h"

#define MAX_FIELDS           64
#define MAX_ERROR_BODY_BYTES ((size_t)64 << 10)
#define STATUS_UNAUTHORIZED  401
#define MS_PER_SECOND        1000
#define US_PER_SECOND        1e6
#define COST_FIELD           "x-litellm-response-cost"
#define PASSED_COST_FIELD    "llm_provider-x-litellm-response-cost" /* by a proxy, from another */

struct llm_exchange {
    struct llm_exchange_options options;
    struct llm_exchange_events events;
    void *owner;
    const struct llm_config *config;
    bool is_stream;
    struct arena arena;   /* of the fields */
    struct str cache_key; /* in there */
    struct http_field fields[MAX_FIELDS];
    size_t field_count;
    struct buf url;
    struct buf body;
    struct http_exchange *exchange;
    struct llm_reader *reader;
    struct timer *retry;
    struct llm_key_fetch *key_fetch;
    bool has_asked_for_key;
    struct buf error_body; /* of an answer that is no success */
    int status;
    double told_cost;
    unsigned attempt;
    uint64_t started_us;
    struct buf detail;
};

static void call_free(struct llm_exchange *call)
{
    if (call->exchange != NULL)
        http_exchange_cancel(call->exchange);
    if (call->key_fetch != NULL)
        llm_key_fetch_cancel(call->key_fetch);
    llm_reader_free(call->reader);
    timer_close(call->retry);
    buf_fini(&call->url);
    buf_fini(&call->body);
    buf_fini(&call->error_body);
    buf_fini(&call->detail);
    arena_fini(&call->arena);
    free(call);
}

void llm_exchange_cancel(struct llm_exchange *call)
{
    call_free(call);
}

static void record(const struct llm_exchange *call, const struct llm_result *result)
{
    const struct llm_exchange_record made = {.config = call->config,
                                             .request = buf_str(&call->body),
                                             .result = result,
                                             .time_us = clock_wall_us()};
    if (call->config->log_completions && call->options.on_log != NULL)
        call->options.on_log(call->options.log_owner, &made);
}

static void finish(struct llm_exchange *call, const struct llm_result *result)
{
    struct llm_result given = *result;
    given.status = call->status;
    given.latency_seconds = (double)(clock_monotonic_us() - call->started_us) / US_PER_SECOND;
    record(call, &given);
    call->events.on_done(call->owner, &given);
    call_free(call);
}

static void start_attempt(struct llm_exchange *call);

static void on_retry_due(void *owner)
{
    start_attempt(owner);
}

/* Milliseconds to wait before the next attempt: 8 s, 16 s, … by default. */
static uint64_t wait_ms(const struct llm_exchange *call)
{
    const struct llm_config *config = call->config;
    double wait = config->retry_multiplier * MS_PER_SECOND;
    for (unsigned i = 1; i < call->attempt; i++)
        wait *= 2;
    if (wait < (double)config->retry_min_wait_ms)
        wait = (double)config->retry_min_wait_ms;
    if (wait > (double)config->retry_max_wait_ms)
        wait = (double)config->retry_max_wait_ms;
    return (uint64_t)wait;
}

/* Removes the marks. Their quotes are bare, so no text within the JSON looks like one. */
static bool strip_marks(struct buf *body)
{
    struct buf stripped = {0};
    struct str rest = buf_str(body);
    for (size_t at; (at = str_find(rest, STR(LLM_CACHE_MARK))) < rest.len;) {
        buf_append(&stripped, str_slice(rest, 0, at));
        rest = str_skip(rest, at + STR(LLM_CACHE_MARK).len);
    }
    const bool is_changed = rest.len < body->len;
    buf_append(&stripped, rest);
    buf_fini(body);
    *body = stripped;
    return is_changed;
}

/* The provider does not cache what is this short. */
static bool is_too_short_to_cache(struct str text)
{
    return str_contains_nocase(text, STR("minimum token count to start caching"));
}

static void add_field(void *owner, struct str name, struct str value)
{
    struct llm_exchange *call = owner;
    if (call->field_count == MAX_FIELDS)
        return;
    call->fields[call->field_count++] =
        (struct http_field){arena_copy(&call->arena, name), arena_copy(&call->arena, value)};
}

/* The headers with this key instead of the configured one. */
static void use_key(struct llm_exchange *call, struct str key)
{
    struct llm_config config = *call->config;
    const struct llm_request request = {.config = &config, .cache_key = call->cache_key};
    config.api_key = key;
    call->field_count = 0;
    llm_request_headers(&request, add_field, call);
}

static void give_up(struct llm_exchange *call, enum llm_failure failure)
{
    finish(call,
           &(struct llm_result){.failure = failure, .detail = buf_str(&call->detail), .cost = -1});
}

static void on_key(void *owner, struct str key)
{
    struct llm_exchange *call = owner;
    call->key_fetch = NULL;
    if (!str_is_set(key) || str_equal(key, call->config->api_key)) {
        give_up(call, LLM_FAILURE_AUTHENTICATION);
        return;
    }
    use_key(call, key);
    call->attempt--; /* the refused one does not count */
    start_attempt(call);
}

static bool asks_for_key(const struct llm_exchange *call)
{
    return call->status == STATUS_UNAUTHORIZED && !call->has_asked_for_key &&
           llm_key_source_serves(call->options.keys, call->config);
}

static void fail(struct llm_exchange *call, enum llm_failure failure)
{
    const struct str text = buf_str(&call->detail);
    if (failure == LLM_FAILURE_AUTHENTICATION && asks_for_key(call)) {
        call->has_asked_for_key = true;
        call->key_fetch = llm_key_fetch_start(call->options.keys, call->options.http, on_key, call);
        return;
    }
    if (is_too_short_to_cache(text) && strip_marks(&call->body)) {
        call->attempt--;
        start_attempt(call);
        return;
    }
    if (llm_failure_is_temporary(failure, call->status, text) &&
        call->attempt < (unsigned)call->config->num_retries) {
        timer_start(call->retry, wait_ms(call), 0);
        return;
    }
    give_up(call, failure);
}

static void succeed(struct llm_exchange *call, struct llm_answer *answer)
{
    const double cost =
        call->told_cost >= 0 ? call->told_cost : llm_cost(call->config, &answer->usage);
    finish(call, &(struct llm_result){.answer = answer, .cost = cost});
}

static bool is_success(const struct llm_exchange *call)
{
    return call->status >= 200 && call->status < 300;
}

static void on_head(void *owner)
{
    struct llm_exchange *call = owner;
    call->status = http_exchange_status(call->exchange);
    call->told_cost = llm_cost_told(http_exchange_field(call->exchange, COST_FIELD));
    if (call->told_cost < 0)
        call->told_cost = llm_cost_told(http_exchange_field(call->exchange, PASSED_COST_FIELD));
}

static void on_body(void *owner, struct str bytes)
{
    struct llm_exchange *call = owner;
    if (!is_success(call)) {
        const size_t room = MAX_ERROR_BODY_BYTES - call->error_body.len;
        buf_append(&call->error_body, str_slice(bytes, 0, bytes.len < room ? bytes.len : room));
        return;
    }
    if (llm_reader_feed(call->reader, bytes))
        return;
    /* Nothing better will come; what the reader makes of it decides. */
    struct llm_answer *answer;
    enum llm_failure failure = LLM_FAILURE_UNAVAILABLE;
    http_exchange_cancel(call->exchange);
    call->exchange = NULL;
    if (llm_reader_finish(call->reader, &answer, &failure, &call->detail))
        succeed(call, answer);
    else
        fail(call, failure);
}

/* The connection failed, or took too long. */
static enum llm_failure failure_of(struct llm_exchange *call, const struct error *error)
{
    const bool is_idle = error->code == ERROR_TIMEOUT &&
                         clock_monotonic_us() - call->started_us <
                             (uint64_t)call->config->timeout_ms * (uint64_t)MS_PER_SECOND;
    if (error->code != ERROR_TIMEOUT) {
        buf_printf(&call->detail, "Connection error: %s", error->text);
        return LLM_FAILURE_UNAVAILABLE;
    }
    if (is_idle)
        buf_printf(&call->detail, "LLM stream idle timeout after %g seconds",
                   (double)call->config->stream_idle_timeout_ms / MS_PER_SECOND);
    else
        buf_printf(&call->detail, "LLM hard timeout after %g seconds",
                   (double)call->config->timeout_ms / MS_PER_SECOND);
    return LLM_FAILURE_TIMEOUT;
}

static void on_end(void *owner, const struct error *error)
{
    struct llm_exchange *call = owner;
    struct llm_answer *answer;
    enum llm_failure failure;
    call->exchange = NULL;
    if (error != NULL) {
        fail(call, failure_of(call, error));
    } else if (!is_success(call)) {
        llm_reader_error_text(buf_str(&call->error_body), &call->detail);
        fail(call, llm_failure_of(call->status, buf_str(&call->detail)));
    } else if (llm_reader_finish(call->reader, &answer, &failure, &call->detail)) {
        succeed(call, answer);
    } else {
        fail(call, failure);
    }
}

static void on_delta(void *owner, const struct llm_answer *answer, struct str text,
                     bool is_reasoning)
{
    struct llm_exchange *call = owner;
    if (call->events.on_delta != NULL)
        call->events.on_delta(call->owner, answer, text, is_reasoning);
}

static void start_attempt(struct llm_exchange *call)
{
    static const struct http_exchange_events events = {
        .on_head = on_head, .on_body = on_body, .on_end = on_end};
    const struct llm_config *config = call->config;
    llm_reader_free(call->reader);
    call->reader = llm_reader_new(&(struct llm_reader_options){.protocol = config->protocol,
                                                               .is_stream = call->is_stream,
                                                               .on_delta = on_delta,
                                                               .owner = call});
    call->attempt++;
    call->status = 0;
    call->told_cost = -1;
    buf_clear(&call->error_body);
    buf_clear(&call->detail);
    call->started_us = clock_monotonic_us();
    if (call->events.on_attempt != NULL)
        call->events.on_attempt(call->owner, call->attempt);
    const struct http_exchange_options options = {
        .method = "POST",
        .url = buf_str(&call->url),
        .fields = call->fields,
        .field_count = call->field_count,
        .body = buf_str(&call->body),
        .idle_timeout_ms = call->is_stream ? (uint64_t)config->stream_idle_timeout_ms : 0,
        .total_timeout_ms = (uint64_t)config->timeout_ms,
    };
    call->exchange = http_exchange_start(call->options.http, &options, &events, call);
}

struct llm_exchange *llm_exchange_start(const struct llm_exchange_options *options,
                                        const struct llm_exchange_events *events, void *owner)
{
    const struct llm_request *request = options->request;
    struct llm_exchange *call = mem_zero(1, sizeof(*call));
    call->options = *options;
    call->options.request = NULL; /* it is borrowed for now only */
    call->events = *events;
    call->owner = owner;
    call->config = request->config;
    call->is_stream = request->stream;
    if (str_is_set(request->cache_key))
        call->cache_key = arena_copy(&call->arena, request->cache_key);
    call->retry = timer_open(options->loop, on_retry_due, call);
    llm_request_url(request->config, &call->url);
    use_key(call, request->config->api_key);
    llm_request_body(request, &call->body);
    start_attempt(call);
    return call;
}

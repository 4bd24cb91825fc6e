#include "agent/llm/exchange.h"

#include "agent/llm/config.h"
#include "agent/llm/exchange_log.h"
#include "agent/llm/key_source.h"
#include "agent/llm/message.h"
#include "agent/llm/request.h"
#include "plugins/http_client/http_client.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/loop/loop.h"
#include "tests/support/peer.h"
#include "tests/support/text.h"

/* What one call came back with. */
struct outcome {
    unsigned ends;
    unsigned attempts;
    enum llm_failure failure;
    int status;
    double cost;
    struct buf text; /* of the answer, or of the failure */
    struct buf deltas;
    struct buf log;
    struct buf log_name;
};

static struct loop *loop;
static struct http_client *http;
static struct peer peer;
static struct llm_config *config;
static struct llm_key_source *keys;
static struct outcome outcome;
static struct buf seen; /* /seen of the peer */
static struct doc *requests;

static int set_up(void **state)
{
    static const char *const no_env[] = {NULL};
    struct error error;
    (void)state;
    assert_true(loop_open(&loop, &error));
    http = http_client_open(&(struct http_client_options){.loop = loop, .env = no_env});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_client_close(http);
    while (loop_step(loop)) {
    }
    assert_true(loop_close(loop));
    peer_stop(&peer);
    llm_config_free(take_pointer(&config));
    llm_key_source_free(take_pointer(&keys));
    doc_free(take_pointer(&requests));
    buf_fini(&seen);
    buf_fini(&outcome.text);
    buf_fini(&outcome.deltas);
    buf_fini(&outcome.log);
    buf_fini(&outcome.log_name);
    outcome = (struct outcome){0};
    return 0;
}

/* --- one call --- */

/* A model that answers as the turns say, asked without waits between attempts. */
static void open_model(const char *const *turns, const char *members)
{
    struct doc_error why;
    struct error error;
    scoped_buf struct buf json = {0};
    peer_start(&peer, "llm_peer.py", turns);
    buf_printf(&json,
               "{\"model\":\"openai/m\",\"base_url\":\"http://127.0.0.1:%u\",\"api_key\":\"old\","
               "\"retry_multiplier\":0,\"retry_min_wait\":0,\"retry_max_wait\":0%s}",
               peer.port, members);
    struct doc *doc = doc_parse(buf_str(&json), &why);
    assert_non_null(doc);
    if (!llm_config_decode(doc_root(doc), &config, &error))
        fail_msg("%s", error.text);
    doc_free(doc);
}
#define TURNS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void on_attempt(void *owner, unsigned attempt)
{
    struct outcome *into = owner;
    into->attempts = attempt;
    buf_clear(&into->deltas);
}

static void on_delta(void *owner, const struct llm_answer *answer, struct str text,
                     bool is_reasoning)
{
    struct outcome *into = owner;
    assert_false(is_reasoning);
    assert_string_equal(answer->id.data, "chatcmpl-1");
    buf_append(&into->deltas, text);
}

static void on_done(void *owner, const struct llm_result *result)
{
    struct outcome *into = owner;
    into->ends++;
    into->failure = result->failure;
    into->status = result->status;
    into->cost = result->cost;
    assert_true(result->latency_seconds >= 0);
    buf_append(&into->text,
               result->answer != NULL ? buf_str(&result->answer->text) : result->detail);
}

static void on_log(void *owner, const struct llm_exchange_record *record)
{
    struct outcome *into = owner;
    assert_int_equal(into->ends, 0);
    llm_exchange_log_write(record, &into->log);
    llm_exchange_log_name(record, &into->log_name);
}

static struct llm_exchange *start(void)
{
    static const struct llm_exchange_events events = {
        .on_attempt = on_attempt, .on_delta = on_delta, .on_done = on_done};
    const struct llm_part part = {.text = STR("hello")};
    const struct llm_message message = {.role = LLM_USER, .parts = &part, .part_count = 1};
    struct llm_fragment fragment = {0};
    const struct llm_fragment *const list[] = {&fragment};
    llm_request_render(config, &message, &fragment);
    const struct llm_request request = {
        .config = config, .fragments = list, .fragment_count = 1, .stream = config->stream};
    const struct llm_exchange_options options = {.loop = loop,
                                                 .http = http,
                                                 .request = &request,
                                                 .keys = keys,
                                                 .on_log = on_log,
                                                 .log_owner = &outcome};
    struct llm_exchange *call = llm_exchange_start(&options, &events, &outcome);
    llm_fragment_fini(&fragment); /* it is borrowed for the start only */
    assert_int_equal(outcome.ends, 0);
    return call;
}

static void ask(void)
{
    (void)start();
    while (outcome.ends == 0)
        assert_true(loop_step(loop));
    assert_int_equal(outcome.ends, 1);
}

static void assert_fine(unsigned attempts)
{
    assert_text(buf_str(&outcome.text), "fine");
    assert_int_equal(outcome.failure, LLM_FAILURE_NONE);
    assert_int_equal(outcome.attempts, attempts);
}

static void assert_failed(enum llm_failure failure, unsigned attempts)
{
    assert_int_equal(outcome.failure, failure);
    assert_int_equal(outcome.attempts, attempts);
}

/* --- what the model has seen --- */

static void on_seen_body(void *owner, struct str bytes)
{
    (void)owner;
    buf_append(&seen, bytes);
}

static void on_seen_end(void *owner, const struct error *error)
{
    assert_null(error);
    *(bool *)owner = true;
}

static void look_at_requests(void)
{
    static const struct http_exchange_events events = {.on_body = on_seen_body,
                                                       .on_end = on_seen_end};
    struct doc_error why;
    bool is_over = false;
    scoped_buf struct buf url = {0};
    buf_printf(&url, "http://127.0.0.1:%u/seen", peer.port);
    (void)http_exchange_start(
        http, &(struct http_exchange_options){.method = "GET", .url = buf_str(&url)}, &events,
        &is_over);
    while (!is_over)
        assert_true(loop_step(loop));
    requests = doc_parse(buf_str(&seen), &why);
    assert_non_null(requests);
}

static struct str request_member(size_t index, const char *name)
{
    assert_true(index < doc_count(doc_root(requests)));
    return doc_string(doc_find(doc_at(doc_root(requests), index), str_from(name)));
}

/* --- tests --- */

static void an_answer_comes_with_its_cost(void **state)
{
    (void)state;
    open_model(TURNS("ok"), ",\"input_cost_per_token\":0.5,\"output_cost_per_token\":2");
    ask();
    assert_fine(1);
    assert_int_equal(outcome.status, 200);
    assert_true(outcome.cost == 10 * 0.5 + 2 * 2.0);
}

static void a_cost_that_a_proxy_tells_counts(void **state)
{
    (void)state;
    open_model(TURNS("costly"), ",\"input_cost_per_token\":0.5,\"output_cost_per_token\":2");
    ask();
    assert_true(outcome.cost == 0.25);
}

static void a_cost_without_prices_is_unknown(void **state)
{
    (void)state;
    open_model(TURNS("ok"), "");
    ask();
    assert_true(outcome.cost < 0);
}

static void a_streamed_answer_comes_piece_by_piece(void **state)
{
    (void)state;
    open_model(TURNS("stream"), ",\"stream\":true");
    ask();
    assert_fine(1);
    assert_text(buf_str(&outcome.deltas), "fine");
}

static void what_fails_for_a_while_is_tried_again(void **state)
{
    (void)state;
    open_model(TURNS("429", "503", "500", "empty", "ok"), "");
    ask();
    assert_fine(5);
    look_at_requests();
    assert_int_equal(doc_count(doc_root(requests)), 5);
    assert_true(str_equal(request_member(0, "body"), request_member(4, "body")));
}

static void a_stream_that_is_cut_begins_anew(void **state)
{
    (void)state;
    open_model(TURNS("cut", "stream"), ",\"stream\":true");
    ask();
    assert_fine(2);
    assert_text(buf_str(&outcome.deltas), "fine");
}

static void attempts_are_limited(void **state)
{
    (void)state;
    open_model(TURNS("503"), ",\"num_retries\":3");
    ask();
    assert_failed(LLM_FAILURE_UNAVAILABLE, 3);
    assert_int_equal(outcome.status, 503);
}

static void what_is_wrong_for_good_is_not_tried_again(void **state)
{
    static const struct {
        const char *turn;
        enum llm_failure failure;
    } cases[] = {{"400", LLM_FAILURE_BAD_REQUEST},
                 {"401", LLM_FAILURE_AUTHENTICATION},
                 {"403", LLM_FAILURE_AUTHENTICATION},
                 {"422", LLM_FAILURE_BAD_REQUEST}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        if (i > 0)
            (void)set_up(state);
        open_model(TURNS(cases[i].turn), "");
        ask();
        assert_failed(cases[i].failure, 1);
        if (i + 1 < ARRAY_SIZE(cases))
            (void)tear_down(state);
    }
}

static void a_server_that_is_not_there_is_a_failure(void **state)
{
    (void)state;
    open_model(TURNS("ok"), ",\"num_retries\":2");
    peer_stop(&peer);
    ask();
    assert_failed(LLM_FAILURE_UNAVAILABLE, 2);
    assert_int_equal(outcome.status, 0);
    assert_true(str_starts_with(buf_str(&outcome.text), STR("Connection error: ")));
}

static void an_answer_that_does_not_come_times_out(void **state)
{
    (void)state;
    open_model(TURNS("silent"), ",\"timeout\":1,\"num_retries\":1");
    ask();
    assert_failed(LLM_FAILURE_TIMEOUT, 1);
    assert_text(buf_str(&outcome.text), "LLM hard timeout after 1 seconds");
}

static void a_stream_that_falls_silent_times_out(void **state)
{
    (void)state;
    open_model(TURNS("silent"), ",\"stream\":true,\"stream_idle_timeout\":1,\"num_retries\":1");
    ask();
    assert_failed(LLM_FAILURE_TIMEOUT, 1);
    assert_text(buf_str(&outcome.text), "LLM stream idle timeout after 1 seconds");
}

static void nothing_comes_after_a_cancel(void **state)
{
    (void)state;
    open_model(TURNS("silent"), "");
    llm_exchange_cancel(start());
    look_at_requests(); /* the loop goes round */
    assert_int_equal(outcome.ends, 0);
}

static void a_call_that_waits_for_its_next_attempt_can_be_cancelled(void **state)
{
    (void)state;
    open_model(TURNS("503"), ",\"retry_max_wait\":100,\"retry_min_wait\":100");
    struct llm_exchange *call = start();
    look_at_requests();
    llm_exchange_cancel(call);
    assert_int_equal(outcome.ends, 0);
}

static void a_text_too_short_to_cache_goes_without_marks(void **state)
{
    (void)state;
    open_model(TURNS("short", "ok"), ",\"model\":\"openai/claude-sonnet-4-5\"");
    ask();
    assert_fine(1);
    look_at_requests();
    assert_true(str_contains(request_member(0, "body"), STR("cache_control")));
    assert_false(str_contains(request_member(1, "body"), STR("cache_control")));
}

/* --- keys --- */

static bool find_variable(void *owner, struct str name, struct buf *out)
{
    (void)owner;
    if (!str_equal(name, STR("OH_SESSION_API_KEYS_0")))
        return false;
    buf_append(out, STR("of-the-server"));
    return true;
}

static void open_keys(const char *base)
{
    char url[80];
    char bases[120];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/key", peer.port);
    (void)snprintf(bases, sizeof(bases), "http://other/v1, %s/", base);
    keys = llm_key_source_new(&(struct llm_key_source_options){
        .url = str_from(url),
        .base_urls = str_from(bases),
        .headers = STR("{\"X-Session-API-Key\":\"${OH_SESSION_API_KEYS_0}\"}"),
        .find_variable = find_variable});
    assert_non_null(keys);
}

static void a_refused_key_is_exchanged_for_a_fresh_one(void **state)
{
    (void)state;
    open_model(TURNS("key:fresh"), "");
    open_keys(config->base_url.data);
    ask();
    assert_fine(1);
    look_at_requests();
    assert_text(request_member(0, "key"), "old");
    assert_text(request_member(1, "header"), "of-the-server");
    assert_text(request_member(2, "key"), "fresh");
}

static void a_fresh_key_is_asked_for_once(void **state)
{
    (void)state;
    open_model(TURNS("key:another"), "");
    open_keys(config->base_url.data);
    ask();
    assert_failed(LLM_FAILURE_AUTHENTICATION, 1);
    assert_text(buf_str(&outcome.text), "token_not_found_in_db");
    look_at_requests();
    assert_int_equal(doc_count(doc_root(requests)), 3);
}

static void keys_of_other_servers_are_not_exchanged(void **state)
{
    (void)state;
    open_model(TURNS("key:fresh"), "");
    open_keys("http://elsewhere/v1");
    ask();
    assert_failed(LLM_FAILURE_AUTHENTICATION, 1);
    look_at_requests();
    assert_int_equal(doc_count(doc_root(requests)), 1);
}

static void an_address_for_all_models_is_no_source(void **state)
{
    (void)state;
    assert_null(
        llm_key_source_new(&(struct llm_key_source_options){.url = STR("http://127.0.0.1:1/key")}));
}

/* --- the log --- */

static void a_call_is_logged_when_its_model_asks_for_it(void **state)
{
    (void)state;
    open_model(TURNS("ok"), ",\"log_completions\":true");
    ask();
    assert_true(str_starts_with(buf_str(&outcome.log), STR("{\"request\":{")));
    assert_true(str_contains(buf_str(&outcome.log), STR("\"text\":\"hello\"")));
    assert_true(str_contains(buf_str(&outcome.log), STR("\"content\":\"fine\"")));
    assert_true(str_contains(buf_str(&outcome.log),
                             STR("\"usage_summary\":{\"prompt_tokens\":10,\"completion_tokens\":2,"
                                 "\"reasoning_tokens\":0,\"cache_read_tokens\":0}")));
    assert_false(str_contains(buf_str(&outcome.log), STR("old")));
    assert_true(str_starts_with(buf_str(&outcome.log_name), STR("openai__m-")));
    assert_true(str_ends_with(buf_str(&outcome.log_name), STR(".json")));
}

static void a_failure_is_logged_as_well(void **state)
{
    (void)state;
    open_model(TURNS("400"), ",\"log_completions\":true");
    ask();
    assert_true(str_contains(
        buf_str(&outcome.log),
        STR("\"error\":{\"type\":\"LLMBadRequestError\",\"message\":\"status 400\"}")));
    assert_true(str_ends_with(buf_str(&outcome.log_name), STR("-error.json")));
}

static void nothing_is_logged_unasked(void **state)
{
    (void)state;
    open_model(TURNS("ok"), "");
    ask();
    assert_int_equal(outcome.log.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_comes_with_its_cost),
        TEST(a_cost_that_a_proxy_tells_counts),
        TEST(a_cost_without_prices_is_unknown),
        TEST(a_streamed_answer_comes_piece_by_piece),
        TEST(what_fails_for_a_while_is_tried_again),
        TEST(a_stream_that_is_cut_begins_anew),
        TEST(attempts_are_limited),
        TEST(what_is_wrong_for_good_is_not_tried_again),
        TEST(a_server_that_is_not_there_is_a_failure),
        TEST(an_answer_that_does_not_come_times_out),
        TEST(a_stream_that_falls_silent_times_out),
        TEST(nothing_comes_after_a_cancel),
        TEST(a_call_that_waits_for_its_next_attempt_can_be_cancelled),
        TEST(a_text_too_short_to_cache_goes_without_marks),
        TEST(a_refused_key_is_exchanged_for_a_fresh_one),
        TEST(a_fresh_key_is_asked_for_once),
        TEST(keys_of_other_servers_are_not_exchanged),
        TEST(an_address_for_all_models_is_no_source),
        TEST(a_call_is_logged_when_its_model_asks_for_it),
        TEST(a_failure_is_logged_as_well),
        TEST(nothing_is_logged_unasked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "plugins/http_client/http_client.h"

#include "server/base/error.h"
#include "server/loop/loop.h"
#include "tests/support/peer.h"

/* What one exchange came back with. */
struct answer {
    struct http_exchange *exchange; /* NULL when it has ended */
    unsigned heads;
    unsigned ends;
    int status;
    struct buf field; /* the header asked for */
    const char *wanted_field;
    struct buf body;
    bool has_failed;
    struct error error;
    bool pauses;
    bool cancels;
    void (*on_first_body)(struct answer *answer);
    struct answer *other;
};

static struct loop *loop;
static struct http_client *client;
static struct peer peer;
static struct buf address;
static const char *environment[4];

static int set_up(void **state)
{
    struct error error;
    (void)state;
    assert_true(loop_open(&loop, &error));
    client = NULL;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_client_close(client);
    while (loop_step(loop)) {
    }
    assert_true(loop_close(loop));
    peer_stop(&peer);
    buf_fini(&address);
    return 0;
}

static void open_client(const char *first, const char *second)
{
    environment[0] = first;
    environment[1] = first == NULL ? NULL : second;
    const struct http_client_options options = {.loop = loop, .env = environment};
    client = http_client_open(&options);
}

static void open_both(void)
{
    peer_start(&peer, "http_peer.py", NULL);
    open_client(NULL, NULL);
}

static struct str url(const char *path)
{
    buf_clear(&address);
    buf_printf(&address, "http://127.0.0.1:%u%s", peer.port, path);
    return buf_str(&address);
}

static void on_head(void *owner)
{
    struct answer *answer = owner;
    assert_int_equal(answer->ends, 0);
    answer->heads++;
    answer->status = http_exchange_status(answer->exchange);
    if (answer->wanted_field != NULL)
        buf_append(&answer->field, http_exchange_field(answer->exchange, answer->wanted_field));
}

static void on_body(void *owner, struct str bytes)
{
    struct answer *answer = owner;
    assert_int_equal(answer->heads, 1);
    buf_append(&answer->body, bytes);
    if (answer->pauses)
        http_exchange_pause(answer->exchange);
    if (answer->on_first_body != NULL) {
        void (*act)(struct answer *) = answer->on_first_body;
        answer->on_first_body = NULL;
        act(answer);
    }
    if (answer->cancels)
        http_exchange_cancel(take_pointer(&answer->exchange));
}

static void on_end(void *owner, const struct error *error)
{
    struct answer *answer = owner;
    answer->ends++;
    answer->exchange = NULL;
    answer->has_failed = error != NULL;
    if (error != NULL)
        answer->error = *error;
}

static const struct http_exchange_events events = {
    .on_head = on_head, .on_body = on_body, .on_end = on_end};

static void answer_fini(struct answer *answer)
{
    buf_fini(&answer->field);
    buf_fini(&answer->body);
}
#define scoped_answer __attribute__((cleanup(answer_fini)))

static void start(struct answer *answer, const struct http_exchange_options *options)
{
    answer->exchange = http_exchange_start(client, options, &events, answer);
    assert_int_equal(answer->ends, 0);
}

static void await(const struct answer *answer)
{
    while (answer->ends == 0)
        assert_true(loop_step(loop));
}

static void ask(struct answer *answer, const struct http_exchange_options *options)
{
    start(answer, options);
    await(answer);
}

static void get(struct answer *answer, const char *path)
{
    ask(answer, &(struct http_exchange_options){.method = "GET", .url = url(path)});
}

static void assert_body(const struct answer *answer, const char *part)
{
    if (answer->has_failed)
        fail_msg("failed: %s", answer->error.text);
    if (!str_contains(buf_str(&answer->body), str_from(part)))
        fail_msg("'%s' is not in: %s", part, answer->body.data);
}

static void assert_failed(const struct answer *answer, enum error_code code, const char *part)
{
    assert_true(answer->has_failed);
    assert_int_equal(answer->error.code, code);
    if (!str_contains(str_from(answer->error.text), str_from(part)))
        fail_msg("'%s' is not in: %s", part, answer->error.text);
}

static void an_answer_has_a_status_fields_and_a_body(void **state)
{
    (void)state;
    scoped_answer struct answer answer = {.wanted_field = "X-FIRST"};
    open_both();
    get(&answer, "/echo?a=b%20c");
    assert_int_equal(answer.status, 200);
    assert_string_equal(answer.field.data, "1");
    assert_body(&answer, "\"method\": \"GET\", \"path\": \"/echo?a=b%20c\"");
    assert_body(&answer, "\"user-agent\": \"actiond/");
}

static void a_body_and_fields_are_sent_as_given(void **state)
{
    (void)state;
    static const struct http_field fields[] = {
        {.name = STR_INIT("Content-Type"), .value = STR_INIT("application/json")},
        {.name = STR_INIT("X-Empty"), .value = STR_INIT("")},
        {.name = STR_INIT("User-Agent"), .value = STR_INIT("me")},
    };
    scoped_answer struct answer answer = {0};
    open_both();
    ask(&answer, &(struct http_exchange_options){.method = "POST",
                                                 .url = url("/echo"),
                                                 .fields = fields,
                                                 .field_count = ARRAY_SIZE(fields),
                                                 .body = STR("{\"a\": 1}")});
    assert_body(&answer, "\"body\": \"{\\\"a\\\": 1}\"");
    assert_body(&answer, "\"content-type\": \"application/json\"");
    assert_body(&answer, "\"x-empty\": \"\"");
    assert_body(&answer, "\"user-agent\": \"me\"");
    assert_false(str_contains(buf_str(&answer.body), STR("expect")));
}

static void every_method_works_with_and_without_a_body(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    open_both();
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        scoped_answer struct answer without = {0};
        scoped_answer struct answer with = {0};
        scoped_buf struct buf method = {0};
        buf_printf(&method, "\"method\": \"%s\"", methods[i]);
        ask(&without, &(struct http_exchange_options){.method = methods[i], .url = url("/echo")});
        assert_body(&without, method.data);
        ask(&with, &(struct http_exchange_options){
                       .method = methods[i], .url = url("/echo"), .body = STR("x")});
        assert_body(&with, method.data);
        assert_body(&with, "\"body\": \"x\"");
    }
    scoped_answer struct answer head = {0};
    ask(&head, &(struct http_exchange_options){.method = "HEAD", .url = url("/echo")});
    assert_int_equal(head.status, 200);
    assert_int_equal(head.body.len, 0);
}

static void a_bad_status_is_an_answer(void **state)
{
    (void)state;
    scoped_answer struct answer missing = {0};
    scoped_answer struct answer empty = {0};
    open_both();
    get(&missing, "/status/503");
    assert_int_equal(missing.status, 503);
    assert_body(&missing, "status 503");
    get(&empty, "/empty");
    assert_int_equal(empty.status, 204);
    assert_int_equal(empty.heads, 1);
    assert_false(empty.has_failed);
}

/* Asked for inside a callback, on a connection of its own. */
static void release(struct answer *answer)
{
    start(answer->other, &(struct http_exchange_options){.method = "GET", .url = url("/release")});
}

static void a_body_comes_while_it_is_being_made(void **state)
{
    (void)state;
    scoped_answer struct answer second = {0};
    scoped_answer struct answer first = {.on_first_body = release, .other = &second};
    open_both();
    get(&first, "/stream");
    assert_string_equal(first.body.data, "onetwo");
    await(&second);
    assert_body(&second, "released");
}

static void connections_are_used_again(void **state)
{
    (void)state;
    open_both();
    for (size_t i = 0; i < 3; i++) {
        scoped_answer struct answer answer = {0};
        get(&answer, "/count");
        assert_string_equal(answer.body.data, "1");
    }
}

static void who_has_paused_gets_the_rest_after_resuming(void **state)
{
    (void)state;
    scoped_answer struct answer slow = {.pauses = true};
    scoped_answer struct answer other = {0};
    open_both();
    start(&slow, &(struct http_exchange_options){.method = "GET", .url = url("/bytes/8000000")});
    while (slow.body.len == 0)
        assert_true(loop_step(loop));
    const size_t before = slow.body.len;
    get(&other, "/bytes/1000000");
    assert_int_equal(other.body.len, 1000000);
    assert_int_equal(slow.body.len, before);
    slow.pauses = false;
    http_exchange_resume(slow.exchange);
    assert_int_equal(slow.body.len, before);
    await(&slow);
    assert_int_equal(slow.body.len, 8000000);
}

static void a_cancelled_exchange_calls_nobody(void **state)
{
    (void)state;
    scoped_answer struct answer inside = {.cancels = true};
    scoped_answer struct answer outside = {0};
    scoped_answer struct answer next = {0};
    open_both();
    start(&inside, &(struct http_exchange_options){.method = "GET", .url = url("/bytes/1000000")});
    start(&outside, &(struct http_exchange_options){.method = "GET", .url = url("/silent")});
    while (inside.exchange != NULL)
        assert_true(loop_step(loop));
    http_exchange_cancel(outside.exchange);
    get(&next, "/echo");
    assert_int_equal(inside.ends + outside.ends, 0);
}

static void silence_is_limited_before_and_within_an_answer(void **state)
{
    (void)state;
    static const char *const paths[] = {"/silent", "/stall"};
    open_both();
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        scoped_answer struct answer answer = {0};
        ask(&answer, &(struct http_exchange_options){
                         .method = "GET", .url = url(paths[i]), .idle_timeout_ms = 100});
        assert_failed(&answer, ERROR_TIMEOUT, "no bytes came for 100 ms");
    }
}

static void the_whole_time_is_limited(void **state)
{
    (void)state;
    scoped_answer struct answer answer = {0};
    open_both();
    ask(&answer, &(struct http_exchange_options){
                     .method = "GET", .url = url("/stall"), .total_timeout_ms = 100});
    assert_failed(&answer, ERROR_TIMEOUT, "");
}

static void what_is_no_answer_is_a_failure(void **state)
{
    (void)state;
    static const char *const paths[] = {"/cut", "/garbage", "/reset"};
    open_both();
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        scoped_answer struct answer answer = {0};
        get(&answer, paths[i]);
        assert_failed(&answer, ERROR_UNAVAILABLE, "");
    }
}

static void a_head_that_is_too_large_is_refused(void **state)
{
    (void)state;
    scoped_answer struct answer answer = {0};
    open_both();
    get(&answer, "/large-head");
    assert_failed(&answer, ERROR_TOO_LARGE, "head");
    assert_int_equal(answer.heads, 0);
}

static void nobody_listening_is_a_failure(void **state)
{
    (void)state;
    scoped_answer struct answer refused = {0};
    open_client(NULL, NULL);
    ask(&refused,
        &(struct http_exchange_options){.method = "GET", .url = STR("http://127.0.0.1:1/")});
    assert_failed(&refused, ERROR_UNAVAILABLE, "127.0.0.1 port 1");
}

static void what_cannot_be_sent_fails_later(void **state)
{
    (void)state;
    static const struct http_field field = {.name = STR_INIT("X"), .value = STR_INIT("a\r\nB: c")};
    static const struct str urls[] = {STR_INIT("ftp://127.0.0.1/"), STR_INIT("http://a b/"),
                                      STR_INIT("http://\xc3\xa9/"), STR_INIT(""),
                                      STR_INIT("http://127.0.0.1\0/")};
    open_client(NULL, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
        scoped_answer struct answer answer = {0};
        ask(&answer, &(struct http_exchange_options){.method = "GET", .url = urls[i]});
        assert_true(answer.has_failed);
    }
    scoped_answer struct answer answer = {0};
    ask(&answer, &(struct http_exchange_options){.method = "GET",
                                                 .url = STR("http://127.0.0.1:1/"),
                                                 .fields = &field,
                                                 .field_count = 1});
    assert_failed(&answer, ERROR_INVALID, "header 0");
}

static void interim_answers_are_passed_over(void **state)
{
    (void)state;
    scoped_answer struct answer answer = {.wanted_field = "x-hint"};
    open_both();
    get(&answer, "/interim");
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.heads, 1);
    assert_int_equal(answer.field.len, 0);
    assert_string_equal(answer.body.data, "final");
}

static void redirects_are_followed_only_when_asked_for(void **state)
{
    (void)state;
    scoped_answer struct answer off = {.wanted_field = "location"};
    scoped_answer struct answer on = {0};
    scoped_answer struct answer few = {0};
    open_both();
    get(&off, "/redirect/2");
    assert_int_equal(off.status, 307);
    assert_string_equal(off.field.data, "/redirect/1");
    struct http_exchange_options options = {
        .method = "POST", .url = url("/redirect/2"), .body = STR("kept"), .max_redirects = 2};
    ask(&on, &options);
    assert_int_equal(on.status, 200);
    assert_int_equal(on.heads, 1);
    assert_body(&on, "\"body\": \"kept\"");
    options.max_redirects = 1;
    ask(&few, &options);
    assert_true(few.has_failed);
}

static void a_proxy_from_the_environment_is_used(void **state)
{
    (void)state;
    scoped_buf struct buf variable = {0};
    scoped_answer struct answer relayed = {.wanted_field = "x-proxy"};
    scoped_answer struct answer straight = {.wanted_field = "x-proxy"};
    peer_start(&peer, "http_peer.py", NULL);
    buf_printf(&variable, "HTTP_PROXY=127.0.0.1:%u", peer.port);
    open_client(variable.data, "no_proxy=localhost");
    get(&relayed, "/echo");
    assert_string_equal(relayed.field.data, address.data);
    buf_clear(&address);
    buf_printf(&address, "http://localhost:%u/echo", peer.port);
    ask(&straight, &(struct http_exchange_options){.method = "GET", .url = buf_str(&address)});
    assert_body(&straight, "\"path\": \"/echo\"");
    assert_int_equal(straight.field.len, 0);
}

static void start_tls_peer(void)
{
    scoped_free char *certificate = support_path("tls/certificate.pem");
    scoped_free char *key = support_path("tls/key.pem");
    const char *const arguments[] = {"--tls", certificate, key, NULL};
    peer_start(&peer, "http_peer.py", arguments);
    buf_clear(&address);
    buf_printf(&address, "https://localhost:%u/echo", peer.port);
}

static void a_server_that_is_not_trusted_is_refused(void **state)
{
    (void)state;
    scoped_answer struct answer answer = {0};
    start_tls_peer();
    open_client(NULL, NULL);
    ask(&answer, &(struct http_exchange_options){.method = "GET", .url = buf_str(&address)});
    assert_failed(&answer, ERROR_UNAVAILABLE, "certificate");
}

static void a_server_with_a_trusted_certificate_is_spoken_to(void **state)
{
    (void)state;
    scoped_free char *certificate = support_path("tls/certificate.pem");
    scoped_buf struct buf variable = {0};
    scoped_answer struct answer answer = {0};
    buf_printf(&variable, "SSL_CERT_FILE=%s", certificate);
    start_tls_peer();
    open_client(variable.data, NULL);
    ask(&answer, &(struct http_exchange_options){.method = "GET", .url = buf_str(&address)});
    assert_body(&answer, "\"path\": \"/echo\"");
}

static void a_trusted_server_is_reached_through_a_proxys_tunnel(void **state)
{
    (void)state;
    struct peer proxy;
    scoped_free char *certificate = support_path("tls/certificate.pem");
    scoped_buf struct buf trust = {0};
    scoped_buf struct buf way = {0};
    scoped_answer struct answer answer = {.wanted_field = "x-tunnel"};
    scoped_answer struct answer count = {0};
    start_tls_peer();
    peer_start(&proxy, "http_peer.py", NULL);
    buf_printf(&trust, "SSL_CERT_FILE=%s", certificate);
    buf_printf(&way, "https_proxy=http://127.0.0.1:%u", proxy.port);
    open_client(trust.data, way.data);
    ask(&answer, &(struct http_exchange_options){.method = "GET", .url = buf_str(&address)});
    assert_body(&answer, "\"path\": \"/echo\"");
    assert_int_equal(answer.field.len, 0);
    buf_clear(&address);
    buf_printf(&address, "http://127.0.0.1:%u/count", proxy.port);
    ask(&count, &(struct http_exchange_options){.method = "GET", .url = buf_str(&address)});
    assert_string_equal(count.body.data, "2");
    http_client_close(take_pointer(&client));
    peer_stop(&proxy);
}

static void closing_ends_what_is_left(void **state)
{
    (void)state;
    scoped_answer struct answer silent = {0};
    scoped_answer struct answer waiting = {0};
    open_both();
    start(&silent, &(struct http_exchange_options){.method = "GET", .url = url("/silent")});
    start(&waiting, &(struct http_exchange_options){.method = "GET", .url = url("/stall")});
    while (waiting.body.len == 0)
        assert_true(loop_step(loop));
    http_client_close(take_pointer(&client));
    assert_int_equal(silent.ends, 0);
    await(&silent);
    await(&waiting);
    assert_failed(&silent, ERROR_CANCELLED, "closed");
    assert_failed(&waiting, ERROR_CANCELLED, "closed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_has_a_status_fields_and_a_body),
        TEST(a_body_and_fields_are_sent_as_given),
        TEST(every_method_works_with_and_without_a_body),
        TEST(a_bad_status_is_an_answer),
        TEST(a_body_comes_while_it_is_being_made),
        TEST(connections_are_used_again),
        TEST(who_has_paused_gets_the_rest_after_resuming),
        TEST(a_cancelled_exchange_calls_nobody),
        TEST(silence_is_limited_before_and_within_an_answer),
        TEST(the_whole_time_is_limited),
        TEST(what_is_no_answer_is_a_failure),
        TEST(a_head_that_is_too_large_is_refused),
        TEST(nobody_listening_is_a_failure),
        TEST(what_cannot_be_sent_fails_later),
        TEST(interim_answers_are_passed_over),
        TEST(redirects_are_followed_only_when_asked_for),
        TEST(a_proxy_from_the_environment_is_used),
        TEST(a_server_that_is_not_trusted_is_refused),
        TEST(a_server_with_a_trusted_certificate_is_spoken_to),
        TEST(a_trusted_server_is_reached_through_a_proxys_tunnel),
        TEST(closing_ends_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

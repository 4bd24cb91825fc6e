#include "agent/secret_lookup.h"

#include "agent/secret_mask.h"
#include "agent/secrets.h"
#include "plugins/http_client/http_client.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/loop/loop.h"
#include "tests/support/peer.h"

struct found {
    unsigned calls;
    size_t count;
    struct buf values; /* a line each */
};

static struct loop *loop;
static struct http_client *http;
static struct secret_mask *mask;
static struct secrets *secrets;
static struct secret_lookup *lookup;
static struct peer peer;
static struct found found;
static char server[80];
static const char *env[] = {server, NULL};

static void open_lookup(uint64_t retry_ms)
{
    const struct secret_lookup_options options = {
        .http = http, .secrets = secrets, .env = env, .retry_ms = retry_ms};
    lookup = secret_lookup_new(&options);
}

static int set_up(void **state)
{
    static const char *const no_env[] = {NULL};
    struct error error;
    (void)state;
    assert_true(loop_open(&loop, &error));
    http = http_client_open(&(struct http_client_options){.loop = loop, .env = no_env});
    peer_start(&peer, "http_peer.py", NULL);
    (void)snprintf(server, sizeof(server), "OH_INTERNAL_SERVER_URL=http://127.0.0.1:%u", peer.port);
    mask = secret_mask_new();
    secrets = secrets_new(mask);
    open_lookup(SECRET_LOOKUP_RETRY_MS);
    found = (struct found){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    secret_lookup_stop(lookup);
    secret_lookup_free(lookup);
    http_client_close(http);
    while (loop_step(loop)) {
    }
    assert_true(loop_close(loop));
    peer_stop(&peer);
    secrets_free(secrets);
    secret_mask_free(mask);
    buf_fini(&found.values);
    return 0;
}

static void add(const char *json)
{
    struct doc_error why;
    struct error error;
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    if (!secrets_update(secrets, doc_root(doc), NULL, &error))
        fail_msg("%s", error.text);
    doc_free(doc);
}

static void note_found(void *waiter, const struct tool_secret *given, size_t count)
{
    struct found *into = waiter;
    into->calls++;
    into->count = count;
    buf_clear(&into->values);
    for (size_t i = 0; i < count; i++)
        buf_printf(&into->values, "%.*s=%.*s\n", STR_ARG(given[i].name), STR_ARG(given[i].value));
}

static void await(void)
{
    while (found.calls == 0)
        assert_true(loop_step(loop));
    assert_int_equal(found.calls, 1);
}

static void find(const char *command)
{
    found.calls = 0;
    secret_lookup_find(lookup, str_from(command), note_found, &found);
    await();
}

static void assert_found(const char *part)
{
    if (!str_contains(buf_str(&found.values), str_from(part)))
        fail_msg("'%s' is not in: %s", part, found.values.data);
}

static void note_done(void *owner)
{
    *(bool *)owner = true;
}

static void a_command_gets_the_values_that_it_names(void **state)
{
    (void)state;
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/bytes/3\"},\"PLAIN\":\"p\","
        "\"OTHER\":{\"kind\":\"LookupSecret\",\"url\":\"/bytes/4\"}}");
    find("echo $TOKEN $plain");
    assert_int_equal(found.count, 2);
    assert_found("TOKEN=xxx\n");
    assert_found("PLAIN=p\n");
}

static void a_look_up_sends_the_headers_of_the_secret(void **state)
{
    (void)state;
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"echo\",\"headers\":{\"X-Session-API-Key\":"
        "\"s3cret\",\"X-Plain\":\"1\"}}}");
    find("$TOKEN");
    assert_found("\"method\": \"GET\", \"path\": \"/echo\"");
    assert_found("\"x-session-api-key\": \"s3cret\"");
    assert_found("\"x-plain\": \"1\"");
}

static void a_whole_address_is_taken_as_it_is(void **state)
{
    char json[160];
    (void)state;
    (void)snprintf(server, sizeof(server), "OH_INTERNAL_SERVER_URL=http://127.0.0.1:1");
    (void)snprintf(
        json, sizeof(json),
        "{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"http://127.0.0.1:%u/bytes/3\"}}",
        peer.port);
    add(json);
    find("$TOKEN");
    assert_found("TOKEN=xxx\n");
}

static void a_value_found_is_masked(void **state)
{
    scoped_buf struct buf text = {0};
    (void)state;
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/bytes/9\"}}");
    find("$TOKEN");
    secret_mask_apply(mask, STR("it is xxxxxxxxx"), &text);
    assert_string_equal(text.data, "it is <secret-hidden>");
}

static void all_are_found_before_any_is_named(void **state)
{
    bool is_done = false;
    (void)state;
    add("{\"A\":{\"kind\":\"LookupSecret\",\"url\":\"/bytes/3\"},"
        "\"B\":{\"kind\":\"LookupSecret\",\"url\":\"/status/404\"}}");
    secret_lookup_find_all(lookup, note_done, &is_done);
    while (!is_done)
        assert_true(loop_step(loop));
    assert_int_equal(secrets_at(secrets, 0)->value.len, 3);
    assert_false(str_is_set(secrets_at(secrets, 1)->value));
}

static void two_who_wait_for_one_secret_share_the_look_up(void **state)
{
    struct found other = {0};
    (void)state;
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/count\"}}");
    secret_lookup_find(lookup, STR("$TOKEN"), note_found, &other);
    find("$TOKEN");
    assert_found("TOKEN=1\n");
    assert_int_equal(other.calls, 1);
    assert_string_equal(other.values.data, "TOKEN=1\n");
    buf_fini(&other.values);
}

static void a_failed_look_up_is_not_repeated_at_once(void **state)
{
    (void)state;
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/status/500\"}}");
    find("$TOKEN");
    assert_int_equal(found.count, 0);
    found.calls = 0;
    secret_lookup_find(lookup, STR("$TOKEN"), note_found, &found);
    assert_int_equal(found.calls, 1); /* nothing was asked */
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/bytes/3\"}}");
    find("$TOKEN"); /* elsewhere it may be */
    assert_found("TOKEN=xxx\n");
}

static void a_failed_look_up_is_repeated_later(void **state)
{
    (void)state;
    secret_lookup_free(lookup);
    open_lookup(0);
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/reset\"}}");
    find("$TOKEN");
    assert_int_equal(found.count, 0);
    found.calls = 0;
    secret_lookup_find(lookup, STR("$TOKEN"), note_found, &found);
    assert_int_equal(found.calls, 0);
    await();
}

static void a_value_that_is_too_long_is_none(void **state)
{
    (void)state;
    add("{\"LONG\":{\"kind\":\"LookupSecret\",\"url\":\"/bytes/65537\"},"
        "\"FITS\":{\"kind\":\"LookupSecret\",\"url\":\"/bytes/65536\"},"
        "\"EMPTY\":{\"kind\":\"LookupSecret\",\"url\":\"/empty\"}}");
    find("$LONG $FITS $EMPTY");
    assert_int_equal(found.count, 1);
    assert_found("FITS=");
}

static void who_is_in_a_hurry_gets_what_is_known(void **state)
{
    (void)state;
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/stream\"},\"PLAIN\":\"p\"}");
    secret_lookup_find(lookup, STR("$TOKEN $PLAIN"), note_found, &found);
    secret_lookup_hurry(lookup);
    assert_int_equal(found.calls, 1);
    assert_string_equal(found.values.data, "PLAIN=p\n");
    add("{\"OTHER\":{\"kind\":\"LookupSecret\",\"url\":\"/release\"}}");
    find("$TOKEN $OTHER"); /* the look-up of before is still there */
    assert_found("TOKEN=onetwo\n");
}

static void who_waits_at_the_end_gets_what_is_known(void **state)
{
    (void)state;
    add("{\"TOKEN\":{\"kind\":\"LookupSecret\",\"url\":\"/silent\"},\"PLAIN\":\"p\"}");
    secret_lookup_find(lookup, STR("$TOKEN $PLAIN"), note_found, &found);
    assert_int_equal(found.calls, 0);
    secret_lookup_stop(lookup);
    assert_int_equal(found.calls, 1);
    assert_string_equal(found.values.data, "PLAIN=p\n");
    found.calls = 0;
    secret_lookup_find(lookup, STR("$TOKEN $PLAIN"), note_found, &found);
    assert_int_equal(found.calls, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_gets_the_values_that_it_names),
        TEST(a_look_up_sends_the_headers_of_the_secret),
        TEST(a_whole_address_is_taken_as_it_is),
        TEST(a_value_found_is_masked),
        TEST(all_are_found_before_any_is_named),
        TEST(two_who_wait_for_one_secret_share_the_look_up),
        TEST(a_failed_look_up_is_not_repeated_at_once),
        TEST(a_failed_look_up_is_repeated_later),
        TEST(a_value_that_is_too_long_is_none),
        TEST(who_is_in_a_hurry_gets_what_is_known),
        TEST(who_waits_at_the_end_gets_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

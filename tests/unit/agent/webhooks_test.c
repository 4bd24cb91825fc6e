#include "agent/webhooks.h"

#include "plugins/http_client/http_client.h"
#include "tests/support/conversation.h"
#include "tests/support/peer.h"

#define NEVER_MS 3600000

static struct peer receiver;
static struct http_client *client;
static struct webhooks *webhooks;
static const char *const no_environment[] = {NULL};
static struct doc *seen_doc;

static int set_up(void **state)
{
    (void)world_open(state);
    peer_start(&receiver, "webhook_receiver.py", NULL);
    client =
        http_client_open(&(struct http_client_options){.loop = world.loop, .env = no_environment});
    return 0;
}

static void close_webhooks(void)
{
    bool is_closed = false;
    webhooks_close(webhooks, world_note, &is_closed);
    world_wait(&is_closed);
    webhooks = NULL;
}

static int tear_down(void **state)
{
    if (world.registry != NULL)
        world_stop();
    if (webhooks != NULL)
        close_webhooks();
    http_client_close(client);
    while (loop_step(world.loop)) {
    }
    peer_stop(&receiver);
    doc_free(seen_doc);
    seen_doc = NULL;
    return world_close(state);
}

/* --- the receiver --- */

struct reply {
    struct buf body;
    bool is_there;
};

static void on_body(void *owner, struct str bytes)
{
    struct reply *reply = owner;
    buf_append(&reply->body, bytes);
}

static void on_end(void *owner, const struct error *error)
{
    struct reply *reply = owner;
    assert_null(error);
    reply->is_there = true;
}

static struct buf ask(const char *method, const char *path, const char *body)
{
    static const struct http_exchange_events events = {.on_body = on_body, .on_end = on_end};
    struct reply reply = {0};
    const struct http_exchange_options options = {
        .method = method,
        .url = arena_printf(&folder.arena, "http://127.0.0.1:%u%s", receiver.port, path),
        .body = str_from(body),
    };
    (void)http_exchange_start(client, &options, &events, &reply);
    world_wait(&reply.is_there);
    return reply.body;
}

static void tell_receiver(const char *order)
{
    struct buf body = ask("POST", "/control", order);
    buf_fini(&body);
}

/* The posts, when there are so many. */
static const struct doc_value *seen(size_t count)
{
    struct doc_error why;
    struct buf body = ask("GET", arena_printf(&folder.arena, "/seen?count=%zu", count).data, NULL);
    doc_free(seen_doc);
    seen_doc = doc_parse(buf_str(&body), &why);
    buf_fini(&body);
    assert_non_null(seen_doc);
    return doc_root(seen_doc);
}

static struct str text_at(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    assert_non_null(value);
    return doc_string(value);
}

static const struct doc_value *event_at(size_t post, size_t index)
{
    const struct doc_value *body = doc_find(doc_at(doc_root(seen_doc), post), STR("body"));
    assert_true(index < doc_count(body));
    return doc_at(body, index);
}

static size_t events_in(size_t post)
{
    return doc_count(doc_find(doc_at(doc_root(seen_doc), post), STR("body")));
}

/* --- webhooks --- */

static struct webhook_spec spec_of(size_t buffer_size)
{
    return (struct webhook_spec){
        .base_url = arena_printf(&folder.arena, "http://127.0.0.1:%u/hooks/", receiver.port),
        .event_buffer_size = buffer_size,
        .flush_delay_ms = NEVER_MS,
        .num_retries = 3,
        .max_queue_size = 1000,
        .max_batch_bytes = 5 << 20,
        .max_queue_bytes = 50 << 20,
    };
}

static void open_webhooks(const struct webhook_spec *spec)
{
    const struct webhooks_options options = {
        .loop = world.loop, .http = client, .specs = spec, .count = 1};
    webhooks = webhooks_open(&options);
    webhooks_set_registry(webhooks, world.registry);
}

static struct conversation *open_conversation(void)
{
    struct conversation *conversation = world_create("");
    webhooks_attach(webhooks, conversation);
    return conversation;
}

static void append_named(struct conversation *conversation, const char *key)
{
    const struct str members =
        arena_printf(&folder.arena, "\"key\":\"%s\",\"value\":{\"a\":null}", key);
    (void)world_append(conversation, EVENT_STATE_UPDATE, members.data);
}

/* From the first to the last of these letters, an event each. */
static void append_letters(struct conversation *conversation, char first, char last)
{
    for (char letter = first; letter <= last; letter++) {
        const char key[] = {letter, '\0'};
        append_named(conversation, key);
    }
}

static void wait_for_delivery(uint64_t events)
{
    while (webhooks_state(webhooks, 0).delivered_events < events)
        assert_true(loop_step(world.loop));
}

static void wait_for_drop(uint64_t events)
{
    while (webhooks_state(webhooks, 0).dropped_events < events)
        assert_true(loop_step(world.loop));
}

/* The keys of all events that were accepted, in the order in which they came. */
static void assert_accepted(const char *keys)
{
    scoped_buf struct buf found = {0};
    const struct doc_value *posts = seen(0);
    for (size_t post = 0; post < doc_count(posts); post++) {
        const struct doc_value *of = doc_at(posts, post);
        if (doc_int(doc_find(of, STR("status"))) != 200)
            continue;
        for (size_t i = 0; i < events_in(post); i++) {
            buf_append(&found, text_at(event_at(post, i), "key"));
            buf_append_byte(&found, ' ');
        }
    }
    assert_string_equal(found.data == NULL ? "" : found.data, keys);
}

static void a_full_buffer_is_posted_at_once(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(3);
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'b');
    wait_for_delivery(3);
    assert_accepted("full_state a b ");
    assert_int_equal(doc_count(doc_root(seen_doc)), 1);
    const struct str path =
        arena_printf(&folder.arena, "/hooks/events/%s", id_hex(conversation_id(conversation)).text);
    assert_string_equal(text_at(doc_at(doc_root(seen_doc), 0), "path").data, path.data);
}

static void what_fills_no_buffer_is_posted_after_the_delay(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(100);
    spec.flush_delay_ms = 1;
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'b');
    wait_for_delivery(3);
    assert_accepted("full_state a b ");
}

static void the_end_of_a_run_is_posted_at_once(void **state)
{
    (void)state;
    struct error error;
    const struct webhook_spec spec = spec_of(100);
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    assert_true(conversation_set_status(conversation, STATUS_RUNNING, &error));
    world_turn();
    world_turn();
    assert_true(conversation_set_status(conversation, STATUS_FINISHED, &error));
    conversation_publish_full_state(conversation);
    wait_for_delivery(4);
    assert_accepted("full_state execution_status execution_status full_state ");
}

static void posts_carry_the_key_and_the_headers(void **state)
{
    (void)state;
    const struct str names[] = {STR("X-Own")};
    const struct str values[] = {STR("a value")};
    struct webhook_spec spec = spec_of(1);
    spec.header_names = names;
    spec.header_values = values;
    spec.header_count = 1;
    const struct webhooks_options options = {.loop = world.loop,
                                             .http = client,
                                             .specs = &spec,
                                             .count = 1,
                                             .session_api_key = STR("the key")};
    webhooks = webhooks_open(&options);
    (void)open_conversation();
    const struct doc_value *headers = doc_find(doc_at(seen(1), 0), STR("headers"));
    assert_string_equal(text_at(headers, "x-own").data, "a value");
    assert_string_equal(text_at(headers, "x-session-api-key").data, "the key");
    assert_string_equal(text_at(headers, "content-type").data, "application/json");
}

static void events_have_members_that_are_null(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(2);
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'a');
    (void)seen(1);
    const struct doc_value *parent = doc_find(event_at(0, 1), STR("parent_id"));
    assert_non_null(parent);
    assert_int_equal(doc_kind(parent), DOC_NULL);
}

static void one_request_is_under_way_and_the_order_is_kept(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(1);
    open_webhooks(&spec);
    tell_receiver("{\"hold\":1}");
    struct conversation *conversation = open_conversation();
    (void)seen(1);
    append_letters(conversation, 'a', 'f');
    world_turn();
    world_turn();
    tell_receiver("{\"release\":true}");
    wait_for_delivery(7);
    assert_accepted("full_state a b c d e f ");
    for (size_t i = 0; i < doc_count(doc_root(seen_doc)); i++)
        assert_int_equal(doc_int(doc_find(doc_at(doc_root(seen_doc), i), STR("underway"))), 1);
}

static void batches_are_no_larger_than_the_buffer(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(3);
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'h');
    wait_for_delivery(9);
    assert_accepted("full_state a b c d e f g h ");
    for (size_t i = 0; i < doc_count(doc_root(seen_doc)); i++)
        assert_int_equal(events_in(i), 3);
}

static void a_batch_is_bounded_in_bytes_but_has_one_event(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(100);
    spec.max_batch_bytes = 1;
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'c');
    wait_for_delivery(4);
    assert_accepted("full_state a b c ");
    assert_int_equal(doc_count(doc_root(seen_doc)), 4);
}

static void a_batch_that_failed_is_tried_again(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(2);
    open_webhooks(&spec);
    tell_receiver("{\"answers\":[503,500]}");
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'a');
    wait_for_delivery(2);
    assert_accepted("full_state a ");
    assert_int_equal(doc_count(doc_root(seen_doc)), 3);
    assert_string_equal(webhooks_state(webhooks, 0).last_error.data, "HTTP status 500");
}

static void what_was_given_up_comes_first_later(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(2);
    spec.num_retries = 0;
    spec.flush_delay_ms = 1;
    open_webhooks(&spec);
    tell_receiver("{\"answers\":[503,503,503]}");
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'e');
    wait_for_delivery(6);
    assert_accepted("full_state a b c d e ");
    assert_int_equal(webhooks_state(webhooks, 0).failing, 0);
    assert_int_equal(webhooks_state(webhooks, 0).dropped_events, 0);
}

static void a_receiver_that_is_dead_is_not_asked_for_each_event(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(1);
    spec.num_retries = 1;
    open_webhooks(&spec);
    tell_receiver("{\"answers\":[503,503]}");
    struct conversation *conversation = open_conversation();
    while (webhooks_state(webhooks, 0).failing == 0)
        assert_true(loop_step(world.loop));
    append_letters(conversation, 'a', 'e');
    world_turn();
    world_turn();
    assert_int_equal(doc_count(seen(0)), 2);
    assert_int_equal(webhooks_state(webhooks, 0).queued_events, 6);
    assert_int_equal(webhooks_state(webhooks, 0).failed_requests, 2);
}

static void the_oldest_go_when_there_are_too_many(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(100);
    spec.max_queue_size = 3;
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'e');
    wait_for_drop(3);
    world_stop();
    wait_for_delivery(3);
    assert_accepted("c d e ");
}

static void the_oldest_go_when_they_are_too_large(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(100);
    spec.max_queue_bytes = 1;
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'b');
    wait_for_drop(3);
    assert_int_equal(webhooks_state(webhooks, 0).queued_events, 0);
}

static void an_event_that_is_refused_does_not_hold_up_others(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(4);
    open_webhooks(&spec);
    tell_receiver("{\"refuse\":\"poison\"}");
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'a');
    append_named(conversation, "poison");
    append_letters(conversation, 'b', 'b');
    wait_for_delivery(3);
    assert_accepted("full_state a b ");
    assert_int_equal(webhooks_state(webhooks, 0).dropped_events, 1);
}

static void a_receiver_that_refuses_gets_the_older_form(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(2);
    open_webhooks(&spec);
    tell_receiver("{\"answers\":[422]}");
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'a');
    wait_for_delivery(2);
    (void)seen(2);
    assert_non_null(doc_find(event_at(0, 1), STR("parent_id")));
    assert_null(doc_find(event_at(1, 1), STR("parent_id")));
}

static void a_receiver_that_has_too_much_is_asked_again(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(1);
    spec.retry_delay_ms = NEVER_MS;
    open_webhooks(&spec);
    tell_receiver("{\"answers\":[429],\"retry_after\":\"0\"}");
    (void)open_conversation();
    wait_for_delivery(1);
    assert_accepted("full_state ");
}

static void what_is_owed_is_posted_when_the_conversation_closes(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(100);
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    append_letters(conversation, 'a', 'c');
    world_stop();
    wait_for_delivery(4);
    assert_accepted("full_state a b c ");
    assert_int_equal(webhooks_state(webhooks, 0).conversations, 0);
}

static void a_conversation_that_is_opened_again_goes_on(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(1);
    open_webhooks(&spec);
    tell_receiver("{\"hold\":1}");
    struct conversation *conversation = open_conversation();
    const struct id id = conversation_id(conversation);
    (void)seen(1);
    append_letters(conversation, 'a', 'b');
    conversation = world_reopen(id);
    webhooks_attach(webhooks, conversation);
    append_letters(conversation, 'c', 'c');
    tell_receiver("{\"release\":true}");
    wait_for_delivery(5);
    assert_accepted("full_state a b full_state c ");
}

static void a_deleted_conversation_is_told(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(100);
    open_webhooks(&spec);
    const struct id id = conversation_id(open_conversation());
    assert_false(world_delete(id).has_failed);
    const struct doc_value *post = doc_at(seen(1), 0);
    assert_string_equal(text_at(post, "path").data, "/hooks/conversations");
    const struct doc_value *info = doc_find(post, STR("body"));
    assert_string_equal(text_at(info, "execution_status").data, "deleting");
    assert_string_equal(text_at(info, "id").data, id_uuid(id).text);
    wait_for_delivery(2); /* full_state, and the status */
}

static void a_conversation_that_a_client_has_changed_is_told(void **state)
{
    (void)state;
    struct error error;
    const struct webhook_spec spec = spec_of(100);
    open_webhooks(&spec);
    struct conversation *conversation = open_conversation();
    webhooks_tell(webhooks, conversation);
    (void)seen(1);
    assert_true(conversation_rename(conversation, STR("A name"), STR_NULL, &error));
    const struct doc_value *info = doc_find(doc_at(seen(2), 1), STR("body"));
    assert_string_equal(text_at(info, "title").data, "A name");
    assert_int_equal(doc_kind(doc_find(info, STR("agent"))), DOC_OBJECT);
}

static void a_new_conversation_is_told_before_its_maker_goes_on(void **state)
{
    (void)state;
    bool is_introduced = false;
    const struct webhook_spec spec = spec_of(100);
    open_webhooks(&spec);
    assert_true(webhooks_introduce(webhooks, open_conversation(), world_note, &is_introduced));
    world_wait(&is_introduced);
    const struct doc_value *post = doc_at(seen(1), 0);
    assert_string_equal(text_at(post, "path").data, "/hooks/conversations");
}

static void makers_do_not_wait_for_a_receiver_that_fails(void **state)
{
    (void)state;
    bool is_introduced = false;
    struct webhook_spec spec = spec_of(100);
    spec.retry_delay_ms = NEVER_MS;
    open_webhooks(&spec);
    tell_receiver("{\"always\":503}");
    assert_true(webhooks_introduce(webhooks, open_conversation(), world_note, &is_introduced));
    world_wait(&is_introduced);
    assert_false(webhooks_introduce(webhooks, open_conversation(), world_note, NULL));
}

static void makers_wait_for_a_silent_receiver_once(void **state)
{
    (void)state;
    bool is_introduced = false;
    const struct webhook_spec spec = spec_of(100);
    open_webhooks(&spec);
    tell_receiver("{\"hold\":100}");
    assert_true(webhooks_introduce(webhooks, open_conversation(), world_note, &is_introduced));
    world_wait(&is_introduced);
    assert_false(webhooks_introduce(webhooks, open_conversation(), world_note, NULL));
}

static void makers_that_wait_do_not_hold_up_a_stop(void **state)
{
    (void)state;
    bool is_introduced = false;
    const struct webhook_spec spec = spec_of(100);
    open_webhooks(&spec);
    tell_receiver("{\"hold\":100}");
    assert_true(webhooks_introduce(webhooks, open_conversation(), world_note, &is_introduced));
    world_stop();
    close_webhooks();
    assert_true(is_introduced);
}

static void many_conversations_wait_for_the_ceiling(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(1);
    open_webhooks(&spec);
    for (size_t i = 0; i < WEBHOOK_MAX_STARTS + 2; i++)
        (void)open_conversation();
    wait_for_delivery(WEBHOOK_MAX_STARTS + 2);
    assert_int_equal(webhooks_state(webhooks, 0).conversations, WEBHOOK_MAX_STARTS + 2);
}

static void a_silent_receiver_does_not_hold_up_a_stop(void **state)
{
    (void)state;
    const struct webhook_spec spec = spec_of(1);
    open_webhooks(&spec);
    tell_receiver("{\"hold\":100}");
    (void)open_conversation();
    (void)seen(1);
    world_stop();
    close_webhooks();
}

static void a_receiver_that_is_not_there_does_not_hold_up_a_stop(void **state)
{
    (void)state;
    struct webhook_spec spec = spec_of(1);
    spec.retry_delay_ms = NEVER_MS;
    open_webhooks(&spec);
    peer_stop(&receiver);
    (void)open_conversation();
    while (webhooks_state(webhooks, 0).failed_requests == 0)
        assert_true(loop_step(world.loop));
    world_stop();
    close_webhooks();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_buffer_is_posted_at_once),
        TEST(what_fills_no_buffer_is_posted_after_the_delay),
        TEST(the_end_of_a_run_is_posted_at_once),
        TEST(posts_carry_the_key_and_the_headers),
        TEST(events_have_members_that_are_null),
        TEST(one_request_is_under_way_and_the_order_is_kept),
        TEST(batches_are_no_larger_than_the_buffer),
        TEST(a_batch_is_bounded_in_bytes_but_has_one_event),
        TEST(a_batch_that_failed_is_tried_again),
        TEST(what_was_given_up_comes_first_later),
        TEST(a_receiver_that_is_dead_is_not_asked_for_each_event),
        TEST(the_oldest_go_when_there_are_too_many),
        TEST(the_oldest_go_when_they_are_too_large),
        TEST(an_event_that_is_refused_does_not_hold_up_others),
        TEST(a_receiver_that_refuses_gets_the_older_form),
        TEST(a_receiver_that_has_too_much_is_asked_again),
        TEST(what_is_owed_is_posted_when_the_conversation_closes),
        TEST(a_conversation_that_is_opened_again_goes_on),
        TEST(a_deleted_conversation_is_told),
        TEST(a_conversation_that_a_client_has_changed_is_told),
        TEST(a_new_conversation_is_told_before_its_maker_goes_on),
        TEST(makers_do_not_wait_for_a_receiver_that_fails),
        TEST(makers_wait_for_a_silent_receiver_once),
        TEST(makers_that_wait_do_not_hold_up_a_stop),
        TEST(many_conversations_wait_for_the_ceiling),
        TEST(a_silent_receiver_does_not_hold_up_a_stop),
        TEST(a_receiver_that_is_not_there_does_not_hold_up_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

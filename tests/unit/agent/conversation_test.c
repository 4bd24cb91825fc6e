#include "agent/conversation.h"

#include <signal.h>
#include <sys/resource.h>

#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/meta.h"
#include "agent/secrets.h"
#include "agent/stats.h"
#include "tests/support/conversation.h"

static struct conversation *own;
static struct error error;

static int open_conversation(void **state)
{
    (void)world_open(state);
    own = world_create("\"conversation_id\":\"60aefd1d-4cb4-4301-902b-4594e4efb471\",");
    return 0;
}

static struct str event(size_t number)
{
    scoped_buf struct buf text = {0};
    assert_true(event_log_read(conversation_log(own), number, &text));
    return arena_copy(&folder.arena, buf_str(&text));
}

static size_t count(void)
{
    return event_log_count(conversation_log(own));
}

static struct str stored_state(void)
{
    return folder_read("conversations/60aefd1d4cb44301902b4594e4efb471/base_state.json");
}

/* What a listener is told, as a text. */
struct heard {
    struct conversation_listener listener;
    struct buf text;
    struct conversation_listener *to_leave; /* when something is told; NULL: nobody */
};

static void hear_growth(void *owner)
{
    struct heard *heard = owner;
    buf_printf(&heard->text, "grown to %zu;", count());
    if (heard->to_leave != NULL)
        conversation_unlisten(own, heard->to_leave);
}

static void hear_event(void *owner, struct str text, size_t before)
{
    struct heard *heard = owner;
    buf_printf(&heard->text, "%.*s behind %zu;", STR_ARG(text), before);
}

static void hear_piece(void *owner, const struct conversation_piece *piece, size_t before)
{
    struct heard *heard = owner;
    buf_printf(&heard->text, "piece %.*s behind %zu;", STR_ARG(piece->content), before);
}

static void hear_name(void *owner)
{
    struct heard *heard = owner;
    buf_append(&heard->text, STR("renamed;"));
}

static void hear_end(void *owner, bool is_deleted)
{
    struct heard *heard = owner;
    buf_append(&heard->text, is_deleted ? STR("deleted;") : STR("closed;"));
}

static void listen_to(struct heard *heard)
{
    heard->listener = (struct conversation_listener){.owner = heard,
                                                     .on_grown = hear_growth,
                                                     .on_transient = hear_event,
                                                     .on_piece = hear_piece,
                                                     .on_renamed = hear_name,
                                                     .on_closed = hear_end};
    conversation_listen(own, &heard->listener);
}

static void assert_heard(struct heard *heard, const char *text)
{
    world_turn();
    world_turn();
    assert_string_equal(heard->text.data == NULL ? "" : heard->text.data, text);
    buf_clear(&heard->text);
}

static void heard_end(struct heard *heard)
{
    conversation_unlisten(own, &heard->listener);
    buf_fini(&heard->text);
}

/* --- the tree --- */

static void events_follow_one_another(void **state)
{
    (void)state;
    assert_int_equal(conversation_head(own), EVENT_NO_PARENT);
    const size_t first = world_append(own, EVENT_MESSAGE, "\"a\":1");
    const size_t second = world_append(own, EVENT_MESSAGE, "\"a\":2");
    assert_false(str_contains(event(first), STR("parent_id")));
    assert_int_equal(event_log_record(conversation_log(own), second)->parent, first);
    assert_int_equal(conversation_head(own), second);
}

static void state_updates_are_no_part_of_the_tree(void **state)
{
    (void)state;
    assert_true(conversation_set_status(own, STATUS_RUNNING, &error));
    const size_t first = world_append(own, EVENT_MESSAGE, "\"a\":1");
    assert_true(str_contains(event(first), STR("\"parent_id\":\"__root__\"")));
    assert_true(conversation_set_status(own, STATUS_PAUSED, &error));
    assert_int_equal(conversation_head(own), first);
    size_t length;
    size_t *branch = conversation_branch(own, &length);
    assert_int_equal(length, 1);
    assert_int_equal(branch[0], first);
    free(branch);
}

static void going_back_begins_another_branch(void **state)
{
    (void)state;
    const size_t first = world_append(own, EVENT_MESSAGE, "\"a\":1");
    const size_t left = world_append(own, EVENT_MESSAGE, "\"a\":2");
    const struct id_text id = id_uuid(event_log_record(conversation_log(own), first)->id);
    assert_true(conversation_navigate(own, str_from(id.text), &error));
    const size_t other = world_append(own, EVENT_MESSAGE, "\"a\":3");
    assert_int_equal(event_log_record(conversation_log(own), other)->parent, first);
    size_t length;
    size_t *branch = conversation_branch(own, &length);
    assert_int_equal(length, 2);
    assert_int_equal(branch[1], other);
    assert_int_not_equal(branch[1], left);
    free(branch);
}

static void before_the_first_event_a_new_tree_begins(void **state)
{
    (void)state;
    world_append(own, EVENT_MESSAGE, "\"a\":1");
    assert_true(conversation_navigate(own, STR_NULL, &error));
    world_turn();
    assert_true(str_contains(stored_state(), STR("\"head_is_empty\":true")));
    const size_t number = world_append(own, EVENT_MESSAGE, "\"a\":2");
    assert_true(str_contains(event(number), STR("\"parent_id\":\"__root__\"")));
}

static void head_goes_to_known_events_only(void **state)
{
    (void)state;
    assert_false(conversation_navigate(own, STR("60aefd1d-4cb4-4301-902b-4594e4efb471"), &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_string_equal(error.text, "Unknown event_id: 60aefd1d-4cb4-4301-902b-4594e4efb471");
}

/* --- state --- */

static void a_change_is_told_by_an_event_and_stored(void **state)
{
    (void)state;
    assert_true(conversation_set_status(own, STATUS_RUNNING, &error));
    assert_true(str_contains(event(0), STR("\"key\":\"execution_status\",\"value\":\"running\"")));
    world_turn();
    assert_true(str_contains(stored_state(), STR("\"execution_status\":\"running\"")));
    assert_true(conversation_set_status(own, STATUS_RUNNING, &error));
    assert_int_equal(count(), 1);
}

static void a_field_that_stays_the_same_is_not_told(void **state)
{
    (void)state;
    assert_true(conversation_set_field(own, STATE_TAGS, STR("{\"a\":\"b\"}"), &error));
    assert_true(conversation_set_field(own, STATE_TAGS, STR("{\"a\":\"b\"}"), &error));
    assert_int_equal(count(), 1);
    assert_true(str_contains(event(0), STR("\"key\":\"tags\",\"value\":{\"a\":\"b\"}")));
}

static void another_agent_is_told_without_its_key(void **state)
{
    (void)state;
    scoped_buf struct buf agent = {0};
    const struct str whole = state_json(conversation_state(own), STATE_AGENT);
    const size_t at = str_find(whole, STR("sk-test"));
    buf_append(&agent, str_slice(whole, 0, at));
    buf_append(&agent, STR("sk-other"));
    buf_append(&agent, str_skip(whole, at + 7));
    assert_true(conversation_set_field(own, STATE_AGENT, buf_str(&agent), &error));
    assert_true(str_contains(event(0), STR("\"api_key\":\"**********\"")));
    assert_false(str_contains(event(0), STR("sk-other")));
    own = world_reopen(conversation_id(own));
    assert_true(str_contains(state_json(conversation_state(own), STATE_AGENT), STR("sk-other")));
}

static void sums_are_told_as_a_snapshot(void **state)
{
    (void)state;
    stats_add_answer(conversation_stats(own), &(struct stats_answer){.usage_id = STR("agent"),
                                                                     .model = STR("m"),
                                                                     .response_id = STR("r"),
                                                                     .cost = 0.5,
                                                                     .prompt_tokens = 3,
                                                                     .has_usage = true});
    assert_true(conversation_stats_changed(own, &error));
    assert_true(str_contains(event(0), STR("\"key\":\"stats\"")));
    assert_false(str_contains(event(0), STR("\"costs\"")));
    world_turn();
    assert_true(str_contains(stored_state(), STR("\"costs\":[{\"model\":\"m\",\"cost\":0.5")));
}

static void the_full_state_is_a_whole_event(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    struct doc_error why;
    conversation_print_full_state(own, &text);
    struct doc *doc = doc_parse(buf_str(&text), &why);
    assert_non_null(doc);
    assert_text(doc_string(doc_find(doc_root(doc), STR("key"))), STR("full_state"));
    assert_null(doc_find(doc_root(doc), STR("parent_id")));
    doc_free(doc);
    assert_false(str_contains(buf_str(&text), STR("sk-test")));
    assert_int_equal(count(), 0);
}

static void a_title_and_tags_are_kept(void **state)
{
    (void)state;
    const int64_t before = conversation_meta(own)->updated_us;
    assert_true(conversation_rename(own, STR(" a title "), STR("{\"k\":\"v\"}"), &error));
    assert_true(conversation_meta(own)->updated_us > before);
    own = world_reopen(conversation_id(own));
    assert_string_equal(conversation_meta(own)->title, "a title");
    assert_text(state_json(conversation_state(own), STATE_TAGS), STR("{\"k\":\"v\"}"));
}

static void a_refused_title_changes_nothing(void **state)
{
    (void)state;
    assert_true(conversation_rename(own, STR("first"), STR_NULL, &error));
    assert_false(conversation_rename(own, STR(" "), STR("{\"k\":\"v\"}"), &error));
    assert_string_equal(conversation_meta(own)->title, "first");
    assert_text(state_json(conversation_state(own), STATE_TAGS), STR("{}"));
}

/* --- a full disk --- */

static struct rlimit usual_limit;

static void limit_file_size(void)
{
    assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual_limit), 0);
    const struct rlimit limit = {.rlim_cur = 16, .rlim_max = usual_limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void lift_limit(void)
{
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual_limit), 0);
}

static void a_write_that_fails_is_told_and_changes_nothing(void **state)
{
    (void)state;
    const size_t first = world_append(own, EVENT_MESSAGE, "\"a\":1");
    const struct event_draft draft = {.kind = EVENT_PAUSE, .source = EVENT_FROM_USER};
    size_t number;
    world_turn();
    limit_file_size();
    assert_false(conversation_append(own, &draft, &number, &error));
    assert_false(conversation_rename(own, STR("title"), STR_NULL, &error));
    lift_limit();
    assert_int_equal(count(), 1);
    assert_int_equal(conversation_head(own), first);
    assert_null(conversation_meta(own)->title);
    assert_true(conversation_append(own, &draft, &number, &error));
    assert_int_equal(number, 1);
}

static void a_state_that_could_not_be_written_is_written_with_the_next(void **state)
{
    (void)state;
    assert_true(conversation_set_status(own, STATUS_PAUSED, &error));
    limit_file_size();
    world_turn();
    lift_limit();
    assert_true(str_contains(stored_state(), STR("\"execution_status\":\"idle\"")));
    world_append(own, EVENT_PAUSE, "");
    world_turn();
    assert_true(str_contains(stored_state(), STR("\"execution_status\":\"paused\"")));
}

/* --- listeners --- */

static void listeners_are_told_when_everything_is_on_disk(void **state)
{
    (void)state;
    struct heard heard = {0};
    listen_to(&heard);
    world_append(own, EVENT_PAUSE, "");
    world_append(own, EVENT_PAUSE, "");
    assert_int_equal(heard.text.len, 0);
    assert_heard(&heard, "grown to 2;");
    heard_end(&heard);
}

static void what_is_not_stored_is_told_in_its_order(void **state)
{
    (void)state;
    struct heard heard = {0};
    listen_to(&heard);
    const struct conversation_piece piece = {.kind = PIECE_TEXT, .content = STR("word")};
    conversation_publish(own, STR("first"));
    world_append(own, EVENT_PAUSE, "");
    conversation_publish_piece(own, &piece);
    conversation_publish(own, STR("second"));
    assert_heard(&heard, "first behind 0;piece word behind 1;second behind 1;grown to 1;");
    assert_int_equal(count(), 1);
    heard_end(&heard);
}

static void a_listener_may_leave_while_it_is_told(void **state)
{
    (void)state;
    struct heard first = {0};
    struct heard second = {0};
    listen_to(&first);
    listen_to(&second);
    first.to_leave = &second.listener;
    world_append(own, EVENT_PAUSE, "");
    assert_heard(&first, "grown to 1;");
    assert_heard(&second, "");
    first.to_leave = &first.listener;
    world_append(own, EVENT_PAUSE, "");
    assert_heard(&first, "grown to 2;");
    world_append(own, EVENT_PAUSE, "");
    assert_heard(&first, "");
    heard_end(&first);
    heard_end(&second);
}

static void listeners_are_told_of_a_new_name(void **state)
{
    (void)state;
    struct heard heard = {0};
    listen_to(&heard);
    assert_true(conversation_rename(own, STR("x"), STR_NULL, &error));
    assert_heard(&heard, "renamed;");
    heard_end(&heard);
}

static void listeners_are_told_of_the_end(void **state)
{
    (void)state;
    struct heard heard = {0};
    listen_to(&heard);
    assert_false(world_delete(conversation_id(own)).has_failed);
    assert_string_equal(heard.text.data, "grown to 1;deleted;");
    buf_fini(&heard.text);
}

static void a_conversation_that_is_held_closes_later(void **state)
{
    (void)state;
    struct world_answer closed = {0};
    conversation_hold(own);
    registry_close_all(world.registry, world_note_done, &closed);
    world_turn();
    world_turn();
    assert_false(closed.is_there);
    assert_true(conversation_is_closing(own));
    world_append(own, EVENT_PAUSE, "");
    conversation_release(own);
    world_wait(&closed.is_there);
    own = world_find(world_id("60aefd1d-4cb4-4301-902b-4594e4efb471")).conversation;
    assert_int_equal(count(), 1);
}

static void the_session_ends_with_a_conversation_that_is_deleted(void **state)
{
    (void)state;
    struct world_answer deleted = {0};
    assert_false(conversation_ends_session(own));
    conversation_hold(own);
    registry_delete(world.registry, conversation_id(own), world_note_done, &deleted);
    world_turn();
    assert_true(conversation_ends_session(own));
    conversation_release(own);
    world_wait(&deleted.is_there);
}

static void the_session_goes_on_when_another_server_takes_the_conversation(void **state)
{
    (void)state;
#define DIRECTORY "conversations/60aefd1d4cb44301902b4594e4efb471/"
    const struct event_draft draft = {.kind = EVENT_PAUSE, .source = EVENT_FROM_USER};
    size_t number;
    folder_write(DIRECTORY "other",
                 "{\"owner_instance_id\":\"x\",\"generation\":2,\"expires_at\":9e9}");
    assert_int_equal(
        rename(folder_path(DIRECTORY "other"), folder_path(DIRECTORY "owner_lease.json")), 0);
    conversation_hold(own);
    assert_false(conversation_append(own, &draft, &number, &error));
    assert_true(conversation_is_closing(own));
    assert_false(conversation_ends_session(own));
    conversation_release(own);
}

static void an_end_without_hooks_is_not_waited_for(void **state)
{
    (void)state;
    bool is_done = false;
    assert_false(registry_end_sessions(world.registry, world_note, &is_done));
    world_turn();
    assert_false(is_done);
    assert_false(conversation_is_closing(own));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_conversation, world_close)
        TEST(events_follow_one_another),
        TEST(state_updates_are_no_part_of_the_tree),
        TEST(going_back_begins_another_branch),
        TEST(before_the_first_event_a_new_tree_begins),
        TEST(head_goes_to_known_events_only),
        TEST(a_change_is_told_by_an_event_and_stored),
        TEST(a_field_that_stays_the_same_is_not_told),
        TEST(another_agent_is_told_without_its_key),
        TEST(sums_are_told_as_a_snapshot),
        TEST(the_full_state_is_a_whole_event),
        TEST(a_title_and_tags_are_kept),
        TEST(a_refused_title_changes_nothing),
        TEST(a_write_that_fails_is_told_and_changes_nothing),
        TEST(a_state_that_could_not_be_written_is_written_with_the_next),
        TEST(listeners_are_told_when_everything_is_on_disk),
        TEST(what_is_not_stored_is_told_in_its_order),
        TEST(a_listener_may_leave_while_it_is_told),
        TEST(listeners_are_told_of_a_new_name),
        TEST(listeners_are_told_of_the_end),
        TEST(a_conversation_that_is_held_closes_later),
        TEST(the_session_ends_with_a_conversation_that_is_deleted),
        TEST(the_session_goes_on_when_another_server_takes_the_conversation),
        TEST(an_end_without_hooks_is_not_waited_for),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "agent/registry.h"

#include <signal.h>
#include <sys/wait.h>

#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/lease.h"
#include "agent/meta.h"
#include "agent/secrets.h"
#include "server/base/clock.h"
#include "tests/support/conversation.h"

#define RECORDED_ID  "2df13737-55a5-45b8-b34b-209f2d37deb8"
#define RECORDED_HEX "2df1373755a545b8b34b209f2d37deb8"
#define OTHER_ID     "60aefd1d-4cb4-4301-902b-4594e4efb471"
#define OTHER_HEX    "60aefd1d4cb44301902b4594e4efb471"
#define WITH_ID      "\"conversation_id\":\"" OTHER_ID "\","

/* The folder of a conversation that the reference has made, below the registry's. */
static void place_recorded(const char *status)
{
    static const char *const names[] = {
        "meta.json",
        "events/event-00000-6a7e2355-88a4-451b-908c-20431965f95a.json",
        "events/event-00001-cd7cbaa2-a500-421a-a4b1-d246422d62af.json",
        "events/event-00002-7042d4a5-f9a3-4788-bc0e-29565747cee5.json",
        "events/event-00003-edb09d6c-c03e-43cd-9084-dcf16106b74c.json",
        "events/event-00004-2208331d-ffc5-41ae-b3ff-2a9a84802c3b.json",
        "events/event-00005-517ccf65-22f6-42f4-9cb7-4eff8097a658.json",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        folder_write_bytes(
            arena_printf(&folder.arena, "conversations/" RECORDED_HEX "/%s", names[i]).data,
            recorded_read(names[i]));
    const struct str state = recorded_read("base_state.json");
    static const char finished[] = "\"execution_status\":\"finished\"";
    const size_t at = str_find(state, str_from(finished));
    folder_write_bytes("conversations/" RECORDED_HEX "/base_state.json",
                       arena_printf(&folder.arena, "%.*s\"execution_status\":\"%s\"%.*s",
                                    STR_ARG(str_slice(state, 0, at)), status,
                                    STR_ARG(str_skip(state, at + sizeof(finished) - 1))));
}

static void restart_with_recorded(const char *status)
{
    world_stop();
    place_recorded(status);
    world_start();
}

static void note_page(void *owner, const struct registry_page *page)
{
    struct world_answer *answer = owner;
    answer->is_there = true;
    answer->count = page->count;
    answer->next = page->next;
    buf_clear(&answer->text);
    for (size_t i = 0; i < page->count; i++)
        buf_printf(&answer->text, "%.*s\n",
                   STR_ARG(str_is_set(page->items[i]) ? page->items[i] : STR("null")));
}

static struct world_answer search(const struct registry_query *query)
{
    struct world_answer answer = {0};
    registry_search(world.registry, query, note_page, &answer);
    world_wait(&answer.is_there);
    return answer;
}

static void note_count(void *owner, size_t count)
{
    struct world_answer *answer = owner;
    answer->is_there = true;
    answer->count = count;
}

static size_t count_with(enum state_status status)
{
    struct world_answer answer = {0};
    registry_count(world.registry, &status, note_count, &answer);
    world_wait(&answer.is_there);
    return answer.count;
}

static size_t count_all(void)
{
    struct world_answer answer = {0};
    registry_count(world.registry, NULL, note_count, &answer);
    world_wait(&answer.is_there);
    return answer.count;
}

static struct str print(struct conversation *conversation)
{
    scoped_buf struct buf out = {0};
    registry_print(world.registry, conversation, &(struct registry_print){0}, &out);
    return arena_copy(&folder.arena, buf_str(&out));
}

/* --- making and finding --- */

static void what_a_client_gets_is_what_the_reference_answers(void **state)
{
    (void)state;
    const struct str recorded = recorded_read("request.json");
    const struct str request =
        arena_printf(&folder.arena, "{\"conversation_id\":\"" RECORDED_ID "\",%.*s",
                     STR_ARG(str_skip(recorded, 1)));
    const struct world_answer answer = world_try_create(request);
    const struct str expected = recorded_read("created.json");
    const struct str actual = print(answer.conversation);
    assert_true(answer.is_new);
    /* Its folder and its time are another. */
    size_t at = str_find(expected, STR("\"/workspace/conversations"));
    assert_text(str_slice(actual, 0, at), str_slice(expected, 0, at));
    const struct str end = STR("\"max_iterations\"");
    const struct str time = STR("\"created_at\"");
    const struct str behind = STR("\"forked_from_conversation_id\"");
    assert_text(str_slice(actual, str_find(actual, end), str_find(actual, time)),
                str_slice(expected, str_find(expected, end), str_find(expected, time)));
    assert_text(str_skip(actual, str_find(actual, behind)),
                str_skip(expected, str_find(expected, behind)));
}

static void a_new_conversation_lies_on_disk_as_the_reference_has_it(void **state)
{
    (void)state;
    world_create(WITH_ID);
    assert_true(folder_has("conversations/" OTHER_HEX "/meta.json"));
    assert_true(folder_has("conversations/" OTHER_HEX "/base_state.json"));
    assert_true(folder_has("conversations/" OTHER_HEX "/events"));
    assert_true(folder_has("conversations/" OTHER_HEX "/owner_lease.json"));
    const struct str text = folder_read("conversations/" OTHER_HEX "/base_state.json");
    assert_true(str_contains(text, STR("\"api_key\":\"gAAAAA")));
    assert_false(str_contains(text, STR("sk-test")));
}

static void an_id_that_exists_gives_the_same_conversation(void **state)
{
    (void)state;
    struct conversation *first = world_create(WITH_ID);
    const struct world_answer again = world_try_create(world_minimal(WITH_ID));
    assert_false(again.is_new);
    assert_ptr_equal(again.conversation, first);
    assert_int_equal(count_all(), 1);
}

static void two_that_create_at_once_get_one_conversation(void **state)
{
    (void)state;
    struct world_answer a = {0};
    struct world_answer b = {0};
    registry_create(world.registry, world_request(world_minimal(WITH_ID)), world_note_created, &a);
    registry_create(world.registry, world_request(world_minimal(WITH_ID)), world_note_created, &b);
    world_wait(&a.is_there);
    world_wait(&b.is_there);
    assert_ptr_equal(a.conversation, b.conversation);
    assert_true(a.is_new != b.is_new);
}

static void a_conversation_is_found_after_a_restart(void **state)
{
    (void)state;
    const struct id id = world_id(OTHER_ID);
    struct conversation *conversation = world_create(WITH_ID);
    const size_t number = world_append(conversation, EVENT_PAUSE, "");
    conversation = world_reopen(id);
    assert_int_equal(conversation_head(conversation), number);
    assert_int_equal(event_log_count(conversation_log(conversation)), 1);
    assert_true(
        str_contains(state_json(conversation_state(conversation), STATE_AGENT), STR("sk-test")));
}

static void an_unknown_conversation_is_not_found(void **state)
{
    (void)state;
    assert_int_equal(world_find(world_id(OTHER_ID)).error.code, ERROR_NOT_FOUND);
    assert_int_equal(world_delete(world_id(OTHER_ID)).error.code, ERROR_NOT_FOUND);
}

static void a_conversation_of_the_reference_is_opened_and_continued(void **state)
{
    (void)state;
    restart_with_recorded("finished");
    const struct world_answer answer = world_find(world_id(RECORDED_ID));
    assert_false(answer.has_failed);
    struct conversation *conversation = answer.conversation;
    assert_int_equal(conversation_status(conversation), STATUS_FINISHED);
    assert_string_equal(conversation_working_dir(conversation), "/workspace/project/demo");
    /* HEAD names an event that this shortened log does not have: its end is taken. */
    assert_int_equal(conversation_head(conversation), 5);
    assert_int_equal(world_append(conversation, EVENT_PAUSE, ""), 6);
    assert_int_equal(event_log_record(conversation_log(conversation), 6)->parent, 5);
}

static void two_who_ask_at_once_get_one_conversation(void **state)
{
    (void)state;
    struct world_answer a = {0};
    struct world_answer b = {0};
    restart_with_recorded("finished");
    registry_find(world.registry, world_id(RECORDED_ID), world_note_found, &a);
    registry_find(world.registry, world_id(RECORDED_ID), world_note_found, &b);
    world_wait(&a.is_there);
    world_wait(&b.is_there);
    assert_non_null(a.conversation);
    assert_ptr_equal(a.conversation, b.conversation);
}

static void a_conversation_that_another_server_holds_is_not_found(void **state)
{
    (void)state;
    restart_with_recorded("finished");
    struct lease lease;
    struct error error;
    const struct lease_options options = {.directory = folder_path("conversations/" RECORDED_HEX),
                                          .owner = id_new(),
                                          .ttl_seconds = 45};
    assert_true(lease_claim(&options, &lease, &error));
    assert_int_equal(world_find(world_id(RECORDED_ID)).error.code, ERROR_NOT_FOUND);
    lease_release(&lease);
    assert_false(world_find(world_id(RECORDED_ID)).has_failed);
}

static void a_conversation_that_was_taken_over_writes_no_more(void **state)
{
    (void)state;
    struct conversation *conversation = world_create(WITH_ID);
    folder_write("conversations/" OTHER_HEX "/other",
                 "{\"owner_instance_id\":\"x\",\"generation\":2,\"expires_at\":9e9}");
    assert_int_equal(rename(folder_path("conversations/" OTHER_HEX "/other"),
                            folder_path("conversations/" OTHER_HEX "/owner_lease.json")),
                     0);
    const struct event_draft draft = {.kind = EVENT_PAUSE, .source = EVENT_FROM_USER};
    size_t number;
    struct error error;
    assert_false(conversation_append(conversation, &draft, &number, &error));
    assert_int_equal(error.code, ERROR_GONE);
    assert_int_equal(world_find(world_id(OTHER_ID)).error.code, ERROR_NOT_FOUND);
}

static void a_server_may_stop_while_it_opens_and_makes(void **state)
{
    (void)state;
    struct world_answer found = {0};
    struct world_answer made = {0};
    restart_with_recorded("running");
    registry_find(world.registry, world_id(RECORDED_ID), world_note_found, &found);
    registry_create(world.registry, world_request(world_minimal(WITH_ID)), world_note_created,
                    &made);
    world_stop();
    assert_true(found.is_there);
    assert_true(made.is_there);
    world_start();
    assert_false(world_find(world_id(RECORDED_ID)).has_failed);
}

static void a_server_may_stop_while_one_waits_for_a_closing_conversation(void **state)
{
    (void)state;
    struct world_answer closed = {0};
    struct world_answer found = {0};
    struct conversation *conversation = world_create(WITH_ID);
    conversation_hold(conversation);
    registry_close_all(world.registry, world_note_done, &closed);
    registry_find(world.registry, world_id(OTHER_ID), world_note_found, &found);
    world_turn();
    bool is_closed = false;
    registry_close(world.registry, world_note, &is_closed);
    world_turn();
    assert_false(is_closed);
    conversation_release(conversation);
    world_wait(&is_closed);
    world.registry = NULL;
    assert_true(closed.is_there);
    assert_int_equal(found.error.code, ERROR_NOT_FOUND);
}

static void a_client_tool_keeps_its_schema_while_the_server_runs(void **state)
{
    (void)state;
#define ASK(more)                                                                                  \
    "\"client_tools\":[{\"name\":\"ask\",\"description\":\"d\",\"parameters\":{\"type\":"          \
    "\"object\"" more "}}],"
    world_create(WITH_ID ASK(""));
    world_create(ASK(""));
    const struct str other = world_minimal(ASK(",\"properties\":{}"));
    assert_int_equal(world_try_create(other).error.code, ERROR_UNPROCESSABLE);
    assert_int_equal(count_all(), 2);
    world_reopen(world_id(OTHER_ID));
    assert_int_equal(world_try_create(other).error.code, ERROR_UNPROCESSABLE);
#undef ASK
}

/* --- parents --- */

static void assert_refused_parent(const char *members, const char *text)
{
    const struct world_answer answer = world_try_create(world_minimal(members));
    assert_int_equal(answer.error.code, ERROR_UNPROCESSABLE);
    assert_string_equal(answer.error.text, text);
}

static void a_parent_has_to_fit(void **state)
{
    (void)state;
    assert_refused_parent(WITH_ID "\"parent_conversation_id\":\"" OTHER_ID "\",",
                          "A conversation cannot be its own parent");
    assert_refused_parent("\"parent_conversation_id\":\"" OTHER_ID "\",",
                          "Parent conversation " OTHER_ID " not found");
    restart_with_recorded("finished");
    assert_refused_parent("\"parent_conversation_id\":\"" RECORDED_ID "\",",
                          "Parent conversation " RECORDED_ID " belongs to a different workspace");
}

static void a_child_is_listed_with_its_parent(void **state)
{
    (void)state;
    struct conversation *parent = world_create(WITH_ID);
    struct conversation *child = world_create("\"parent_conversation_id\":\"" OTHER_ID "\",");
    const struct str expected = arena_printf(&folder.arena, "\"sub_conversation_ids\":[\"%s\"]",
                                             id_uuid(conversation_id(child)).text);
    assert_true(str_contains(print(parent), expected));
    assert_true(str_contains(print(child), STR("\"parent_conversation_id\":\"" OTHER_ID "\"")));
}

/* --- restart --- */

static void a_running_conversation_is_marked_after_a_crash(void **state)
{
    (void)state;
    restart_with_recorded("running");
    struct conversation *conversation = world_find(world_id(RECORDED_ID)).conversation;
    const struct event_log *log = conversation_log(conversation);
    scoped_buf struct buf text = {0};
    assert_int_equal(conversation_status(conversation), STATUS_ERROR);
    assert_int_equal(event_log_count(log), 8);
    assert_int_equal(event_log_record(log, 6)->kind, EVENT_STATE_UPDATE);
    assert_int_equal(event_log_record(log, 7)->kind, EVENT_AGENT_ERROR);
    assert_int_equal(event_log_record(log, 7)->parent, 5);
    assert_true(event_log_read(log, 7, &text));
    assert_true(str_contains(buf_str(&text), STR("\"tool_call_id\":\"call_130_0\"")));
    assert_int_equal(conversation_head(conversation), 7);
}

static void running_conversations_are_opened_without_being_asked_for(void **state)
{
    (void)state;
    restart_with_recorded("running");
    assert_int_equal(count_with(STATUS_FINISHED), 0);
    while (registry_peek(world.registry, world_id(RECORDED_ID)) == NULL)
        assert_true(loop_step(world.loop));
    assert_int_equal(count_with(STATUS_ERROR), 1);
}

static void a_pursued_goal_is_interrupted_by_a_restart(void **state)
{
    (void)state;
    struct error error;
    struct conversation *conversation = world_create(WITH_ID);
    assert_true(conversation_append_update(
        conversation, "goal",
        STR("{\"active\":true,\"status\":\"running\",\"iteration\":1,\"verdict\":{\"a\":1}}"),
        &error));
    conversation = world_reopen(world_id(OTHER_ID));
    scoped_buf struct buf text = {0};
    assert_int_equal(event_log_count(conversation_log(conversation)), 2);
    assert_true(event_log_read(conversation_log(conversation), 1, &text));
    assert_true(
        str_contains(buf_str(&text),
                     STR("\"value\":{\"active\":false,\"status\":\"interrupted\",\"iteration\":1,"
                         "\"verdict\":null}")));
    conversation = world_reopen(world_id(OTHER_ID));
    assert_int_equal(event_log_count(conversation_log(conversation)), 2);
}

/* A server that ends between an event and the state that says so, right behind another event. */
static void an_event_whose_state_was_not_written_is_continued(void **state)
{
    (void)state;
    world_create(WITH_ID);
    world_stop();
    const pid_t child = fork();
    if (child == 0) {
        struct error error;
        if (!loop_open(&world.loop, &error))
            _exit(1);
        world_start();
        struct conversation *conversation = world_find(world_id(OTHER_ID)).conversation;
        (void)world_append(conversation, EVENT_PAUSE, "");
        world_turn();
        (void)world_append(conversation, EVENT_PAUSE, "");
        _exit(0);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    world_start();
    struct conversation *conversation = world_find(world_id(OTHER_ID)).conversation;
    assert_int_equal(event_log_count(conversation_log(conversation)), 2);
    assert_int_equal(conversation_head(conversation), 1);
}

/* A server that is killed while it appends: whatever was told of is there, and can be continued. */
static void a_kill_at_any_moment_leaves_a_readable_conversation(void **state)
{
    (void)state;
    world_create(WITH_ID);
    world_stop();
    int told[2];
    assert_int_equal(pipe(told), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct error error;
        if (!loop_open(&world.loop, &error))
            _exit(1);
        world_start();
        struct conversation *conversation = world_find(world_id(OTHER_ID)).conversation;
        for (;;) {
            (void)world_append(conversation, EVENT_PAUSE, "");
            world_turn();
            if (write(told[1], "x", 1) != 1)
                _exit(1);
        }
    }
    char bytes[64];
    size_t count = 0;
    close(told[1]);
    while (count < 100) {
        const ssize_t got = read(told[0], bytes, sizeof(bytes));
        assert_true(got > 0);
        count += (size_t)got;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (ssize_t got; (got = read(told[0], bytes, sizeof(bytes))) > 0;)
        count += (size_t)got;
    close(told[0]);
    world_start();
    struct conversation *conversation = world_find(world_id(OTHER_ID)).conversation;
    assert_non_null(conversation);
    const size_t there = event_log_count(conversation_log(conversation));
    assert_true(there >= count);
    size_t length;
    size_t *branch = conversation_branch(conversation, &length);
    assert_int_equal(length, there);
    free(branch);
    assert_int_equal(world_append(conversation, EVENT_PAUSE, ""), there);
}

/* --- lists --- */

static void pages_are_in_order_and_do_not_overlap(void **state)
{
    (void)state;
    struct id newest = {0};
    for (int i = 0; i < 5; i++)
        newest = conversation_id(world_create(""));
    struct registry_query query = {.limit = 2, .order = REGISTRY_CREATED_NEWEST};
    struct world_answer page = search(&query);
    assert_int_equal(page.count, 2);
    assert_true(str_contains(buf_str(&page.text), str_from(id_uuid(newest).text)));
    size_t total = page.count;
    while (!id_is_nil(page.next)) {
        query.page = page.next;
        buf_fini(&page.text);
        page = search(&query);
        total += page.count;
    }
    buf_fini(&page.text);
    assert_int_equal(total, 5);
}

static void what_is_not_open_is_listed_from_disk(void **state)
{
    (void)state;
    world_create(WITH_ID "\"tags\":{\"a\":\"b\"},");
    world_stop();
    world_start();
    struct world_answer page = search(&(struct registry_query){.limit = 10});
    assert_null(registry_peek(world.registry, world_id(OTHER_ID)));
    assert_int_equal(page.count, 1);
    assert_true(str_contains(buf_str(&page.text), STR("\"tags\":{\"a\":\"b\"}")));
    assert_true(str_contains(buf_str(&page.text), STR("\"api_key\":null")));
    buf_fini(&page.text);
}

static void conversations_are_counted_by_status(void **state)
{
    (void)state;
    struct error error;
    struct conversation *conversation = world_create("");
    world_create("");
    assert_true(conversation_set_status(conversation, STATUS_PAUSED, &error));
    assert_int_equal(count_all(), 2);
    assert_int_equal(count_with(STATUS_PAUSED), 1);
    assert_int_equal(count_with(STATUS_IDLE), 1);
    world_stop();
    world_start();
    assert_int_equal(count_with(STATUS_PAUSED), 1);
}

static void a_batch_has_null_for_what_is_unknown(void **state)
{
    (void)state;
    world_create(WITH_ID);
    const struct id ids[] = {world_id(RECORDED_ID), world_id(OTHER_ID)};
    struct world_answer answer = {0};
    registry_batch(world.registry, ids, 2, &(struct registry_print){.has_runtime = true}, note_page,
                   &answer);
    world_wait(&answer.is_there);
    assert_int_equal(answer.count, 2);
    assert_true(str_starts_with(buf_str(&answer.text), STR("null\n{\"id\":\"" OTHER_ID)));
    assert_true(str_contains(buf_str(&answer.text), STR("\"runtime_status\":\"available\"")));
    buf_fini(&answer.text);
}

static void a_damaged_folder_does_not_hide_the_others(void **state)
{
    (void)state;
    world_create(WITH_ID);
    world_stop();
    folder_write("conversations/" RECORDED_HEX "/base_state.json", "{\"exec");
    folder_write("conversations/" RECORDED_HEX "/meta.json", "{}");
    world_start();
    assert_int_equal(count_all(), 1);
}

/* --- going --- */

static void a_deleted_conversation_is_gone(void **state)
{
    (void)state;
    world_create(WITH_ID);
    assert_false(world_delete(world_id(OTHER_ID)).has_failed);
    assert_false(folder_has("conversations/" OTHER_HEX));
    assert_int_equal(world_find(world_id(OTHER_ID)).error.code, ERROR_NOT_FOUND);
    assert_int_equal(count_all(), 0);
}

static void who_waits_for_a_deleted_conversation_is_told(void **state)
{
    (void)state;
    struct world_answer deleted = {0};
    struct world_answer found = {0};
    struct conversation *conversation = world_create(WITH_ID);
    conversation_hold(conversation);
    registry_delete(world.registry, world_id(OTHER_ID), world_note_done, &deleted);
    registry_find(world.registry, world_id(OTHER_ID), world_note_found, &found);
    world_wait(&found.is_there);
    assert_int_equal(found.error.code, ERROR_NOT_FOUND);
    assert_false(deleted.is_there);
    conversation_release(conversation);
    world_wait(&deleted.is_there);
}

static void all_are_closed_to_disk_and_opened_again(void **state)
{
    (void)state;
    struct world_answer closed = {0};
    world_create(WITH_ID);
    registry_close_all(world.registry, world_note_done, &closed);
    world_wait(&closed.is_there);
    assert_null(registry_peek(world.registry, world_id(OTHER_ID)));
    assert_false(folder_has("conversations/" OTHER_HEX "/owner_lease.json"));
    assert_false(world_find(world_id(OTHER_ID)).has_failed);
}

static void runs_have_a_limit(void **state)
{
    (void)state;
    assert_true(registry_take_run(world.registry));
    assert_true(registry_take_run(world.registry));
    assert_false(registry_take_run(world.registry));
    registry_release_run(world.registry);
    assert_true(registry_take_run(world.registry));
    registry_release_run(world.registry);
    registry_release_run(world.registry);
}

/* --- forks --- */

static struct world_answer fork_of(const char *id, const struct registry_fork *fork)
{
    struct world_answer answer = {0};
    registry_fork(world.registry, world_id(id), fork, world_note_found, &answer);
    world_wait(&answer.is_there);
    return answer;
}

static void a_fork_has_the_events_and_a_name_of_its_own(void **state)
{
    (void)state;
    struct conversation *source =
        world_create(WITH_ID "\"secrets\":{\"S\":{\"kind\":\"StaticSecret\",\"value\":\"vvv\"}},");
    world_append(source, EVENT_PAUSE, "");
    world_append(source, EVENT_PAUSE, "");
    const struct world_answer answer =
        fork_of(OTHER_ID, &(struct registry_fork){.title = STR("copy")});
    assert_false(answer.has_failed);
    struct conversation *copy = answer.conversation;
    assert_int_equal(event_log_count(conversation_log(copy)), 2);
    assert_int_equal(conversation_head(copy), 1);
    assert_string_equal(conversation_meta(copy)->title, "copy");
    assert_true(id_equal(conversation_meta(copy)->forked_from, world_id(OTHER_ID)));
    assert_text(secrets_at(conversation_secrets(copy), 0)->value, STR("vvv"));
    assert_true(str_contains(state_json(conversation_state(copy), STATE_AGENT), STR("sk-test")));
    world_append(copy, EVENT_PAUSE, "");
    assert_int_equal(event_log_count(conversation_log(source)), 2);
}

static bool set_secret(struct conversation *conversation, const char *sources)
{
    struct doc_error why;
    struct error error;
    struct doc *doc = doc_parse(str_from(sources), &why);
    const bool is_set =
        secrets_update(conversation_secrets(conversation), doc_root(doc), NULL, &error);
    doc_free(doc);
    return is_set;
}

static void a_fork_begins_with_what_its_source_began_with(void **state)
{
    (void)state;
    struct error error;
    struct conversation *source =
        world_create(WITH_ID "\"security_analyzer\":{\"kind\":\"LLMSecurityAnalyzer\"},"
                             "\"confirmation_policy\":{\"kind\":\"AlwaysConfirm\"},"
                             "\"secrets\":{\"S\":{\"kind\":\"StaticSecret\",\"value\":\"v1\"}},");
    assert_true(set_secret(source, "{\"S\":\"v2\",\"T\":\"v3\"}"));
    assert_true(conversation_set_field(source, STATE_SECURITY_ANALYZER, STR("null"), &error));
    struct conversation *copy = fork_of(OTHER_ID, &(struct registry_fork){0}).conversation;
    assert_int_equal(secrets_count(conversation_secrets(copy)), 1);
    assert_text(secrets_at(conversation_secrets(copy), 0)->value, STR("v1"));
    assert_text(state_json(conversation_state(copy), STATE_SECURITY_ANALYZER),
                STR("{\"kind\":\"LLMSecurityAnalyzer\"}"));
    assert_text(state_json(conversation_state(copy), STATE_CONFIRMATION_POLICY),
                STR("{\"kind\":\"AlwaysConfirm\"}"));
}

static void a_fork_ends_where_it_is_told_to(void **state)
{
    (void)state;
    struct error error;
    struct conversation *source = world_create(WITH_ID);
    const size_t first = world_append(source, EVENT_PAUSE, "");
    world_append(source, EVENT_PAUSE, "");
    const struct id_text id = id_uuid(event_log_record(conversation_log(source), first)->id);
    assert_true(conversation_navigate(source, str_from(id.text), &error));
    world_append(source, EVENT_PAUSE, "");
    const struct world_answer answer =
        fork_of(OTHER_ID, &(struct registry_fork){.from_event_id = str_from(id.text)});
    assert_int_equal(event_log_count(conversation_log(answer.conversation)), 1);
    assert_int_equal(conversation_head(answer.conversation), 0);
}

static void forks_that_cannot_be_are_refused(void **state)
{
    (void)state;
    assert_string_equal(fork_of(OTHER_ID, &(struct registry_fork){0}).error.text,
                        "Source conversation not found");
    world_create(WITH_ID);
    assert_string_equal(
        fork_of(OTHER_ID, &(struct registry_fork){.from_event_id = STR("x")}).error.text,
        "Unknown from_event_id: x");
    assert_int_equal(
        fork_of(OTHER_ID, &(struct registry_fork){.id = world_id(OTHER_ID)}).error.code,
        ERROR_CONFLICT);
    assert_int_equal(count_all(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
        TEST(what_a_client_gets_is_what_the_reference_answers),
        TEST(a_new_conversation_lies_on_disk_as_the_reference_has_it),
        TEST(an_id_that_exists_gives_the_same_conversation),
        TEST(two_that_create_at_once_get_one_conversation),
        TEST(a_conversation_is_found_after_a_restart),
        TEST(an_unknown_conversation_is_not_found),
        TEST(a_conversation_of_the_reference_is_opened_and_continued),
        TEST(two_who_ask_at_once_get_one_conversation),
        TEST(a_conversation_that_another_server_holds_is_not_found),
        TEST(a_conversation_that_was_taken_over_writes_no_more),
        TEST(a_server_may_stop_while_it_opens_and_makes),
        TEST(a_server_may_stop_while_one_waits_for_a_closing_conversation),
        TEST(a_client_tool_keeps_its_schema_while_the_server_runs),
        TEST(a_parent_has_to_fit),
        TEST(a_child_is_listed_with_its_parent),
        TEST(a_running_conversation_is_marked_after_a_crash),
        TEST(running_conversations_are_opened_without_being_asked_for),
        TEST(a_pursued_goal_is_interrupted_by_a_restart),
        TEST(an_event_whose_state_was_not_written_is_continued),
        TEST(a_kill_at_any_moment_leaves_a_readable_conversation),
        TEST(pages_are_in_order_and_do_not_overlap),
        TEST(what_is_not_open_is_listed_from_disk),
        TEST(conversations_are_counted_by_status),
        TEST(a_batch_has_null_for_what_is_unknown),
        TEST(a_damaged_folder_does_not_hide_the_others),
        TEST(a_deleted_conversation_is_gone),
        TEST(who_waits_for_a_deleted_conversation_is_told),
        TEST(all_are_closed_to_disk_and_opened_again),
        TEST(runs_have_a_limit),
        TEST(a_fork_has_the_events_and_a_name_of_its_own),
        TEST(a_fork_begins_with_what_its_source_began_with),
        TEST(a_fork_ends_where_it_is_told_to),
        TEST(forks_that_cannot_be_are_refused),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

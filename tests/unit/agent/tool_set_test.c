#include "agent/tool_set.h"

#include "agent/llm/request.h"
#include "agent/observation.h"
#include "tests/support/tool_calls.h"

/* A tool whose runs end when the test says so. */
struct held_tool {
    struct tool tool;
    struct tool_run *runs[4];
    size_t count;
    bool *is_closed;
};

static void hold(struct tool_run *run)
{
    struct held_tool *held = container_of(run->tool, struct held_tool, tool);
    held->runs[held->count++] = run;
}

static void end_run(struct tool_run *run, const char *text)
{
    struct observation observation;
    tool_run_begin(run, &observation);
    observation_text(&observation, str_from(text));
    observation_content_end(&observation, false);
    tool_run_observe(run, &observation);
}

static void cancel_held(struct tool_run *run)
{
    tool_run_refuse(run, STR("cancelled"));
}

static void close_held(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    struct held_tool *held = container_of(tool, struct held_tool, tool);
    if (held->is_closed != NULL)
        *held->is_closed = true;
    free(held);
    on_closed(owner);
}

static const struct tool_type held_type = {
    .start = hold, .cancel = cancel_held, .close = close_held};

static struct held_tool *new_held(const char *name)
{
    struct held_tool *held = mem_zero(1, sizeof(*held));
    held->tool = (struct tool){.type = &held_type,
                               .name = str_from(name),
                               .description = STR("Held."),
                               .parameters = STR("{\"type\":\"object\",\"properties\":{\"x\":{"
                                                 "\"type\":\"integer\",\"default\":3}},"
                                                 "\"$defs\":{}}"),
                               .kind = STR("MCPToolDefinition"),
                               .action_kind = STR("MCPToolAction"),
                               .observation_kind = STR("MCPToolObservation"),
                               .dump_members = STR("\"mcp_tool\":{}"),
                               .keeps_schema = true};
    return held;
}

static struct held_tool *add_held(const char *name)
{
    struct error error;
    struct held_tool *held = new_held(name);
    assert_true(tool_set_add(tools.set, &held->tool, &error));
    return held;
}

static void expect_open_error(const char *spec, const char *defaults, const char *text)
{
    struct error error;
    assert_false(tools_try_open(spec, defaults, &error));
    assert_string_equal(error.text, text);
    tools_step();
}

static void the_tools_are_those_of_the_agent_then_the_defaults(void **state)
{
    scoped_buf struct buf dumps = {0};
    (void)state;
    tools_open("[{\"name\":\"task_tracker\",\"params\":{}},{\"name\":\"glob\"},{\"name\":\"browser_"
               "tool_set\"}]");
    tool_set_write_dumps(tools.set, &dumps);
    struct doc_error problem;
    struct doc *doc = doc_parse(buf_str(&dumps), &problem);
    assert_non_null(doc);
    const struct doc_value *list = doc_root(doc);
    assert_int_equal(doc_count(list), 4);
    const struct doc_value *tracker = doc_at(list, 0);
    assert_text(doc_string(doc_find(tracker, STR("kind"))), "TaskTrackerTool");
    assert_text(doc_string(doc_find(tracker, STR("title"))), "task_tracker");
    assert_text(doc_string(doc_find(tracker, STR("action_type"))), "TaskTrackerAction");
    assert_null(doc_find(doc_find(tracker, STR("annotations")), STR("title")));
    const struct doc_value *glob = doc_find(doc_at(list, 1), STR("annotations"));
    assert_text(doc_string(doc_find(glob, STR("title"))), "glob");
    assert_true(doc_bool(doc_find(glob, STR("readOnlyHint"))));
    assert_text(doc_string(doc_find(doc_at(list, 2), STR("kind"))), "FinishTool");
    doc_free(doc);
}

static void every_built_in_tool_can_be_told_to_a_model(void **state)
{
    struct arena arena = {0};
    const struct llm_tool *listed;
    struct doc_error problem;
    (void)state;
    tools_open(
        "[{\"name\":\"terminal\"},{\"name\":\"file_editor\"},{\"name\":\"task_tracker\"},"
        "{\"name\":\"glob\"},{\"name\":\"grep\"},{\"name\":\"apply_patch\"},{\"name\":"
        "\"planning_file_editor\"},{\"name\":\"read_file\"},{\"name\":\"write_file\"},{\"name\":"
        "\"edit\"},{\"name\":\"list_directory\"}]");
    const size_t count = tool_set_for_model(tools.set, false, &arena, &listed);
    assert_int_equal(count, 13);
    for (size_t i = 0; i < count; i++) {
        struct doc *doc = doc_parse(listed[i].parameters, &problem);
        assert_non_null(doc);
        assert_non_null(doc_find(doc_find(doc_root(doc), STR("properties")), STR("summary")));
        assert_false(str_contains(listed[i].parameters, STR("\"default\"")));
        doc_free(doc);
    }
    arena_fini(&arena);
}

static void a_model_is_asked_for_risk_and_summary_first(void **state)
{
    struct arena arena = {0};
    const struct llm_tool *listed;
    (void)state;
    tools_open("[{\"name\":\"apply_patch\"}]");
    assert_int_equal(tool_set_for_model(tools.set, false, &arena, &listed), 3);
    assert_true(str_starts_with(listed[0].parameters,
                                STR("{\"type\":\"object\",\"properties\":{\"security_risk\":{")));
    assert_true(str_ends_with(listed[0].parameters, STR(",\"required\":[\"patch\"]}")));
    assert_true(str_starts_with(listed[1].parameters,
                                STR("{\"type\":\"object\",\"properties\":{\"summary\":{")));
    assert_int_equal(tool_set_for_model(tools.set, true, &arena, &listed), 3);
    assert_true(str_starts_with(listed[0].parameters,
                                STR("{\"type\":\"object\",\"properties\":{\"patch\":{")));
    arena_fini(&arena);
}

static void a_foreign_schema_is_shown_as_it_is(void **state)
{
    struct arena arena = {0};
    const struct llm_tool *listed;
    (void)state;
    tools_open("[]");
    (void)add_held("held");
    assert_int_equal(tool_set_for_model(tools.set, false, &arena, &listed), 3);
    assert_true(str_ends_with(listed[2].parameters,
                              STR("\"x\":{\"type\":\"integer\",\"default\":3}},\"$defs\":{}}")));
    arena_fini(&arena);
}

static void an_unknown_tool_opens_nothing(void **state)
{
    (void)state;
    expect_open_error("[{\"name\":\"glob\"},{\"name\":\"x\"}]", "[]",
                      "ToolDefinition 'x' is not registered");
    expect_open_error("[]", "[\"XTool\"]", "ToolDefinition 'XTool' is not registered");
}

static void the_same_tool_twice_opens_nothing(void **state)
{
    (void)state;
    expect_open_error("[{\"name\":\"FinishTool\"}]", "[\"FinishTool\"]",
                      "Duplicate tool names found: {'finish'}");
}

static void finish_ends_the_run(void **state)
{
    (void)state;
    tools_open("[]");
    tools_call("finish", "{\"message\":\"All done.\"}");
    assert_true(tools.result.ends_run);
    assert_text(buf_str(&tools.result.text),
                "{\"content\":[{\"cache_prompt\":false,\"type\":\"text\",\"text\":\"All "
                "done.\"}],\"is_error\":false,\"kind\":\"FinishObservation\"}");
    tools_call("think", "{\"thought\":\"hm\"}");
    assert_false(tools.result.ends_run);
    assert_text(tools_text(), "Your thought has been logged.");
}

static void runs_of_one_tool_wait_for_each_other(void **state)
{
    struct tools_result second = {0};
    (void)state;
    tools_open("[]");
    struct held_tool *held = add_held("held");
    struct held_tool *other = add_held("other");
    (void)tools_start("held", "{}");
    (void)tools_start_into(&second);
    assert_int_equal(held->count, 1);
    end_run(held->runs[0], "one");
    assert_int_equal(tools.result.calls, 0);
    tools_wait();
    assert_int_equal(held->count, 2);
    assert_int_equal(other->count, 0);
    end_run(held->runs[1], "two");
    while (second.calls == 0)
        tools_step();
    assert_true(str_contains(buf_str(&second.text), STR("two")));
    doc_free(second.doc);
    buf_fini(&second.text);
}

static void a_run_that_waits_can_be_cancelled(void **state)
{
    struct tools_result second = {0};
    (void)state;
    tools_open("[]");
    struct held_tool *held = add_held("held");
    (void)tools_start("held", "{}");
    tool_run_cancel(tools_start_into(&second));
    while (second.calls == 0)
        tools_step();
    assert_int_equal(second.outcome, TOOL_REFUSED);
    assert_text(buf_str(&second.text), "Error executing tool 'held': cancelled");
    end_run(held->runs[0], "one");
    tools_wait();
    assert_int_equal(held->count, 1);
    buf_fini(&second.text);
}

static void a_failure_of_ours_is_told_apart(void **state)
{
    (void)state;
    tools_open("[]");
    struct held_tool *held = add_held("held");
    (void)tools_start("held", "{}");
    tool_run_fail(held->runs[0], STR("no disk"));
    tools_wait();
    assert_int_equal(tools.result.outcome, TOOL_FAILED);
    assert_text(buf_str(&tools.result.text), "Error executing tool 'held': no disk");
    assert_false(tools.result.ends_run);
}

static void a_removed_tool_is_closed_when_its_runs_are_over(void **state)
{
    bool is_closed = false;
    (void)state;
    tools_open("[]");
    const uint64_t version = tool_set_version(tools.set);
    struct held_tool *held = add_held("held");
    held->is_closed = &is_closed;
    assert_true(tool_set_version(tools.set) > version);
    (void)tools_start("held", "{}");
    tool_set_remove(tools.set, &held->tool);
    assert_null(tool_set_find(tools.set, STR("held")));
    assert_false(is_closed);
    end_run(held->runs[0], "late");
    tools_wait();
    assert_true(is_closed);
}

static void closing_cancels_what_runs(void **state)
{
    bool is_closed = false;
    (void)state;
    tools_open("[]");
    add_held("held")->is_closed = &is_closed;
    (void)tools_start("held", "{}");
    tools_close_set();
    assert_true(is_closed);
    assert_int_equal(tools.result.calls, 1);
    assert_int_equal(tools.result.outcome, TOOL_REFUSED);
}

static void a_secret_is_hidden_in_every_string(void **state)
{
    struct observation observation;
    struct doc_error problem;
    (void)state;
    tools_open("[]");
    secret_mask_add(tools.mask, STR("hunter2"));
    struct doc *doc = doc_parse(STR("{\"a\":[\"hunter2\",1],\"b\":null}"), &problem);
    struct held_tool *held = add_held("held");
    (void)tools_start("held", "{}");
    tool_run_begin(held->runs[0], &observation);
    observation_text(&observation, STR("is hunter2"));
    observation_image(&observation, STR("data:image/png;base64,hunter2"));
    observation_content_end(&observation, true);
    observation_json(&observation, "data", doc_root(doc));
    tool_run_observe(held->runs[0], &observation);
    tools_wait();
    assert_text(buf_str(&tools.result.text),
                "{\"content\":[{\"cache_prompt\":false,\"type\":\"text\",\"text\":\"is "
                "<secret-hidden>\"},{\"cache_prompt\":false,\"type\":\"image\",\"image_urls\":["
                "\"data:image/png;base64,hunter2\"]}],\"is_error\":true,\"data\":{\"a\":["
                "\"<secret-hidden>\",1]},\"kind\":\"MCPToolObservation\"}");
    doc_free(doc);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, tools_open_loop, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_tools_are_those_of_the_agent_then_the_defaults),
        TEST(every_built_in_tool_can_be_told_to_a_model),
        TEST(a_model_is_asked_for_risk_and_summary_first),
        TEST(a_foreign_schema_is_shown_as_it_is),
        TEST(an_unknown_tool_opens_nothing),
        TEST(the_same_tool_twice_opens_nothing),
        TEST(finish_ends_the_run),
        TEST(runs_of_one_tool_wait_for_each_other),
        TEST(a_run_that_waits_can_be_cancelled),
        TEST(a_failure_of_ours_is_told_apart),
        TEST(a_removed_tool_is_closed_when_its_runs_are_over),
        TEST(closing_cancels_what_runs),
        TEST(a_secret_is_hidden_in_every_string),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

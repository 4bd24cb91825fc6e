#include "agent/tool_runs.h"

#include "agent/observation.h"
#include "tests/support/tool_calls.h"

/*
 * Tools whose runs end when the test says so. The one named "file" uses the file in its argument
 * `path`, the one named "tool" itself.
 */
static struct tool_run *held[4];
static size_t held_count;

static void hold(struct tool_run *run)
{
    held[held_count++] = run;
}

static void end_run(struct tool_run *run)
{
    struct observation observation;
    tool_run_begin(run, &observation);
    observation_text(&observation, STR("done"));
    observation_content_end(&observation, false);
    tool_run_observe(run, &observation);
}

static void refuse(struct tool_run *run)
{
    tool_run_refuse(run, STR("cancelled"));
}

static void close_held(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    free(tool);
    on_closed(owner);
}

static const struct tool_type file_type = {
    .start = hold, .cancel = refuse, .close = close_held, .file = "path"};
static const struct tool_type tool_type = {.start = hold, .cancel = refuse, .close = close_held};

static void add(struct tool_set *set, const char *name, const struct tool_type *type)
{
    struct error error;
    struct tool *tool = mem_zero(1, sizeof(*tool));
    *tool = (struct tool){
        .type = type,
        .name = str_from(name),
        .description = STR("Held."),
        .parameters = STR("{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}"),
        .kind = STR("HeldTool"),
        .action_kind = STR("HeldAction"),
        .observation_kind = STR("HeldObservation")};
    assert_true(tool_set_add(set, tool, &error));
}

static int open_with(void **state, uint64_t wait_limit_ms)
{
    struct error error;
    (void)tools_open_loop(state);
    held_count = 0;
    const struct tool_set_options options = {.context = {.loop = tools.loop,
                                                         .working_dir = folder.directory,
                                                         .mask = tools.mask,
                                                         .wait_limit_ms = wait_limit_ms}};
    assert_true(tool_set_open(&options, &tools.set, &error));
    add(tools.set, "file", &file_type);
    add(tools.set, "tool", &tool_type);
    return 0;
}

static int open_patient(void **state)
{
    return open_with(state, 0);
}

static int open_impatient(void **state)
{
    return open_with(state, 1);
}

struct call {
    struct tools_result result;
    struct tool_run *run;
};

static void start(struct call *call, const char *name, const char *path)
{
    scoped_buf struct buf arguments = {0};
    buf_printf(&arguments, "{\"path\":\"%s\"}", path);
    tools_read(name, arguments.data);
    *call = (struct call){0};
    call->run = tools_start_into(&call->result);
}

static void wait_for(struct call *call)
{
    while (call->result.calls == 0)
        tools_step();
}

static void wait_until_held(size_t count)
{
    while (held_count < count)
        tools_step();
}

static void forget(struct call *call)
{
    doc_free(call->result.doc);
    buf_fini(&call->result.text);
}

/* Both run one after the other, in the order of their start. */
static void expect_one_after_the_other(const char *first_path, const char *second_path)
{
    struct call first;
    struct call second;
    held_count = 0;
    start(&first, "file", first_path);
    start(&second, "file", second_path);
    wait_until_held(1);
    assert_ptr_equal(held[0], first.run);
    end_run(held[0]);
    wait_for(&first);
    assert_int_equal(second.result.calls, 0);
    wait_until_held(2);
    assert_ptr_equal(held[1], second.run);
    end_run(held[1]);
    wait_for(&second);
    forget(&first);
    forget(&second);
}

static void runs_on_one_file_are_made_one_after_the_other(void **state)
{
    (void)state;
    folder_write("d/a", "");
    folder_link("d", "link");
    expect_one_after_the_other("d/a", "d/a");
    expect_one_after_the_other("d/a", folder_path("d/a"));
    expect_one_after_the_other("d/a", "link/../d/./a");
    expect_one_after_the_other("link/a", "d/a");
    expect_one_after_the_other("link/new", "d/new");
}

static void runs_on_different_files_go_on_at_once(void **state)
{
    struct call first;
    struct call second;
    (void)state;
    start(&first, "file", "a");
    start(&second, "file", "b");
    wait_until_held(2);
    end_run(second.run);
    wait_for(&second);
    assert_int_equal(first.result.calls, 0);
    end_run(first.run);
    wait_for(&first);
    forget(&first);
    forget(&second);
}

static void a_file_and_a_tool_do_not_wait_for_each_other(void **state)
{
    struct call first;
    struct call second;
    (void)state;
    start(&first, "file", "a");
    start(&second, "tool", "a");
    wait_until_held(2);
    end_run(held[0]);
    end_run(held[1]);
    wait_for(&first);
    wait_for(&second);
    forget(&first);
    forget(&second);
}

static void a_run_can_be_cancelled_before_its_file_is_known(void **state)
{
    struct call call;
    (void)state;
    start(&call, "file", "a");
    tool_run_cancel(call.run);
    assert_int_equal(call.result.calls, 0);
    wait_for(&call);
    assert_int_equal(held_count, 0);
    assert_text(buf_str(&call.result.text), "Error executing tool 'file': cancelled");
    forget(&call);
}

static void the_set_can_be_closed_before_a_file_is_known(void **state)
{
    struct call call;
    (void)state;
    start(&call, "file", "a");
    tools_close_set();
    assert_int_equal(call.result.calls, 1);
    forget(&call);
}

static void a_run_that_waits_too_long_fails(void **state)
{
    struct call first;
    struct call second;
    scoped_buf struct buf expected = {0};
    (void)state;
    start(&first, "file", "a");
    wait_until_held(1);
    start(&second, "file", "./a");
    wait_for(&second);
    assert_int_equal(second.result.outcome, TOOL_FAILED);
    buf_printf(&expected,
               "Error executing tool 'file': Could not acquire lock for 'file:%s' within 0.001s",
               folder_path("a"));
    assert_text(buf_str(&second.result.text), expected.data);
    assert_int_equal(held_count, 1);
    end_run(held[0]);
    wait_for(&first);
    assert_int_equal(first.result.outcome, TOOL_OBSERVED);
    forget(&first);
    forget(&second);
}

static void what_stands_behind_one_that_gave_up_goes_on(void **state)
{
    struct call first;
    struct call second;
    struct call third;
    (void)state;
    start(&first, "tool", "");
    start(&second, "tool", "");
    wait_for(&second);
    assert_text(buf_str(&second.result.text), "Error executing tool 'tool': Could not acquire "
                                              "lock for 'tool:tool' within 0.001s");
    end_run(held[0]);
    wait_for(&first);
    start(&third, "tool", "");
    wait_until_held(2);
    assert_ptr_equal(held[1], third.run);
    end_run(held[1]);
    wait_for(&third);
    forget(&first);
    forget(&second);
    forget(&third);
}

#define PATIENT(name)   cmocka_unit_test_setup_teardown(name, open_patient, tools_close_loop)
#define IMPATIENT(name) cmocka_unit_test_setup_teardown(name, open_impatient, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PATIENT(runs_on_one_file_are_made_one_after_the_other),
        PATIENT(runs_on_different_files_go_on_at_once),
        PATIENT(a_file_and_a_tool_do_not_wait_for_each_other),
        PATIENT(a_run_can_be_cancelled_before_its_file_is_known),
        PATIENT(the_set_can_be_closed_before_a_file_is_known),
        IMPATIENT(a_run_that_waits_too_long_fails),
        IMPATIENT(what_stands_behind_one_that_gave_up_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

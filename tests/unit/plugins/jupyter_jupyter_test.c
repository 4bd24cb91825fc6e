#include "plugins/jupyter/jupyter.h"

#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "tests/support/test.h"

/* The kernel is fake_kernel.py, which is told by its cells what to do wrong. */

#define PLENTY_MS 600000

static struct loop *loop;
static struct processes *processes;
static struct jupyter *jupyter;
static struct buf script;
static struct buf path;
static const char *env[3];
static unsigned ready_calls;
static bool is_ready;
static struct error ready_error;
static bool is_closed;

static void note_closed(void *owner)
{
    *(bool *)owner = true;
}

static void note_ready(void *owner, const struct error *error)
{
    (void)owner;
    ready_calls++;
    is_ready = error == NULL;
    if (error != NULL)
        ready_error = *error;
}

struct answer {
    unsigned calls;
    struct buf text;
    bool has_timed_out;
    bool has_died;
};

static void note_result(void *owner, const struct jupyter_result *result)
{
    struct answer *answer = owner;
    answer->calls++;
    buf_append(&answer->text, result->text);
    answer->has_timed_out = result->has_timed_out;
    answer->has_died = result->has_died;
}

static int open_loop(void **state)
{
    (void)state;
    struct error error;
    const struct str here = str_from(__FILE__);
    const struct str unit = str_slice(here, 0, str_find(here, STR("unit/plugins/")));
    buf_printf(&script, "%.*ssupport/fake_kernel.py", STR_ARG(unit));
    buf_printf(&path, "PATH=%s", getenv("PATH"));
    env[0] = path.data;
    env[1] = NULL;
    jupyter = NULL;
    ready_calls = 0;
    is_ready = false;
    is_closed = false;
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    return 0;
}

static void close_jupyter(void)
{
    if (jupyter == NULL)
        return;
    jupyter_close(jupyter, note_closed, &is_closed);
    while (!is_closed)
        assert_true(loop_step(loop));
    jupyter = NULL;
}

static int close_loop(void **state)
{
    (void)state;
    close_jupyter();
    assert_int_equal(ready_calls, 1);
    bool are_ended = false;
    assert_int_equal(processes_running(processes), 0);
    processes_close(processes, 0, note_closed, &are_ended);
    while (!are_ended)
        assert_true(loop_step(loop));
    assert_true(loop_close(loop));
    buf_fini(&script);
    buf_fini(&path);
    return 0;
}

/* `mode` is what FAKE_KERNEL says. */
static void begin(const char *mode)
{
    env[1] = mode;
    env[2] = NULL;
    const struct jupyter_options options = {
        .loop = loop,
        .processes = processes,
        .env = env,
        .python = buf_str(&script),
        .cwd = STR("/first \"folder\""),
        .startup_code = STR("skills"),
    };
    jupyter = jupyter_start(&options, note_ready, NULL);
}

static void await_ready(void)
{
    while (ready_calls == 0)
        assert_true(loop_step(loop));
}

static void start(const char *mode)
{
    begin(mode);
    await_ready();
    assert_true(is_ready);
}

static void await_answer(const struct answer *answer)
{
    while (answer->calls == 0)
        assert_true(loop_step(loop));
    assert_int_equal(answer->calls, 1);
}

static void run(const char *code, uint64_t timeout_ms, struct answer *answer)
{
    *answer = (struct answer){0};
    jupyter_run(jupyter, str_from(code), timeout_ms, note_result, answer);
    await_answer(answer);
}

static void assert_says(const char *code, const char *expected)
{
    struct answer answer;
    run(code, PLENTY_MS, &answer);
    assert_string_equal(answer.text.data, expected);
    assert_false(answer.has_timed_out);
    assert_false(answer.has_died);
    buf_fini(&answer.text);
}

static void assert_dies(const char *code, const char *expected_end)
{
    struct answer answer;
    run(code, PLENTY_MS, &answer);
    assert_true(answer.has_died);
    if (!str_ends_with(buf_str(&answer.text), str_from(expected_end)))
        fail_msg("'%s' does not end with '%s'", answer.text.data, expected_end);
    buf_fini(&answer.text);
}

/* What it was told that is no cell: the same in every kernel, and then `expected`. */
static void assert_told(const char *expected)
{
    struct answer answer;
    run("told", PLENTY_MS, &answer);
    const struct str text = buf_str(&answer.text);
    const struct str python = STR(".py\").read(), {})\nimport sys; print(sys.executable)\n");
    const size_t after = str_find(text, python);
    assert_true(str_starts_with(text, STR("%colors nocolor\nexec(open(\"")));
    assert_int_not_equal(after, SIZE_MAX);
    assert_string_equal(text.data + after + python.len, expected);
    buf_fini(&answer.text);
}

static void a_new_kernel_is_told_its_colours_its_folder_and_the_startup_code(void **state)
{
    (void)state;
    start(NULL);
    assert_told("import os; os.chdir(\"/first \\\"folder\\\"\")\n"
                "skills");
}

static void the_interpreter_is_the_one_that_the_kernel_names(void **state)
{
    (void)state;
    begin(NULL);
    assert_int_equal(jupyter_python(jupyter).len, 0);
    await_ready();
    assert_true(str_equal(jupyter_python(jupyter), STR("/opt/fake/python")));
}

static void a_cell_that_comes_before_the_kernel_is_ready_waits_for_it(void **state)
{
    (void)state;
    begin(NULL);
    assert_says("say early", "early");
}

static void cells_run_in_the_order_in_which_they_came(void **state)
{
    (void)state;
    struct answer answers[3] = {0};
    static const char *const codes[] = {"say a", "say b", "say c"};
    static const char *const texts[] = {"a", "b", "c"};
    start(NULL);
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
        jupyter_run(jupyter, str_from(codes[i]), 0, note_result, &answers[i]);
    await_answer(&answers[2]);
    for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_string_equal(answers[i].text.data, texts[i]);
        buf_fini(&answers[i].text);
    }
}

static void the_folder_is_changed_before_the_next_cell_and_once(void **state)
{
    (void)state;
    start(NULL);
    jupyter_set_cwd(jupyter, STR("/second"));
    assert_says("say x", "x");
    jupyter_set_cwd(jupyter, STR("/second"));
    assert_told("import os; os.chdir(\"/first \\\"folder\\\"\")\n"
                "skills\n"
                "import os; os.chdir(\"/second\")");
}

static void output_that_the_reply_overtakes_is_kept(void **state)
{
    (void)state;
    start(NULL);
    assert_says("say_late slow", "slow");
}

static void a_cell_whose_idle_is_lost_ends_all_the_same(void **state)
{
    (void)state;
    start(NULL);
    assert_says("never_idle but here", "but here");
    assert_says("say on", "on");
}

static void a_kernel_whose_first_announcement_is_lost_is_asked_again(void **state)
{
    (void)state;
    start("FAKE_KERNEL=deaf");
    assert_says("say heard", "heard");
}

static void a_message_with_a_wrong_signature_is_dropped(void **state)
{
    (void)state;
    start(NULL);
    assert_says("say_forged evil", "[Code executed successfully with no output]");
}

static void a_cell_that_takes_too_long_is_interrupted_and_the_kernel_stays(void **state)
{
    (void)state;
    struct answer answer;
    start(NULL);
    run("wait", 500, &answer);
    assert_string_equal(answer.text.data, "[Execution timed out (0.5 seconds).]");
    assert_true(answer.has_timed_out);
    assert_false(answer.has_died);
    buf_fini(&answer.text);
    assert_says("say still here", "still here");
}

static void a_kernel_that_ignores_the_interrupt_is_replaced(void **state)
{
    (void)state;
    struct answer answer;
    start(NULL);
    run("wait_on", 1000, &answer);
    assert_string_equal(answer.text.data,
                        "[Execution timed out (1.0 seconds).]\n"
                        "[The kernel did not stop when it was interrupted and was restarted; its "
                        "variables are lost.]");
    assert_true(answer.has_timed_out);
    assert_true(answer.has_died);
    buf_fini(&answer.text);
    assert_says("say new", "new");
}

static void a_cell_for_which_no_kernel_comes_times_out(void **state)
{
    (void)state;
    struct answer answer;
    begin("FAKE_KERNEL=mute");
    run("say x", 100, &answer);
    assert_string_equal(answer.text.data, "[Execution timed out (0.1 seconds).]");
    assert_true(answer.has_timed_out);
    buf_fini(&answer.text);
}

static void a_kernel_that_dies_in_a_cell_is_replaced_and_told_everything_again(void **state)
{
    (void)state;
    start(NULL);
    jupyter_set_cwd(jupyter, STR("/second"));
    assert_dies("die 3",
                "[The kernel died (exit status 3) and was restarted; its variables are lost.]");
    assert_told("import os; os.chdir(\"/second\")\n"
                "skills");
}

static void a_signal_that_ends_the_kernel_is_named(void **state)
{
    (void)state;
    start(NULL);
    assert_dies("kill 11",
                "[The kernel died (SIGSEGV) and was restarted; its variables are lost.]");
}

static void the_next_cell_says_that_the_kernel_has_died_meanwhile(void **state)
{
    (void)state;
    struct answer answer;
    start(NULL);
    assert_says("leave 4", "[Code executed successfully with no output]");
    run("say x", PLENTY_MS, &answer);
    /* Its end may be noticed before or after the cell has been sent. */
    assert_true(str_contains(buf_str(&answer.text), STR("died (exit status 4) and was restarted")));
    buf_fini(&answer.text);
    assert_says("say y", "y");
}

static void a_kernel_that_cannot_start_says_what_it_printed(void **state)
{
    (void)state;
    begin("FAKE_KERNEL=broken");
    await_ready();
    assert_false(is_ready);
    assert_string_equal(ready_error.text,
                        "the notebook kernel cannot be started: exit status 1; it printed: No "
                        "module named ipykernel_launcher");
}

static void a_kernel_that_could_not_start_is_tried_again_with_the_next_cell(void **state)
{
    (void)state;
    begin("FAKE_KERNEL=broken");
    await_ready();
    assert_dies("say x", "No module named ipykernel_launcher]");
    env[1] = NULL;
    assert_says("say x", "x");
}

static void an_interpreter_that_does_not_exist_is_an_error(void **state)
{
    (void)state;
    buf_append(&script, STR(".missing"));
    begin(NULL);
    await_ready();
    assert_false(is_ready);
    assert_true(str_contains(str_from(ready_error.text), STR("No such file or directory")));
}

static void closing_answers_the_cells_that_run_and_wait(void **state)
{
    (void)state;
    struct answer answers[2] = {0};
    start(NULL);
    jupyter_run(jupyter, STR("wait"), 0, note_result, &answers[0]);
    jupyter_run(jupyter, STR("say x"), PLENTY_MS, note_result, &answers[1]);
    close_jupyter();
    for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
        assert_int_equal(answers[i].calls, 1);
        assert_true(answers[i].has_died);
        buf_fini(&answers[i].text);
    }
}

static void closing_before_it_is_ready_says_so(void **state)
{
    (void)state;
    begin(NULL);
    close_jupyter();
    assert_int_equal(ready_error.code, ERROR_CANCELLED);
}

static void closing_after_it_could_not_start_works(void **state)
{
    (void)state;
    begin("FAKE_KERNEL=broken");
    await_ready();
    close_jupyter();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_loop, close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_kernel_is_told_its_colours_its_folder_and_the_startup_code),
        TEST(the_interpreter_is_the_one_that_the_kernel_names),
        TEST(a_cell_that_comes_before_the_kernel_is_ready_waits_for_it),
        TEST(cells_run_in_the_order_in_which_they_came),
        TEST(the_folder_is_changed_before_the_next_cell_and_once),
        TEST(output_that_the_reply_overtakes_is_kept),
        TEST(a_cell_whose_idle_is_lost_ends_all_the_same),
        TEST(a_kernel_whose_first_announcement_is_lost_is_asked_again),
        TEST(a_message_with_a_wrong_signature_is_dropped),
        TEST(a_cell_that_takes_too_long_is_interrupted_and_the_kernel_stays),
        TEST(a_kernel_that_ignores_the_interrupt_is_replaced),
        TEST(a_cell_for_which_no_kernel_comes_times_out),
        TEST(a_kernel_that_dies_in_a_cell_is_replaced_and_told_everything_again),
        TEST(a_signal_that_ends_the_kernel_is_named),
        TEST(the_next_cell_says_that_the_kernel_has_died_meanwhile),
        TEST(a_kernel_that_cannot_start_says_what_it_printed),
        TEST(a_kernel_that_could_not_start_is_tried_again_with_the_next_cell),
        TEST(an_interpreter_that_does_not_exist_is_an_error),
        TEST(closing_answers_the_cells_that_run_and_wait),
        TEST(closing_before_it_is_ready_says_so),
        TEST(closing_after_it_could_not_start_works),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "agent/skill_commands.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "server/loop/work.h"
#include "tests/support/test.h"

static struct loop *loop;
static struct processes *processes;
static bool is_closed;

static int open_all(void **state)
{
    struct error error;
    (void)state;
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    return 0;
}

static void note_closed(void *owner)
{
    (void)owner;
    is_closed = true;
}

static int close_all(void **state)
{
    (void)state;
    is_closed = false;
    processes_close(processes, 0, note_closed, NULL);
    while (!is_closed)
        assert_true(loop_step(loop));
    assert_true(loop_close(loop));
    return 0;
}

struct job {
    const char *text;
    struct buf out;
    bool is_done;
};

static void run_job(void *owner)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
    struct job *job = owner;
    const struct skill_commands commands = {.processes = processes, .working_dir = "/", .env = env};
    skill_commands_run(&commands, str_from(job->text), &job->out);
}

static void finish_job(void *owner, bool is_cancelled)
{
    struct job *job = owner;
    assert_false(is_cancelled);
    job->is_done = true;
}

static void assert_text(const char *text, const char *expected)
{
    struct job job = {.text = text};
    (void)work_start(loop, run_job, finish_job, &job);
    while (!job.is_done)
        assert_true(loop_step(loop));
    assert_string_equal(job.out.data, expected);
    buf_fini(&job.out);
}

static void a_command_is_replaced_by_what_it_prints(void **state)
{
    (void)state;
    assert_text("in !`pwd`, hello !`echo  you `", "in /, hello you");
}

static void code_is_left_alone(void **state)
{
    (void)state;
    assert_text("a `x` b\n```\n!`echo no`\n```\nc !`echo yes`",
                "a `x` b\n```\n!`echo no`\n```\nc yes");
    assert_text("open\n```\n!`echo no`", "open\n```\n!`echo no`");
}

static void a_backslash_shows_the_form_itself(void **state)
{
    (void)state;
    assert_text("write \\!`date`", "write !`date`");
}

static void a_failure_leaves_an_error(void **state)
{
    (void)state;
    assert_text("x !`echo no >&2; exit 3` y",
                "x [Error: Command `echo no >&2; exit 3` exited with code 3: no\n] y");
}

static void marks_without_an_end_are_text(void **state)
{
    (void)state;
    assert_text("a ! b !`` c", "a ! b !`` c");
    assert_text("!`open", "!`open");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
        TEST(a_command_is_replaced_by_what_it_prints), TEST(code_is_left_alone),
        TEST(a_backslash_shows_the_form_itself),       TEST(a_failure_leaves_an_error),
        TEST(marks_without_an_end_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

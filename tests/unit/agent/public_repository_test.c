#include "agent/public_repository.h"

#include <signal.h>
#include <stdlib.h>

#include "server/base/error.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "server/loop/process_run.h"
#include "server/loop/work.h"
#include "tests/support/folder.h"

static struct loop *loop;
static struct processes *processes;
static bool is_closed;
static char *instead; /* of the address of the repository: one of ours */
static const char *env[] = {"PATH=/usr/bin:/bin",
                            "GIT_CONFIG_GLOBAL=/dev/null",
                            "GIT_AUTHOR_NAME=a",
                            "GIT_AUTHOR_EMAIL=a@example.com",
                            "GIT_COMMITTER_NAME=a",
                            "GIT_COMMITTER_EMAIL=a@example.com",
                            "GIT_CONFIG_COUNT=1",
                            "GIT_CONFIG_VALUE_0=" PUBLIC_REPOSITORY_URL,
                            NULL, /* the key */
                            NULL};
#define KEY (ARRAY_SIZE(env) - 2)

static int open_all(void **state)
{
    struct error error;
    scoped_buf struct buf key = {0};
    assert_int_equal(folder_open(state), 0);
    assert_true(loop_open(&loop, &error));
    assert_true(processes_open(loop, &processes, &error));
    buf_printf(&key, "GIT_CONFIG_KEY_0=url.file://%s.insteadOf", folder_path("remote"));
    instead = mem_strdup(key.data);
    env[KEY] = instead;
    return 0;
}

static void note_closed(void *owner)
{
    (void)owner;
    is_closed = true;
}

static int close_all(void **state)
{
    is_closed = false;
    processes_close(processes, 0, note_closed, NULL);
    while (!is_closed)
        assert_true(loop_step(loop));
    while (loop_step(loop))
        continue;
    assert_true(loop_close(loop));
    free(instead);
    return folder_close(state);
}

/* --- in a worker --- */

struct job {
    const char *script; /* NULL: the repository is asked for */
    const char *ref;
    struct buf path;
    bool is_there;
    bool is_done;
};

static void run(void *owner)
{
    struct job *job = owner;
    if (job->script == NULL) {
        const struct public_repository repository = {.processes = processes,
                                                     .env = env,
                                                     .state_dir = folder_path("state"),
                                                     .ref = str_from(job->ref)};
        job->is_there = public_repository_get(&repository, &job->path);
        return;
    }
    const char *const argv[] = {"sh", "-ec", job->script, NULL};
    const struct process_run_options options = {.argv = argv, .env = env, .cwd = folder.directory};
    struct process_run_result result = {0};
    struct error error = {0};
    job->is_there = process_run(processes, &options, &result, &error) && result.exit.code == 0;
    process_run_fini(&result);
}

static void on_done(void *owner, bool is_cancelled)
{
    struct job *job = owner;
    assert_false(is_cancelled);
    job->is_done = true;
}

static void work(struct job *job)
{
    (void)work_start(loop, run, on_done, job);
    while (!job->is_done)
        assert_true(loop_step(loop));
}

static void sh(const char *script)
{
    struct job job = {.script = script};
    work(&job);
    assert_true(job.is_there);
}

static void assert_shown(const char *ref, const char *text)
{
    struct job job = {.ref = ref};
    work(&job);
    assert_int_equal(job.is_there, text != NULL);
    if (text != NULL) {
        assert_true(str_ends_with(buf_str(&job.path), STR("/state/cache/skills/public-skills")));
        assert_file("state/cache/skills/public-skills/f", text);
    }
    buf_fini(&job.path);
}

static void make_remote(void)
{
    sh("git init -q -b main remote && cd remote && echo one > f && git add f && "
       "git commit -q -m one && git tag v1");
}

#define CHANGE   "(cd remote && echo two > f && git commit -q -a -m two)"
#define GROW_OLD "touch -d '2 minutes ago' state/cache/skills/public-skills.lock"

/* --- tests --- */

static void the_repository_is_cloned(void **state)
{
    (void)state;
    make_remote();
    assert_shown("main", "one\n");
}

static void it_is_not_asked_for_again_at_once(void **state)
{
    (void)state;
    make_remote();
    assert_shown("main", "one\n");
    sh(CHANGE);
    assert_shown("main", "one\n");
}

static void it_is_brought_up_to_date_later(void **state)
{
    (void)state;
    make_remote();
    assert_shown("main", "one\n");
    sh(CHANGE);
    sh(GROW_OLD);
    assert_shown("main", "two\n");
}

static void another_revision_is_fetched_at_once(void **state)
{
    (void)state;
    make_remote();
    sh(CHANGE);
    assert_shown("main", "two\n");
    assert_shown("v1", "one\n");
}

static void what_was_fetched_stays_when_the_network_goes(void **state)
{
    (void)state;
    make_remote();
    assert_shown("main", "one\n");
    sh("rm -rf remote");
    sh(GROW_OLD);
    assert_shown("main", "one\n");
    assert_shown("v2", NULL);
    assert_shown("main", "one\n");
}

static void a_repository_that_is_nowhere_is_not_there(void **state)
{
    (void)state;
    assert_shown("main", NULL);
    make_remote();
    assert_shown("main", NULL);
    sh(GROW_OLD);
    assert_shown("main", "one\n");
}

static void a_revision_that_is_an_option_is_refused(void **state)
{
    (void)state;
    make_remote();
    assert_shown("--upload-pack=touch x", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
        TEST(the_repository_is_cloned),
        TEST(it_is_not_asked_for_again_at_once),
        TEST(it_is_brought_up_to_date_later),
        TEST(another_revision_is_fetched_at_once),
        TEST(what_was_fetched_stays_when_the_network_goes),
        TEST(a_repository_that_is_nowhere_is_not_there),
        TEST(a_revision_that_is_an_option_is_refused),
    };
    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

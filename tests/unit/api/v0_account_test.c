#include "api/v0/account.h"

#include "api/v0/environment.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "server/loop/work.h"
#include "tests/support/folder.h"
#include "tests/support/text.h"

#define NOBODY_OF_ALL "nobody-has-this-name"

static const char *const variables[] = {"PATH=/usr/bin:/bin", NULL};

struct job {
    struct v0_account_options options;
    struct v0_account account;
    struct error error;
    bool is_ok;
    bool is_done;
};

static struct loop *loop;
static struct processes *processes;
static struct v0_environment environment;
static struct job job;

static int set_up(void **state)
{
    struct error error;
    assert_true(loop_open(&loop, &error) && processes_open(loop, &processes, &error));
    environment = (struct v0_environment){.group = STR("root")};
    job = (struct job){.options = {.env = variables, .environment = &environment}};
    return folder_open(state);
}

static void on_processes_closed(void *owner)
{
    *(bool *)owner = true;
}

static int tear_down(void **state)
{
    bool is_closed = false;
    v0_account_fini(&job.account);
    processes_close(processes, 0, on_processes_closed, &is_closed);
    while (!is_closed)
        assert_true(loop_step(loop));
    assert_true(loop_close(loop));
    return folder_close(state);
}

static void run_job(void *owner)
{
    struct job *self = owner;
    self->is_ok = v0_account_prepare(&self->options, &self->account, &self->error);
}

static void on_done(void *owner, bool is_cancelled)
{
    struct job *self = owner;
    assert_false(is_cancelled);
    self->is_done = true;
}

/* For a user of this name and the folder "work/deep". */
static bool prepare(struct str username, uid_t uid)
{
    job.options.processes = processes;
    job.options.username = username;
    job.options.uid = uid;
    job.options.directory = folder_path("work/deep");
    (void)work_start(loop, run_job, on_done, &job);
    while (!job.is_done)
        assert_true(loop_step(loop));
    return job.is_ok;
}

static mode_t mode_of(const char *name)
{
    struct stat status;
    assert_int_equal(stat(folder_path(name), &status), 0);
    return status.st_mode & 07777;
}

static void a_folder_is_made_for_its_group(void **state)
{
    (void)state;
    const mode_t old = umask(077);
    job.options.only_makes_directory = true;
    const bool is_ok = prepare(STR("whoever"), geteuid());
    (void)umask(old);
    assert_true(is_ok);
    assert_int_equal(mode_of("work"), 0775);
    assert_int_equal(mode_of("work/deep"), 0775);
}

static void a_user_that_is_the_caller_is_left_alone(void **state)
{
    (void)state;
    environment.user = STR("alice");
    assert_true(prepare(STR("alice"), 4711));
    assert_int_equal(job.account.uid, 4711);
    assert_int_equal(job.account.login_uid, geteuid());
    assert_false(folder_has("work"));
}

static void root_keeps_the_number_that_was_asked_for(void **state)
{
    (void)state;
    assert_true(prepare(STR("root"), 1000));
    assert_int_equal(job.account.uid, 1000);
    assert_int_equal(job.account.login_uid, 0);
    assert_string_equal(job.account.home, "/root");
    assert_int_equal(mode_of("work/deep") & 0060, 0060);
}

static void a_user_that_exists_keeps_its_own_number(void **state)
{
    (void)state;
    struct v0_account nobody;
    v0_account_find(STR("nobody"), &nobody);
    assert_true(prepare(STR("nobody"), 4711));
    assert_int_equal(job.account.uid, nobody.uid);
    assert_int_equal(job.account.login_uid, nobody.uid);
    v0_account_fini(&nobody);
}

static void all_that_is_in_the_folder_changes_hands(void **state)
{
    (void)state;
    struct stat status;
    if (geteuid() != 0) /* nobody else may give files away */
        skip();
    folder_write("outside", "");
    folder_write("work/deep/a/f", "");
    folder_link("../../outside", "work/deep/link");
    environment.group = STR("4712");
    assert_true(prepare(STR("nobody"), 1));
    static const char *const names[] = {"work/deep", "work/deep/a", "work/deep/a/f",
                                        "work/deep/link"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        assert_int_equal(lstat(folder_path(names[i]), &status), 0);
        assert_int_equal(status.st_uid, job.account.uid);
        assert_int_equal(status.st_gid, 4712);
    }
    assert_int_equal(stat(folder_path("outside"), &status), 0);
    assert_int_equal(status.st_uid, 0);
}

static void nobody_is_added_to_a_machine_that_is_no_sandbox(void **state)
{
    (void)state;
    environment.is_local = true;
    assert_true(prepare(STR(NOBODY_OF_ALL), 4711));
    assert_int_equal(job.account.uid, 4711);
    assert_int_equal(job.account.login_uid, geteuid());
    assert_true(folder_has("work/deep"));
    struct v0_account nobody;
    assert_false(v0_account_find(STR(NOBODY_OF_ALL), &nobody));
}

static void a_system_without_the_programs_says_so(void **state)
{
    (void)state;
    static const char *const none[] = {"PATH=/nowhere", NULL};
    job.options.env = none;
    assert_false(prepare(STR(NOBODY_OF_ALL), 4711));
    assert_non_null(strstr(job.error.text, NOBODY_OF_ALL));
}

static void a_number_has_a_name(void **state)
{
    (void)state;
    scoped_free char *root = v0_account_name(0);
    assert_string_equal(root, "root");
    assert_null(v0_account_name(4294967294u));
}

#define ACCOUNT_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ACCOUNT_TEST(a_folder_is_made_for_its_group),
        ACCOUNT_TEST(a_user_that_is_the_caller_is_left_alone),
        ACCOUNT_TEST(root_keeps_the_number_that_was_asked_for),
        ACCOUNT_TEST(a_user_that_exists_keeps_its_own_number),
        ACCOUNT_TEST(all_that_is_in_the_folder_changes_hands),
        ACCOUNT_TEST(nobody_is_added_to_a_machine_that_is_no_sandbox),
        ACCOUNT_TEST(a_system_without_the_programs_says_so),
        ACCOUNT_TEST(a_number_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

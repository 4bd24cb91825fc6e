#include "plugins/jupyter/launch.h"

#include "tests/support/folder.h"
#include "tests/support/text.h"

static struct jupyter_launch launch;
static struct buf path_entry;
static const char *env[2];

static int open_launch(void **state)
{
    launch = (struct jupyter_launch){0};
    assert_int_equal(folder_open(state), 0);
    buf_printf(&path_entry, "PATH=relative:/nowhere:%s", folder_path("bin"));
    env[0] = path_entry.data;
    folder_mkdir("bin");
    return 0;
}

static int close_launch(void **state)
{
    jupyter_launch_fini(&launch);
    buf_fini(&path_entry);
    return folder_close(state);
}

static void add_program(const char *name)
{
    folder_write(name, "#!/bin/sh\n");
    assert_int_equal(chmod(folder_path(name), 0755), 0);
}

static void prepare(const char *user, struct str python)
{
    struct error error;
    const struct jupyter_launch_options options = {.env = env, .user = user, .python = python};
    assert_true(jupyter_launch_prepare(&options, &launch, &error));
}

static void python_is_preferred_to_python3(void **state)
{
    (void)state;
    add_program("bin/python3");
    add_program("bin/python");
    prepare(NULL, STR_NULL);
    assert_string_equal(launch.argv[0], folder_path("bin/python"));
}

static void python3_is_taken_where_there_is_no_python(void **state)
{
    (void)state;
    folder_mkdir("bin/python");
    add_program("bin/python3");
    prepare(NULL, STR_NULL);
    assert_string_equal(launch.argv[0], folder_path("bin/python3"));
}

static void a_given_interpreter_is_not_looked_for(void **state)
{
    (void)state;
    prepare(NULL, STR("/opt/x/python"));
    assert_string_equal(launch.argv[0], "/opt/x/python");
}

static void no_interpreter_is_an_error_that_names_where_it_was_looked_for(void **state)
{
    (void)state;
    struct error error;
    const struct jupyter_launch_options options = {.env = env};
    assert_false(jupyter_launch_prepare(&options, &launch, &error));
    assert_true(str_contains(str_from(error.text), str_from(folder_path("bin"))));
}

static void a_user_who_does_not_exist_is_an_error(void **state)
{
    (void)state;
    struct error error;
    const struct jupyter_launch_options options = {
        .env = env, .user = "nobody-of-that-name", .python = STR("/x")};
    assert_false(jupyter_launch_prepare(&options, &launch, &error));
    assert_string_equal(error.text, "there is no user 'nobody-of-that-name'");
}

static void the_folder_is_open_to_its_user_alone_and_goes_at_the_end(void **state)
{
    (void)state;
    struct stat status;
    prepare(NULL, STR("/x"));
    scoped_free char *folder_of_kernel = mem_strdup(launch.folder);
    assert_int_equal(stat(folder_of_kernel, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0700);
    jupyter_launch_fini(&launch);
    assert_int_not_equal(stat(folder_of_kernel, &status), 0);
}

static void what_the_kernel_has_left_behind_is_removed(void **state)
{
    (void)state;
    struct stat status;
    prepare(NULL, STR("/x"));
    scoped_free char *folder_of_kernel = mem_strdup(launch.folder);
    scoped_free char *left = path_join(folder_of_kernel, STR("k-3"));
    scoped_fd int fd = open(left, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    jupyter_launch_fini(&launch);
    assert_int_not_equal(stat(folder_of_kernel, &status), 0);
}

static void the_connection_file_holds_a_key_that_is_new_each_time(void **state)
{
    (void)state;
    struct stat status;
    prepare(NULL, STR("/x"));
    assert_int_equal(launch.key.len, 64);
    assert_int_equal(stat(launch.file.data, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    struct jupyter_launch other = {0};
    struct error error;
    const struct jupyter_launch_options options = {.env = env, .python = STR("/x")};
    assert_true(jupyter_launch_prepare(&options, &other, &error));
    assert_false(str_equal(buf_str(&launch.key), buf_str(&other.key)));
    jupyter_launch_fini(&other);
}

static void addresses_are_those_of_the_connection_file(void **state)
{
    (void)state;
    scoped_buf struct buf address = {0};
    scoped_buf struct buf expected = {0};
    prepare(NULL, STR("/x"));
    jupyter_launch_address(&launch, JUPYTER_BROADCAST, &address);
    buf_printf(&expected, "ipc://%s/k-2", launch.folder);
    assert_string_equal(address.data, expected.data);
}

static void another_user_is_reached_through_his_login_shell(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    prepare("root", STR("/opt/it's/python"));
    static const char *const words[] = {"su", "-", "root", "-s", "/bin/bash", "--session-command"};
    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        assert_string_equal(launch.argv[i], words[i]);
    assert_true(str_contains(str_from(launch.argv[6]),
                             STR("exec '/opt/it'\\''s/python' '-m' 'ipykernel_launcher' '-f'")));
    assert_null(launch.argv[7]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_launch, close_launch)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(python_is_preferred_to_python3),
        TEST(python3_is_taken_where_there_is_no_python),
        TEST(a_given_interpreter_is_not_looked_for),
        TEST(no_interpreter_is_an_error_that_names_where_it_was_looked_for),
        TEST(a_user_who_does_not_exist_is_an_error),
        TEST(the_folder_is_open_to_its_user_alone_and_goes_at_the_end),
        TEST(what_the_kernel_has_left_behind_is_removed),
        TEST(the_connection_file_holds_a_key_that_is_new_each_time),
        TEST(addresses_are_those_of_the_connection_file),
        TEST(another_user_is_reached_through_his_login_shell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

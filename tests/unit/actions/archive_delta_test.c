#include "actions/archive_delta.h"

#include <fcntl.h>
#include <unistd.h>

#include "actions/archive_exclude.h"
#include "actions/archive_source.h"
#include "tests/support/git_repo.h"
#include "tests/support/text.h"

/* A patch is written to the file "patch" in the test's directory. */
struct job {
    const char *directory;
    struct str base_ref;
    const struct str *excludes;
    size_t exclude_count;
    bool refuses;
    bool is_ok;
    struct error error;
    struct buf patch;
    struct buf base;
    struct archive_source source;
};

static bool take(void *owner, struct str bytes)
{
    struct job *job = owner;
    buf_append(&job->patch, bytes);
    return !job->refuses;
}

static void print_patch(struct git *git, struct job *job, const char *root)
{
    struct archive_delta *delta;
    const struct archive_delta_options options = {
        .git = git,
        .root = root,
        .base_ref = job->base_ref,
        .excludes = job->excludes,
        .exclude_count = job->exclude_count,
    };
    job->is_ok = archive_delta_open(&options, &delta, &job->error);
    if (!job->is_ok)
        return;
    buf_append(&job->base, archive_delta_base(delta));
    job->is_ok = archive_delta_print(delta, take, job, &job->error);
    archive_delta_close(delta);
}

static void run_delta(struct git *git, void *owner)
{
    struct job *job = owner;
    scoped_free char *root = repo_path(job->directory);
    scoped_free char *file = repo_path("patch");
    print_patch(git, job, root);
    scoped_fd int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    job->is_ok = job->is_ok && (job->patch.len == 0 || write(fd, job->patch.data, job->patch.len) ==
                                                           (ssize_t)job->patch.len);
}

static void make_patch(struct job job)
{
    if (job.directory == NULL)
        job.directory = "r";
    repo_run(run_delta, &job);
    if (!job.is_ok)
        fail_msg("%s", job.error.text);
    buf_fini(&job.patch);
    buf_fini(&job.base);
}

static void make_repository(void)
{
    repo_sh("git init -q r; cd r; printf 'one\\ntwo\\n' >a; mkdir sub build; echo s >sub/b;"
            "echo gone >gone; printf '\\000\\001\\377' >bin; echo o >build/out; git add -f .;"
            "git commit -q -m first");
}

static void edit_repository(void)
{
    repo_sh("cd r; printf 'one\\nTWO\\n' >a; rm gone; echo new >new; printf '\\000\\002' >bin;"
            "echo '*.log' >.gitignore; echo l >x.log; mkdir node_modules; echo n >node_modules/n");
}

static void a_patch_makes_the_base_into_the_tree(void **state)
{
    (void)state;
    make_repository();
    edit_repository();
    make_patch((struct job){.base_ref = STR("HEAD")});
    repo_sh("git clone -q r copy; cd copy; git apply --index ../patch; test ! -e gone;"
            "cmp a ../r/a; cmp bin ../r/bin; cmp new ../r/new; cmp .gitignore ../r/.gitignore;"
            "test ! -e x.log; test -e node_modules/n");
}

static void the_index_of_the_repository_is_untouched(void **state)
{
    (void)state;
    make_repository();
    edit_repository();
    repo_sh("cp r/.git/index before; touch -r r/.git/index time");
    make_patch((struct job){.base_ref = STR("HEAD")});
    repo_sh("cmp r/.git/index before; test ! r/.git/index -nt time;"
            "test \"$(ls -A r/.git | grep lock)\" = ''");
}

static void excludes_leave_files_out(void **state)
{
    (void)state;
    const struct str excludes[] = {STR_INIT("build/"), STR_INIT("*.o"), STR_INIT("sub/b"),
                                   STR_INIT("")};
    make_repository();
    repo_sh("cd r; echo x >build/out; echo x >x.o; echo x >sub/b; echo x >sub/build; echo k >k");
    make_patch((struct job){.base_ref = STR("HEAD"), .excludes = excludes, .exclude_count = 4});
    repo_sh("grep '^diff' patch >names; printf 'diff --git a/k b/k\\n"
            "diff --git a/sub/build b/sub/build\\n' | diff - names");
}

static void a_directory_has_a_patch_of_its_own(void **state)
{
    (void)state;
    make_repository();
    repo_sh("echo t >r/sub/b; echo t >r/a");
    make_patch((struct job){.directory = "r/sub", .base_ref = STR("HEAD")});
    repo_sh("grep '^diff' patch >names; echo 'diff --git a/sub/b b/sub/b' | diff - names");
}

static void assert_base(const char *command)
{
    struct job job = {.directory = "r"};
    scoped_buf struct buf script = {0};
    repo_run(run_delta, &job);
    assert_true(job.is_ok);
    buf_printf(&script, "test \"$(%s)\" = '%s'", command, job.base.len == 0 ? "" : job.base.data);
    repo_sh(script.data);
    buf_fini(&job.patch);
    buf_fini(&job.base);
}

static void a_repository_without_a_remote_is_compared_with_nothing(void **state)
{
    (void)state;
    make_repository();
    assert_base("true");
    repo_sh("grep -q '^new file' patch; ! grep -q '^deleted' patch");
}

static void an_empty_repository_is_compared_with_nothing(void **state)
{
    (void)state;
    repo_sh("git init -q r; echo x >r/f");
    assert_base("true");
    repo_sh("grep -q '^+x' patch");
    struct job head = {.base_ref = STR("HEAD")};
    make_patch(head);
    repo_sh("grep -q '^+x' patch");
}

static void a_detached_head_is_the_base(void **state)
{
    (void)state;
    make_repository();
    repo_sh("cd r; git checkout -q --detach; echo x >>a");
    assert_base("git -C r rev-parse HEAD");
}

static void the_branch_of_the_remote_is_the_base(void **state)
{
    (void)state;
    make_repository();
    repo_sh("mv r origin; git clone -q origin r; cd r; echo x >a; git commit -qam local");
    assert_base("git -C r rev-parse origin/main");
}

static void the_default_branch_is_the_base_of_a_new_branch(void **state)
{
    (void)state;
    make_repository();
    repo_sh("mv r origin; git clone -q origin r; cd r; git checkout -q -b work; echo x >a;"
            "git commit -qam local");
    assert_base("git -C r rev-parse origin/main");
}

static void a_base_can_be_named(void **state)
{
    (void)state;
    make_repository();
    repo_sh("cd r; git tag start; echo x >a; git commit -qam second; echo y >a");
    make_patch((struct job){.base_ref = STR("start")});
    repo_sh("grep -q '^-two' patch; grep -q '^+y' patch");
}

static void assert_fails(struct job job, const char *text)
{
    repo_run(run_delta, &job);
    assert_false(job.is_ok);
    assert_int_equal(job.error.code, ERROR_INVALID);
    assert_string_equal(job.error.text, text);
}

static void a_base_that_is_unknown_is_an_error(void **state)
{
    (void)state;
    make_repository();
    assert_fails((struct job){.directory = "r", .base_ref = STR("nonsense")},
                 "base_ref 'nonsense' could not be resolved");
    assert_fails((struct job){.directory = "r", .base_ref = STR("")},
                 "base_ref '' could not be resolved");
}

static void what_is_no_repository_is_an_error(void **state)
{
    (void)state;
    repo_sh("mkdir r");
    scoped_free char *root = repo_path("r");
    scoped_buf struct buf text = {0};
    buf_printf(&text, "Not a git repository: Not a git repository: %s", root);
    assert_fails((struct job){.directory = "r"}, text.data);
}

static void a_patch_ends_with_its_reader(void **state)
{
    (void)state;
    struct job job = {.directory = "r", .refuses = true};
    make_repository();
    repo_run(run_delta, &job);
    assert_false(job.is_ok);
    assert_int_equal(job.error.code, ERROR_CANCELLED);
    buf_fini(&job.patch);
    buf_fini(&job.base);
}

static void a_configuration_for_people_does_not_change_the_patch(void **state)
{
    (void)state;
    make_repository();
    repo_sh("cd r; echo x >>a; git config color.ui always; git config diff.external /bin/false");
    make_patch((struct job){.base_ref = STR("HEAD")});
    repo_sh("git clone -q r copy; cd copy; git apply ../patch; cmp a ../r/a");
}

static void run_source(struct git *git, void *owner)
{
    struct job *job = owner;
    scoped_free char *root = repo_path(job->directory);
    job->is_ok = archive_source_find(root, &job->source, &job->error);
    if (job->is_ok)
        archive_source_describe(&job->source, git);
}

static void assert_source(const char *directory, const char *expected)
{
    struct job job = {.directory = directory};
    scoped_free char *root = repo_path(expected);
    repo_run(run_source, &job);
    assert_true(job.is_ok);
    assert_string_equal(job.source.root, root);
    archive_source_fini(&job.source);
}

static void the_only_repository_below_is_found(void **state)
{
    (void)state;
    repo_sh("mkdir -p t/a/b/r/.git t/node_modules/x/.git t/.hidden/.git t/vendor/.git");
    assert_source("t", "t/a/b/r");
    repo_sh("mkdir -p t/a/b/r/inner/.git"); /* inside the one that was found */
    assert_source("t", "t/a/b/r");
}

static void several_repositories_or_deep_ones_are_not_chosen(void **state)
{
    (void)state;
    repo_sh("mkdir -p t/a/.git t/b/.git u/1/2/3/4/.git");
    assert_source("t", "t");
    assert_source("u", "u");
}

static void a_link_is_resolved_but_not_searched(void **state)
{
    (void)state;
    repo_sh("mkdir -p r/.git t; ln -s ../r t/link; ln -s r direct");
    assert_source("t", "t");
    assert_source("direct", "r");
}

static void what_is_no_directory_has_the_text_of_the_contract(void **state)
{
    (void)state;
    struct job missing = {.directory = "x"};
    repo_run(run_source, &missing);
    assert_int_equal(missing.error.code, ERROR_NOT_FOUND);
    assert_string_equal(missing.error.text, "Directory not found");
    struct job file = {.directory = "f"};
    repo_sh("touch f");
    repo_run(run_source, &file);
    assert_int_equal(file.error.code, ERROR_INVALID);
    assert_string_equal(file.error.text, "Path is not a directory");
}

static void a_repository_is_described_without_its_password(void **state)
{
    (void)state;
    struct job job = {.directory = "r"};
    make_repository();
    repo_sh("git -C r remote add origin 'https://u:secret@example.com/o/r.git?token=t&x=1'");
    repo_run(run_source, &job);
    assert_true(job.source.is_repository);
    assert_string_equal(job.source.remote,
                        "https://****@example.com/o/r.git?token=%3Credacted%3E&x=1");
    assert_string_equal(job.source.branch, "main");
    assert_int_equal(strlen(job.source.head_commit), 40);
    archive_source_fini(&job.source);
    repo_sh("git -C r checkout -q --detach");
    repo_run(run_source, &job);
    assert_string_equal(job.source.branch, "DETACHED");
    archive_source_fini(&job.source);
}

static void an_empty_repository_has_no_branch_and_no_head(void **state)
{
    (void)state;
    struct job job = {.directory = "r"};
    repo_sh("git init -q r");
    repo_run(run_source, &job);
    assert_true(job.source.is_repository);
    assert_null(job.source.remote);
    assert_null(job.source.branch);
    assert_null(job.source.head_commit);
    archive_source_fini(&job.source);
}

#define REPO_TEST(test) cmocka_unit_test_setup_teardown(test, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPO_TEST(a_patch_makes_the_base_into_the_tree),
        REPO_TEST(the_index_of_the_repository_is_untouched),
        REPO_TEST(excludes_leave_files_out),
        REPO_TEST(a_directory_has_a_patch_of_its_own),
        REPO_TEST(a_repository_without_a_remote_is_compared_with_nothing),
        REPO_TEST(an_empty_repository_is_compared_with_nothing),
        REPO_TEST(a_detached_head_is_the_base),
        REPO_TEST(the_branch_of_the_remote_is_the_base),
        REPO_TEST(the_default_branch_is_the_base_of_a_new_branch),
        REPO_TEST(a_base_can_be_named),
        REPO_TEST(a_base_that_is_unknown_is_an_error),
        REPO_TEST(what_is_no_repository_is_an_error),
        REPO_TEST(a_patch_ends_with_its_reader),
        REPO_TEST(a_configuration_for_people_does_not_change_the_patch),
        REPO_TEST(the_only_repository_below_is_found),
        REPO_TEST(several_repositories_or_deep_ones_are_not_chosen),
        REPO_TEST(a_link_is_resolved_but_not_searched),
        REPO_TEST(what_is_no_directory_has_the_text_of_the_contract),
        REPO_TEST(a_repository_is_described_without_its_password),
        REPO_TEST(an_empty_repository_has_no_branch_and_no_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "actions/archive_tar.h"

#include <fcntl.h>
#include <unistd.h>

#include "actions/archive_exclude.h"
#include "actions/archive_trajectory.h"
#include "actions/archive_writer.h"
#include "tests/support/git_repo.h"

/* An archive is written to a file in the test's directory, and read by other programs. */
struct job {
    bool is_zip;
    const char *directory; /* below the test's */
    const struct str *excludes;
    size_t exclude_count;
    int fd;
    bool refuses;
    bool is_ok;
    struct error error;
};

static bool write_to_file(void *owner, const void *bytes, size_t len)
{
    const struct job *job = owner;
    return !job->refuses && write(job->fd, bytes, len) == (ssize_t)len;
}

static void run_archive(struct git *git, void *owner)
{
    (void)git;
    struct job *job = owner;
    scoped_free char *root = repo_path(job->directory);
    scoped_free char *file = repo_path("archive");
    job->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const struct archive_tar_options tar = {
        .root = root,
        .name = str_from(job->directory),
        .excludes = job->excludes,
        .exclude_count = job->exclude_count,
        .sink = write_to_file,
        .sink_owner = job,
    };
    const struct archive_trajectory_options zip = {
        .root = root,
        .name = str_from(job->directory),
        .sink = write_to_file,
        .sink_owner = job,
    };
    job->is_ok =
        job->is_zip ? archive_trajectory(&zip, &job->error) : archive_tar(&tar, &job->error);
    fd_close(&job->fd);
}

static void tar(const struct str *excludes, size_t count)
{
    struct job job = {.directory = "r", .excludes = excludes, .exclude_count = count};
    repo_run(run_archive, &job);
    assert_true(job.is_ok);
}

static void zip(void)
{
    struct job job = {.directory = "r", .is_zip = true};
    repo_run(run_archive, &job);
    assert_true(job.is_ok);
}

/* The names in the archive, sorted, must be those given, one per line. */
#define ASSERT_NAMES(names)                                                                        \
    repo_sh("tar tzf archive | LC_ALL=C sort >names; printf '" names "' | diff - names")
#define ASSERT_ZIP_NAMES(names)                                                                    \
    repo_sh("python3 -c 'import zipfile; print(*zipfile.ZipFile(\"archive\").namelist(), "         \
            "sep=\"\\n\")' >names; printf '" names "' | diff - names")

static void files_and_directories_are_archived_without_links(void **state)
{
    (void)state;
    repo_sh("mkdir -p r/sub r/empty; echo a >r/a.txt; echo b >r/sub/b; ln -s a.txt r/link;"
            "ln -s sub r/dirlink; mkfifo r/fifo; chmod 751 r/a.txt");
    tar(NULL, 0);
    ASSERT_NAMES("r/\\nr/a.txt\\nr/archive_manifest.json\\nr/empty/\\nr/sub/\\nr/sub/b\\n");
    repo_sh("mkdir out; tar xzf archive -C out; cmp r/a.txt out/r/a.txt;"
            "test $(stat -c %a out/r/a.txt) = 751;"
            "test \"$(stat -c %Y out/r/a.txt)\" = \"$(stat -c %Y r/a.txt)\"");
}

static void the_manifest_says_what_is_in_it(void **state)
{
    (void)state;
    const struct str excludes[] = {STR_INIT("*.o"), STR_INIT("b/")};
    repo_sh("mkdir -p r/b; printf 12345 >r/a; echo x >r/b/x; echo x >r/x.o; printf 1 >r/c");
    tar(excludes, 2);
    repo_sh("printf '{\\n  \"excludes\": [\\n    \"*.o\",\\n    \"b/\"\\n  ],\\n"
            "  \"file_count\": 2,\\n  \"format\": \"tar.gz\",\\n  \"source\": \"r\",\\n"
            "  \"total_bytes\": 6\\n}' >expected;"
            "tar xzOf archive r/archive_manifest.json | cmp - expected");
    tar(NULL, 0);
    repo_sh("tar xzOf archive r/archive_manifest.json | grep -q '\"excludes\": \\[\\],'");
}

static void a_manifest_of_the_user_wins(void **state)
{
    (void)state;
    repo_sh("mkdir r; echo mine >r/archive_manifest.json");
    tar(NULL, 0);
    repo_sh("test \"$(tar xzOf archive)\" = mine");
}

static void defaults_leave_out_what_is_generated(void **state)
{
    (void)state;
    size_t count;
    const struct str *excludes = archive_default_excludes(&count);
    repo_sh("mkdir -p r/node_modules r/sub/build r/.git; echo x >r/node_modules/x;"
            "echo x >r/sub/build/x; echo x >r/a.pyc; echo x >r/.git/HEAD; echo x >r/dist");
    tar(excludes, count);
    ASSERT_NAMES("r/\\nr/archive_manifest.json\\nr/dist\\nr/sub/\\n");
}

static void credentials_of_git_never_get_in(void **state)
{
    (void)state;
    repo_sh("mkdir -p r/.git/logs r/.git/modules/m r/.git/refs; echo s >r/.git/config;"
            "echo s >r/.git/logs/HEAD; echo s >r/.git/modules/m/config; echo h >r/.git/HEAD;"
            "echo s >r/.git/FETCH_HEAD");
    tar(NULL, 0);
    ASSERT_NAMES("r/\\nr/.git/\\nr/.git/HEAD\\nr/.git/modules/\\nr/.git/modules/m/\\n"
                 "r/.git/refs/\\nr/archive_manifest.json\\n");
}

static void names_are_kept_as_bytes(void **state)
{
    (void)state;
    repo_sh("mkdir r; touch \"r/$(printf 'a b\\303\\244\\377')\";"
            "touch r/$(printf '%0200d' 1); mkdir -p r/$(printf '%0200d' 2)/$(printf '%0200d' 3)");
    tar(NULL, 0);
    repo_sh("mkdir out; tar xzf archive -C out; rm out/r/archive_manifest.json; diff -r r out/r");
}

static void what_cannot_be_read_is_left_out(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root reads everything */
    repo_sh("mkdir r r/closed; touch r/a r/b r/closed/c; chmod 0 r/a r/closed");
    tar(NULL, 0);
    ASSERT_NAMES("r/\\nr/archive_manifest.json\\nr/b\\n");
}

static void a_large_file_passes_whole(void **state)
{
    (void)state;
    repo_sh("mkdir r; head -c 5000000 /dev/urandom >r/big");
    tar(NULL, 0);
    repo_sh("tar xzOf archive r/big | cmp - r/big");
}

static void an_archive_ends_with_its_reader(void **state)
{
    (void)state;
    struct job job = {.directory = "r", .refuses = true};
    repo_sh("mkdir r; head -c 500000 /dev/urandom >r/big");
    repo_run(run_archive, &job);
    assert_false(job.is_ok);
    assert_int_equal(job.error.code, ERROR_CANCELLED);
}

static void a_missing_directory_is_an_error(void **state)
{
    (void)state;
    struct job job = {.directory = "x"};
    repo_run(run_archive, &job);
    assert_false(job.is_ok);
    assert_int_equal(job.error.code, ERROR_NOT_FOUND);
}

/* Announces another size than the file has. */
static void run_resized(struct git *git, void *owner)
{
    (void)git;
    struct job *job = owner;
    struct archive_writer *writer;
    scoped_free char *file = repo_path("archive");
    scoped_free char *source = repo_path("f");
    job->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    scoped_fd int shrunk = open(source, O_RDONLY);
    scoped_fd int grown = open(source, O_RDONLY);
    struct stat status;
    job->is_ok = fstat(shrunk, &status) == 0 &&
                 archive_writer_open(ARCHIVE_KIND_TAR_GZ, write_to_file, job, &writer, &job->error);
    if (!job->is_ok)
        return;
    struct stat longer = status;
    struct stat shorter = status;
    longer.st_size = 8;
    shorter.st_size = 2;
    job->is_ok = archive_writer_add_file(writer, "shrunk", &longer, shrunk, &job->error) &&
                 archive_writer_add_file(writer, "grown", &shorter, grown, &job->error) &&
                 archive_writer_finish(writer, &job->error);
    archive_writer_free(writer);
    fd_close(&job->fd);
}

static void files_that_change_meanwhile_do_not_break_the_archive(void **state)
{
    (void)state;
    struct job job = {0};
    repo_sh("printf 12345 >f");
    repo_run(run_resized, &job);
    assert_true(job.is_ok);
    repo_sh("printf '12345\\000\\000\\000' >padded; tar xzOf archive shrunk | cmp - padded;"
            "test \"$(tar xzOf archive grown)\" = 12");
}

static void a_trajectory_is_a_sorted_zip(void **state)
{
    (void)state;
    repo_sh("mkdir -p r/events r/bash_events; echo b >r/events/2.json; echo a >r/events/10.json;"
            "echo x >r/.hidden; echo y >r/bash_events/log; ln -s /etc/passwd r/link");
    zip();
    ASSERT_ZIP_NAMES("r/\\nr/.hidden\\nr/bash_events/\\nr/bash_events/log\\nr/events/\\n"
                     "r/events/10.json\\nr/events/2.json\\n");
}

static void a_trajectory_has_no_runtime_credentials_and_no_unfinished_files(void **state)
{
    (void)state;
    repo_sh("mkdir -p r/acp r/sub/acp; echo s >r/acp/token; echo k >r/sub/acp/kept;"
            "echo t >r/base_state.json.tmp; echo t >r/sub/x.tmp; echo t >r/.tmp; echo t >r/x.TMP");
    zip();
    ASSERT_ZIP_NAMES("r/\\nr/.tmp\\nr/sub/\\nr/sub/acp/\\nr/sub/acp/kept\\nr/x.TMP\\n");
}

static void a_trajectory_has_no_secrets(void **state)
{
    (void)state;
    repo_sh("mkdir r; printf '{\"llm\": {\"api_key\": \"sk-1\"}, \"n\": 1}' >r/base_state.json;"
            "printf '{\"a\":1}\\n{\"t\":\"gAAAAAsecret\"}\\n' >r/events.jsonl;"
            "printf '{ \"b\" :  2}' >r/same.json; printf 'not json sk-2' >r/other.json");
    zip();
    repo_sh("mkdir out; python3 -m zipfile -e archive out; cmp r/same.json out/r/same.json;"
            "cmp r/other.json out/r/other.json;"
            "test \"$(cat out/r/base_state.json)\" = "
            "'{\"llm\": {\"api_key\": \"**********\"}, \"n\": 1}';"
            "printf '{\"a\":1}\\n{\"t\":\"**********\"}\\n' | cmp - out/r/events.jsonl");
}

#define REPO_TEST(test) cmocka_unit_test_setup_teardown(test, repo_open, repo_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        REPO_TEST(files_and_directories_are_archived_without_links),
        REPO_TEST(the_manifest_says_what_is_in_it),
        REPO_TEST(a_manifest_of_the_user_wins),
        REPO_TEST(defaults_leave_out_what_is_generated),
        REPO_TEST(credentials_of_git_never_get_in),
        REPO_TEST(names_are_kept_as_bytes),
        REPO_TEST(what_cannot_be_read_is_left_out),
        REPO_TEST(a_large_file_passes_whole),
        REPO_TEST(an_archive_ends_with_its_reader),
        REPO_TEST(a_missing_directory_is_an_error),
        REPO_TEST(files_that_change_meanwhile_do_not_break_the_archive),
        REPO_TEST(a_trajectory_is_a_sorted_zip),
        REPO_TEST(a_trajectory_has_no_runtime_credentials_and_no_unfinished_files),
        REPO_TEST(a_trajectory_has_no_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

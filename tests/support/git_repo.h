#ifndef SUPPORT_GIT_REPO_H
#define SUPPORT_GIT_REPO_H

/*
 * A directory of its own for each test of the git modules, scripts that prepare it, and a worker
 * for what blocks:
 *
 *     repo_open / repo_close          as set-up and tear-down of each test
 *     repo_sh("git init -q . …")      runs in the directory; must succeed
 *     repo_run(fn, job)               fn(git, job) on a worker thread; returns when it has ended
 *
 * Scripts and modules see no configuration but the repository's own. Only test programs include
 * this, and each only once.
 */

#include <sys/stat.h>

#include "actions/git.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/process.h"
#include "server/loop/work.h"
#include "tests/support/test.h"

struct repo {
    struct loop *loop;
    struct processes *processes;
    struct child_env *child_env;
    char directory[64];
    bool are_processes_closed;
};

static struct repo repo;

static const char *const repo_environment[] = {
    "PATH=/usr/local/bin:/usr/bin:/bin",
    "HOME=/nonexistent",
    "GIT_CONFIG_GLOBAL=/dev/null",
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_AUTHOR_NAME=Test",
    "GIT_AUTHOR_EMAIL=test@example.com",
    "GIT_COMMITTER_NAME=Test",
    "GIT_COMMITTER_EMAIL=test@example.com",
    "GIT_AUTHOR_DATE=2024-05-06T07:08:09+02:00",
    "GIT_COMMITTER_DATE=2024-05-06T07:08:09+02:00",
    "GIT_CONFIG_COUNT=1",
    "GIT_CONFIG_KEY_0=init.defaultBranch",
    "GIT_CONFIG_VALUE_0=main",
    NULL,
};

struct repo_task {
    void (*run)(struct git *git, void *job);
    void *job;
    struct git *git;
    bool is_done;
};

static inline void repo_task_run(void *owner)
{
    struct repo_task *task = owner;
    task->run(task->git, task->job);
}

static inline void repo_task_done(void *owner, bool is_cancelled)
{
    struct repo_task *task = owner;
    assert_false(is_cancelled);
    task->is_done = true;
}

static inline void repo_run(void (*run)(struct git *git, void *job), void *job)
{
    struct repo_task task = {
        .run = run, .job = job, .git = git_new(repo.processes, repo.child_env)};
    (void)work_start(repo.loop, repo_task_run, repo_task_done, &task);
    while (!task.is_done)
        assert_true(loop_step(repo.loop));
    git_free(task.git);
}

struct repo_script {
    const char *text;
    int exit_code;
};

static inline void repo_script_run(struct git *git, void *job)
{
    (void)git; /* scripts start their own */
    struct repo_script *script = job;
    const char *const argv[] = {"sh", "-ec", script->text, NULL};
    const struct process_run_options options = {
        .argv = argv, .env = repo_environment, .cwd = repo.directory, .timeout_ms = 60000};
    struct process_run_result result;
    script->exit_code =
        process_run(repo.processes, &options, &result, NULL) ? result.exit.code : -1;
    if (script->exit_code != 0)
        print_error("%s\n%s\n", script->text, result.err.len == 0 ? "" : result.err.data);
    process_run_fini(&result);
}

static inline void repo_sh(const char *text)
{
    struct repo_script script = {.text = text};
    repo_run(repo_script_run, &script);
    assert_int_equal(script.exit_code, 0);
}

/* A path in the test's directory; heap memory. */
static inline char *repo_path(const char *name)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "%s%s%s", repo.directory, name[0] == '\0' ? "" : "/", name);
    return mem_strdup(path.data);
}

static inline int repo_open(void **state)
{
    (void)state;
    struct error error;
    repo = (struct repo){.directory = "/tmp/actiond-test-XXXXXX"};
    assert_non_null(mkdtemp(repo.directory));
    assert_true(loop_open(&repo.loop, &error));
    assert_true(processes_open(repo.loop, &repo.processes, &error));
    repo.child_env = child_env_new(repo_environment);
    return 0;
}

static inline void repo_processes_closed(void *owner)
{
    (void)owner;
    repo.are_processes_closed = true;
}

static inline int repo_close(void **state)
{
    (void)state;
    repo_sh("chmod -R u+rwx . && rm -rf -- \"$PWD\"");
    processes_close(repo.processes, 0, repo_processes_closed, NULL);
    while (!repo.are_processes_closed)
        assert_true(loop_step(repo.loop));
    assert_true(loop_close(repo.loop));
    child_env_free(repo.child_env);
    return 0;
}

#endif

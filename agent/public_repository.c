#include "agent/public_repository.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/file_remove.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/process_run.h"

#define MAX_ARGS 16
#define SHOWN    "shown "
#define MISSING  "missing "

struct update {
    const struct public_repository *repository;
    struct arena arena;
    const char *folder; /* what holds the tree and the lock */
    const char *tree;
    const char *fresh_tree; /* while it is cloned */
    const char **env;
    uint64_t deadline_ms;
};

/* --- git --- */

/* No question is ever asked: nobody is there to answer. */
static void make_env(struct update *update)
{
    const char *const *given = update->repository->env;
    size_t count = 0;
    while (given[count] != NULL)
        count++;
    update->env = arena_zero(&update->arena, count + 2, sizeof(*update->env));
    update->env[0] = "GIT_TERMINAL_PROMPT=0";
    for (size_t i = 0; i < count; i++)
        update->env[i + 1] = given[i];
}

static bool run_git(const struct update *update, const char *cwd, const char *const *args)
{
    const char *argv[MAX_ARGS] = {"git"};
    struct process_run_result result = {0};
    struct error error = {0};
    const uint64_t now_ms = clock_monotonic_ms();
    if (now_ms >= update->deadline_ms)
        return false;
    for (size_t i = 0; args[i] != NULL; i++) {
        assert(i + 2 < MAX_ARGS);
        argv[i + 1] = args[i];
    }
    const struct process_run_options options = {
        .argv = argv, .env = update->env, .cwd = cwd, .timeout_ms = update->deadline_ms - now_ms};
    const bool is_run = process_run(update->repository->processes, &options, &result, &error);
    const bool is_done = is_run && !result.has_timed_out && result.exit.code == 0;
    if (!is_done)
        log_debug("skills.git_failed", "command=%s timed_out=%d reason=\"%s\"", args[0],
                  result.has_timed_out, is_run ? "" : error.text);
    process_run_fini(&result);
    return is_done;
}

static bool is_tree(const char *path)
{
    scoped_buf struct buf marker = {0};
    buf_printf(&marker, "%s/.git", path);
    return access(marker.data, F_OK) == 0;
}

static void remove_tree(const char *path)
{
    const struct file_remove_options options = {.path = path, .is_recursive = true};
    struct error error;
    uint64_t count;
    if (access(path, F_OK) == 0 && !file_remove(&options, &count, &error))
        log_warn("skills.not_removed", "reason=\"%s\"", error.text);
}

/* Under another name first: a tree that is there is whole. */
static bool clone(const struct update *update)
{
    const char *const args[] = {
        "clone", "--quiet", "--depth", "1", PUBLIC_REPOSITORY_URL, update->fresh_tree, NULL};
    remove_tree(update->fresh_tree);
    remove_tree(update->tree);
    return run_git(update, update->folder, args) && rename(update->fresh_tree, update->tree) == 0;
}

static bool check_out(const struct update *update, const char *revision)
{
    const char *const args[] = {"checkout", "--quiet", "--force", "--detach", revision, NULL};
    return run_git(update, update->tree, args);
}

static bool is_commit(struct str ref)
{
    size_t digits = 0;
    while (digits < ref.len && str_has_byte(STR("0123456789abcdefABCDEF"), ref.data[digits]))
        digits++;
    return digits == ref.len && ref.len == 40;
}

/* Fetched, and remembered under its name for the day when there is no network. */
static bool fetch(struct update *update, const char *ref, const char *kept)
{
    const char *const fetch_args[] = {"fetch", "--quiet", "--no-tags", "--depth",
                                      "1",     "origin",  ref,         NULL};
    const char *const keep_args[] = {"update-ref", kept, "FETCH_HEAD", NULL};
    return run_git(update, update->tree, fetch_args) && check_out(update, "FETCH_HEAD") &&
           run_git(update, update->tree, keep_args);
}

static bool show(struct update *update)
{
    const struct str given = update->repository->ref;
    const char *ref = arena_cstr(&update->arena, given);
    const char *kept = arena_printf(&update->arena, "refs/remotes/origin/%s", ref).data;
    const char *tag = arena_printf(&update->arena, "refs/tags/%s", ref).data;
    if (is_commit(given))
        return check_out(update, ref) || (fetch(update, ref, kept) && check_out(update, ref));
    return fetch(update, ref, kept) || check_out(update, kept) || check_out(update, tag);
}

/* --- the lock --- */

static bool take_lock(int fd)
{
    while (flock(fd, LOCK_EX) != 0)
        if (errno != EINTR)
            return false;
    return true;
}

/* What came of the last try, if that was short ago and for the same revision. */
static bool is_fresh(int fd, struct str ref, bool *ret_is_shown)
{
    struct stat status;
    char text[512];
    const ssize_t count = pread(fd, text, sizeof(text), 0);
    if (count <= 0 || fstat(fd, &status) != 0)
        return false;
    const int64_t age_s = clock_wall_us() / 1000000 - status.st_mtim.tv_sec;
    const struct str note = str_span(text, (size_t)count);
    const size_t blank = str_find_byte(note, ' ');
    *ret_is_shown = str_starts_with(note, STR(SHOWN));
    return blank != SIZE_MAX && str_equal(str_skip(note, blank + 1), ref) && age_s >= 0 &&
           age_s < PUBLIC_REPOSITORY_FRESH_S;
}

static void note(int fd, struct str ref, bool is_shown)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "%s%.*s", is_shown ? SHOWN : MISSING, STR_ARG(ref));
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text.data, text.len, 0) != (ssize_t)text.len)
        log_warn("skills.not_noted", "errno=%d", errno);
}

static bool update_locked(struct update *update, int fd)
{
    const struct str ref = update->repository->ref;
    const bool is_there = is_tree(update->tree);
    bool is_shown;
    if (is_fresh(fd, ref, &is_shown))
        return is_shown && is_there;
    make_env(update);
    update->deadline_ms = clock_monotonic_ms() +
                          (is_there ? PUBLIC_REPOSITORY_UPDATE_MS : PUBLIC_REPOSITORY_CLONE_MS);
    is_shown = (is_there || clone(update)) && show(update);
    if (!is_shown)
        log_warn("skills.not_fetched", "ref=%.*s url=%s", STR_ARG(ref), PUBLIC_REPOSITORY_URL);
    note(fd, ref, is_shown);
    return is_shown;
}

/* With real paths, because git is told of them from elsewhere. */
static bool make_folder(struct update *update)
{
    struct error error;
    const struct str made =
        arena_printf(&update->arena, "%s/cache/skills", update->repository->state_dir);
    if (!file_make_directories(made.data, &error)) {
        log_warn("skills.no_folder", "reason=\"%s\"", error.text);
        return false;
    }
    scoped_free char *folder = realpath(made.data, NULL);
    if (folder == NULL)
        return false;
    update->folder = arena_cstr(&update->arena, str_from(folder));
    update->tree = arena_printf(&update->arena, "%s/public-skills", folder).data;
    update->fresh_tree = arena_printf(&update->arena, "%s/public-skills.new", folder).data;
    return true;
}

static bool get(struct update *update)
{
    if (str_starts_with(update->repository->ref, STR("-")) || !make_folder(update))
        return false;
    const char *lock = arena_printf(&update->arena, "%s/public-skills.lock", update->folder).data;
    scoped_fd int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd >= 0 && take_lock(fd) && update_locked(update, fd);
}

bool public_repository_get(const struct public_repository *repository, struct buf *path)
{
    struct update update = {.repository = repository};
    const bool is_shown = get(&update);
    if (is_shown)
        buf_append(path, str_from(update.tree));
    arena_fini(&update.arena);
    return is_shown;
}

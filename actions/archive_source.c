#include "actions/archive_source.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "actions/archive_url.h"
#include "actions/file_walk.h"
#include "actions/git.h"
#include "actions/git_text.h"
#include "actions/path.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

static bool has_git(const char *directory)
{
    scoped_free char *path = path_join(directory, STR(".git"));
    return access(path, F_OK) == 0;
}

static bool is_worth_a_look(const struct file_walk_entry *entry)
{
    static const struct str skipped[] = {STR_INIT("node_modules"), STR_INIT("venv"),
                                         STR_INIT("site-packages"), STR_INIT("vendor")};
    if (entry->kind != FILE_KIND_DIRECTORY || str_starts_with(entry->name, STR(".")))
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(skipped); i++)
        if (str_equal(entry->name, skipped[i]))
            return false;
    return true;
}

/* The only repository below `directory`; NULL when there is none, or more than one. */
static char *find_repository(const char *directory)
{
    const struct file_walk_options options = {.root = directory, .is_confined = true};
    struct file_walk *walk;
    if (!file_walk_open(&options, &walk, NULL))
        return NULL;
    char *found = NULL;
    bool is_ambiguous = false;
    struct file_walk_entry entry;
    while (!is_ambiguous && file_walk_next(walk, &entry)) {
        if (!is_worth_a_look(&entry))
            continue;
        scoped_free char *path = path_join(directory, str_from(entry.path));
        const uint64_t depth = entry.mark + 1;
        if (!has_git(path)) {
            if (depth < ARCHIVE_SEARCH_DEPTH)
                (void)file_walk_enter(walk, depth);
            continue;
        }
        is_ambiguous = found != NULL;
        if (!is_ambiguous)
            found = take_pointer(&path);
    }
    file_walk_close(walk);
    if (is_ambiguous) {
        free(found);
        return NULL;
    }
    return found;
}

static bool check_directory(const char *path, struct error *error)
{
    struct stat status;
    struct error problem;
    if (!path_stat(path, &status, &problem)) {
        if (path_errno_is_absent(problem.sys_errno))
            return error_set(error, ERROR_NOT_FOUND, "Directory not found");
        *error = problem;
        return false;
    }
    return S_ISDIR(status.st_mode) || error_set(error, ERROR_INVALID, "Path is not a directory");
}

bool archive_source_find(const char *path, struct archive_source *ret_source, struct error *error)
{
    struct archive_source source = {0};
    if (!check_directory(path, error) || !path_resolve(path, &source.root, error))
        return false;
    source.is_repository = has_git(source.root);
    if (!source.is_repository) {
        char *inner = find_repository(source.root);
        source.is_repository = inner != NULL;
        if (inner != NULL) {
            free(source.root);
            source.root = inner;
        }
    }
    *ret_source = source;
    return true;
}

/* What git prints, trimmed; NULL when it refuses or prints nothing. */
static char *ask(struct git *git, const char *root, const char *const *args)
{
    const struct git_command command = {.cwd = root, .args = args};
    struct process_run_result result;
    const bool is_ok = git_run(git, &command, &result, NULL);
    const struct str text = utf8_trim(buf_str(&result.out));
    char *answer = is_ok && text.len > 0 ? mem_strndup(text.data, text.len) : NULL;
    process_run_fini(&result);
    return answer;
}

static void describe_remote(struct archive_source *source, struct git *git)
{
    static const char *const args[] = {"remote", "get-url", "origin", NULL};
    scoped_free char *remote = ask(git, source->root, args);
    if (remote == NULL)
        return;
    struct buf masked = {0};
    scoped_buf struct buf without_user = {0};
    git_text_mask(&without_user, str_from(remote));
    archive_url_redact(&masked, buf_str(&without_user));
    source->remote = masked.data;
}

static void describe_head(struct archive_source *source, struct git *git)
{
    static const char *const args[] = {"rev-parse", "HEAD", "--abbrev-ref", "HEAD", NULL};
    scoped_free char *answer = ask(git, source->root, args);
    struct str rest = str_from(answer);
    struct str commit;
    struct str branch;
    if (!str_next(&rest, '\n', &commit) || !str_next(&rest, '\n', &branch) || str_is_set(rest))
        return;
    source->head_commit = mem_strndup(commit.data, commit.len);
    source->branch = str_equal(branch, STR("HEAD")) ? mem_strdup("DETACHED")
                                                    : mem_strndup(branch.data, branch.len);
}

void archive_source_describe(struct archive_source *source, struct git *git)
{
    if (!source->is_repository)
        return;
    describe_remote(source, git);
    describe_head(source, git);
}

void archive_source_fini(struct archive_source *source)
{
    free(source->root);
    free(source->remote);
    free(source->branch);
    free(source->head_commit);
    *source = (struct archive_source){0};
}

struct str archive_source_name(const struct archive_source *source)
{
    const struct str name = path_name(source->root);
    return name.len == 0 ? STR("root") : name;
}

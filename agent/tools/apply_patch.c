#include "agent/tools/apply_patch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_write.h"
#include "actions/path.h"
#include "agent/observation.h"
#include "agent/tools/action.h"
#include "agent/tools/patch.h"
#include "agent/tools/stateless.h"
#include "agent/tools/tool_job.h"
#include "server/base/error.h"

#define MAX_FILE_BYTES ((off_t)10 << 20)

#define DESCRIPTION                                                                                \
    "Adds, deletes and changes files by a patch. The patch is a text of this form:\n\n"            \
    "*** Begin Patch\n"                                                                            \
    "*** Update File: src/a.py\n"                                                                  \
    "@@ class Parser:\n"                                                                           \
    " def read(self):\n"                                                                           \
    "-    return None\n"                                                                           \
    "+    return self.next()\n"                                                                    \
    "*** Add File: src/b.py\n"                                                                     \
    "+print('new')\n"                                                                              \
    "*** Delete File: src/c.py\n"                                                                  \
    "*** End Patch\n\n"                                                                            \
    "- In an update a line begins with a blank (it stays), `-` (it goes) or `+` (it comes). "      \
    "Give about three lines that stay around each change; they say where it belongs. There are "   \
    "no line numbers.\n"                                                                           \
    "- `@@ text` before a chunk is a line further up, such as the head of a function; it is "      \
    "needed when the lines around the change stand in the file more than once.\n"                  \
    "- `*** Move to: path` behind an update's first line renames the file; `*** End of File` "     \
    "behind a chunk says that it is the last of the file.\n"                                       \
    "- Paths are relative to the working directory and stay inside of it.\n"                       \
    "- When any part does not fit, nothing is changed."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{\"patch\":{\"type\":\"string\",\"description\":\"The "   \
    "patch, from `*** Begin Patch` to `*** End Patch`.\"}},\"required\":[\"patch\"]}"

struct patch_job {
    struct tool_job base;
    struct patch patch;
    char *root; /* resolved */
    bool is_applied;
};

static struct patch_job *job_of(struct tool_job *base)
{
    return container_of(base, struct patch_job, base);
}

static bool is_below(const char *path, const char *root)
{
    const size_t len = strlen(root);
    return strncmp(path, root, len) == 0 && (path[len] == '\0' || path[len] == '/' || len == 1);
}

/* The nearest ancestor that exists, links resolved: where a new file would be. */
static char *resolve_nearest(const char *path)
{
    char *nearest = mem_strdup(path);
    char *resolved = realpath(nearest, NULL);
    while (resolved == NULL && errno == ENOENT && strcmp(nearest, "/") != 0) {
        char *parent = path_parent(nearest);
        free(nearest);
        nearest = parent;
        resolved = realpath(nearest, NULL);
    }
    free(nearest);
    return resolved;
}

static bool has_step_up(struct str path)
{
    struct str part = STR_NULL;
    while (str_next(&path, '/', &part)) {
        if (str_equal(part, STR("..")))
            return true;
    }
    return false;
}

/* The path as the system takes it, on the heap; NULL when it leads out. */
static char *inside(struct patch_job *job, struct str path)
{
    char *checked = NULL;
    scoped_free char *joined = str_starts_with(path, STR("/")) ? mem_strndup(path.data, path.len)
                                                               : path_join(job->root, path);
    scoped_free char *resolved = NULL;
    if (!has_step_up(path) && path_check(str_from(joined), &checked, NULL))
        resolved = resolve_nearest(checked);
    if (resolved != NULL && is_below(resolved, job->root))
        return checked;
    free(checked);
    buf_clear(&job->patch.error);
    buf_append(&job->patch.error, STR("Absolute or escaping paths are not allowed"));
    return NULL;
}

static bool read_all(int fd, struct arena *arena, struct str *ret_content)
{
    struct stat status;
    size_t len = 0;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > MAX_FILE_BYTES)
        return false;
    const size_t size = (size_t)status.st_size;
    char *bytes = arena_alloc(arena, size + 1);
    for (ssize_t got = 1; got > 0 && len < size; len += (size_t)got) {
        got = read(fd, bytes + len, size - len);
        if (got < 0)
            return false;
    }
    *ret_content = str_span(bytes, len);
    return true;
}

static bool load(void *owner, struct patch *patch, struct str path, struct str *ret_content)
{
    scoped_free char *file = inside(owner, path);
    if (file == NULL)
        return false;
    scoped_fd int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    if (read_all(fd, &patch->arena, ret_content))
        return true;
    buf_printf(&patch->error, "%.*s cannot be patched: it is no file of at most 10 MB",
               STR_ARG(path));
    return false;
}

static bool write_file(const char *path, struct str content, struct error *error)
{
    const struct file_write_options options = {.path = path, .creates_parents = true};
    return file_write_whole(&options, content, error);
}

static bool apply(struct patch_job *job, const struct patch_change *change)
{
    struct error error;
    const bool is_moved = str_is_set(change->move_path) && change->move_path.len > 0;
    scoped_free char *path = inside(job, change->path);
    scoped_free char *target = is_moved ? inside(job, change->move_path) : NULL;
    const bool is_gone = change->kind == PATCH_DELETE || is_moved;
    if (path == NULL || (is_moved && target == NULL))
        return false;
    bool is_done = change->kind == PATCH_DELETE ||
                   write_file(is_moved ? target : path, change->new_content, &error);
    if (is_done && is_gone && unlink(path) != 0)
        is_done = error_set_errno(&error, errno, "remove '%s'", path);
    if (!is_done)
        buf_append(&job->patch.error, str_from(error.text));
    return is_done;
}

/* Paths are looked at before the first file is written. */
static bool all_inside(struct patch_job *job)
{
    for (size_t i = 0; i < job->patch.count; i++) {
        scoped_free char *path = inside(job, job->patch.changes[i].path);
        if (path == NULL)
            return false;
    }
    return true;
}

static void work(struct tool_job *base)
{
    struct patch_job *job = job_of(base);
    const struct patch_files files = {.load = load, .owner = job};
    const char *root = base->run->context->working_dir;
    job->root = realpath(root, NULL);
    if (job->root == NULL)
        job->root = mem_strdup(root);
    job->is_applied = patch_read(&job->patch, action_string(base->run->action, "patch"), &files) &&
                      all_inside(job);
    for (size_t i = 0; job->is_applied && i < job->patch.count; i++)
        job->is_applied = apply(job, &job->patch.changes[i]);
}

static void write_change(const struct patch_change *change, struct observation *observation)
{
    static const char *const kinds[] = {
        [PATCH_ADD] = "add", [PATCH_DELETE] = "delete", [PATCH_UPDATE] = "update"};
    jsonw_name(&observation->w, change->path);
    jsonw_object(&observation->w);
    jsonw_cstr(&observation->w, "type", kinds[change->kind]);
    observation_string(observation, "old_content", change->old_content);
    observation_string(observation, "new_content", change->new_content);
    observation_string(observation, "move_path", change->move_path);
    jsonw_end(&observation->w);
}

static void write_commit(const struct patch *patch, struct observation *observation)
{
    jsonw_object_in(&observation->w, "commit");
    jsonw_object_in(&observation->w, "changes");
    for (size_t i = 0; i < patch->count; i++)
        write_change(&patch->changes[i], observation);
    jsonw_end(&observation->w);
    jsonw_end(&observation->w);
}

static void done(struct tool_job *base)
{
    struct observation observation;
    const struct patch_job *job = job_of(base);
    const struct str text = job->is_applied ? STR("Done!") : buf_str(&job->patch.error);
    tool_run_begin(base->run, &observation);
    observation_text(&observation, text);
    observation_content_end(&observation, !job->is_applied);
    observation_string(&observation, "message", job->is_applied ? text : STR(""));
    observation_int(&observation, "fuzz", job->is_applied ? (int64_t)job->patch.fuzz : 0);
    if (job->is_applied)
        write_commit(&job->patch, &observation);
    tool_run_observe(base->run, &observation);
}

static void free_job(struct tool_job *base)
{
    struct patch_job *job = job_of(base);
    patch_fini(&job->patch);
    free(job->root);
    free(job);
}

static void start(struct tool_run *run)
{
    struct patch_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct tool_job){.run = run, .work = work, .done = done, .free = free_job};
    tool_job_start(&job->base);
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = stateless_close};

static const struct tool apply_patch = {
    .type = &type,
    .name = STR_INIT("apply_patch"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("ApplyPatchTool"),
    .action_kind = STR_INIT("ApplyPatchAction"),
    .observation_kind = STR_INIT("ApplyPatchObservation"),
    .annotations = {.is_given = true, .is_destructive = true},
    .is_plain_in_responses = true,
};

bool apply_patch_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return stateless_add(set, &apply_patch, error);
}

#include "agent/tools/list_directory.h"

#include <errno.h>
#include <stdlib.h>

#include "actions/file_names.h"
#include "actions/path.h"
#include "agent/event.h"
#include "agent/observation.h"
#include "agent/tools/action.h"
#include "agent/tools/file_job.h"
#include "server/base/error.h"
#include "server/base/mem.h"

#define DESCRIPTION                                                                                \
    "Lists what is in a folder, hidden names included, with size and time of the last change; "    \
    "with `recursive` also what is in the folders directly below. At most 500 entries.\n\n"        \
    "To find files by name in a whole tree, use a search."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"dir_path\":{\"type\":\"string\",\"description\":\"The folder; the working directory when "  \
    "it is left out.\",\"default\":\".\"},"                                                        \
    "\"recursive\":{\"type\":\"boolean\",\"description\":\"True: the folders in it, too.\","       \
    "\"default\":false}}}"

struct entry {
    struct str path; /* absolute, in the arena */
    struct str name; /* the end of it */
    bool is_directory;
    uint64_t size;
    int64_t modified_us;
};

struct list_job {
    struct file_job file;
    struct arena arena;
    struct entry entries[LIST_DIRECTORY_MAX_ENTRIES];
    size_t count; /* of those */
    size_t total; /* that were seen */
};

/* What of a folder is listed in one go. */
enum selection {
    ALL,
    DIRECTORIES,
    OTHERS
};

static struct list_job *job_of(struct tool_job *base)
{
    return container_of(base, struct list_job, file.base);
}

static bool is_full(const struct list_job *job)
{
    return job->total >= LIST_DIRECTORY_MAX_ENTRIES;
}

static int64_t modified_us(const struct stat *status)
{
    return (int64_t)status->st_mtim.tv_sec * 1000000 + (status->st_mtim.tv_nsec + 500) / 1000;
}

/* One that is gone, or a link that leads nowhere, is left out. */
static void add(struct list_job *job, const char *folder, struct str name, enum selection selection)
{
    struct stat status;
    const struct str path = arena_printf(&job->arena, "%s%s%.*s", folder,
                                         strcmp(folder, "/") == 0 ? "" : "/", STR_ARG(name));
    if (stat(path.data, &status) != 0)
        return;
    const bool is_directory = S_ISDIR(status.st_mode);
    if (selection != ALL && is_directory != (selection == DIRECTORIES))
        return;
    job->total++;
    if (job->count == LIST_DIRECTORY_MAX_ENTRIES)
        return;
    job->entries[job->count++] = (struct entry){.path = path,
                                                .name = str_skip(path, path.len - name.len),
                                                .is_directory = is_directory,
                                                .size = is_directory ? 0 : (uint64_t)status.st_size,
                                                .modified_us = modified_us(&status)};
}

static bool read_names(const char *folder, struct file_names *names, struct error *error)
{
    scoped_fd int fd = -1;
    if (!path_open_directory(folder, &fd, error))
        return false;
    if (!file_names_read(names, fd, NULL, NULL))
        return path_error(error, errno, folder);
    file_names_sort(names);
    return true;
}

static void add_names(struct list_job *job, const char *folder, const struct file_names *names,
                      enum selection selection)
{
    for (size_t i = 0; i < names->count && !atomic_load(&job->file.base.is_cancelled); i++) {
        if (selection == ALL && is_full(job))
            return;
        add(job, folder, file_names_at(names, i), selection);
    }
}

/* One level: its folders come first, then the rest. False: it cannot be read. */
static bool list_level(struct list_job *job, const char *folder, struct file_names *names,
                       struct error *error)
{
    if (!read_names(folder, names, error))
        return false;
    add_names(job, folder, names, DIRECTORIES);
    add_names(job, folder, names, OTHERS);
    return true;
}

static bool list_two_levels(struct list_job *job, struct error *error)
{
    struct error ignored; /* a folder below that cannot be read is empty */
    struct file_names names = {0};
    if (!list_level(job, job->file.path, &names, error))
        return false;
    for (size_t i = 0; i < names.count && !is_full(job); i++) {
        struct file_names below = {0};
        scoped_free char *folder = path_join(job->file.path, file_names_at(&names, i));
        if (names.items[i].kind == FILE_KIND_DIRECTORY)
            (void)list_level(job, folder, &below, &ignored);
        file_names_fini(&below);
    }
    file_names_fini(&names);
    return true;
}

static bool list_one_level(struct list_job *job, struct error *error)
{
    struct file_names names = {0};
    if (!read_names(job->file.path, &names, error))
        return false;
    add_names(job, job->file.path, &names, ALL);
    file_names_fini(&names);
    return true;
}

/* False: it is no folder. */
static bool check(struct file_job *file)
{
    struct stat status;
    const enum file_presence presence = file_job_look(file, &status);
    if (presence == FILE_IS_PRESENT && S_ISDIR(status.st_mode))
        return true;
    if (presence == FILE_IS_ABSENT)
        buf_printf(file_job_fail(file), "Error: Directory not found: %s", file->path);
    else if (presence == FILE_IS_PRESENT)
        buf_printf(file_job_fail(file), "Error: Path is not a directory: %s", file->path);
    return false;
}

static void work(struct tool_job *base)
{
    struct error error;
    struct list_job *job = job_of(base);
    struct file_job *file = &job->file;
    if (!file_job_find_path(file, "dir_path") || !check(file))
        return;
    if (!(action_bool(base->run->action, "recursive") ? list_two_levels(job, &error)
                                                      : list_one_level(job, &error))) {
        file_job_fail_with(file, &error);
        return;
    }
    buf_printf(&file->text, "Listed directory: %s (%zu entries", file->path, job->total);
    if (is_full(job))
        buf_printf(&file->text, ", truncated to %d", LIST_DIRECTORY_MAX_ENTRIES);
    buf_append_byte(&file->text, ')');
}

/* As Python prints a time: a fraction of zero is left out. */
static void write_time(int64_t time_us, struct observation *observation)
{
    scoped_buf struct buf text = {0};
    event_write_time(time_us, &text);
    const struct str whole = buf_str(&text);
    const bool is_whole = time_us % 1000000 == 0;
    observation_string(observation, "modified_time",
                       str_slice(whole, 0, is_whole ? str_find_byte(whole, '.') : whole.len));
}

static void write_entry(const struct entry *entry, struct observation *observation)
{
    jsonw_object(&observation->w);
    observation_string(observation, "name", entry->name);
    observation_string(observation, "path", entry->path);
    observation_bool(observation, "is_directory", entry->is_directory);
    jsonw_uint(&observation->w, "size", entry->size);
    write_time(entry->modified_us, observation);
    jsonw_end(&observation->w);
}

static void done(struct tool_job *base)
{
    const struct list_job *job = job_of(base);
    const bool is_error = job->file.is_error;
    struct observation observation;
    tool_run_begin(base->run, &observation);
    file_job_observe(&job->file, &observation);
    if (!is_error)
        observation_string(&observation, "dir_path", str_from(job->file.path));
    jsonw_array_in(&observation.w, "entries");
    for (size_t i = 0; i < job->count; i++)
        write_entry(&job->entries[i], &observation);
    jsonw_end(&observation.w);
    observation_int(&observation, "total_count", (int64_t)job->total);
    observation_bool(&observation, "is_truncated", is_full(job));
    tool_run_observe(base->run, &observation);
}

static void free_job(struct tool_job *base)
{
    struct list_job *job = job_of(base);
    file_job_fini(&job->file);
    arena_fini(&job->arena);
    free(job);
}

static void start(struct tool_run *run)
{
    struct list_job *job = mem_zero(1, sizeof(*job));
    job->file.base = (struct tool_job){.run = run, .work = work, .done = done, .free = free_job};
    job->file.doing = "listing directory";
    tool_job_start(&job->file.base);
}

/* Any number of folders may be listed at once. */
static void resource(const struct tool *tool, const struct doc_value *action, struct buf *out)
{
    (void)tool, (void)action, (void)out;
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = file_tool_close, .resource = resource};

static const struct tool list_directory = {
    .type = &type,
    .name = STR_INIT("list_directory"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("ListDirectoryTool"),
    .action_kind = STR_INIT("ListDirectoryAction"),
    .observation_kind = STR_INIT("ListDirectoryObservation"),
    .annotations = {.is_given = true, .is_read_only = true, .is_idempotent = true},
};

bool list_directory_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    (void)params; /* it has none */
    return file_tool_add(set, &list_directory, error);
}

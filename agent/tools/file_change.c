#include "agent/tools/file_change.h"

#include <stdlib.h>

#include "agent/observation.h"
#include "server/base/mem.h"

struct file_change *file_change_of(struct tool_job *base)
{
    return container_of(base, struct file_change, file.base);
}

bool file_change_check(struct file_change *change, const struct stat *status)
{
    if (!S_ISDIR(status->st_mode))
        return true;
    buf_printf(file_job_fail(&change->file), "Error: Path is a directory, not a file: %s",
               change->file.path);
    return false;
}

static void write_contents(const struct file_change *change, struct observation *observation)
{
    if (change->has_old)
        observation_string(observation, "old_content", buf_str(&change->old_content));
    observation_string(observation, "new_content", buf_str(&change->new_content));
}

static void done(struct tool_job *base)
{
    const struct file_change *change = file_change_of(base);
    const struct file_job *file = &change->file;
    struct observation observation;
    tool_run_begin(base->run, &observation);
    file_job_observe(file, &observation);
    if (!file->is_error || change->names_file)
        observation_string(&observation, "file_path", str_from(file->path));
    observation_bool(&observation, "is_new_file", change->is_new && !file->is_error);
    if (change->counts)
        observation_int(&observation, "replacements_made",
                        file->is_error ? 0 : (int64_t)change->replacements);
    if (!file->is_error)
        write_contents(change, &observation);
    tool_run_observe(base->run, &observation);
}

static void free_job(struct tool_job *base)
{
    struct file_change *change = file_change_of(base);
    file_job_fini(&change->file);
    buf_fini(&change->old_content);
    buf_fini(&change->new_content);
    free(change);
}

struct file_change *file_change_start(struct tool_run *run, const char *doing,
                                      void (*work)(struct tool_job *base))
{
    struct file_change *change = mem_zero(1, sizeof(*change));
    change->file.base = (struct tool_job){.run = run, .work = work, .done = done, .free = free_job};
    change->file.doing = doing;
    tool_job_start(&change->file.base);
    return change;
}

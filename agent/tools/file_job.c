#include "agent/tools/file_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/file_write.h"
#include "actions/path.h"
#include "actions/path_missing.h"
#include "agent/observation.h"
#include "agent/tool_set.h"
#include "agent/tools/action.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

/* --- the tool --- */

struct file_tool {
    struct tool tool;
    struct buf description;
    struct buf members;
};

/* A tool that uses one file at a time tells clients where relative paths begin. */
static void write_members(const struct tool_type *type, const char *working_dir, struct buf *out)
{
    if (type->file == NULL)
        return;
    buf_append(out, STR("\"meta\":{\"workspace_root\":"));
    jsonw_quote(out, str_from(working_dir));
    buf_append_byte(out, '}');
}

bool file_tool_add(struct tool_set *set, const struct tool *pattern, struct error *error)
{
    const char *working_dir = tool_set_context(set)->working_dir;
    struct file_tool *self = mem_zero(1, sizeof(*self));
    buf_append(&self->description, pattern->description);
    buf_printf(&self->description,
               "\n\nPaths are absolute, or begin at the working directory, which is %s.",
               working_dir);
    write_members(pattern->type, working_dir, &self->members);
    self->tool = *pattern;
    self->tool.description = buf_str(&self->description);
    self->tool.dump_members = buf_str(&self->members);
    return tool_set_add(set, &self->tool, error);
}

void file_tool_close(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    struct file_tool *self = container_of(tool, struct file_tool, tool);
    buf_fini(&self->description);
    buf_fini(&self->members);
    free(self);
    on_closed(owner);
}

/* --- the job --- */

struct buf *file_job_fail(struct file_job *job)
{
    job->is_error = true;
    buf_clear(&job->text);
    return &job->text;
}

void file_job_fail_with(struct file_job *job, const struct error *error)
{
    if (error->sys_errno == EACCES || error->sys_errno == EPERM)
        buf_printf(file_job_fail(job), "Error: Permission denied: %s", job->path);
    else
        buf_printf(file_job_fail(job), "Error %s: %s", job->doing, error->text);
}

bool file_job_find_path(struct file_job *job, const char *member)
{
    struct error error = {.text = "embedded null byte"};
    const struct tool_run *run = job->base.run;
    const struct str given = action_string(run->action, member);
    scoped_free char *joined = str_starts_with(given, STR("/"))
                                   ? mem_strndup(given.data, given.len)
                                   : path_join(run->context->working_dir, given);
    if (!str_has_byte(given, '\0') && path_check(str_from(joined), &job->path, &error))
        return true;
    file_job_fail_with(job, &error);
    return false;
}

bool file_job_resolve_path(struct file_job *job)
{
    struct error error;
    char *resolved;
    if (!path_missing_resolve(str_from(job->path), &resolved, &error)) {
        file_job_fail_with(job, &error);
        return false;
    }
    free(job->path);
    job->path = resolved;
    return true;
}

enum file_presence file_job_look(struct file_job *job, struct stat *ret_status)
{
    struct error error;
    if (path_stat(job->path, ret_status, &error))
        return FILE_IS_PRESENT;
    if (path_errno_is_absent(error.sys_errno))
        return FILE_IS_ABSENT;
    file_job_fail_with(job, &error);
    return FILE_IS_HIDDEN;
}

static bool write_content(const char *path, bool exists, struct str content, struct error *error)
{
    const struct file_write_options options = {.path = path, .creates_parents = true};
    if (exists && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
        return path_error(error, errno, path);
    return file_write_whole(&options, content, error);
}

bool file_job_write(struct file_job *job, bool exists, struct str content)
{
    struct error error;
    if (write_content(job->path, exists, content, &error))
        return true;
    file_job_fail_with(job, &error);
    return false;
}

void file_job_observe(const struct file_job *job, struct observation *observation)
{
    observation_text(observation, buf_str(&job->text));
    observation_content_end(observation, job->is_error);
}

void file_job_fini(struct file_job *job)
{
    free(job->path);
    buf_fini(&job->text);
}

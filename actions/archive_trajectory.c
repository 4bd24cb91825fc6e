#include "actions/archive_trajectory.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/archive_redact.h"
#include "actions/archive_writer.h"
#include "actions/file_walk.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"

struct job {
    const struct archive_trajectory_options *options;
    struct archive_writer *writer;
    struct file_walk *walk;
    struct buf member;
};

static const char *member_name(struct job *job, const char *relative)
{
    buf_clear(&job->member);
    buf_printf(&job->member, "%.*s/%s", STR_ARG(job->options->name), relative);
    return job->member.data;
}

/* A name such as "x.tmp"; ".tmp" alone is a name without a suffix. */
static bool has_suffix(struct str name, struct str suffix)
{
    return name.len > suffix.len && str_equal_nocase(str_skip(name, name.len - suffix.len), suffix);
}

static bool is_temporary(struct str name)
{
    return has_suffix(name, STR(".tmp")) && str_ends_with(name, STR(".tmp"));
}

static bool read_whole(int fd, struct buf *out)
{
    const size_t step = 65536;
    buf_init(out, ARCHIVE_MAX_JSON_BYTES + step);
    for (;;) {
        char *room = buf_reserve(out, step);
        const ssize_t got = room == NULL ? -1 : read(fd, room, step);
        if (got <= 0)
            return got == 0;
        out->len += (size_t)got;
    }
}

static bool add_json(struct job *job, const struct file_walk_entry *entry,
                     const struct stat *status, int fd, struct error *error)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf redacted = {0};
    if (status->st_size > (off_t)ARCHIVE_MAX_JSON_BYTES || !read_whole(fd, &text)) {
        log_warn("trajectory.file_left_out", "reason=size_or_read bytes=%lld",
                 (long long)status->st_size);
        return true;
    }
    const bool has_changed = has_suffix(entry->name, STR(".jsonl"))
                                 ? archive_redact_json_lines(buf_str(&text), &redacted)
                                 : archive_redact_json(buf_str(&text), &redacted);
    return archive_writer_add_bytes(job->writer, member_name(job, entry->path), status,
                                    buf_str(has_changed ? &redacted : &text), error);
}

static bool add_file(struct job *job, const struct file_walk_entry *entry, struct error *error)
{
    scoped_fd int fd = file_walk_open_entry(job->walk, O_RDONLY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return true; /* gone meanwhile */
    if (has_suffix(entry->name, STR(".json")) || has_suffix(entry->name, STR(".jsonl")))
        return add_json(job, entry, &status, fd, error);
    return archive_writer_add_file(job->writer, member_name(job, entry->path), &status, fd, error);
}

static bool add_directory(struct job *job, const struct file_walk_entry *entry, struct error *error)
{
    struct stat status;
    if (!file_walk_stat(job->walk, &status))
        return true;                     /* gone meanwhile */
    (void)file_walk_enter(job->walk, 0); /* one that cannot be read is a member without content */
    return is_temporary(entry->name) ||
           archive_writer_add_directory(job->writer, member_name(job, entry->path), &status, error);
}

static bool add_entry(struct job *job, const struct file_walk_entry *entry, struct error *error)
{
    if (str_equal(str_from(entry->path), STR("acp")))
        return true;
    if (entry->kind == FILE_KIND_DIRECTORY)
        return add_directory(job, entry, error);
    if (entry->kind != FILE_KIND_FILE || is_temporary(entry->name))
        return true;
    return add_file(job, entry, error);
}

static bool add_tree(struct job *job, struct error *error)
{
    struct stat status;
    if (fstatat(file_walk_directory(job->walk), ".", &status, 0) == 0 &&
        !archive_writer_add_directory(job->writer, member_name(job, ""), &status, error))
        return false;
    struct file_walk_entry entry;
    while (file_walk_next(job->walk, &entry))
        if (!add_entry(job, &entry, error))
            return false;
    return archive_writer_finish(job->writer, error);
}

bool archive_trajectory(const struct archive_trajectory_options *options, struct error *error)
{
    struct job job = {.options = options};
    const struct file_walk_options walk_options = {.root = options->root, .is_confined = true};
    if (!archive_writer_open(ARCHIVE_KIND_ZIP, options->sink, options->sink_owner, &job.writer,
                             error))
        return false;
    const bool is_done = file_walk_open(&walk_options, &job.walk, error) && add_tree(&job, error);
    file_walk_close(job.walk);
    archive_writer_free(job.writer);
    buf_fini(&job.member);
    return is_done;
}

#include "actions/archive_tar.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/archive_exclude.h"
#include "actions/archive_writer.h"
#include "actions/file_walk.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

#define MANIFEST "archive_manifest.json"

struct job {
    const struct archive_tar_options *options;
    struct archive_writer *writer;
    struct file_walk *walk;
    struct buf member; /* name of the member being added */
    uint64_t files;
    uint64_t bytes;
    bool has_manifest;
};

static const char *member_name(struct job *job, const char *relative)
{
    buf_clear(&job->member);
    buf_append(&job->member, job->options->name);
    if (relative[0] != '\0')
        buf_printf(&job->member, "/%s", relative);
    return job->member.data;
}

static bool add_directory(struct job *job, const struct file_walk_entry *entry, struct error *error)
{
    struct stat status;
    if (!file_walk_stat(job->walk, &status) || !file_walk_enter(job->walk, 0))
        return true; /* gone meanwhile, or not for us to read */
    return archive_writer_add_directory(job->writer, member_name(job, entry->path), &status, error);
}

static bool add_file(struct job *job, const struct file_walk_entry *entry, struct error *error)
{
    scoped_fd int fd = file_walk_open_entry(job->walk, O_RDONLY);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return true; /* gone, or not for us to read */
    job->files++;
    job->bytes += (uint64_t)status.st_size;
    if (str_equal(str_from(entry->path), STR(MANIFEST)))
        job->has_manifest = true;
    return archive_writer_add_file(job->writer, member_name(job, entry->path), &status, fd, error);
}

static bool add_entry(struct job *job, const struct file_walk_entry *entry, struct error *error)
{
    const struct archive_tar_options *options = job->options;
    const struct str path = str_from(entry->path);
    const bool is_directory = entry->kind == FILE_KIND_DIRECTORY;
    if (archive_is_sensitive(path) ||
        archive_is_excluded(options->excludes, options->exclude_count, path, is_directory))
        return true;
    if (is_directory)
        return add_directory(job, entry, error);
    return entry->kind != FILE_KIND_FILE || add_file(job, entry, error);
}

static void print_manifest(const struct job *job, struct buf *out)
{
    const struct archive_tar_options *options = job->options;
    buf_append(out, STR("{\n  \"excludes\": ["));
    for (size_t i = 0; i < options->exclude_count; i++) {
        buf_append(out, i == 0 ? STR("\n    ") : STR(",\n    "));
        jsonw_quote(out, options->excludes[i]);
    }
    buf_append(out, options->exclude_count == 0 ? STR("],\n") : STR("\n  ],\n"));
    buf_printf(out, "  \"file_count\": %llu,\n  \"format\": \"tar.gz\",\n  \"source\": ",
               (unsigned long long)job->files);
    jsonw_quote(out, options->name);
    buf_printf(out, ",\n  \"total_bytes\": %llu\n}", (unsigned long long)job->bytes);
}

static bool add_manifest(struct job *job, struct error *error)
{
    if (job->has_manifest)
        return true;
    scoped_buf struct buf text = {0};
    print_manifest(job, &text);
    const struct stat status = {.st_mode = S_IFREG | 0644};
    return archive_writer_add_bytes(job->writer, member_name(job, MANIFEST), &status,
                                    buf_str(&text), error);
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
    return add_manifest(job, error) && archive_writer_finish(job->writer, error);
}

bool archive_tar(const struct archive_tar_options *options, struct error *error)
{
    struct job job = {.options = options};
    const struct file_walk_options walk_options = {.root = options->root, .is_confined = true};
    if (!archive_writer_open(ARCHIVE_KIND_TAR_GZ, options->sink, options->sink_owner, &job.writer,
                             error))
        return false;
    const bool is_done = file_walk_open(&walk_options, &job.walk, error) && add_tree(&job, error);
    file_walk_close(job.walk);
    archive_writer_free(job.writer);
    buf_fini(&job.member);
    return is_done;
}

#include "actions/archive_writer.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "actions/program_files.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"

#define COPY_BYTES ((size_t)256 << 10)

struct archive_writer {
    const struct archive_module *module;
    void *archive;
    char *block; /* COPY_BYTES */
    bool is_cancelled;
    archive_sink_fn sink;
    void *sink_owner;
};

/* Loaded once, kept until the process ends. */
static pthread_mutex_t module_lock = PTHREAD_MUTEX_INITIALIZER;
static const struct archive_module *loaded_module;

static const struct archive_module *get_module(void)
{
    pthread_mutex_lock(&module_lock);
    if (loaded_module == NULL)
        loaded_module =
            program_files_load(ARCHIVE_MODULE_FILE, ARCHIVE_MODULE_SYMBOL, ARCHIVE_MODULE_VERSION);
    const struct archive_module *module = loaded_module;
    pthread_mutex_unlock(&module_lock);
    return module;
}

static bool pass_on(void *owner, const void *bytes, size_t len)
{
    struct archive_writer *writer = owner;
    if (!writer->is_cancelled && !writer->sink(writer->sink_owner, bytes, len))
        writer->is_cancelled = true;
    return !writer->is_cancelled;
}

bool archive_writer_open(enum archive_kind kind, archive_sink_fn sink, void *owner,
                         struct archive_writer **ret_writer, struct error *error)
{
    const struct archive_module *module = get_module();
    if (module == NULL)
        return error_set(error, ERROR_UNAVAILABLE, "%s is not installed or cannot be loaded",
                         ARCHIVE_MODULE_FILE);
    struct archive_writer *writer = mem_zero(1, sizeof(*writer));
    writer->module = module;
    writer->sink = sink;
    writer->sink_owner = owner;
    writer->archive = module->open(kind, pass_on, writer);
    if (writer->archive == NULL) {
        free(writer);
        return error_set(error, ERROR_INTERNAL, "the archive cannot be begun");
    }
    writer->block = mem_alloc(COPY_BYTES);
    *ret_writer = writer;
    return true;
}

void archive_writer_free(struct archive_writer *writer)
{
    if (writer == NULL)
        return;
    writer->is_cancelled = true; /* nothing more for the sink */
    writer->module->free(writer->archive);
    free(writer->block);
    free(writer);
}

static bool check(const struct archive_writer *writer, bool is_written, struct error *error)
{
    if (is_written)
        return true;
    if (writer->is_cancelled)
        return error_set(error, ERROR_CANCELLED, "the archive was cancelled");
    return error_set(error, ERROR_INTERNAL, "%s", writer->module->problem(writer->archive));
}

static bool begin(struct archive_writer *writer, const char *name, const struct stat *status,
                  uint64_t size, struct error *error)
{
    const struct archive_member member = {
        .name = name,
        .is_directory = S_ISDIR(status->st_mode),
        .size = size,
        .mode = status->st_mode & 07777u,
        .uid = status->st_uid,
        .gid = status->st_gid,
        .modified_s = status->st_mtim.tv_sec,
    };
    return check(writer, writer->module->begin(writer->archive, &member), error);
}

static bool add(struct archive_writer *writer, struct str bytes, struct error *error)
{
    return bytes.len == 0 ||
           check(writer, writer->module->add(writer->archive, bytes.data, bytes.len), error);
}

bool archive_writer_add_directory(struct archive_writer *writer, const char *name,
                                  const struct stat *status, struct error *error)
{
    return begin(writer, name, status, 0, error);
}

bool archive_writer_add_bytes(struct archive_writer *writer, const char *name,
                              const struct stat *status, struct str bytes, struct error *error)
{
    return begin(writer, name, status, bytes.len, error) && add(writer, bytes, error);
}

/* The next bytes of the file; zeros once it ends too early. */
static size_t next_block(const struct archive_writer *writer, int fd, uint64_t left)
{
    const size_t wanted = left < COPY_BYTES ? (size_t)left : COPY_BYTES;
    ssize_t got;
    do
        got = read(fd, writer->block, wanted);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return (size_t)got;
    memset(writer->block, 0, wanted);
    return wanted;
}

bool archive_writer_add_file(struct archive_writer *writer, const char *name,
                             const struct stat *status, int fd, struct error *error)
{
    uint64_t left = (uint64_t)status->st_size;
    if (!begin(writer, name, status, left, error))
        return false;
    while (left > 0) {
        const size_t len = next_block(writer, fd, left);
        if (!add(writer, str_span(writer->block, len), error))
            return false;
        left -= len;
    }
    return true;
}

bool archive_writer_finish(struct archive_writer *writer, struct error *error)
{
    return check(writer, writer->module->finish(writer->archive), error);
}

#include "actions/archive_module.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>

/* This part is built without the program's libraries, so it stands on the C library alone. */

#define BLOCK_BYTES 65536

struct writer {
    struct archive *archive;
    archive_sink_fn sink;
    void *owner;
    bool is_refused; /* the sink takes no more */
    bool is_open;
};

/* Never fails towards libarchive: after a failed write it would not give its memory back. */
static la_ssize_t on_bytes(struct archive *archive, void *context, const void *bytes, size_t len)
{
    (void)archive;
    struct writer *writer = context;
    if (!writer->is_refused && !writer->sink(writer->owner, bytes, len))
        writer->is_refused = true;
    return (la_ssize_t)len;
}

static int choose_kind(struct archive *archive, enum archive_kind kind)
{
    if (kind == ARCHIVE_KIND_ZIP) {
        const int status = archive_write_set_format_zip(archive);
        return status == ARCHIVE_OK ? archive_write_zip_set_compression_deflate(archive) : status;
    }
    /* This tar format takes names as bytes, whatever the locale. */
    const int status = archive_write_set_format_gnutar(archive);
    return status == ARCHIVE_OK ? archive_write_add_filter_gzip(archive) : status;
}

static bool start(struct writer *writer, enum archive_kind kind)
{
    struct archive *archive = writer->archive;
    return archive != NULL && choose_kind(archive, kind) == ARCHIVE_OK &&
           archive_write_set_bytes_per_block(archive, BLOCK_BYTES) == ARCHIVE_OK &&
           archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK &&
           archive_write_open(archive, writer, NULL, on_bytes, NULL) == ARCHIVE_OK;
}

static void writer_free(void *owner)
{
    struct writer *writer = owner;
    if (writer == NULL)
        return;
    writer->is_refused = true;
    if (writer->is_open) {
        (void)archive_write_fail(writer->archive);  /* a member that was cut off is not filled up */
        (void)archive_write_close(writer->archive); /* else memory of its filters stays */
    }
    (void)archive_write_free(writer->archive); /* whose result tells nothing new; NULL is fine */
    free(writer);
}

static void *writer_open(enum archive_kind kind, archive_sink_fn sink, void *owner)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL)
        return NULL;
    writer->sink = sink;
    writer->owner = owner;
    writer->archive = archive_write_new();
    writer->is_open = start(writer, kind);
    if (writer->is_open)
        return writer;
    writer_free(writer);
    return NULL;
}

static bool is_written(const struct writer *writer, int status)
{
    return !writer->is_refused && (status == ARCHIVE_OK || status == ARCHIVE_WARN);
}

static bool writer_begin(void *owner, const struct archive_member *member)
{
    const struct writer *writer = owner;
    struct archive_entry *entry = archive_entry_new();
    if (entry == NULL)
        return false;
    archive_entry_set_pathname(entry, member->name);
    archive_entry_set_filetype(entry, member->is_directory ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry, (mode_t)member->mode);
    archive_entry_set_uid(entry, member->uid);
    archive_entry_set_gid(entry, member->gid);
    archive_entry_set_mtime(entry, member->modified_s, 0);
    archive_entry_set_size(entry, member->is_directory ? 0 : (la_int64_t)member->size);
    const int status = archive_write_header(writer->archive, entry);
    archive_entry_free(entry);
    return is_written(writer, status);
}

static bool writer_add(void *owner, const void *bytes, size_t len)
{
    const struct writer *writer = owner;
    return archive_write_data(writer->archive, bytes, len) == (la_ssize_t)len &&
           !writer->is_refused;
}

static bool writer_finish(void *owner)
{
    const struct writer *writer = owner;
    return is_written(writer, archive_write_close(writer->archive));
}

static const char *writer_problem(void *owner)
{
    const struct writer *writer = owner;
    const char *text = archive_error_string(writer->archive);
    return text == NULL ? "unknown problem" : text;
}

const struct archive_module archive_module = {
    .version = ARCHIVE_MODULE_VERSION,
    .open = writer_open,
    .begin = writer_begin,
    .add = writer_add,
    .finish = writer_finish,
    .problem = writer_problem,
    .free = writer_free,
};

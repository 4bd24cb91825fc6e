#include "actions/unzip.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "actions/file_directory.h"
#include "actions/file_write.h"
#include "actions/path.h"
#include "actions/zip_content.h"
#include "actions/zip_record.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/repr.h"

/*
 * The list at the end of the file counts; the headers in front of the members only tell where their
 * content begins. The list is read as a whole. Sums over it, made before anything is unpacked, show
 * whether the members can be what they say: their content must fit beside each other into the file,
 * and unpacked onto the disk.
 */

#define MAX_COMMENT_BYTES 65535
#define STEP_BYTES        65536
#define CODES_MAX_RATIO   1040 /* deflate makes a byte of no more than that many */

struct archive {
    const struct unzip_options *options;
    uint64_t size; /* of the file */
    struct buf list;
    uint64_t list_offset;
    uint64_t count;
    uint64_t prefix; /* bytes in front of the archive that its offsets do not count */
};

struct member {
    struct str name;
    unsigned flags;
    unsigned method;
    uint32_t crc;
    uint64_t packed_size;
    uint64_t size;
    uint64_t offset; /* of its local header */
};

static bool is_no_zip(const struct archive *archive, struct error *error)
{
    return error_set(error, ERROR_INVALID, "%s is not a zip file", archive->options->path);
}

static bool is_broken(const struct archive *archive, struct error *error)
{
    return error_set(error, ERROR_INVALID, "%s is a damaged zip file", archive->options->path);
}

/* Exactly `len` bytes, or an error. */
static bool read_at(const struct archive *archive, uint64_t offset, char *bytes, size_t len,
                    struct error *error)
{
    while (len > 0) {
        const ssize_t got = pread(archive->options->fd, bytes, len, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return path_error(error, errno, archive->options->path);
        if (got == 0)
            return is_broken(archive, error);
        bytes += got;
        offset += (uint64_t)got;
        len -= (size_t)got;
    }
    return true;
}

struct end {
    uint64_t count;
    uint64_t list_bytes;
    uint64_t list_offset;
    uint64_t at; /* where the list ends, by the place of what follows it */
};

/* The end record is the last one with a comment that reaches the end of the file. */
static bool find_end(struct archive *archive, struct end *ret_end, struct error *error)
{
    const uint64_t most = ZIP_END_BYTES + MAX_COMMENT_BYTES;
    const uint64_t len = archive->size < most ? archive->size : most;
    scoped_buf struct buf tail = {0};
    char *bytes = buf_reserve(&tail, (size_t)len + 1);
    if (len < ZIP_END_BYTES)
        return is_no_zip(archive, error);
    if (!read_at(archive, archive->size - len, bytes, (size_t)len, error))
        return false;
    for (size_t at = (size_t)len - ZIP_END_BYTES + 1; at-- > 0;) {
        const char *record = bytes + at;
        if (zip_get32(record) != ZIP_END_SIGNATURE ||
            at + ZIP_END_BYTES + zip_get16(record + 20) > len)
            continue;
        *ret_end = (struct end){
            .count = zip_get16(record + 10),
            .list_bytes = zip_get32(record + 12),
            .list_offset = zip_get32(record + 16),
            .at = archive->size - len + at,
        };
        return true;
    }
    return is_no_zip(archive, error);
}

/* Numbers of 64 bit stand in a record in front of it, if there is one. */
static bool find_end64(struct archive *archive, struct end *end, struct error *error)
{
    char locator[ZIP_LOCATOR64_BYTES];
    char record[ZIP_END64_BYTES];
    if (end->at < sizeof(locator) + sizeof(record))
        return true;
    if (!read_at(archive, end->at - sizeof(locator), locator, sizeof(locator), error))
        return false;
    if (zip_get32(locator) != ZIP_LOCATOR64_SIGNATURE)
        return true;
    const uint64_t at = end->at - sizeof(locator) - sizeof(record);
    if (!read_at(archive, at, record, sizeof(record), error))
        return false;
    if (zip_get32(record) != ZIP_END64_SIGNATURE)
        return is_broken(archive, error);
    *end = (struct end){
        .count = zip_get64(record + 32),
        .list_bytes = zip_get64(record + 40),
        .list_offset = zip_get64(record + 48),
        .at = at,
    };
    return true;
}

static bool read_list(struct archive *archive, struct error *error)
{
    struct end end = {0};
    if (!find_end(archive, &end, error) || !find_end64(archive, &end, error))
        return false;
    if (end.list_bytes > end.at || end.list_offset > end.at - end.list_bytes)
        return is_broken(archive, error);
    if (end.list_bytes > UNZIP_MAX_LIST_BYTES)
        return error_set(error, ERROR_TOO_LARGE, "%s has too many members", archive->options->path);
    archive->count = end.count;
    archive->list_offset = end.at - end.list_bytes;
    archive->prefix = archive->list_offset - end.list_offset;
    buf_init(&archive->list, UNZIP_MAX_LIST_BYTES + 1);
    char *bytes = buf_reserve(&archive->list, (size_t)end.list_bytes + 1);
    if (!read_at(archive, archive->list_offset, bytes, (size_t)end.list_bytes, error))
        return false;
    archive->list.len = (size_t)end.list_bytes;
    return true;
}

/* Takes a number of the extra in place of one that did not fit 32 bit. */
static bool widen(uint64_t *number, struct str *extra)
{
    if (*number != ZIP_IN_EXTRA64)
        return true;
    if (extra->len < 8)
        return false;
    *number = zip_get64(extra->data);
    *extra = str_skip(*extra, 8);
    return true;
}

static bool read_extras(struct member *member, struct str extras)
{
    while (extras.len >= 4) {
        const size_t len = zip_get16(extras.data + 2);
        struct str extra = str_slice(extras, 4, 4 + len);
        if (extra.len < len)
            return false;
        if (zip_get16(extras.data) == ZIP_EXTRA64)
            return widen(&member->size, &extra) && widen(&member->packed_size, &extra) &&
                   widen(&member->offset, &extra);
        extras = str_skip(extras, 4 + len);
    }
    return true;
}

/* Cuts the next member off the list. */
static bool next_member(struct str *list, struct member *ret_member)
{
    if (list->len < ZIP_CENTRAL_BYTES || zip_get32(list->data) != ZIP_CENTRAL_SIGNATURE)
        return false;
    const char *record = list->data;
    const size_t name_len = zip_get16(record + 28);
    const size_t extra_len = zip_get16(record + 30);
    const size_t len = ZIP_CENTRAL_BYTES + name_len + extra_len + zip_get16(record + 32);
    if (len > list->len)
        return false;
    *ret_member = (struct member){
        .name = str_span(record + ZIP_CENTRAL_BYTES, name_len),
        .flags = zip_get16(record + 8),
        .method = zip_get16(record + 10),
        .crc = zip_get32(record + 16),
        .packed_size = zip_get32(record + 20),
        .size = zip_get32(record + 24),
        .offset = zip_get32(record + 42),
    };
    *list = str_skip(*list, len);
    return read_extras(ret_member, str_span(record + ZIP_CENTRAL_BYTES + name_len, extra_len));
}

static bool is_wanted(const struct member *member)
{
    return !str_is_empty(member->name) && !str_starts_with(member->name, STR("/")) &&
           !str_contains(member->name, STR("..")) && !str_has_byte(member->name, '\0');
}

static bool check_room(const struct archive *archive, uint64_t bytes, struct error *error)
{
    struct statvfs disk;
    if (statvfs(archive->options->directory, &disk) != 0)
        return true; /* writing will tell */
    return bytes / disk.f_frsize <= disk.f_bavail ||
           path_error(error, ENOSPC, archive->options->directory);
}

static bool refuse(const struct member *member, const char *reason, struct error *error)
{
    scoped_buf struct buf name = {0};
    repr_append(&name, member->name);
    return error_set(error, ERROR_INVALID, "File %s %s", name.data, reason);
}

static bool check_member(const struct member *member, struct error *error)
{
    if ((member->flags & ZIP_FLAG_ENCRYPTED) != 0)
        return refuse(member, "is encrypted, password required for extraction", error);
    if (member->method != ZIP_METHOD_STORED && member->method != ZIP_METHOD_DEFLATED)
        return refuse(member, "is compressed by a method that is not supported", error);
    if (member->method == ZIP_METHOD_STORED && member->packed_size != member->size)
        return refuse(member, "has two sizes", error);
    if (member->size / CODES_MAX_RATIO > member->packed_size)
        return refuse(member, "is larger than its content can be", error);
    return true;
}

static bool check_list(const struct archive *archive, struct error *error)
{
    struct str list = buf_str(&archive->list);
    struct member member;
    uint64_t packed = 0;
    uint64_t unpacked = 0;
    for (uint64_t i = 0; i < archive->count; i++) {
        if (!next_member(&list, &member))
            return is_broken(archive, error);
        if (is_wanted(&member) && !check_member(&member, error))
            return false;
        const uint64_t own = ZIP_LOCAL_BYTES + member.name.len;
        if (member.packed_size > archive->list_offset ||
            packed + own + member.packed_size > archive->list_offset)
            return error_set(error, ERROR_INVALID, "%s: members overlap", archive->options->path);
        packed += own + member.packed_size;
        unpacked += is_wanted(&member) ? member.size : 0;
    }
    return check_room(archive, unpacked, error);
}

/* Where the content of a member begins. */
static bool find_content(const struct archive *archive, const struct member *member,
                         uint64_t *ret_offset, struct error *error)
{
    char header[ZIP_LOCAL_BYTES];
    const uint64_t at = archive->prefix + member->offset;
    if (member->offset > archive->list_offset || at > archive->list_offset ||
        archive->list_offset - at < sizeof(header))
        return is_broken(archive, error);
    if (!read_at(archive, at, header, sizeof(header), error))
        return false;
    if (zip_get32(header) != ZIP_LOCAL_SIGNATURE)
        return is_broken(archive, error);
    const uint64_t offset = at + sizeof(header) + zip_get16(header + 26) + zip_get16(header + 28);
    if (offset > archive->list_offset || archive->list_offset - offset < member->packed_size)
        return is_broken(archive, error);
    *ret_offset = offset;
    return true;
}

/* One member on its way to the disk. */
struct transfer {
    const struct archive *archive;
    const struct member *member;
    struct file_write *file;
    uint64_t offset; /* of the packed bytes that come next */
    uint64_t packed_left;
    uint64_t left; /* of the unpacked bytes */
    uint32_t crc;
};

static bool is_cancelled(const struct archive *archive, struct error *error)
{
    const atomic_bool *flag = archive->options->is_cancelled;
    return flag != NULL && atomic_load(flag) &&
           !error_set(error, ERROR_CANCELLED, "the unpacking was cancelled");
}

static bool add_bytes(struct transfer *transfer, struct str bytes, struct error *error)
{
    if (bytes.len > transfer->left)
        return refuse(transfer->member, "is larger than announced", error);
    transfer->left -= bytes.len;
    transfer->crc = zip_content_checksum(transfer->crc, bytes);
    return file_write_add(transfer->file, bytes, error);
}

/* The next packed bytes; an empty piece at their end. */
static bool read_packed(struct transfer *transfer, char *bytes, size_t *ret_len,
                        struct error *error)
{
    const size_t len =
        transfer->packed_left < STEP_BYTES ? (size_t)transfer->packed_left : STEP_BYTES;
    if (is_cancelled(transfer->archive, error) ||
        !read_at(transfer->archive, transfer->offset, bytes, len, error))
        return false;
    transfer->offset += len;
    transfer->packed_left -= len;
    *ret_len = len;
    return true;
}

static bool copy_stored(struct transfer *transfer, struct error *error)
{
    scoped_free char *bytes = mem_alloc(STEP_BYTES);
    while (transfer->packed_left > 0) {
        size_t len;
        if (!read_packed(transfer, bytes, &len, error) ||
            !add_bytes(transfer, str_span(bytes, len), error))
            return false;
    }
    return true;
}

/* Unpacks what was fed; *ret_is_over when the content ends in it. */
static bool unpack_piece(struct transfer *transfer, struct zip_content *content, char *out,
                         bool *ret_is_over, struct error *error)
{
    enum zip_content_state state;
    do {
        size_t len;
        state = zip_content_take(content, out, STEP_BYTES, &len);
        if (state == ZIP_CONTENT_DAMAGED)
            return refuse(transfer->member, "is damaged", error);
        if (!add_bytes(transfer, str_span(out, len), error))
            return false;
    } while (state == ZIP_CONTENT_FULL);
    *ret_is_over = state == ZIP_CONTENT_ENDED;
    return true;
}

static bool unpack_content(struct transfer *transfer, struct zip_content *content,
                           struct error *error)
{
    scoped_free char *in = mem_alloc(STEP_BYTES);
    scoped_free char *out = mem_alloc(STEP_BYTES);
    bool is_over = false;
    while (!is_over) {
        size_t len;
        if (transfer->packed_left == 0)
            return refuse(transfer->member, "is cut off", error);
        if (!read_packed(transfer, in, &len, error))
            return false;
        zip_content_feed(content, str_span(in, len));
        if (!unpack_piece(transfer, content, out, &is_over, error))
            return false;
    }
    return true;
}

static bool copy_deflated(struct transfer *transfer, struct error *error)
{
    struct zip_content *content = zip_content_new();
    if (content == NULL)
        return error_set(error, ERROR_INTERNAL, "unpacking cannot start");
    const bool is_ok = unpack_content(transfer, content, error);
    zip_content_free(content);
    return is_ok;
}

static bool copy_content(struct transfer *transfer, struct error *error)
{
    const bool is_stored = transfer->member->method == ZIP_METHOD_STORED;
    if (!(is_stored ? copy_stored(transfer, error) : copy_deflated(transfer, error)))
        return false;
    if (transfer->left > 0 || transfer->crc != transfer->member->crc)
        return refuse(transfer->member, "has another content than announced (bad CRC-32)", error);
    return true;
}

static bool unpack_file(const struct archive *archive, const struct member *member,
                        const char *path, struct error *error)
{
    const struct file_write_options options = {.path = path, .creates_parents = true};
    struct transfer transfer = {
        .archive = archive,
        .member = member,
        .packed_left = member->packed_size,
        .left = member->size,
    };
    struct file_written written;
    if (!find_content(archive, member, &transfer.offset, error) ||
        !file_write_open(&options, &transfer.file, error))
        return false;
    if (copy_content(&transfer, error))
        return file_write_commit(transfer.file, &written, error);
    file_write_abort(transfer.file);
    return false;
}

/* A name that ends with a slash is a directory. */
static bool unpack_member(const struct archive *archive, const struct member *member,
                          struct error *error)
{
    scoped_free char *joined = path_join(archive->options->directory, member->name);
    scoped_free char *path = NULL;
    if (!path_check(str_from(joined), &path, error))
        return false;
    if (str_ends_with(member->name, STR("/")))
        return file_make_directories(path, error);
    return unpack_file(archive, member, path, error);
}

static bool unpack_all(const struct archive *archive, struct unzip_result *result,
                       struct error *error)
{
    struct str list = buf_str(&archive->list);
    struct member member;
    for (uint64_t i = 0; i < archive->count; i++) {
        if (!next_member(&list, &member))
            return is_broken(archive, error);
        if (!is_wanted(&member)) {
            result->skipped++;
            continue;
        }
        if (is_cancelled(archive, error) || !unpack_member(archive, &member, error))
            return false;
        result->files++;
    }
    return true;
}

bool unzip(const struct unzip_options *options, struct unzip_result *ret_result,
           struct error *error)
{
    struct archive archive = {.options = options};
    struct unzip_result result = {0};
    struct stat status;
    if (fstat(options->fd, &status) != 0)
        return path_error(error, errno, options->path);
    archive.size = (uint64_t)status.st_size;
    const bool is_ok = read_list(&archive, error) &&
                       file_make_directories(options->directory, error) &&
                       check_list(&archive, error) && unpack_all(&archive, &result, error);
    buf_fini(&archive.list);
    if (is_ok)
        *ret_result = result;
    return is_ok;
}

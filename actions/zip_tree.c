#include "actions/zip_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "actions/file_walk.h"
#include "actions/path.h"
#include "actions/zip_content.h"
#include "actions/zip_record.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/*
 * A small file is read before its header is written, so that the header can tell its checksum; that
 * of a large one follows in a descriptor. Which of the two it is follows from the size noted, so
 * the length of the whole is a sum over the notes.
 *
 * Numbers that do not fit 32 bit stand in an extra of 64 bit ones: both sizes of a member together,
 * and the offset of its header.
 */

#define STEP_BYTES        ((size_t)256 << 10)
#define LARGE_BYTES       ((uint64_t)1 << 20)
#define MAX_32            0xfffffffeu
#define MAX_MEMBERS_32    0xfffeu
#define EXTRA_SIZES_BYTES 20 /* in a local header */
#define DESCRIPTOR_BYTES  16
#define DESCRIPTOR64      24
#define VERSION           20
#define VERSION_64        45
#define MADE_BY_UNIX      (3u << 8)

struct member {
    size_t name; /* an offset */
    uint32_t name_len;
    uint32_t mode;
    uint32_t dos_time;
    uint32_t crc;
    uint64_t size;
    uint64_t offset; /* of its local header */
};

struct zip_tree {
    char *root;
    struct buf names;
    struct member *members;
    size_t count;
    size_t capacity;
    uint64_t central_offset;
    uint64_t size;
    zip_sink_fn sink;
    void *owner;
    struct buf out; /* the bytes that are handed to the sink next */
};

static bool is_large(const struct member *member)
{
    return member->size > LARGE_BYTES;
}

static bool is_64(const struct member *member)
{
    return member->size > MAX_32;
}

static struct str name_of(const struct zip_tree *tree, const struct member *member)
{
    return str_span(tree->names.data + member->name, member->name_len);
}

static uint64_t local_bytes(const struct member *member)
{
    uint64_t bytes = ZIP_LOCAL_BYTES + member->name_len + member->size;
    if (is_64(member))
        bytes += EXTRA_SIZES_BYTES;
    if (is_large(member))
        bytes += is_64(member) ? DESCRIPTOR64 : DESCRIPTOR_BYTES;
    return bytes;
}

static unsigned central_extra_bytes(const struct member *member)
{
    const unsigned content = (is_64(member) ? 16u : 0u) + (member->offset > MAX_32 ? 8u : 0u);
    return content == 0 ? 0 : content + 4;
}

/* Two seconds, minutes, hours, days, months, years since 1980, from the lowest bit up. */
static uint32_t dos_time(time_t time)
{
    struct tm parts;
    if (localtime_r(&time, &parts) == NULL || parts.tm_year < 80)
        return 1u << 21 | 1u << 16; /* its first day */
    if (parts.tm_year > 207)
        parts.tm_year = 207;
    return (uint32_t)(parts.tm_year - 80) << 25 | (uint32_t)(parts.tm_mon + 1) << 21 |
           (uint32_t)parts.tm_mday << 16 | (uint32_t)parts.tm_hour << 11 |
           (uint32_t)parts.tm_min << 5 | (uint32_t)parts.tm_sec / 2;
}

static bool note(struct zip_tree *tree, const char *path, const struct stat *status,
                 struct error *error)
{
    const size_t len = strlen(path);
    if (tree->count == tree->capacity) {
        tree->capacity = tree->capacity * 2 + 64;
        tree->members = mem_resize(tree->members, tree->capacity * sizeof(*tree->members));
    }
    tree->members[tree->count++] = (struct member){
        .name = tree->names.len,
        .name_len = (uint32_t)len,
        .mode = (uint32_t)status->st_mode & 0xffff,
        .dos_time = dos_time(status->st_mtime),
        .size = (uint64_t)status->st_size,
    };
    buf_append_bytes(&tree->names, path, len);
    return !buf_has_overflowed(&tree->names) ||
           error_set(error, ERROR_TOO_LARGE, "'%s' holds too many files", tree->root);
}

static bool note_entry(struct zip_tree *tree, struct file_walk *walk,
                       const struct file_walk_entry *entry, struct error *error)
{
    struct stat status;
    const int directory = file_walk_directory(walk);
    scoped_free char *name = mem_strndup(entry->name.data, entry->name.len);
    if (directory < 0 || fstatat(directory, name, &status, 0) != 0 || !S_ISREG(status.st_mode))
        return true;
    if (faccessat(directory, name, R_OK, AT_EACCESS) != 0) {
        const int reason = errno;
        scoped_free char *path = path_join(tree->root, str_from(entry->path));
        return path_error(error, reason, path);
    }
    return note(tree, entry->path, &status, error);
}

static bool note_all(struct zip_tree *tree, struct error *error)
{
    const struct file_walk_options options = {.root = tree->root};
    struct file_walk *walk;
    struct file_walk_entry entry;
    bool is_ok = true;
    if (!file_walk_open(&options, &walk, error))
        return false;
    while (is_ok && file_walk_next(walk, &entry)) {
        if (entry.kind == FILE_KIND_DIRECTORY)
            (void)file_walk_enter(walk, 0); /* one that cannot be read is left out */
        else
            is_ok = note_entry(tree, walk, &entry, error);
    }
    file_walk_close(walk);
    return is_ok;
}

static bool needs_end64(const struct zip_tree *tree, uint64_t central_bytes)
{
    return tree->count > MAX_MEMBERS_32 || tree->central_offset > MAX_32 || central_bytes > MAX_32;
}

static void add_up(struct zip_tree *tree)
{
    uint64_t offset = 0;
    uint64_t central_bytes = 0;
    for (size_t i = 0; i < tree->count; i++) {
        struct member *member = &tree->members[i];
        member->offset = offset;
        offset += local_bytes(member);
        central_bytes += ZIP_CENTRAL_BYTES + member->name_len + central_extra_bytes(member);
    }
    tree->central_offset = offset;
    tree->size = offset + central_bytes + ZIP_END_BYTES;
    if (needs_end64(tree, central_bytes))
        tree->size += ZIP_END64_BYTES + ZIP_LOCATOR64_BYTES;
}

bool zip_tree_open(const char *root, struct zip_tree **ret_tree, struct error *error)
{
    struct stat status;
    if (!path_stat(root, &status, error))
        return false;
    struct zip_tree *tree = mem_zero(1, sizeof(*tree));
    tree->root = mem_strdup(root);
    buf_init(&tree->names, ZIP_TREE_MAX_NAME_BYTES);
    if (S_ISDIR(status.st_mode) && !note_all(tree, error)) {
        zip_tree_free(tree);
        return false;
    }
    add_up(tree);
    *ret_tree = tree;
    return true;
}

uint64_t zip_tree_size(const struct zip_tree *tree)
{
    return tree->size;
}

static bool flush(struct zip_tree *tree, struct error *error)
{
    const bool goes_on = tree->out.len == 0 || tree->sink(tree->owner, buf_str(&tree->out));
    buf_clear(&tree->out);
    return goes_on || error_set(error, ERROR_CANCELLED, "nobody reads the archive any more");
}

static bool is_named_beyond_ascii(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if ((unsigned char)name.data[i] > 127)
            return utf8_is_valid(name);
    }
    return false;
}

/* What both headers of a member have in common, from the version to the length of the name. */
static void put_member(struct zip_tree *tree, const struct member *member, bool is_central)
{
    struct buf *out = &tree->out;
    const bool hides_sizes = is_64(member);
    const bool hides_crc = is_large(member) && !is_central;
    unsigned flags = is_large(member) ? ZIP_FLAG_DESCRIPTOR : 0;
    if (is_named_beyond_ascii(name_of(tree, member)))
        flags |= ZIP_FLAG_UTF8;
    zip_put16(out, hides_sizes || (is_central && member->offset > MAX_32) ? VERSION_64 : VERSION);
    zip_put16(out, flags);
    zip_put16(out, ZIP_METHOD_STORED);
    zip_put32(out, member->dos_time);
    zip_put32(out, hides_crc ? 0 : member->crc);
    for (int i = 0; i < 2; i++)
        zip_put32(out, hides_sizes ? ZIP_IN_EXTRA64 : member->size);
    zip_put16(out, member->name_len);
}

static void put_local(struct zip_tree *tree, const struct member *member)
{
    zip_put32(&tree->out, ZIP_LOCAL_SIGNATURE);
    put_member(tree, member, false);
    zip_put16(&tree->out, is_64(member) ? EXTRA_SIZES_BYTES : 0);
    buf_append(&tree->out, name_of(tree, member));
    if (!is_64(member))
        return;
    zip_put16(&tree->out, ZIP_EXTRA64);
    zip_put16(&tree->out, EXTRA_SIZES_BYTES - 4);
    zip_put64(&tree->out, member->size);
    zip_put64(&tree->out, member->size);
}

static void put_descriptor(struct zip_tree *tree, const struct member *member)
{
    zip_put32(&tree->out, ZIP_DESCRIPTOR_SIGNATURE);
    zip_put32(&tree->out, member->crc);
    for (int i = 0; i < 2; i++) {
        if (is_64(member))
            zip_put64(&tree->out, member->size);
        else
            zip_put32(&tree->out, member->size);
    }
}

static void put_central(struct zip_tree *tree, const struct member *member)
{
    const unsigned extra = central_extra_bytes(member);
    const bool hides_offset = member->offset > MAX_32;
    zip_put32(&tree->out, ZIP_CENTRAL_SIGNATURE);
    zip_put16(&tree->out, MADE_BY_UNIX | VERSION);
    put_member(tree, member, true);
    zip_put16(&tree->out, extra);
    zip_put16(&tree->out, 0); /* comment */
    zip_put16(&tree->out, 0); /* disk */
    zip_put16(&tree->out, 0); /* internal attributes */
    zip_put32(&tree->out, (uint64_t)member->mode << 16);
    zip_put32(&tree->out, hides_offset ? ZIP_IN_EXTRA64 : member->offset);
    buf_append(&tree->out, name_of(tree, member));
    if (extra == 0)
        return;
    zip_put16(&tree->out, ZIP_EXTRA64);
    zip_put16(&tree->out, extra - 4);
    if (is_64(member)) {
        zip_put64(&tree->out, member->size);
        zip_put64(&tree->out, member->size);
    }
    if (hides_offset)
        zip_put64(&tree->out, member->offset);
}

static void put_end64(struct zip_tree *tree, uint64_t central_bytes)
{
    zip_put32(&tree->out, ZIP_END64_SIGNATURE);
    zip_put64(&tree->out, ZIP_END64_BYTES - 12);
    zip_put16(&tree->out, MADE_BY_UNIX | VERSION_64);
    zip_put16(&tree->out, VERSION_64);
    zip_put32(&tree->out, 0);
    zip_put32(&tree->out, 0);
    zip_put64(&tree->out, tree->count);
    zip_put64(&tree->out, tree->count);
    zip_put64(&tree->out, central_bytes);
    zip_put64(&tree->out, tree->central_offset);
    zip_put32(&tree->out, ZIP_LOCATOR64_SIGNATURE);
    zip_put32(&tree->out, 0);
    zip_put64(&tree->out, tree->central_offset + central_bytes);
    zip_put32(&tree->out, 1);
}

static void put_end(struct zip_tree *tree, uint64_t central_bytes)
{
    const bool is_64_bit = needs_end64(tree, central_bytes);
    if (is_64_bit)
        put_end64(tree, central_bytes);
    zip_put32(&tree->out, ZIP_END_SIGNATURE);
    zip_put16(&tree->out, 0);
    zip_put16(&tree->out, 0);
    for (int i = 0; i < 2; i++)
        zip_put16(&tree->out, is_64_bit ? ZIP_IN_EXTRA64_16 : tree->count);
    zip_put32(&tree->out, is_64_bit ? ZIP_IN_EXTRA64 : central_bytes);
    zip_put32(&tree->out, is_64_bit ? ZIP_IN_EXTRA64 : tree->central_offset);
    zip_put16(&tree->out, 0);
}

/* Appends up to `len` bytes of the file to `out`; zeros from its end on. */
static bool read_piece(int fd, size_t len, struct buf *out)
{
    char *room = buf_reserve(out, len);
    size_t done = 0;
    if (room == NULL)
        return len == 0;
    while (done < len) {
        const ssize_t got = read(fd, room + done, len - done);
        if (got < 0 && errno != EINTR)
            return false;
        if (got == 0)
            memset(room + done, 0, len - done);
        done = got == 0 ? len : done + (size_t)(got > 0 ? got : 0);
    }
    out->len += len;
    return true;
}

static bool write_small(struct zip_tree *tree, struct member *member, int fd)
{
    scoped_buf struct buf content = {0};
    if (!read_piece(fd, (size_t)member->size, &content))
        return false;
    member->crc = zip_content_checksum(0, buf_str(&content));
    put_local(tree, member);
    buf_append(&tree->out, buf_str(&content));
    return true;
}

static bool write_large(struct zip_tree *tree, struct member *member, int fd, struct error *error)
{
    put_local(tree, member);
    for (uint64_t left = member->size; left > 0;) {
        const size_t len = left < STEP_BYTES ? (size_t)left : STEP_BYTES;
        const size_t from = tree->out.len;
        if (!read_piece(fd, len, &tree->out))
            return error_set_errno(error, errno, "read a file of '%s'", tree->root);
        member->crc = zip_content_checksum(member->crc, str_skip(buf_str(&tree->out), from));
        left -= len;
        if (!flush(tree, error))
            return false;
    }
    put_descriptor(tree, member);
    return true;
}

static bool write_member(struct zip_tree *tree, struct member *member, struct error *error)
{
    scoped_buf struct buf name = {0};
    struct stat status;
    scoped_fd int fd = -1;
    buf_append(&name, name_of(tree, member));
    scoped_free char *path = path_join(tree->root, buf_str(&name));
    if (!path_open_file(path, &fd, &status, error))
        return false;
    if (is_large(member))
        return write_large(tree, member, fd, error);
    return write_small(tree, member, fd) || path_error(error, errno, path);
}

bool zip_tree_write(struct zip_tree *tree, zip_sink_fn sink, void *owner, struct error *error)
{
    tree->sink = sink;
    tree->owner = owner;
    for (size_t i = 0; i < tree->count; i++) {
        if (!write_member(tree, &tree->members[i], error))
            return false;
        if (tree->out.len >= STEP_BYTES && !flush(tree, error))
            return false;
    }
    uint64_t central_bytes = 0;
    for (size_t i = 0; i < tree->count; i++) {
        const struct member *member = &tree->members[i];
        central_bytes += ZIP_CENTRAL_BYTES + member->name_len + central_extra_bytes(member);
        put_central(tree, member);
        if (tree->out.len >= STEP_BYTES && !flush(tree, error))
            return false;
    }
    put_end(tree, central_bytes);
    return flush(tree, error);
}

void zip_tree_free(struct zip_tree *tree)
{
    if (tree == NULL)
        return;
    buf_fini(&tree->names);
    buf_fini(&tree->out);
    free(tree->members);
    free(tree->root);
    free(tree);
}

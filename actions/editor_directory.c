#include "actions/editor_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "actions/editor_text.h"
#include "actions/file_names.h"
#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

struct entry {
    size_t offset; /* of its path in the listing's bytes */
    size_t len;
    bool is_directory;
};

struct listing {
    struct buf bytes;
    struct entry *entries;
    size_t count;
    size_t capacity;
    size_t hidden;
};

static void add(struct listing *listing, struct str directory, struct str name, bool is_directory)
{
    if (listing->count == listing->capacity) {
        listing->capacity = listing->capacity == 0 ? 64 : listing->capacity * 2;
        listing->entries =
            mem_resize(listing->entries, listing->capacity * sizeof(listing->entries[0]));
    }
    struct entry *entry = &listing->entries[listing->count++];
    entry->offset = listing->bytes.len;
    entry->is_directory = is_directory;
    buf_append(&listing->bytes, directory);
    if (name.len > 0 && !str_ends_with(directory, STR("/")))
        buf_append_byte(&listing->bytes, '/');
    buf_append(&listing->bytes, name);
    entry->len = listing->bytes.len - entry->offset;
}

static struct str path_at(const struct listing *listing, const struct entry *entry)
{
    return str_span(listing->bytes.data + entry->offset, entry->len);
}

static bool is_hidden(struct str name)
{
    return name.len > 0 && name.data[0] == '.';
}

static bool is_directory(int parent_fd, struct str name, enum file_kind kind)
{
    struct stat status;
    if (kind != FILE_KIND_LINK && kind != FILE_KIND_UNKNOWN)
        return kind == FILE_KIND_DIRECTORY;
    return fstatat(parent_fd, name.data, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

/* The directory's visible entries, each with those below it when there are levels left. */
static bool add_children(struct listing *listing, int fd, struct str directory, bool goes_deeper)
{
    struct file_names names = {0};
    const bool is_read = file_names_read(&names, fd, NULL, NULL);
    const int failed = errno;
    file_names_sort(&names);
    for (size_t i = 0; i < names.count; i++) {
        const struct str name = file_names_at(&names, i);
        if (is_hidden(name)) {
            listing->hidden += goes_deeper ? 1 : 0;
            continue;
        }
        if (listing->count >= EDITOR_DIRECTORY_MAX)
            continue;
        const bool is_folder = is_directory(fd, name, names.items[i].kind);
        add(listing, directory, name, is_folder);
        if (!is_folder || !goes_deeper)
            continue;
        scoped_buf struct buf child = {0};
        buf_append(&child, path_at(listing, &listing->entries[listing->count - 1]));
        const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
        scoped_fd int child_fd = openat(fd, name.data, flags);
        if (child_fd >= 0)
            (void)add_children(listing, child_fd, buf_str(&child), false); /* shown as empty */
    }
    file_names_fini(&names);
    errno = failed;
    return is_read;
}

static int compare(const void *a, const void *b, void *owner)
{
    const struct listing *listing = owner;
    return str_compare(path_at(listing, a), path_at(listing, b));
}

static void print_entry(const struct listing *listing, const struct entry *entry, struct buf *out)
{
    const struct str path = path_at(listing, entry);
    buf_append(out, path);
    if (entry->is_directory && !str_ends_with(path, STR("/")))
        buf_append_byte(out, '/');
}

/* The paths, cut in the way that the older dialect cuts them: before the slashes are added. */
static void print_cut(const struct listing *listing, struct buf *out)
{
    size_t all = 0;
    for (size_t i = 0; i < listing->count; i++)
        all += utf8_count(path_at(listing, &listing->entries[i])) + 1;
    size_t left = all > EDITOR_MAX_CHARACTERS ? EDITOR_MAX_CHARACTERS : all;
    for (size_t i = 0; i < listing->count; i++) {
        const struct str path = path_at(listing, &listing->entries[i]);
        const size_t needs = utf8_count(path) + 1;
        if (needs > left) {
            buf_append(out, str_slice(path, 0, utf8_prefix_bytes(path, left)));
            buf_append(out, editor_notice(EDITOR_NOTICE_DIRECTORY));
            return;
        }
        print_entry(listing, &listing->entries[i], out);
        left -= needs;
        if (i + 1 < listing->count)
            buf_append_byte(out, '\n');
    }
}

static void print_all(const struct listing *listing, struct buf *out)
{
    for (size_t i = 0; i < listing->count; i++) {
        print_entry(listing, &listing->entries[i], out);
        if (i + 1 < listing->count)
            buf_append_byte(out, '\n');
    }
}

static void print(const struct editor_rules *rules, const struct listing *listing, struct str shown,
                  struct buf *out)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, STR("Here's the files and directories up to 2 levels deep in "));
    buf_append(&text, shown);
    buf_append(&text, STR(", excluding hidden items:\n"));
    if (rules->cuts_middle)
        print_all(listing, &text);
    else
        print_cut(listing, &text);
    if (listing->hidden > 0) {
        buf_printf(&text,
                   "\n\n%zu hidden files/directories in this directory are excluded. You can use "
                   "'ls -la ",
                   listing->hidden);
        buf_append(&text, shown);
        buf_append(&text, STR("' to see them."));
    }
    if (rules->cuts_middle)
        editor_clip(rules, buf_str(&text), EDITOR_NOTICE_DIRECTORY, out);
    else
        buf_append(out, buf_str(&text));
}

bool editor_directory_view(const struct editor_rules *rules, const char *path, struct str shown,
                           struct buf *out, struct error *error)
{
    scoped_fd int fd = -1;
    if (!path_open_directory(path, &fd, error))
        return false;
    struct listing listing = {0};
    add(&listing, shown, STR(""), true);
    const bool is_read = add_children(&listing, fd, shown, true);
    const int failed = errno;
    if (is_read && rules->sorts_paths)
        qsort_r(listing.entries, listing.count, sizeof(listing.entries[0]), compare, &listing);
    if (is_read)
        print(rules, &listing, shown, out);
    buf_fini(&listing.bytes);
    free(listing.entries);
    return is_read || path_error(error, failed, path);
}

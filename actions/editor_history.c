/*
 * One list of entries, oldest first, for all paths: there are few enough to look through, and the
 * oldest of all is at hand. Each entry has a room of the file to itself; the sizes of rooms are
 * powers of two, so that the room of an entry that is gone mostly fits the next content.
 */
#include "actions/editor_history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/path.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/list.h"
#include "server/base/mem.h"

#define FILE_NAME      "actiond-editor-XXXXXX"
#define ROOM_MIN_BYTES ((size_t)4096)
#define FILE_MAX_BYTES (4 * EDITOR_HISTORY_MAX_BYTES) /* rooms that are too small for anything */

struct entry {
    struct list link;
    char *path;
    size_t path_len;
    off_t at;
    size_t room;
    size_t size;
};

struct editor_history {
    int fd; /* -1: none is made so far */
    off_t end;
    struct list entries;
    struct list free_rooms; /* entries that are gone */
    size_t count;
    size_t bytes;
};

struct editor_history *editor_history_new(void)
{
    struct editor_history *history = mem_zero(1, sizeof(*history));
    history->fd = -1;
    list_init(&history->entries);
    list_init(&history->free_rooms);
    return history;
}

static struct entry *entry_of(struct list *link)
{
    return container_of(link, struct entry, link);
}

static void drop(struct editor_history *history, struct entry *entry)
{
    list_remove(&entry->link);
    history->count--;
    history->bytes -= entry->size;
    free(entry->path);
    entry->path = NULL;
    list_append(&history->free_rooms, &entry->link);
}

/* Forgets everything and gives the disk back. */
static void forget_all(struct editor_history *history)
{
    while (!list_is_empty(&history->entries))
        drop(history, entry_of(list_first(&history->entries)));
    for (struct list *link; (link = list_first(&history->free_rooms)) != NULL;) {
        list_remove(link);
        free(entry_of(link));
    }
    history->end = 0;
    if (history->fd >= 0)
        (void)ftruncate(history->fd, 0); /* else the rooms are overwritten */
}

void editor_history_free(struct editor_history *history)
{
    if (history == NULL)
        return;
    forget_all(history);
    fd_close(&history->fd);
    free(history);
}

static bool belongs_to(const struct entry *entry, struct str path)
{
    return str_equal(str_span(entry->path, entry->path_len), path);
}

/* Lets old contents go for one more of `size` bytes for `path`. */
static void make_room(struct editor_history *history, struct str path, size_t size)
{
    size_t count = 0;
    struct entry *oldest = NULL;
    for (struct list *link = list_first(&history->entries); link != NULL;
         link = list_next(&history->entries, link)) {
        if (!belongs_to(entry_of(link), path))
            continue;
        oldest = count == 0 ? entry_of(link) : oldest;
        count++;
    }
    if (oldest != NULL && count >= EDITOR_HISTORY_PER_FILE)
        drop(history, oldest);
    while (!list_is_empty(&history->entries) && (history->count >= EDITOR_HISTORY_MAX_ENTRIES ||
                                                 history->bytes + size > EDITOR_HISTORY_MAX_BYTES))
        drop(history, entry_of(list_first(&history->entries)));
}

static bool open_file(struct editor_history *history, struct error *error)
{
    if (history->fd >= 0)
        return true;
    const char *temporary = getenv("TMPDIR");
    const char *parent = temporary == NULL ? "/tmp" : temporary;
    scoped_free char *path = path_join(parent, STR(FILE_NAME));
    history->fd = mkostemp(path, O_CLOEXEC);
    if (history->fd < 0)
        return path_error(error, errno, parent);
    (void)unlink(path); /* was made right here */
    return true;
}

static size_t room_for(size_t size)
{
    size_t room = ROOM_MIN_BYTES;
    while (room < size)
        room *= 2;
    return room;
}

static struct entry *find_free(const struct editor_history *history, size_t room)
{
    for (struct list *link = list_first(&history->free_rooms); link != NULL;
         link = list_next(&history->free_rooms, link)) {
        if (entry_of(link)->room == room)
            return entry_of(link);
    }
    return NULL;
}

/* A room that was free, or a new one at the end of the file. In no list. */
static struct entry *take_room(struct editor_history *history, size_t size)
{
    const size_t room = room_for(size);
    struct entry *entry = find_free(history, room);
    if (entry != NULL) {
        list_remove(&entry->link);
        return entry;
    }
    if ((size_t)history->end + room > FILE_MAX_BYTES)
        forget_all(history);
    entry = mem_zero(1, sizeof(*entry));
    entry->at = history->end;
    entry->room = room;
    history->end += (off_t)room;
    return entry;
}

static bool write_content(int fd, off_t at, struct str content)
{
    while (content.len > 0) {
        const ssize_t written = pwrite(fd, content.data, content.len, at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        at += written;
        content = str_skip(content, (size_t)written);
    }
    return true;
}

bool editor_history_push(struct editor_history *history, struct str path, struct str content,
                         struct error *error)
{
    make_room(history, path, content.len);
    if (!open_file(history, error))
        return false;
    struct entry *entry = take_room(history, content.len);
    if (!write_content(history->fd, entry->at, content)) {
        const int failed = errno;
        list_append(&history->free_rooms, &entry->link);
        return error_set_errno(error, failed, "cannot keep what '%.*s' was", STR_ARG(path));
    }
    entry->path = mem_strndup(path.data, path.len);
    entry->path_len = path.len;
    entry->size = content.len;
    list_append(&history->entries, &entry->link);
    history->count++;
    history->bytes += content.len;
    return true;
}

static bool read_content(int fd, off_t at, size_t size, struct buf *content)
{
    const size_t end = content->len + size;
    while (content->len < end) {
        char *room = buf_reserve(content, end - content->len);
        const ssize_t got = room == NULL ? 0 : pread(fd, room, end - content->len, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        content->len += (size_t)got;
        content->data[content->len] = '\0';
    }
    return true;
}

bool editor_history_pop(struct editor_history *history, struct str path, struct buf *content)
{
    struct entry *newest = NULL;
    for (struct list *link = list_first(&history->entries); link != NULL;
         link = list_next(&history->entries, link))
        newest = belongs_to(entry_of(link), path) ? entry_of(link) : newest;
    if (newest == NULL)
        return false;
    const bool is_read = read_content(history->fd, newest->at, newest->size, content);
    drop(history, newest);
    if (list_is_empty(&history->entries))
        forget_all(history);
    return is_read;
}

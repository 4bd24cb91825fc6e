/*
 * One list of entries, oldest first, for all paths: there are few enough to look through, and the
 * oldest of all is at hand. A content is a file named after its entry's number.
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

#define DIRECTORY_NAME "actiond-editor-XXXXXX"

struct entry {
    struct list link;
    char *path;
    size_t path_len;
    uint64_t number;
    size_t size;
};

struct editor_history {
    char *parent;
    char *directory; /* NULL: none is made so far */
    struct list entries;
    size_t count;
    size_t bytes;
    uint64_t next_number;
};

struct editor_history *editor_history_new(struct str parent)
{
    const char *temporary = getenv("TMPDIR");
    struct editor_history *history = mem_zero(1, sizeof(*history));
    if (str_is_set(parent))
        history->parent = mem_strndup(parent.data, parent.len);
    else
        history->parent = mem_strdup(temporary == NULL ? "/tmp" : temporary);
    list_init(&history->entries);
    return history;
}

static char *entry_file(const struct editor_history *history, uint64_t number)
{
    scoped_buf struct buf name = {0};
    buf_printf(&name, "%llu", (unsigned long long)number);
    return path_join(history->directory, buf_str(&name));
}

static void drop(struct editor_history *history, struct entry *entry)
{
    scoped_free char *file = entry_file(history, entry->number);
    (void)unlink(file); /* somebody may have cleaned up before us */
    list_remove(&entry->link);
    history->count--;
    history->bytes -= entry->size;
    free(entry->path);
    free(entry);
}

static struct entry *entry_of(struct list *link)
{
    return container_of(link, struct entry, link);
}

void editor_history_free(struct editor_history *history)
{
    if (history == NULL)
        return;
    while (!list_is_empty(&history->entries))
        drop(history, entry_of(list_first(&history->entries)));
    if (history->directory != NULL)
        (void)rmdir(history->directory); /* stays when somebody put something there */
    free(history->directory);
    free(history->parent);
    free(history);
}

static bool belongs_to(const struct entry *entry, struct str path)
{
    return str_equal(str_span(entry->path, entry->path_len), path);
}

/* Makes room for one more content of `size` bytes for `path`. */
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

static bool make_directory(struct editor_history *history, struct error *error)
{
    if (history->directory != NULL && access(history->directory, F_OK) == 0)
        return true;
    free(history->directory); /* a cleaner of temporary files took it */
    history->directory = path_join(history->parent, STR(DIRECTORY_NAME));
    if (mkdtemp(history->directory) != NULL)
        return true;
    const int failed = errno;
    free(history->directory);
    history->directory = NULL;
    return path_error(error, failed, history->parent);
}

static bool write_content(const char *file, struct str content, struct error *error)
{
    scoped_fd int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return path_error(error, errno, file);
    while (content.len > 0) {
        const ssize_t written = write(fd, content.data, content.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            const int failed = errno;
            (void)unlink(file); /* was made right here */
            return path_error(error, failed, file);
        }
        content = str_skip(content, (size_t)written);
    }
    return true;
}

bool editor_history_push(struct editor_history *history, struct str path, struct str content,
                         struct error *error)
{
    make_room(history, path, content.len);
    if (!make_directory(history, error))
        return false;
    const uint64_t number = history->next_number++;
    scoped_free char *file = entry_file(history, number);
    if (!write_content(file, content, error))
        return false;
    struct entry *entry = mem_zero(1, sizeof(*entry));
    entry->path = mem_strndup(path.data, path.len);
    entry->path_len = path.len;
    entry->number = number;
    entry->size = content.len;
    list_append(&history->entries, &entry->link);
    history->count++;
    history->bytes += content.len;
    return true;
}

static bool read_content(const char *file, struct buf *content)
{
    struct stat status;
    scoped_fd int fd = -1;
    if (!path_open_file(file, &fd, &status, NULL))
        return false;
    const size_t size = (size_t)status.st_size;
    while (content->len < size) {
        char *room = buf_reserve(content, size - content->len);
        const ssize_t got = room == NULL ? 0 : read(fd, room, size - content->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
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
    scoped_free char *file = entry_file(history, newest->number);
    const bool is_read = read_content(file, content);
    drop(history, newest);
    return is_read;
}

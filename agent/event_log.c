#include "agent/event_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/event_index.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/json.h"
#include "server/base/mem.h"

#define FILE_PREFIX   "event-"
#define FILE_SUFFIX   ".json"
#define MARKER_PREFIX ".eventlog-len-"
#define MARKER_SUFFIX ".marker"
#define MAX_NUMBER    100000000 /* of events in one log */

struct event_log {
    char *directory;
    int directory_fd;
    struct event_index *index;
    int64_t last_us; /* time of the newest event */
};

/* --- names --- */

static void print_name(struct buf *out, size_t number, const char *id)
{
    buf_printf(out, FILE_PREFIX "%05zu-%s" FILE_SUFFIX, number, id);
}

static void print_marker(struct buf *out, size_t count)
{
    buf_printf(out, MARKER_PREFIX "%zu" MARKER_SUFFIX, count);
}

/* "event-00012-<id>.json" */
static bool parse_name(struct str name, size_t *ret_number, struct str *ret_id)
{
    if (!str_starts_with(name, STR(FILE_PREFIX)) || !str_ends_with(name, STR(FILE_SUFFIX)))
        return false;
    const struct str middle =
        str_slice(name, sizeof(FILE_PREFIX) - 1, name.len - (sizeof(FILE_SUFFIX) - 1));
    const size_t dash = str_find_byte(middle, '-');
    uint64_t number;
    if (dash == SIZE_MAX || dash < 5 ||
        !str_to_u64(str_slice(middle, 0, dash), 0, MAX_NUMBER - 1, &number))
        return false;
    *ret_number = (size_t)number;
    *ret_id = str_skip(middle, dash + 1);
    return ret_id->len >= 8;
}

/* --- one file --- */

static bool read_file(int directory_fd, const char *name, struct buf *out)
{
    scoped_fd int fd = openat(directory_fd, name, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size < 0 ||
        (size_t)status.st_size > EVENT_MAX_BYTES)
        return false;
    const size_t size = (size_t)status.st_size;
    char *to = buf_reserve(out, size);
    if (to == NULL || read(fd, to, size) != (ssize_t)size)
        return false;
    out->len += size;
    out->data[out->len] = '\0';
    return true;
}

/* Whole or not at all: readers of the folder never see a part of it. */
static bool write_file(int directory_fd, const char *name, struct str text, struct error *error)
{
    scoped_buf struct buf temporary = {0};
    buf_printf(&temporary, ".%s.%s.tmp", name, id_hex(id_new()).text);
    scoped_fd int fd =
        openat(directory_fd, temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(error, errno, "store event '%s'", name);
    if (fd_write_stamped(fd, text) &&
        renameat(directory_fd, temporary.data, directory_fd, name) == 0)
        return true;
    const int reason = errno;
    (void)unlinkat(directory_fd, temporary.data, 0); /* the first error is the one to tell */
    return error_set_errno(error, reason, "store event '%s'", name);
}

/* --- markers --- */

static bool has_marker(const struct event_log *log, size_t count)
{
    scoped_buf struct buf name = {0};
    print_marker(&name, count);
    return faccessat(log->directory_fd, name.data, F_OK, 0) == 0;
}

static void make_marker(const struct event_log *log, size_t count)
{
    scoped_buf struct buf name = {0};
    print_marker(&name, count);
    int fd = openat(log->directory_fd, name.data, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    fd_close(&fd); /* without a marker other writers count the files */
}

static void drop_marker(const struct event_log *log, size_t count)
{
    scoped_buf struct buf name = {0};
    print_marker(&name, count);
    (void)unlinkat(log->directory_fd, name.data, 0); /* it need not be there */
}

/* Deleted first, so that at no moment a count that is too small can be trusted. */
static void move_marker(const struct event_log *log, size_t from, size_t to)
{
    drop_marker(log, from);
    make_marker(log, to);
}

/* --- records --- */

static int64_t naive_us(struct str timestamp)
{
    int64_t time_us;
    return clock_parse_iso(timestamp, &time_us) ? time_us : 0;
}

static uint32_t parent_of(const struct event_log *log, const struct event_head *head, size_t number)
{
    if (!str_is_set(head->parent))
        return number == 0 ? EVENT_NO_PARENT : (uint32_t)(number - 1);
    if (str_equal(head->parent, STR(EVENT_ROOT)))
        return EVENT_ROOT_PARENT;
    const size_t found = event_log_find(log, head->parent);
    return found == SIZE_MAX ? EVENT_NO_PARENT : (uint32_t)found;
}

static struct event_record describe(const struct event_log *log, struct str text, size_t number,
                                    struct str id)
{
    struct event_record record = {.size = (uint32_t)text.len, .parent = EVENT_NO_PARENT};
    struct doc_error why;
    struct event_head head;
    struct doc *doc = doc_parse(text, &why);
    /* The file's name is made from the id again; one of another form could not be. */
    if (id_parse(id, &record.id) && doc != NULL && event_read_head(doc_root(doc), &head)) {
        record.naive_us = naive_us(head.timestamp);
        record.kind = (uint8_t)head.kind;
        record.source = (uint8_t)head.source;
        record.parent = parent_of(log, &head, number);
    } else {
        record.is_unreadable = true;
    }
    doc_free(doc);
    return record;
}

/* --- opening --- */

struct names {
    char **by_number;
    size_t count; /* numbers without a gap from 0 on */
    size_t capacity;
};

static void names_fini(struct names *names)
{
    for (size_t i = 0; i < names->capacity; i++)
        free(names->by_number[i]);
    free(names->by_number);
}

static void names_add(struct names *names, size_t number, const char *name)
{
    if (number >= names->capacity) {
        const size_t capacity = (number + 1) * 2;
        names->by_number = mem_resize(names->by_number, capacity * sizeof(char *));
        for (size_t i = names->capacity; i < capacity; i++)
            names->by_number[i] = NULL;
        names->capacity = capacity;
    }
    free(names->by_number[number]);
    names->by_number[number] = mem_strdup(name);
}

/* Everything that lies in the folder; old markers and what a crash has left are removed. */
static bool look_through(struct event_log *log, struct names *names, struct error *error)
{
    const int fd = openat(log->directory_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL)
        return error_set_errno(error, errno, "list '%s'", log->directory);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        const struct str name = str_from(entry->d_name);
        size_t number;
        struct str id;
        if (str_starts_with(name, STR(MARKER_PREFIX)) || str_ends_with(name, STR(".tmp")))
            (void)unlinkat(log->directory_fd, entry->d_name, 0); /* a later look finds it again */
        else if (parse_name(name, &number, &id))
            names_add(names, number, entry->d_name);
    }
    (void)closedir(folder); /* nothing was written */
    while (names->count < names->capacity && names->by_number[names->count] != NULL)
        names->count++;
    return true;
}

static bool is_indexed(const struct event_log *log, const struct names *names, size_t number)
{
    size_t ignored;
    struct str id;
    struct id parsed;
    return parse_name(str_from(names->by_number[number]), &ignored, &id) && id_parse(id, &parsed) &&
           id_equal(parsed, event_log_record(log, number)->id);
}

static bool index_file(struct event_log *log, const char *name, size_t number, struct buf *text,
                       struct error *error)
{
    size_t ignored;
    struct str id;
    buf_clear(text);
    const bool is_named = parse_name(str_from(name), &ignored, &id);
    assert(is_named);
    (void)read_file(log->directory_fd, name, text); /* what cannot be read is marked so */
    const struct event_record record = describe(log, buf_str(text), number, id);
    return event_index_add(log->index, &record, error);
}

/* Brings the index up to what lies in the folder. */
static bool rebuild(struct event_log *log, struct error *error)
{
    struct names names = {0};
    scoped_buf struct buf text = {0};
    bool is_done = look_through(log, &names, error);
    size_t kept = 0;
    while (is_done && kept < names.count && kept < event_log_count(log) &&
           is_indexed(log, &names, kept))
        kept++;
    is_done = is_done && event_index_truncate(log->index, kept, error);
    for (size_t number = kept; is_done && number < names.count; number++)
        is_done = index_file(log, names.by_number[number], number, &text, error);
    if (is_done)
        make_marker(log, names.count);
    names_fini(&names);
    return is_done;
}

static int64_t newest_time(const struct event_log *log)
{
    const size_t count = event_log_count(log);
    return count == 0 ? 0 : event_log_record(log, count - 1)->naive_us;
}

static bool open_parts(struct event_log *log, struct error *error)
{
    if (mkdir(log->directory, 0700) != 0 && errno != EEXIST)
        return error_set_errno(error, errno, "make '%s'", log->directory);
    log->directory_fd = open(log->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (log->directory_fd < 0)
        return error_set_errno(error, errno, "open '%s'", log->directory);
    if (!event_index_open(log->directory, &log->index, error))
        return false;
    if (event_log_count(log) == 0 || !has_marker(log, event_log_count(log)))
        return rebuild(log, error);
    return true;
}

bool event_log_open(const char *directory, struct event_log **ret_log, struct error *error)
{
    struct event_log *log = mem_zero(1, sizeof(*log));
    log->directory = mem_strdup(directory);
    log->directory_fd = -1;
    if (!open_parts(log, error)) {
        event_log_close(log);
        return false;
    }
    log->last_us = newest_time(log);
    *ret_log = log;
    return true;
}

void event_log_close(struct event_log *log)
{
    if (log == NULL)
        return;
    event_index_close(log->index);
    fd_close(&log->directory_fd);
    free(log->directory);
    free(log);
}

/* --- reading --- */

size_t event_log_count(const struct event_log *log)
{
    return event_index_count(log->index);
}

const struct event_record *event_log_record(const struct event_log *log, size_t number)
{
    return event_index_at(log->index, number);
}

bool event_log_read(const struct event_log *log, size_t number, struct buf *out)
{
    scoped_buf struct buf name = {0};
    print_name(&name, number, id_uuid(event_log_record(log, number)->id).text);
    return read_file(log->directory_fd, name.data, out);
}

bool event_log_read_file(const char *directory, size_t number, struct id id, struct buf *out)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "%s/", directory);
    print_name(&path, number, id_uuid(id).text);
    return read_file(AT_FDCWD, path.data, out);
}

size_t event_log_find(const struct event_log *log, struct str id)
{
    struct id parsed;
    return id_parse(id, &parsed) ? event_index_find(log->index, parsed) : SIZE_MAX;
}

/* --- appending --- */

static bool store(struct event_log *log, struct str text, const struct event_record *record,
                  struct error *error)
{
    const size_t number = event_log_count(log);
    scoped_buf struct buf name = {0};
    print_name(&name, number, id_uuid(record->id).text);
    if (text.len > EVENT_MAX_BYTES)
        return error_set(error, ERROR_TOO_LARGE, "an event of %zu bytes; at most %zu are stored",
                         text.len, EVENT_MAX_BYTES);
    if (!write_file(log->directory_fd, name.data, text, error))
        return false;
    if (!event_index_add(log->index, record, error)) {
        (void)unlinkat(log->directory_fd, name.data, 0); /* the index's error is the one to tell */
        return false;
    }
    move_marker(log, number, number + 1);
    return true;
}

/* The wall clock in local time, read as if it were UTC. */
static int64_t naive_of(int64_t wall_us)
{
    scoped_buf struct buf text = {0};
    event_write_time(wall_us, &text);
    return naive_us(buf_str(&text));
}

static struct event_stamp stamp_of(const struct event_log *log, const struct event_draft *draft,
                                   int64_t *ret_naive_us)
{
    int64_t wall_us = clock_wall_us();
    const int64_t naive = naive_of(wall_us);
    if (naive <= log->last_us) /* the clock stands still, or was set back */
        wall_us += log->last_us + 1 - naive;
    *ret_naive_us = naive <= log->last_us ? log->last_us + 1 : naive;
    return (struct event_stamp){.id = id_is_nil(draft->id) ? id_new() : draft->id,
                                .time_us = wall_us};
}

bool event_log_append(struct event_log *log, const struct event_draft *draft, uint32_t parent,
                      struct buf *out, size_t *ret_number, struct error *error)
{
    int64_t naive;
    struct event_stamp stamp = stamp_of(log, draft, &naive);
    struct id_text parent_text;
    if (parent == EVENT_ROOT_PARENT) {
        stamp.parent = STR(EVENT_ROOT);
    } else if (parent != EVENT_NO_PARENT) {
        parent_text = id_uuid(event_log_record(log, parent)->id);
        stamp.parent = str_from(parent_text.text);
    }
    scoped_buf struct buf text = {0};
    event_write(draft, &stamp, &text);
    const struct event_record record = {.id = stamp.id,
                                        .naive_us = naive,
                                        .size = (uint32_t)text.len,
                                        .parent = parent,
                                        .kind = (uint8_t)draft->kind,
                                        .source = (uint8_t)draft->source};
    const size_t number = event_log_count(log);
    if (!store(log, buf_str(&text), &record, error))
        return false;
    log->last_us = naive;
    if (out != NULL)
        buf_append(out, buf_str(&text));
    *ret_number = number;
    return true;
}

bool event_log_append_copy(struct event_log *log, struct str text, struct error *error)
{
    struct doc_error why;
    struct event_head head;
    struct doc *doc = doc_parse(text, &why);
    if (doc == NULL || !event_read_head(doc_root(doc), &head)) {
        doc_free(doc);
        return error_set(error, ERROR_INVALID, "the copied text is no event");
    }
    const struct event_record record = describe(log, text, event_log_count(log), head.id);
    doc_free(doc);
    if (id_is_nil(record.id))
        return error_set(error, ERROR_INVALID, "the copied event has no id");
    if (!store(log, text, &record, error))
        return false;
    if (record.naive_us > log->last_us)
        log->last_us = record.naive_us;
    return true;
}

#include "agent/conversation_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_directory.h"
#include "actions/file_remove.h"
#include "agent/agent_spec.h"
#include "agent/cipher.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/meta.h"
#include "agent/secret_mask.h"
#include "agent/state.h"
#include "agent/unanswered.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/fd.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define STATE_NAME  "base_state.json"
#define META_NAME   "meta.json"
#define OWN_NAME    ".actiond.json"
#define EVENTS_NAME "events"

/* --- small files --- */

char *conversation_disk_join(const char *directory, const char *name)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "%s/%s", directory, name);
    return mem_strndup(path.data, path.len);
}

char *conversation_disk_path(const char *directory, struct id id)
{
    return conversation_disk_join(directory, id_hex(id).text);
}

char *conversation_disk_absolute(struct str path)
{
    char working[PATH_MAX];
    scoped_buf struct buf text = {0};
    if (path.len == 0 || path.data[0] != '/') {
        buf_append(&text, str_from(getcwd(working, sizeof(working)) == NULL ? "/" : working));
        buf_append_byte(&text, '/');
    }
    buf_append(&text, path);
    while (text.len > 1 && text.data[text.len - 1] == '/')
        buf_truncate(&text, text.len - 1);
    return mem_strndup(text.data, text.len);
}

static bool fill_and_rename(int fd, const char *temporary, const char *path, struct str text)
{
    if (fd_write_stamped(fd, text) && rename(temporary, path) == 0)
        return true;
    const int reason = errno;
    (void)unlink(temporary); /* the first error is the one to tell */
    errno = reason;
    return false;
}

bool conversation_disk_write(const char *directory, const char *name, struct str text,
                             struct error *error)
{
    scoped_free char *path = conversation_disk_join(directory, name);
    scoped_buf struct buf temporary = {0};
    buf_printf(&temporary, "%s/.%s.%s.tmp", directory, name, id_hex(id_new()).text);
    scoped_fd int fd = open(temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0 && fill_and_rename(fd, temporary.data, path, text))
        return true;
    return error_set_errno(error, errno, "write '%s'", path);
}

static bool read_all(int fd, size_t size, struct buf *out)
{
    char *to = buf_reserve(out, size);
    size_t done = 0;
    while (to != NULL && done < size) {
        const ssize_t got = read(fd, to + done, size - done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        done += (size_t)got;
    }
    if (to == NULL || done < size)
        return false;
    out->len += size;
    out->data[out->len] = '\0';
    return true;
}

bool conversation_disk_read(const char *directory, const char *name, struct buf *out,
                            struct error *error)
{
    struct stat status;
    scoped_free char *path = conversation_disk_join(directory, name);
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        return error_set_errno(error, errno, "read '%s'", path);
    if (!S_ISREG(status.st_mode) || status.st_size < 0 ||
        (size_t)status.st_size > CONVERSATION_MAX_FILE_BYTES)
        return error_set(error, ERROR_INVALID, "'%s' should be a file of at most %zu bytes", path,
                         CONVERSATION_MAX_FILE_BYTES);
    if (!read_all(fd, (size_t)status.st_size, out))
        return error_set(error, ERROR_INVALID, "'%s' changed while it was read", path);
    return true;
}

bool conversation_disk_write_state(const char *directory, struct state *state,
                                   const struct cipher *cipher, struct error *error)
{
    const struct secret_writer writer = {.form = FORM_STORED, .cipher = cipher};
    scoped_buf struct buf text = {0};
    state_print(state, &writer, &text);
    return conversation_disk_write(directory, STATE_NAME, buf_str(&text), error);
}

bool conversation_disk_write_meta(const char *directory, const struct meta *meta,
                                  const struct cipher *cipher, struct error *error)
{
    scoped_buf struct buf text = {0};
    meta_print(meta, cipher, &text);
    return conversation_disk_write(directory, META_NAME, buf_str(&text), error);
}

/* --- our own file --- */

static void read_level(struct conversation_files *files)
{
    scoped_buf struct buf text = {0};
    struct error ignored; /* most folders have none */
    struct doc_error why;
    files->level = EVENT_LEVEL_1_40;
    if (!conversation_disk_read(files->directory, OWN_NAME, &text, &ignored))
        return;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    const struct doc_value *level = doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT
                                        ? doc_find(doc_root(doc), STR("level"))
                                        : NULL;
    if (level != NULL && doc_kind(level) == DOC_INT && doc_int(level) >= EVENT_LEVEL_1_10 &&
        doc_int(level) < EVENT_LEVEL_1_40)
        files->level = (enum event_level)doc_int(level);
    doc_free(doc);
}

static bool write_level(const struct conversation_files *files, struct error *error)
{
    scoped_buf struct buf text = {0};
    if (files->level == EVENT_LEVEL_1_40)
        return true;
    buf_printf(&text, "{\"level\":%d}", (int)files->level);
    return conversation_disk_write(files->directory, OWN_NAME, buf_str(&text), error);
}

/* --- what a crash has left --- */

static int64_t modified_ns(const char *directory, const char *name)
{
    struct stat status;
    scoped_free char *path = conversation_disk_join(directory, name);
    if (stat(path, &status) != 0)
        return 0;
    return status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
}

static bool descends(const struct event_log *log, size_t number, size_t from)
{
    while (number > from) {
        const uint32_t parent = event_log_record(log, number)->parent;
        if (parent >= number)
            return false;
        number = parent;
    }
    return number == from;
}

/* Events that came after the state was written last, and continue from its HEAD: HEAD is theirs.
 * All of these files are stamped when they are written, so that their order is known. */
static void catch_up(struct conversation_files *files)
{
    const struct event_log *log = files->log;
    const size_t leaf = id_is_nil(files->state->leaf)
                            ? SIZE_MAX
                            : event_log_find(log, str_from(id_uuid(files->state->leaf).text));
    size_t last = event_log_count(log);
    while (last > 0 &&
           !event_kind_moves_head((enum event_kind)event_log_record(log, last - 1)->kind))
        last--;
    if (leaf == SIZE_MAX || last == 0 || last - 1 <= leaf || !descends(log, last - 1, leaf))
        return;
    scoped_buf struct buf name = {0};
    buf_printf(&name, EVENTS_NAME "/event-%05zu-%s.json", last - 1,
               id_uuid(event_log_record(log, last - 1)->id).text);
    if (modified_ns(files->directory, name.data) > modified_ns(files->directory, STATE_NAME))
        files->state->leaf = event_log_record(log, last - 1)->id;
}

/* --- opening --- */

static bool read_state(struct conversation_files *files, const struct cipher *cipher,
                       struct error *error)
{
    scoped_buf struct buf text = {0};
    files->mask = secret_mask_new();
    files->state = state_new(files->mask);
    return conversation_disk_read(files->directory, STATE_NAME, &text, error) &&
           state_read(files->state, buf_str(&text), cipher, error);
}

static bool read_meta(struct conversation_files *files, const struct cipher *cipher,
                      struct error *error)
{
    scoped_buf struct buf text = {0};
    files->meta = meta_new();
    return conversation_disk_read(files->directory, META_NAME, &text, error) &&
           meta_read(files->meta, buf_str(&text), cipher, error);
}

static bool open_log(struct conversation_files *files, struct error *error)
{
    scoped_free char *path = conversation_disk_join(files->directory, EVENTS_NAME);
    return event_log_open(path, &files->log, error);
}

/* The workspace is stored as {"working_dir": …}. */
static void find_working_dir(struct conversation_files *files)
{
    struct doc_error why;
    struct doc *doc = doc_parse(state_json(files->state, STATE_WORKSPACE), &why);
    const struct doc_value *path = doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT
                                       ? doc_find(doc_root(doc), STR("working_dir"))
                                       : NULL;
    files->working_dir = conversation_disk_absolute(
        path != NULL && doc_kind(path) == DOC_STRING ? doc_string(path) : STR("."));
    doc_free(doc);
}

static bool claim(const struct conversation_place *place, struct conversation_files *files,
                  struct error *error)
{
    const struct lease_options options = {.directory = files->directory,
                                          .owner = place->owner,
                                          .ttl_seconds = place->lease_ttl_seconds};
    return lease_claim(&options, &files->lease, error);
}

static bool open_parts(const struct conversation_place *place, struct conversation_files *files,
                       struct error *error)
{
    if (!claim(place, files, error) || !read_state(files, place->cipher, error) ||
        !read_meta(files, place->cipher, error) || !open_log(files, error))
        return false;
    files->state->id = place->id;
    files->meta->id = place->id;
    files->unanswered = EVENT_NO_PARENT;
    files->goal = unanswered_goal(files->log);
    if (files->state->status == STATUS_RUNNING)
        files->unanswered = unanswered_find(files->log);
    read_level(files);
    find_working_dir(files);
    catch_up(files);
    return true;
}

bool conversation_disk_open(const struct conversation_place *place,
                            struct conversation_files *ret_files, struct error *error)
{
    struct conversation_files files = {
        .id = place->id, .directory = conversation_disk_path(place->directory, place->id)};
    struct stat status;
    if (stat(files.directory, &status) != 0)
        (void)error_set_errno(error, errno, "open '%s'", files.directory); /* returned below */
    else if (open_parts(place, &files, error)) {
        *ret_files = files;
        return true;
    }
    conversation_files_fini(&files);
    return false;
}

void conversation_files_fini(struct conversation_files *files)
{
    lease_release(&files->lease);
    event_log_close(files->log);
    meta_free(files->meta);
    state_free(files->state);
    secret_mask_free(files->mask);
    free(files->directory);
    free(files->working_dir);
    *files = (struct conversation_files){0};
}

/* --- making --- */

static bool write_parts(const struct conversation_place *place, struct conversation_files *files,
                        struct error *error)
{
    return claim(place, files, error) && open_log(files, error) && write_level(files, error) &&
           conversation_disk_write_state(files->directory, files->state, place->cipher, error) &&
           conversation_disk_write_meta(files->directory, files->meta, place->cipher, error);
}

bool conversation_disk_create(const struct conversation_place *place,
                              struct conversation_files *files, struct error *error)
{
    struct error ignored; /* the first error is the one to tell */
    files->id = place->id;
    files->directory = conversation_disk_path(place->directory, place->id);
    files->unanswered = EVENT_NO_PARENT;
    files->goal = EVENT_NO_PARENT;
    find_working_dir(files);
    if (!file_make_directories(place->directory, error))
        return false;
    if (mkdir(files->directory, 0700) != 0)
        return error_set_errno(error, errno, "make '%s'", files->directory);
    if (write_parts(place, files, error))
        return true;
    if (!conversation_disk_remove(files->directory, &ignored))
        log_warn("conversation.left", "path=%s", files->directory);
    return false;
}

bool conversation_disk_remove(const char *directory, struct error *error)
{
    uint64_t count;
    const struct file_remove_options options = {.path = directory, .is_recursive = true};
    return file_remove(&options, &count, error);
}

char *conversation_disk_read_working_dir(const char *directory)
{
    scoped_buf struct buf text = {0};
    struct error ignored; /* NULL says enough */
    struct doc_error why;
    if (!conversation_disk_read(directory, "meta.json", &text, &ignored))
        return NULL;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    const struct doc_value *workspace = doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT
                                            ? doc_find(doc_root(doc), STR("workspace"))
                                            : NULL;
    const struct doc_value *path = workspace != NULL && doc_kind(workspace) == DOC_OBJECT
                                       ? doc_find(workspace, STR("working_dir"))
                                       : NULL;
    char *found = path != NULL && doc_kind(path) == DOC_STRING
                      ? conversation_disk_absolute(doc_string(path))
                      : NULL;
    doc_free(doc);
    return found;
}

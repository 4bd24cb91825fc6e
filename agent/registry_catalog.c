/*
 * An agent makes up nearly all of a base_state.json, and nothing of it is needed here: the files
 * are parsed, but no state is built of them.
 */
#include "agent/registry_catalog.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#include "agent/conversation_disk.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/log.h"
#include "server/base/mem.h"

/* --- a look at a text --- */

/* Behind the string that begins at `at`, past its closing quote. */
static size_t skip_string(struct str text, size_t at)
{
    for (at++; at < text.len && text.data[at] != '"'; at++)
        if (text.data[at] == '\\')
            at++;
    return at + 1;
}

static bool is_named(struct str text, size_t from, size_t to, struct str name)
{
    return str_equal(str_slice(text, from + 1, to - 1), name) && to < text.len &&
           text.data[to] == ':';
}

static int step_of(char byte)
{
    if (byte == '{' || byte == '[')
        return 1;
    return byte == '}' || byte == ']' ? -1 : 0;
}

/* The text of a member of the outermost object, when it is a string without escapes; STR_NULL. Only
 * as exact as is needed for what we or the reference have written: compact JSON. */
static struct str find_text(struct str text, const char *name)
{
    int depth = 0;
    for (size_t at = 0; at < text.len;) {
        if (text.data[at] != '"') {
            depth += step_of(text.data[at++]);
            continue;
        }
        const size_t end = skip_string(text, at);
        const bool is_found = depth == 1 && is_named(text, at, end, str_from(name));
        at = end;
        if (is_found && end + 1 < text.len && text.data[end + 1] == '"')
            return str_slice(text, end + 2, skip_string(text, end + 1) - 1);
    }
    return STR_NULL;
}

static bool is_whole(struct str text)
{
    text = str_trim(text);
    return str_starts_with(text, STR("{")) && str_ends_with(text, STR("}"));
}

/* --- entries --- */

static int64_t time_of(struct str text, const char *name)
{
    int64_t time_us;
    return clock_parse_iso(find_text(text, name), &time_us) ? time_us : 0;
}

static bool read_text(const char *directory, const char *name, struct buf *text,
                      struct error *error)
{
    buf_clear(text);
    if (!conversation_disk_read(directory, name, text, error))
        return false;
    return is_whole(buf_str(text)) ||
           error_set(error, ERROR_INVALID, "'%s/%s' should be an object", directory, name);
}

static bool read_entry(const char *path, struct buf *text, struct catalog_entry *entry,
                       struct error *error)
{
    if (!read_text(path, "base_state.json", text, error))
        return false;
    if (!state_status_find(find_text(buf_str(text), "execution_status"), &entry->status))
        entry->status = STATUS_IDLE;
    if (!read_text(path, "meta.json", text, error))
        return false;
    if (!id_parse(find_text(buf_str(text), "parent_conversation_id"), &entry->parent))
        entry->parent = (struct id){0};
    entry->created_us = time_of(buf_str(text), "created_at");
    entry->updated_us = time_of(buf_str(text), "updated_at");
    return true;
}

struct catalog {
    struct catalog_entry *entries;
    size_t count;
    size_t capacity;
};

static void look_at(const char *directory, struct id id, struct buf *text, struct catalog *catalog)
{
    scoped_free char *path = conversation_disk_path(directory, id);
    struct catalog_entry entry = {.id = id};
    struct error error;
    if (!read_entry(path, text, &entry, &error)) {
        log_warn("conversation.unreadable", "id=%s error=\"%s\"", id_hex(id).text, error.text);
        return;
    }
    if (catalog->count == catalog->capacity) {
        catalog->capacity = catalog->capacity * 2 + 16;
        catalog->entries =
            mem_resize(catalog->entries, catalog->capacity * sizeof(catalog->entries[0]));
    }
    catalog->entries[catalog->count++] = entry;
}

bool catalog_read(const char *directory, struct catalog_entry **ret_entries, size_t *ret_count,
                  struct error *error)
{
    struct catalog catalog = {0};
    scoped_buf struct buf text = {0};
    DIR *folder = opendir(directory);
    if (folder == NULL && errno != ENOENT)
        return error_set_errno(error, errno, "list '%s'", directory);
    for (const struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL;
         entry = readdir(folder)) {
        struct id id;
        if (id_parse_hex(str_from(entry->d_name), &id))
            look_at(directory, id, &text, &catalog);
    }
    if (folder != NULL)
        (void)closedir(folder); /* nothing was written */
    *ret_entries = catalog.entries;
    *ret_count = catalog.count;
    return true;
}

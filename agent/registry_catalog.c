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
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"

static struct str text_of(const struct doc_value *root, const char *name)
{
    const struct doc_value *value =
        doc_kind(root) == DOC_OBJECT ? doc_find(root, str_from(name)) : NULL;
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static struct doc *read_doc(const char *directory, const char *name, struct buf *text,
                            struct error *error)
{
    struct doc_error why;
    buf_clear(text);
    if (!conversation_disk_read(directory, name, text, error))
        return NULL;
    struct doc *doc = doc_parse(buf_str(text), &why);
    if (doc == NULL)
        (void)error_set(error, ERROR_INVALID, "%s: %s", name, why.text); /* NULL says it failed */
    return doc;
}

static int64_t time_of(const struct doc_value *root, const char *name)
{
    int64_t time_us;
    return clock_parse_iso(text_of(root, name), &time_us) ? time_us : 0;
}

static bool read_entry(const char *path, struct buf *text, struct catalog_entry *entry,
                       struct error *error)
{
    struct doc *state = read_doc(path, "base_state.json", text, error);
    if (state == NULL)
        return false;
    if (!state_status_find(text_of(doc_root(state), "execution_status"), &entry->status))
        entry->status = STATUS_IDLE;
    doc_free(state);
    struct doc *meta = read_doc(path, "meta.json", text, error);
    if (meta == NULL)
        return false;
    if (!id_parse(text_of(doc_root(meta), "parent_conversation_id"), &entry->parent))
        entry->parent = (struct id){0};
    entry->created_us = time_of(doc_root(meta), "created_at");
    entry->updated_us = time_of(doc_root(meta), "updated_at");
    doc_free(meta);
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

#include "agent/skill_folder.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/file_walk.h"
#include "agent/prompt/text_source.h"
#include "plugins/mcp/mcp_expand.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

static bool is_file(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool skill_folder_find(const char *folder, struct buf *path)
{
    const struct file_walk_options options = {.root = folder};
    struct file_walk *tree;
    struct file_walk_entry entry;
    struct error none;
    bool is_found = false;
    if (!file_walk_open(&options, &tree, &none))
        return false;
    while (!is_found && file_walk_next(tree, &entry)) {
        if (!str_equal_nocase(entry.name, STR("SKILL.md")))
            continue;
        buf_clear(path);
        buf_printf(path, "%s/%.*s", folder, STR_ARG(entry.name));
        is_found = is_file(path->data);
    }
    file_walk_close(tree);
    return is_found;
}

/* --- servers --- */

static bool has_text(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING;
}

static bool check_servers(const struct doc_value *servers, struct error *error)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *server;
    if (doc_kind(servers) != DOC_OBJECT)
        return error_set(error, ERROR_INVALID, ".mcp.json: mcpServers should be an object");
    while (doc_next(servers, &iterator, &name, &server))
        if (doc_kind(server) != DOC_OBJECT ||
            (!has_text(server, "command") && !has_text(server, "url")))
            return error_set(error, ERROR_INVALID, ".mcp.json: '%.*s' has no command and no url",
                             STR_ARG(name));
    return true;
}

static bool find_root(void *owner, struct str name, struct buf *out)
{
    const char *folder = owner;
    if (!str_equal(name, STR("SKILL_ROOT")))
        return false;
    buf_append(out, str_from(folder));
    return true;
}

static bool write_servers(const struct doc_value *root, const char *folder, struct buf *out,
                          struct error *error)
{
    const struct mcp_expand expand = {.find_secret = find_root, .owner = (void *)(uintptr_t)folder};
    if (doc_kind(root) != DOC_OBJECT)
        return error_set(error, ERROR_INVALID, ".mcp.json should be an object");
    const struct doc_value *servers = doc_find(root, STR("mcpServers"));
    if (servers == NULL) {
        buf_append(out, STR("{}"));
        return true;
    }
    if (!check_servers(servers, error))
        return false;
    mcp_expand_json(&expand, servers, out);
    return true;
}

bool skill_folder_read_servers(const char *folder, struct buf *out, struct error *error)
{
    scoped_buf struct buf path = {0};
    scoped_buf struct buf text = {0};
    struct doc_error why;
    buf_printf(&path, "%s/.mcp.json", folder);
    if (!is_file(path.data))
        return true;
    if (!text_source_read(path.data, &text, error))
        return false;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    if (doc == NULL)
        return error_set(error, ERROR_INVALID, ".mcp.json is no JSON: %s", why.text);
    const bool is_written = write_servers(doc_root(doc), folder, out, error);
    doc_free(doc);
    return is_written;
}

/* --- resources --- */

struct listing {
    struct arena arena;
    struct str *files;
    size_t count;
};

static int compare(const void *a, const void *b)
{
    const struct str *first = a;
    const struct str *second = b;
    return str_compare(*first, *second);
}

/* A link counts as what it points to, but is not entered. */
static void list_files(const char *folder, struct listing *listing)
{
    const struct file_walk_options options = {.root = folder};
    struct file_walk *tree;
    struct file_walk_entry entry;
    struct error none;
    if (!file_walk_open(&options, &tree, &none))
        return;
    listing->files = mem_zero(SKILL_FOLDER_MAX_FILES, sizeof(*listing->files));
    while (listing->count < SKILL_FOLDER_MAX_FILES && file_walk_next(tree, &entry)) {
        scoped_buf struct buf path = {0};
        buf_printf(&path, "%s/%s", folder, entry.path);
        if (entry.kind == FILE_KIND_DIRECTORY)
            (void)file_walk_enter(tree, 0); /* unreadable ones are left out */
        else if (is_file(path.data))
            listing->files[listing->count++] = arena_copy(&listing->arena, str_from(entry.path));
    }
    file_walk_close(tree);
    qsort(listing->files, listing->count, sizeof(*listing->files), compare);
}

static size_t write_listing(const char *folder, const char *kind, struct jsonw *w)
{
    scoped_buf struct buf path = {0};
    struct listing listing = {0};
    buf_printf(&path, "%s/%s", folder, kind);
    list_files(path.data, &listing);
    jsonw_array_in(w, kind);
    for (size_t i = 0; i < listing.count; i++)
        jsonw_string(w, NULL, listing.files[i]);
    jsonw_end(w);
    free(listing.files);
    arena_fini(&listing.arena);
    return listing.count;
}

void skill_folder_list_resources(const char *folder, struct buf *out)
{
    static const char *const kinds[] = {"scripts", "references", "assets"};
    scoped_buf struct buf text = {0};
    scoped_free char *root = realpath(folder, NULL);
    struct jsonw w;
    size_t count = 0;
    jsonw_init(&w, &text);
    jsonw_object(&w);
    jsonw_cstr(&w, "skill_root", root == NULL ? folder : root);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        count += write_listing(folder, kinds[i], &w);
    jsonw_end(&w);
    if (count > 0)
        buf_append(out, buf_str(&text));
}

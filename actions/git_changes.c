#include "actions/git_changes.h"

#include <dirent.h>
#include <sys/stat.h>

#include "actions/git_parse.h"
#include "actions/git_tree.h"
#include "actions/path_missing.h"
#include "server/base/buf.h"
#include "server/base/error.h"

static const char *const kind_names[] = {
    [GIT_CHANGE_ADDED] = "ADDED",
    [GIT_CHANGE_DELETED] = "DELETED",
    [GIT_CHANGE_UPDATED] = "UPDATED",
};

const char *git_change_kind_name(enum git_change_kind kind)
{
    return kind_names[kind];
}

void git_change_path(const struct git_change *change, struct buf *out)
{
    if (change->nested.len > 0) {
        buf_append(out, change->nested);
        buf_append_byte(out, '/');
    }
    buf_append(out, change->path);
}

void git_changes_fini(struct git_changes *changes)
{
    free(changes->items);
    arena_fini(&changes->arena);
    *changes = (struct git_changes){0};
}

void git_changes_add(struct git_changes *changes, enum git_change_kind kind, struct str nested,
                     struct str path)
{
    if (changes->count == changes->capacity) {
        changes->capacity = changes->capacity == 0 ? 64 : changes->capacity * 2;
        changes->items = mem_resize(changes->items, changes->capacity * sizeof(*changes->items));
    }
    if (path.len > 1 && path.data[path.len - 1] == '/')
        path.len--; /* an untracked repository is listed as a directory */
    changes->items[changes->count++] = (struct git_change){
        .kind = kind,
        .nested = nested,
        .path = arena_copy(&changes->arena, path),
    };
}

static bool add_entry(struct git_changes *changes, struct str nested,
                      const struct git_name_status *entry)
{
    switch (entry->letter) {
    case 'M':
    case 'T':
    case 'U':
        git_changes_add(changes, GIT_CHANGE_UPDATED, nested, entry->path);
        return true;
    case 'R':
        git_changes_add(changes, GIT_CHANGE_DELETED, nested, entry->old_path);
        git_changes_add(changes, GIT_CHANGE_ADDED, nested, entry->path);
        return true;
    case 'A':
    case 'C':
        git_changes_add(changes, GIT_CHANGE_ADDED, nested, entry->path);
        return true;
    case 'D':
        git_changes_add(changes, GIT_CHANGE_DELETED, nested, entry->path);
        return true;
    default:
        return false;
    }
}

bool git_changes_add_diff(struct git_changes *changes, struct str nested, struct str output,
                          struct error *error)
{
    const size_t count = changes->count;
    struct git_name_status entry;
    struct str rest = output;
    while (git_parse_name_status(&rest, &entry) && add_entry(changes, nested, &entry))
        output = rest;
    if (git_parse_is_done(output))
        return true;
    changes->count = count;
    return error_set(error, ERROR_INVALID, "Unexpected git diff output format: %.*s",
                     STR_ARG(str_slice(output, 0, 200)));
}

struct nested {
    struct arena arena;
    struct str *names;
    size_t count;
    size_t capacity;
};

static bool holds_git(int directory, const char *name)
{
    scoped_buf struct buf path = {0};
    buf_printf(&path, "%s/.git", name);
    struct stat status;
    return fstatat(directory, path.data, &status, 0) == 0;
}

static int compare_names(const void *left, const void *right)
{
    return str_compare(*(const struct str *)left, *(const struct str *)right);
}

static void find_nested(struct nested *nested, const char *directory)
{
    DIR *stream = opendir(directory);
    if (stream == NULL)
        return;
    const struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        const bool may_be_directory =
            entry->d_type == DT_DIR || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
        if (entry->d_name[0] == '.' || !may_be_directory ||
            !holds_git(dirfd(stream), entry->d_name))
            continue;
        if (nested->count == nested->capacity) {
            nested->capacity = nested->capacity * 2 + 8;
            nested->names = mem_resize(nested->names, nested->capacity * sizeof(*nested->names));
        }
        nested->names[nested->count++] = arena_copy(&nested->arena, str_from(entry->d_name));
    }
    (void)closedir(stream); /* was only read */
    if (nested->count > 1)
        qsort(nested->names, nested->count, sizeof(*nested->names), compare_names);
}

static bool is_inside(struct str path, const struct nested *nested)
{
    const struct str top = str_slice(path, 0, str_find_byte(path, '/'));
    return nested->count > 0 &&
           bsearch(&top, nested->names, nested->count, sizeof(top), compare_names) != NULL;
}

static void drop_nested(struct git_changes *changes, const struct nested *nested)
{
    size_t kept = 0;
    for (size_t i = 0; i < changes->count; i++) {
        if (!is_inside(changes->items[i].path, nested))
            changes->items[kept++] = changes->items[i];
    }
    changes->count = kept;
}

/* What goes wrong in a nested repository stays there. */
static void add_nested(struct git *git, const char *directory, struct str reference,
                       const struct nested *nested, struct git_changes *changes)
{
    for (size_t i = 0; i < nested->count; i++) {
        scoped_buf struct buf path = {0};
        buf_printf(&path, "%s/%.*s", directory, STR_ARG(nested->names[i]));
        const struct str name = arena_copy(&changes->arena, nested->names[i]);
        bool is_repository = false;
        if (git_tree_find(git, &(struct git_tree_query){path.data, name, reference}, changes,
                          &is_repository, NULL) &&
            is_repository)
            changes->is_repository = true;
    }
}

bool git_changes_find(struct git *git, struct str directory, struct str reference,
                      struct git_changes *changes, struct error *error)
{
    scoped_free char *resolved = NULL;
    struct error failure = {0};
    if (!path_missing_resolve(directory, &resolved, &failure))
        return true; /* what cannot be reached is no repository */
    struct nested nested = {0};
    find_nested(&nested, resolved);
    const struct git_tree_query query = {.directory = resolved, .reference = reference};
    const bool is_ok = git_tree_find(git, &query, changes, &changes->is_repository, error);
    if (is_ok) {
        drop_nested(changes, &nested);
        add_nested(git, resolved, reference, &nested, changes);
    }
    free(nested.names);
    arena_fini(&nested.arena);
    return is_ok;
}

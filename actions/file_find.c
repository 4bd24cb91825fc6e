#include "actions/file_find.h"

#include <fcntl.h>

#include "actions/file_walk.h"
#include "actions/glob.h"
#include "server/base/clock.h"
#include "server/base/mem.h"

struct search {
    const struct glob *glob;
    struct file_walk *walk;
    struct file_find *find;
    struct file_search_bounds bounds;
    size_t max_matches;
};

static void add(struct search *search, const struct file_walk_entry *entry,
                const struct stat *status)
{
    struct file_find *find = search->find;
    if (find->count == find->capacity) {
        find->capacity = find->capacity == 0 ? 64 : find->capacity * 2;
        find->items = mem_resize(find->items, find->capacity * sizeof(find->items[0]));
    }
    const struct file_status described = file_status_from(status);
    const struct str path = str_from(entry->path);
    const size_t offset = find->paths.len;
    buf_append_bytes(&find->paths, path.data, path.len + 1); /* with the NUL */
    if (buf_has_overflowed(&find->paths))
        return; /* the next match ends the search */
    find->items[find->count++] = (struct file_found){
        .offset = offset,
        .len = path.len,
        .kind = described.kind,
        .size = described.size,
        .modified_us = described.modified_us,
    };
}

static bool leads_to_directory(struct search *search, const struct file_walk_entry *entry)
{
    if (entry->kind == FILE_KIND_DIRECTORY)
        return true;
    struct stat status;
    return entry->kind == FILE_KIND_LINK &&
           fstatat(file_walk_directory(search->walk), entry->name.data, &status, 0) == 0 &&
           S_ISDIR(status.st_mode);
}

static void take_match(struct search *search, const struct file_walk_entry *entry)
{
    struct stat status;
    if (glob_only_directories(search->glob) && entry->kind != FILE_KIND_DIRECTORY)
        return;
    if (!file_walk_stat(search->walk, &status))
        return; /* gone meanwhile */
    if (search->find->count == search->max_matches || buf_has_overflowed(&search->find->paths))
        search->find->stop = FILE_SEARCH_AT_LIMIT;
    else
        add(search, entry, &status);
}

static void visit(struct search *search, const struct file_walk_entry *entry)
{
    const struct glob *glob = search->glob;
    if (glob_is_match(glob, glob_step(glob, entry->mark, entry->name, false)))
        take_match(search, entry);
    const bool is_link = entry->kind == FILE_KIND_LINK;
    const uint64_t below = glob_step(glob, entry->mark, entry->name, is_link);
    if (search->find->stop == FILE_SEARCH_COMPLETE && glob_goes_on(glob, below) &&
        leads_to_directory(search, entry))
        (void)file_walk_enter(search->walk, below);
}

/* The root's own entries start with the places of the pattern's beginning; a walk starts with 0. */
static void visit_all(struct search *search)
{
    struct file_find *find = search->find;
    struct file_walk_entry entry;
    while (find->stop == FILE_SEARCH_COMPLETE && file_walk_next(search->walk, &entry)) {
        if (entry.mark == 0)
            entry.mark = glob_start(search->glob);
        visit(search, &entry);
        if (find->stop == FILE_SEARCH_COMPLETE)
            find->stop = file_search_check(&search->bounds);
    }
    find->skipped = file_walk_skipped(search->walk);
}

static int compare_times(const void *a, const void *b, void *owner)
{
    const struct file_found *left = a;
    const struct file_found *right = b;
    if (left->modified_us != right->modified_us)
        return left->modified_us > right->modified_us ? -1 : 1;
    const char *paths = owner;
    return str_compare(str_span(paths + left->offset, left->len),
                       str_span(paths + right->offset, right->len));
}

static void sort_by_time(struct file_find *find, size_t limit)
{
    if (find->count > 1)
        qsort_r(find->items, find->count, sizeof(find->items[0]), compare_times, find->paths.data);
    if (find->count <= limit)
        return;
    find->count = limit;
    if (find->stop == FILE_SEARCH_COMPLETE)
        find->stop = FILE_SEARCH_AT_LIMIT;
}

bool file_find(const struct file_find_options *options, struct file_find *ret_find,
               struct error *error)
{
    struct glob *glob;
    struct file_find find = {0};
    if (!glob_compile(options->pattern, options->includes_hidden ? GLOB_HIDDEN : 0, &glob, error))
        return false;
    struct search search = {
        .glob = glob,
        .find = &find,
        .bounds = {.deadline_ms = clock_monotonic_ms() + options->timeout_ms,
                   .is_cancelled = options->is_cancelled},
        .max_matches = options->is_by_time ? FILE_FIND_MAX_MATCHES : options->limit,
    };
    const struct file_walk_options walk_options = {.root = options->root};
    const bool is_open = file_walk_open(&walk_options, &search.walk, error);
    if (is_open) {
        visit_all(&search);
        file_walk_close(search.walk);
        if (options->is_by_time)
            sort_by_time(&find, options->limit);
        *ret_find = find;
    }
    glob_free(glob);
    return is_open;
}

struct str file_find_path(const struct file_find *find, size_t index)
{
    return str_span(find->paths.data + find->items[index].offset, find->items[index].len);
}

void file_find_fini(struct file_find *find)
{
    free(find->items);
    buf_fini(&find->paths);
    *find = (struct file_find){0};
}

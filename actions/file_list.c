#include "actions/file_list.h"

#include <errno.h>
#include <fcntl.h>

#include "actions/path.h"
#include "server/base/mem.h"

static bool keeps(const void *owner, struct str name, enum file_kind kind)
{
    const struct file_list_options *options = owner;
    if (!options->includes_hidden && str_starts_with(name, STR(".")))
        return false;
    return !options->only_directories || kind == FILE_KIND_DIRECTORY;
}

/* An entry's sort key beside its place, while sorting by time or size. */
struct keyed {
    struct file_name name;
    uint64_t key;
};

static int compare_keys(const void *a, const void *b, void *owner)
{
    const char *bytes = owner;
    const struct keyed *left = a;
    const struct keyed *right = b;
    if (left->key != right->key)
        return left->key > right->key ? -1 : 1;
    return str_compare(str_span(bytes + left->name.offset, left->name.len),
                       str_span(bytes + right->name.offset, right->name.len));
}

static uint64_t key_of(int directory_fd, const char *name, enum file_list_order order)
{
    struct stat status;
    if (fstatat(directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (order == FILE_LIST_BY_SIZE)
        return (uint64_t)status.st_size;
    const int64_t time =
        (int64_t)status.st_mtim.tv_sec * 1000000000 + (int64_t)status.st_mtim.tv_nsec;
    return time < 0 ? 0 : (uint64_t)time;
}

static void sort_by_key(struct file_names *names, int directory_fd, enum file_list_order order)
{
    if (names->count < 2)
        return;
    scoped_free struct keyed *keyed = mem_zero(names->count, sizeof(*keyed));
    for (size_t i = 0; i < names->count; i++)
        keyed[i] = (struct keyed){
            .name = names->items[i],
            .key = key_of(directory_fd, names->bytes.data + names->items[i].offset, order),
        };
    qsort_r(keyed, names->count, sizeof(*keyed), compare_keys, names->bytes.data);
    for (size_t i = 0; i < names->count; i++)
        names->items[i] = keyed[i].name;
}

static void sort(struct file_names *names, int directory_fd, enum file_list_order order)
{
    switch (order) {
    case FILE_LIST_BY_NAME:
        file_names_sort(names);
        break;
    case FILE_LIST_BY_NAME_NOCASE:
        file_names_sort_nocase(names);
        break;
    case FILE_LIST_BY_TIME:
    case FILE_LIST_BY_SIZE:
        sort_by_key(names, directory_fd, order);
        break;
    }
}

static bool equals_lowered(struct str name, struct str page)
{
    scoped_buf struct buf lower = {0};
    file_names_lower(&lower, name);
    return str_equal(buf_str(&lower), page);
}

static size_t find_page(const struct file_names *names, struct str page)
{
    if (str_is_empty(page))
        return 0;
    for (size_t i = 0; i < names->count; i++)
        if (str_equal(file_names_at(names, i), page))
            return i;
    for (size_t i = 0; i < names->count; i++)
        if (equals_lowered(file_names_at(names, i), page))
            return i;
    return 0;
}

static void fill_entry(struct file_list_entry *entry, const struct file_names *names, size_t index,
                       int directory_fd, bool wants_status)
{
    entry->name = file_names_at(names, index);
    entry->kind = names->items[index].kind;
    struct stat status;
    if (!wants_status || fstatat(directory_fd, entry->name.data, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    entry->has_status = true;
    entry->status = file_status_from(&status);
}

static void fill_page(struct file_list *list, const struct file_list_options *options,
                      int directory_fd)
{
    const size_t start = find_page(&list->names, options->page);
    const size_t left = list->names.count - start;
    list->count = left < options->limit ? left : options->limit;
    list->entries = mem_zero(list->count, sizeof(list->entries[0]));
    for (size_t i = 0; i < list->count; i++)
        fill_entry(&list->entries[i], &list->names, start + i, directory_fd, options->wants_status);
    if (left > list->count)
        list->next = file_names_at(&list->names, start + list->count);
}

bool file_list(const struct file_list_options *options, struct file_list *ret_list,
               struct error *error)
{
    scoped_fd int fd = -1;
    if (!path_open_directory(options->path, &fd, error))
        return false;
    struct file_list list = {0};
    if (!file_names_read(&list.names, fd, keeps, options)) {
        const int saved = errno;
        file_list_fini(&list);
        return path_error(error, saved, options->path);
    }
    sort(&list.names, fd, options->order);
    list.total = list.names.count;
    list.is_truncated = list.names.is_truncated;
    fill_page(&list, options, fd);
    *ret_list = list;
    return true;
}

void file_list_fini(struct file_list *list)
{
    free(list->entries);
    file_names_fini(&list->names);
    *list = (struct file_list){0};
}

#include "server/loop/process_table.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "server/base/mem.h"
#include "server/base/str.h"

#define GROUP_LOOKS_MAX 10  /* more new members than that are life enough */
#define STAT_BYTES      256 /* the fields of interest, behind a name of 64 bytes at most */

static bool parse_pid(struct str text, pid_t *ret_pid)
{
    uint64_t number;
    if (!str_to_u64(text, 0, INT32_MAX, &number))
        return false;
    *ret_pid = (pid_t)number;
    return true;
}

/* "12 (any ) name) S 1 12 …": the name may hold anything, so look for the last parenthesis. */
static bool parse_stat(struct str text, struct process_row *row)
{
    const size_t name_end = str_find_last_byte(text, ')');
    if (name_end == SIZE_MAX)
        return false;
    struct str rest = str_skip(text, name_end + 2);
    struct str state, parent, group, session;
    if (!str_next(&rest, ' ', &state) || !str_next(&rest, ' ', &parent) ||
        !str_next(&rest, ' ', &group) || !str_next(&rest, ' ', &session) || state.len != 1)
        return false;
    row->state = state.data[0];
    return parse_pid(parent, &row->parent) && parse_pid(group, &row->group) &&
           parse_pid(session, &row->session);
}

static bool read_row(int proc_fd, const char *name, struct process_row *row)
{
    if (!parse_pid(str_from(name), &row->pid))
        return false;
    scoped_fd int folder = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return false;
    scoped_fd int fd = openat(folder, "stat", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    char text[STAT_BYTES];
    const ssize_t len = read(fd, text, sizeof(text));
    return len > 0 && parse_stat(str_span(text, (size_t)len), row);
}

static void append(struct process_table *table, size_t *capacity, const struct process_row *row)
{
    if (table->count == *capacity) {
        *capacity = *capacity == 0 ? 64 : *capacity * 2;
        table->rows = mem_resize(table->rows, *capacity * sizeof(*table->rows));
    }
    table->rows[table->count++] = *row;
}

static int compare_rows(const void *left, const void *right)
{
    const struct process_row *a = left;
    const struct process_row *b = right;
    return (a->pid > b->pid) - (a->pid < b->pid);
}

bool process_table_read(struct process_table *ret_table)
{
    DIR *proc = opendir("/proc");
    if (proc == NULL)
        return false;
    struct process_table table = {0};
    size_t capacity = 0;
    for (const struct dirent *entry; (entry = readdir(proc)) != NULL;) {
        struct process_row row;
        if (read_row(dirfd(proc), entry->d_name, &row))
            append(&table, &capacity, &row);
    }
    (void)closedir(proc); /* only read from */
    if (table.count > 1)
        qsort(table.rows, table.count, sizeof(*table.rows), compare_rows);
    *ret_table = table;
    return table.count > 0;
}

void process_table_fini(struct process_table *table)
{
    free(table->rows);
    *table = (struct process_table){0};
}

bool process_row_is_zombie(const struct process_row *row)
{
    return row->state == 'Z' || row->state == 'X';
}

static const struct process_row *find_row(const struct process_table *table, pid_t pid)
{
    const struct process_row key = {.pid = pid};
    if (table->count == 0)
        return NULL;
    return bsearch(&key, table->rows, table->count, sizeof(key), compare_rows);
}

bool process_table_descends(const struct process_table *table, const struct process_row *row,
                            pid_t ancestor)
{
    /* Rows are not of one moment: a reused pid may close a circle. */
    for (size_t steps = 0; row != NULL && steps < table->count; steps++) {
        if (row->parent == ancestor)
            return true;
        row = find_row(table, row->parent);
    }
    return false;
}

struct group_look {
    bool has_living;
    bool has_new;
};

static struct group_look look_at_group(const struct process_table *table,
                                       const struct process_table *before, pid_t group)
{
    struct group_look look = {0};
    for (size_t i = 0; i < table->count; i++) {
        const struct process_row *row = &table->rows[i];
        if (row->group != group)
            continue;
        look.has_living |= !process_row_is_zombie(row);
        look.has_new |= find_row(before, row->pid) == NULL;
    }
    return look;
}

bool process_table_group_is_alive(pid_t group)
{
    struct process_table before = {0};
    struct group_look look = {.has_new = true};
    for (int looks = 0; looks < GROUP_LOOKS_MAX && !look.has_living; looks++) {
        if (looks > 1 && !look.has_new)
            break;
        struct process_table table;
        if (!process_table_read(&table)) {
            look.has_living = true;
            break;
        }
        look = look_at_group(&table, &before, group);
        process_table_fini(&before);
        before = table;
    }
    process_table_fini(&before);
    return look.has_living || look.has_new;
}

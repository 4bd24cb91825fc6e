#include "api/v1/git_print.h"

#include "actions/git_changes.h"
#include "actions/git_commits.h"
#include "actions/git_diff.h"
#include "actions/git_text.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

struct row {
    struct str name;
    enum git_change_kind kind;
    size_t order; /* keeps equal names as they came */
};

static struct str quoted_name(const struct git_change *change, struct arena *arena)
{
    scoped_buf struct buf name = {0};
    if (change->nested.len > 0) {
        buf_append(&name, change->nested);
        buf_append_byte(&name, '/');
    }
    git_text_quote_name(&name, change->path);
    return arena_copy(arena, buf_str(&name));
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left;
    const struct row *b = right;
    const int by_name = str_compare(a->name, b->name);
    if (by_name != 0)
        return by_name;
    return a->order < b->order ? -1 : 1;
}

static void print_row(const struct row *row, struct jsonw *w)
{
    scoped_buf struct buf name = {0};
    buf_append(&name, row->name);
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '\\')
            name.data[i] = '/';
    }
    jsonw_object(w);
    jsonw_cstr(w, "status", git_change_kind_name(row->kind));
    jsonw_string(w, "path", buf_str(&name));
    jsonw_end(w);
}

void git_print_changes(const struct git_changes *changes, bool is_sorted, struct buf *out)
{
    struct arena arena = {0};
    struct row *rows = arena_zero(&arena, changes->count + 1, sizeof(*rows));
    for (size_t i = 0; i < changes->count; i++)
        rows[i] = (struct row){.name = quoted_name(&changes->items[i], &arena),
                               .kind = changes->items[i].kind,
                               .order = i};
    if (is_sorted)
        qsort(rows, changes->count, sizeof(*rows), compare_rows);
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_array(&w);
    for (size_t i = 0; i < changes->count; i++)
        print_row(&rows[i], &w);
    jsonw_end(&w);
    arena_fini(&arena);
}

void git_print_commits(const struct git_commits *commits, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_array_in(&w, "commits");
    for (size_t i = 0; i < commits->count; i++) {
        const struct git_commit *commit = &commits->items[i];
        jsonw_object(&w);
        jsonw_string(&w, "sha", commit->oid);
        jsonw_string(&w, "short_sha", commit->short_oid);
        jsonw_string(&w, "subject", commit->subject);
        jsonw_string(&w, "author", commit->author);
        jsonw_string(&w, "timestamp", commit->timestamp);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_bool(&w, "has_more", commits->has_more);
    jsonw_end(&w);
}

/* A buffer nothing was put into is an empty text, not null. */
static struct str text_of(const struct buf *buf)
{
    return buf->len == 0 ? STR("") : buf_str(buf);
}

void git_print_diff(const struct git_diff *diff, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string_or_null(&w, "modified", diff->is_repository ? text_of(&diff->modified) : STR_NULL);
    jsonw_string_or_null(&w, "original", diff->is_repository ? text_of(&diff->original) : STR_NULL);
    jsonw_end(&w);
}

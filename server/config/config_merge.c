#include "server/config/config_merge.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

struct merge {
    struct buf *out;
    bool null_wins;
};

static void merge_values(const struct merge *merge, const struct doc_value *base,
                         const struct doc_value *over, unsigned depth);

static void begin_item(const struct merge *merge, bool *is_first)
{
    if (!*is_first)
        buf_append_byte(merge->out, ',');
    *is_first = false;
}

static void begin_member(const struct merge *merge, bool *is_first, struct str name)
{
    begin_item(merge, is_first);
    jsonw_quote(merge->out, name);
    buf_append_byte(merge->out, ':');
}

static void merge_objects(const struct merge *merge, const struct doc_value *base,
                          const struct doc_value *over, unsigned depth)
{
    bool is_first = true;
    struct str name;
    const struct doc_value *value;
    buf_append_byte(merge->out, '{');
    for (void *iterator = NULL; doc_next(base, &iterator, &name, &value);) {
        begin_member(merge, &is_first, name);
        merge_values(merge, value, doc_find(over, name), depth - 1);
    }
    for (void *iterator = NULL; doc_next(over, &iterator, &name, &value);) {
        if (doc_find(base, name) != NULL)
            continue;
        begin_member(merge, &is_first, name);
        doc_print(value, merge->out);
    }
    buf_append_byte(merge->out, '}');
}

static void merge_lists(const struct merge *merge, const struct doc_value *base,
                        const struct doc_value *over, unsigned depth)
{
    const size_t base_count = doc_count(base);
    const size_t over_count = doc_count(over);
    bool is_first = true;
    buf_append_byte(merge->out, '[');
    for (size_t i = 0; i < base_count || i < over_count; i++) {
        begin_item(merge, &is_first);
        merge_values(merge, i < base_count ? doc_at(base, i) : NULL,
                     i < over_count ? doc_at(over, i) : NULL, depth - 1);
    }
    buf_append_byte(merge->out, ']');
}

static void merge_values(const struct merge *merge, const struct doc_value *base,
                         const struct doc_value *over, unsigned depth)
{
    const bool keeps_base =
        over == NULL || (base != NULL && doc_kind(over) == DOC_NULL && !merge->null_wins);
    const enum doc_kind kind = doc_kind(keeps_base ? base : over);
    if (keeps_base)
        doc_print(base, merge->out);
    else if (base == NULL || depth == 0 || kind != doc_kind(base))
        doc_print(over, merge->out);
    else if (kind == DOC_OBJECT)
        merge_objects(merge, base, over, depth);
    else if (kind == DOC_ARRAY)
        merge_lists(merge, base, over, depth);
    else
        doc_print(over, merge->out);
}

void config_merge(const struct doc_value *base, const struct doc_value *over, bool null_wins,
                  struct buf *out)
{
    const struct merge merge = {.out = out, .null_wins = null_wins};
    merge_values(&merge, base, over, CONFIG_MERGE_DEPTH);
}

void config_replace(const struct doc_value *base, const struct doc_value *over, struct buf *out)
{
    const struct merge merge = {.out = out, .null_wins = true};
    merge_values(&merge, base, over, 1);
}

#include "server/http/range.h"

enum part_outcome {
    PART_RANGE,
    PART_SKIPPED,
    PART_OUTSIDE
};

static bool parse_number(struct str text, uint64_t *ret_value)
{
    return str_to_u64(text, 0, UINT64_MAX - 1, ret_value);
}

/* "-3": the last three bytes. */
static enum part_outcome parse_suffix(struct str text, uint64_t size, struct range *ret_range)
{
    uint64_t len;
    if (str_starts_with(text, STR("-")))
        return PART_OUTSIDE;
    if (!parse_number(text, &len))
        return PART_SKIPPED;
    *ret_range = (struct range){.start = len > size ? 0 : size - len, .end = size};
    return ret_range->start < size ? PART_RANGE : PART_OUTSIDE;
}

static enum part_outcome parse_part(struct str part, uint64_t size, struct range *ret_range)
{
    const size_t dash = str_find_byte(part, '-');
    if (dash == SIZE_MAX || part.len == 1)
        return PART_SKIPPED;
    const struct str first = str_trim(str_slice(part, 0, dash));
    const struct str last = str_trim(str_skip(part, dash + 1));
    if (first.len == 0)
        return parse_suffix(last, size, ret_range);
    uint64_t start;
    uint64_t end = size;
    if (!parse_number(first, &start) || (last.len > 0 && !parse_number(last, &end)))
        return PART_SKIPPED;
    *ret_range = (struct range){.start = start, .end = last.len > 0 && end < size ? end + 1 : size};
    return start < size ? PART_RANGE : PART_OUTSIDE;
}

/* Keeps the list sorted; what overlaps or touches the new range is swallowed by it. */
static void insert_range(struct range_list *list, struct range range)
{
    size_t kept = 0;
    size_t at = 0;
    struct range rest[RANGE_MAX_COUNT];
    size_t rest_count = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct range old = list->items[i];
        if (old.end < range.start) {
            list->items[kept++] = old;
        } else if (old.start > range.end) {
            rest[rest_count++] = old;
        } else {
            range.start = old.start < range.start ? old.start : range.start;
            range.end = old.end > range.end ? old.end : range.end;
        }
    }
    list->items[kept++] = range;
    for (at = 0; at < rest_count; at++)
        list->items[kept++] = rest[at];
    list->count = kept;
}

static enum range_outcome malformed(struct range_list *list, const char *problem)
{
    list->problem = problem;
    return RANGE_MALFORMED;
}

enum range_outcome range_parse(struct str header, uint64_t size, struct range_list *list)
{
    *list = (struct range_list){0};
    const size_t equals = str_find_byte(header, '=');
    if (equals == SIZE_MAX)
        return malformed(list, "Malformed range header.");
    if (!str_equal_nocase(str_trim(str_slice(header, 0, equals)), STR("bytes")))
        return malformed(list, "Only support bytes range");
    struct str rest = str_skip(header, equals + 1);
    struct str part;
    size_t part_count = 0;
    bool is_outside = false;
    bool is_backwards = false;
    while (str_next(&rest, ',', &part)) {
        if (++part_count > RANGE_MAX_COUNT)
            return RANGE_IGNORED;
        struct range range = {0};
        const enum part_outcome outcome = parse_part(str_trim(part), size, &range);
        if (outcome == PART_OUTSIDE)
            is_outside = true;
        else if (outcome == PART_RANGE && range.start >= range.end)
            is_backwards = true;
        else if (outcome == PART_RANGE)
            insert_range(list, range);
    }
    if (is_outside)
        return RANGE_UNSATISFIABLE;
    if (is_backwards)
        return malformed(list, "Range header: start must be less than end");
    if (list->count == 0)
        return malformed(list, "Range header: range must be requested");
    return RANGE_PARTIAL;
}

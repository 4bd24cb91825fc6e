/*
 * difflib's SequenceMatcher: the longest run of equal lines splits both texts in two, each half is
 * searched again, and what lies between two runs is a hunk. Lines become numbers first, equal lines
 * the same one. In texts of 200 lines and more, lines that make up over one percent of the new text
 * start no run; runs still grow over them.
 */
#include "actions/text_diff.h"

#include <stdint.h>
#include <stdlib.h>

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define MAX_LINES      ((size_t)1 << 20)
#define POPULAR_LINES  200
#define NO_LINE        UINT32_MAX
#define FNV_OFFSET     1469598103934665603u
#define FNV_PRIME      1099511628211u
#define FIRST_CAPACITY 64

struct lines {
    struct str *items;
    uint32_t *numbers;
    size_t count;
};

/* A run of equal lines: `size` from old_start and from new_start on. */
struct run {
    size_t old_start;
    size_t new_start;
    size_t size;
};

struct range {
    size_t old_from;
    size_t old_to;
    size_t new_from;
    size_t new_to;
};

struct diff {
    struct lines old_lines;
    struct lines new_lines;
    /* Where in the new text a number stands: places[place_start[n]] up to place_start[n + 1]. */
    uint32_t *place_start;
    uint32_t *places;
    /* Lengths of the runs that end at a place of the new text, one beyond; of two old lines. */
    uint32_t *lengths;
    uint32_t *next_lengths;
    struct run *runs;
    size_t run_count;
    size_t run_capacity;
    struct range *todo;
    size_t todo_count;
    size_t todo_capacity;
    size_t steps;
};

static void split(struct str text, struct lines *lines)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n' ? 1 : 0;
    lines->items = mem_alloc(count * sizeof(lines->items[0]));
    const char *at = text.len == 0 ? "" : text.data;
    const char *end = at + text.len;
    for (size_t i = 0; i < count; i++) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        lines->items[i] = str_span(at, (size_t)((line_end == NULL ? end : line_end) - at));
        at = line_end == NULL ? end : line_end + 1;
    }
    lines->count = count;
}

static uint64_t hash_line(struct str line)
{
    uint64_t hash = FNV_OFFSET;
    for (size_t i = 0; i < line.len; i++)
        hash = (hash ^ (unsigned char)line.data[i]) * FNV_PRIME;
    return hash ^ (hash >> 32);
}

struct numbering {
    struct str *keys; /* an open-addressed table; a key that is not set is free */
    uint32_t *numbers;
    size_t mask;
    uint32_t count;
};

static void number_lines(struct numbering *numbering, struct lines *lines)
{
    lines->numbers = mem_alloc(lines->count * sizeof(lines->numbers[0]));
    for (size_t i = 0; i < lines->count; i++) {
        const struct str line = lines->items[i];
        size_t slot = hash_line(line) & numbering->mask;
        while (str_is_set(numbering->keys[slot]) && !str_equal(numbering->keys[slot], line))
            slot = (slot + 1) & numbering->mask;
        if (!str_is_set(numbering->keys[slot])) {
            numbering->keys[slot] = line;
            numbering->numbers[slot] = numbering->count++;
        }
        lines->numbers[i] = numbering->numbers[slot];
    }
}

/* Returns how many different lines there are. */
static uint32_t number_all(struct diff *diff)
{
    size_t capacity = FIRST_CAPACITY;
    while (capacity < (diff->old_lines.count + diff->new_lines.count) * 2)
        capacity *= 2;
    struct numbering numbering = {
        .keys = mem_zero(capacity, sizeof(numbering.keys[0])),
        .numbers = mem_alloc(capacity * sizeof(numbering.numbers[0])),
        .mask = capacity - 1,
    };
    number_lines(&numbering, &diff->old_lines);
    number_lines(&numbering, &diff->new_lines);
    free(numbering.keys);
    free(numbering.numbers);
    return numbering.count;
}

static void index_places(struct diff *diff, uint32_t different)
{
    const struct lines *lines = &diff->new_lines;
    uint32_t *counts = mem_zero(different + 1, sizeof(counts[0]));
    for (size_t i = 0; i < lines->count; i++)
        counts[lines->numbers[i]]++;
    const size_t most = lines->count >= POPULAR_LINES ? lines->count / 100 + 1 : SIZE_MAX;
    diff->place_start = mem_zero(different + 1, sizeof(diff->place_start[0]));
    for (uint32_t n = 0; n < different; n++) {
        const bool is_popular = counts[n] > most;
        diff->place_start[n + 1] = diff->place_start[n] + (is_popular ? 0 : counts[n]);
        counts[n] = is_popular ? NO_LINE : diff->place_start[n];
    }
    diff->places = mem_alloc(lines->count * sizeof(diff->places[0]));
    for (uint32_t i = 0; i < lines->count; i++)
        if (counts[lines->numbers[i]] != NO_LINE)
            diff->places[counts[lines->numbers[i]]++] = i;
    free(counts);
}

/* Forgets the lengths that the old line `number` left behind. */
static void clear_lengths(const struct diff *diff, uint32_t *lengths, uint32_t number)
{
    for (uint32_t at = diff->place_start[number]; at < diff->place_start[number + 1]; at++)
        lengths[diff->places[at] + 1] = 0;
}

/* One old line against all places in the range where it stands in the new text. */
static void extend_runs(struct diff *diff, const struct range *range, size_t i, struct run *best)
{
    const uint32_t number = diff->old_lines.numbers[i];
    for (uint32_t at = diff->place_start[number]; at < diff->place_start[number + 1]; at++) {
        const size_t j = diff->places[at];
        diff->steps++;
        if (j < range->new_from)
            continue;
        if (j >= range->new_to)
            break;
        const uint32_t length = diff->lengths[j] + 1;
        diff->next_lengths[j + 1] = length;
        if (length > best->size)
            *best = (struct run){i + 1 - length, j + 1 - length, length};
    }
}

static struct run longest_run(struct diff *diff, const struct range *range)
{
    struct run best = {range->old_from, range->new_from, 0};
    for (size_t i = range->old_from; i < range->old_to; i++) {
        diff->steps++;
        extend_runs(diff, range, i, &best);
        if (i > range->old_from)
            clear_lengths(diff, diff->lengths, diff->old_lines.numbers[i - 1]);
        uint32_t *finished = diff->lengths;
        diff->lengths = diff->next_lengths;
        diff->next_lengths = finished;
    }
    clear_lengths(diff, diff->lengths, diff->old_lines.numbers[range->old_to - 1]);
    const uint32_t *old_numbers = diff->old_lines.numbers;
    const uint32_t *new_numbers = diff->new_lines.numbers;
    while (best.old_start > range->old_from && best.new_start > range->new_from &&
           old_numbers[best.old_start - 1] == new_numbers[best.new_start - 1]) {
        best.old_start--;
        best.new_start--;
        best.size++;
    }
    while (best.old_start + best.size < range->old_to &&
           best.new_start + best.size < range->new_to &&
           old_numbers[best.old_start + best.size] == new_numbers[best.new_start + best.size])
        best.size++;
    return best;
}

static void push_range(struct diff *diff, struct range range)
{
    if (range.old_from >= range.old_to || range.new_from >= range.new_to)
        return;
    if (diff->todo_count == diff->todo_capacity) {
        diff->todo_capacity = diff->todo_capacity == 0 ? FIRST_CAPACITY : diff->todo_capacity * 2;
        diff->todo = mem_resize(diff->todo, diff->todo_capacity * sizeof(diff->todo[0]));
    }
    diff->todo[diff->todo_count++] = range;
}

static void push_run(struct diff *diff, struct run run)
{
    if (diff->run_count == diff->run_capacity) {
        diff->run_capacity = diff->run_capacity == 0 ? FIRST_CAPACITY : diff->run_capacity * 2;
        diff->runs = mem_resize(diff->runs, diff->run_capacity * sizeof(diff->runs[0]));
    }
    diff->runs[diff->run_count++] = run;
}

static int compare_runs(const void *a, const void *b)
{
    const struct run *left = a;
    const struct run *right = b;
    return left->old_start < right->old_start ? -1 : left->old_start > right->old_start;
}

/* False when it takes too long. */
static bool find_runs(struct diff *diff)
{
    index_places(diff, number_all(diff));
    diff->lengths = mem_zero(diff->new_lines.count + 1, sizeof(diff->lengths[0]));
    diff->next_lengths = mem_zero(diff->new_lines.count + 1, sizeof(diff->next_lengths[0]));
    push_range(diff, (struct range){0, diff->old_lines.count, 0, diff->new_lines.count});
    while (diff->todo_count > 0) {
        const struct range range = diff->todo[--diff->todo_count];
        const struct run run = longest_run(diff, &range);
        if (diff->steps > TEXT_DIFF_MAX_STEPS)
            return false;
        if (run.size == 0)
            continue;
        push_run(diff, run);
        push_range(diff, (struct range){range.old_from, run.old_start, //
                                        range.new_from, run.new_start});
        push_range(diff, (struct range){run.old_start + run.size, range.old_to,
                                        run.new_start + run.size, range.new_to});
    }
    if (diff->run_count > 0)
        qsort(diff->runs, diff->run_count, sizeof(diff->runs[0]), compare_runs);
    return true;
}

/* Only what is equal at both ends. */
static void find_ends(struct diff *diff)
{
    const struct lines *old_lines = &diff->old_lines;
    const struct lines *new_lines = &diff->new_lines;
    const size_t shorter =
        old_lines->count < new_lines->count ? old_lines->count : new_lines->count;
    size_t front = 0;
    while (front < shorter && str_equal(old_lines->items[front], new_lines->items[front]))
        front++;
    size_t back = 0;
    while (back < shorter - front && str_equal(old_lines->items[old_lines->count - 1 - back],
                                               new_lines->items[new_lines->count - 1 - back]))
        back++;
    diff->run_count = 0;
    push_run(diff, (struct run){0, 0, front});
    push_run(diff, (struct run){old_lines->count - back, new_lines->count - back, back});
}

static void print_range(struct buf *out, char sign, size_t from, size_t to)
{
    const size_t length = to - from;
    if (length == 1)
        buf_printf(out, " %c%zu", sign, from + 1);
    else
        buf_printf(out, " %c%zu,%zu", sign, length == 0 ? from : from + 1, length);
}

static void print_line(struct buf *out, char sign, struct str line)
{
    const struct str trimmed = utf8_trim(line);
    const size_t len = trimmed.len == 0 ? 0 : (size_t)(trimmed.data - line.data) + trimmed.len;
    buf_append_byte(out, '\n');
    buf_append_byte(out, sign);
    buf_append(out, str_slice(line, 0, len));
}

static void print_hunk(const struct diff *diff, const struct range *range, struct buf *out)
{
    if (range->old_from == range->old_to && range->new_from == range->new_to)
        return;
    buf_append(out, STR("\n@@"));
    print_range(out, '-', range->old_from, range->old_to);
    print_range(out, '+', range->new_from, range->new_to);
    buf_append(out, STR(" @@"));
    for (size_t i = range->old_from; i < range->old_to; i++)
        print_line(out, '-', diff->old_lines.items[i]);
    for (size_t i = range->new_from; i < range->new_to; i++)
        print_line(out, '+', diff->new_lines.items[i]);
}

static void print_path(struct buf *out, const char *sign, struct str path)
{
    const struct str trimmed = utf8_trim(path);
    buf_printf(out, "%s", sign);
    if (trimmed.len > 0)
        buf_append(out, str_slice(path, 0, (size_t)(trimmed.data - path.data) + trimmed.len));
}

static void print_diff(const struct diff *diff, struct str path, struct buf *out)
{
    print_path(out, "--- ", path);
    print_path(out, "\n+++ ", path);
    struct range range = {0};
    for (size_t i = 0; i < diff->run_count; i++) {
        const struct run *run = &diff->runs[i];
        range.old_to = run->old_start;
        range.new_to = run->new_start;
        print_hunk(diff, &range, out);
        range.old_from = run->old_start + run->size;
        range.new_from = run->new_start + run->size;
    }
    range.old_to = diff->old_lines.count;
    range.new_to = diff->new_lines.count;
    print_hunk(diff, &range, out);
}

static void fini(struct diff *diff)
{
    free(diff->old_lines.items);
    free(diff->old_lines.numbers);
    free(diff->new_lines.items);
    free(diff->new_lines.numbers);
    free(diff->place_start);
    free(diff->places);
    free(diff->lengths);
    free(diff->next_lengths);
    free(diff->runs);
    free(diff->todo);
}

void text_diff(struct str path, struct str old_text, struct str new_text, struct buf *out)
{
    if (str_equal(old_text, new_text))
        return;
    struct diff diff = {0};
    split(old_text, &diff.old_lines);
    split(new_text, &diff.new_lines);
    const bool is_small = diff.old_lines.count <= MAX_LINES && diff.new_lines.count <= MAX_LINES;
    if (!is_small || !find_runs(&diff))
        find_ends(&diff);
    print_diff(&diff, path, out);
    fini(&diff);
}

#include "agent/tools/patch_section.h"

#include "server/base/mem.h"
#include "server/base/utf8.h"

#define FUZZ_END_BLANKS  1
#define FUZZ_BLANKS      100
#define FUZZ_END_OF_FILE 10000

struct patch_lines patch_lines_split(struct arena *arena, struct str text)
{
    struct patch_lines lines = {0};
    struct str line = STR_NULL;
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    lines.items = arena_zero(arena, count, sizeof(*lines.items));
    while (lines.count < count && str_next(&text, '\n', &line))
        lines.items[lines.count++] = line;
    while (lines.count < count)
        lines.items[lines.count++] = STR("");
    return lines;
}

static bool ends_section(struct str line)
{
    static const char *const starts[] = {"@@",
                                         "*** End Patch",
                                         "*** Update File:",
                                         "*** Delete File:",
                                         "*** Add File:",
                                         "*** End of File"};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (str_starts_with(line, str_from(starts[i])))
            return true;
    }
    return str_equal(line, STR("***"));
}

static struct patch_chunk *open_chunk(struct patch_section *section)
{
    struct patch_chunk *chunk = &section->chunks[section->chunk_count++];
    *chunk =
        (struct patch_chunk){.at = section->before.count, .insert_from = section->inserted.count};
    return chunk;
}

/* Takes a line of the section; *chunk is the one that is open, if any. */
static void take_line(struct patch_section *section, struct patch_chunk **chunk, char mark,
                      struct str line)
{
    if (mark == ' ')
        *chunk = NULL;
    else if (*chunk == NULL)
        *chunk = open_chunk(section);
    if (mark == '+') {
        section->inserted.items[section->inserted.count++] = line;
        (*chunk)->insert_count++;
        return;
    }
    section->before.items[section->before.count++] = line;
    if (mark == '-')
        (*chunk)->delete_count++;
}

bool patch_section_read(struct arena *arena, struct patch_lines patch, size_t from,
                        struct patch_section *ret_section, size_t *ret_bad)
{
    const size_t room = patch.count - from + 1;
    struct patch_chunk *chunk = NULL;
    struct patch_section section = {
        .before.items = arena_zero(arena, room, sizeof(struct str)),
        .inserted.items = arena_zero(arena, room, sizeof(struct str)),
        .chunks = arena_zero(arena, room, sizeof(struct patch_chunk)),
        .end = from,
    };
    for (; section.end < patch.count && !ends_section(patch.items[section.end]); section.end++) {
        const struct str line = patch.items[section.end];
        const char mark = line.len == 0 ? ' ' : line.data[0];
        if (strchr(" +-", mark) == NULL || mark == '\0') {
            *ret_bad = section.end;
            return false;
        }
        take_line(&section, &chunk, mark, str_skip(line, 1));
    }
    *ret_bad = from;
    if (section.end < patch.count && str_equal(patch.items[section.end], STR("*** End of File"))) {
        section.is_at_end_of_file = true;
        section.end++;
    }
    *ret_section = section;
    return section.end > from;
}

enum comparison {
    EXACT,
    END_BLANKS,
    BLANKS
};

static bool is_same(struct str a, struct str b, enum comparison comparison)
{
    if (comparison == EXACT)
        return str_equal(a, b);
    if (comparison == END_BLANKS)
        return str_equal(utf8_trim_end(a), utf8_trim_end(b));
    return str_equal(utf8_trim(a), utf8_trim(b));
}

size_t patch_line_find(struct patch_lines file, struct str line, size_t start, bool ignores_blanks)
{
    for (size_t i = start; i < file.count; i++) {
        if (is_same(file.items[i], line, ignores_blanks ? BLANKS : EXACT))
            return i;
    }
    return SIZE_MAX;
}

static bool stands_at(struct patch_lines file, struct patch_lines context, size_t at,
                      enum comparison comparison)
{
    for (size_t i = 0; i < context.count; i++) {
        if (!is_same(file.items[at + i], context.items[i], comparison))
            return false;
    }
    return true;
}

static size_t find_lines(struct patch_lines file, struct patch_lines context, size_t start,
                         uint64_t *fuzz)
{
    static const uint64_t costs[] = {
        [EXACT] = 0, [END_BLANKS] = FUZZ_END_BLANKS, [BLANKS] = FUZZ_BLANKS};
    if (context.count == 0)
        return start;
    for (size_t comparison = EXACT; comparison <= BLANKS; comparison++) {
        for (size_t at = start; at + context.count <= file.count; at++) {
            if (stands_at(file, context, at, (enum comparison)comparison)) {
                *fuzz += costs[comparison];
                return at;
            }
        }
    }
    return SIZE_MAX;
}

size_t patch_section_find(const struct patch_section *section, struct patch_lines file,
                          size_t start, uint64_t *fuzz)
{
    const struct patch_lines context = section->before;
    if (!section->is_at_end_of_file)
        return find_lines(file, context, start, fuzz);
    const size_t last = file.count >= context.count ? file.count - context.count : 0;
    const size_t at = last >= start ? find_lines(file, context, last, fuzz) : SIZE_MAX;
    if (at != SIZE_MAX)
        return at;
    *fuzz += FUZZ_END_OF_FILE;
    return find_lines(file, context, start, fuzz);
}

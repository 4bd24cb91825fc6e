#include "agent/tools/patch.h"

#include <stdlib.h>

#include "agent/tools/patch_section.h"
#include "server/base/utf8.h"

#define BEGIN  "*** Begin Patch"
#define END    "*** End Patch"
#define UPDATE "*** Update File: "
#define DELETE "*** Delete File: "
#define ADD    "*** Add File: "
#define MOVE   "*** Move to: "

struct reader {
    struct patch *patch;
    const struct patch_files *files;
    struct patch_lines lines;
    size_t at;
};

static bool fail(struct reader *reader, const char *text, struct str what)
{
    buf_printf(&reader->patch->error, "%s%.*s", text, STR_ARG(what));
    return false;
}

static struct str line_of(const struct reader *reader)
{
    return reader->at < reader->lines.count ? reader->lines.items[reader->at] : STR(END);
}

/* What follows the prefix in this line; then the next line is due. */
static bool read_prefixed(struct reader *reader, struct str prefix, struct str *ret_rest)
{
    const struct str line = line_of(reader);
    if (reader->at == reader->lines.count || !str_starts_with(line, prefix))
        return false;
    *ret_rest = str_skip(line, prefix.len);
    reader->at++;
    return true;
}

static bool begins_file(struct str line)
{
    static const char *const starts[] = {END,
                                         "*** Update File:", "*** Delete File:", "*** Add File:"};
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (str_starts_with(line, str_from(starts[i])))
            return true;
    }
    return false;
}

static bool is_known(const struct patch *patch, struct str path)
{
    for (size_t i = 0; i < patch->count; i++) {
        if (str_equal(patch->changes[i].path, path))
            return true;
    }
    return false;
}

static bool is_escaping(struct str path)
{
    struct str part = STR_NULL;
    if (str_starts_with(path, STR("/")))
        return true;
    while (str_next(&path, '/', &part)) {
        if (str_equal(part, STR("..")))
            return true;
    }
    return false;
}

static bool load(struct reader *reader, const char *operation, struct str path,
                 struct str *ret_content)
{
    if (reader->files->load(reader->files->owner, reader->patch, path, ret_content))
        return true;
    if (reader->patch->error.len == 0)
        buf_printf(&reader->patch->error, "%s File Error: Missing File: %.*s", operation,
                   STR_ARG(path));
    return false;
}

/* "@@ line": looking begins behind it. A line that stands before already says nothing new. */
static size_t follow_anchor(struct reader *reader, struct patch_lines file, size_t at,
                            struct str anchor)
{
    const struct patch_lines before = {.items = file.items, .count = at};
    if (utf8_trim(anchor).len == 0)
        return at;
    if (patch_line_find(before, anchor, 0, false) != SIZE_MAX)
        return at;
    size_t found = patch_line_find(file, anchor, at, false);
    if (found != SIZE_MAX)
        return found + 1;
    if (patch_line_find(before, anchor, 0, true) != SIZE_MAX)
        return at;
    found = patch_line_find(file, anchor, at, true);
    if (found == SIZE_MAX)
        return at;
    reader->patch->fuzz++;
    return found + 1;
}

/* False: neither the first section nor introduced by "@@". */
static bool read_anchor(struct reader *reader, bool is_first, struct str *ret_anchor)
{
    *ret_anchor = STR("");
    if (read_prefixed(reader, STR("@@ "), ret_anchor))
        return true;
    if (str_equal(line_of(reader), STR("@@"))) {
        reader->at++;
        return true;
    }
    return is_first || fail(reader, "Invalid Line:\n", line_of(reader));
}

static bool fail_context(struct reader *reader, const struct patch_section *section, size_t at)
{
    buf_printf(&reader->patch->error,
               "Invalid %sContext %zu:", section->is_at_end_of_file ? "EOF " : "", at);
    for (size_t i = 0; i < section->before.count; i++)
        buf_printf(&reader->patch->error, "\n%.*s", STR_ARG(section->before.items[i]));
    return false;
}

static void append_lines(struct buf *out, struct patch_lines lines, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        buf_append(out, lines.items[i]);
        buf_append_byte(out, '\n');
    }
}

/* An update under way: lines of the file before `done` are in `out`. */
struct update {
    struct patch_lines file;
    size_t at;
    size_t done;
    struct buf out;
};

static void apply_section(struct update *update, const struct patch_section *section, size_t at)
{
    for (size_t i = 0; i < section->chunk_count; i++) {
        const struct patch_chunk *chunk = &section->chunks[i];
        append_lines(&update->out, update->file, update->done, at + chunk->at);
        append_lines(&update->out, section->inserted, chunk->insert_from,
                     chunk->insert_from + chunk->insert_count);
        update->done = at + chunk->at + chunk->delete_count;
    }
    update->at = at + section->before.count;
}

static bool read_section(struct reader *reader, struct update *update, bool is_first)
{
    size_t bad;
    struct str anchor;
    struct patch_section section;
    if (!read_anchor(reader, is_first, &anchor))
        return false;
    update->at = follow_anchor(reader, update->file, update->at, anchor);
    if (!patch_section_read(&reader->patch->arena, reader->lines, reader->at, &section, &bad))
        return fail(reader, "Invalid Line: ",
                    bad < reader->lines.count ? reader->lines.items[bad] : STR(""));
    const size_t at = patch_section_find(&section, update->file, update->at, &reader->patch->fuzz);
    if (at == SIZE_MAX)
        return fail_context(reader, &section, update->at);
    reader->at = section.end;
    apply_section(update, &section, at);
    return true;
}

static bool read_sections(struct reader *reader, struct update *update)
{
    bool is_first = true;
    while (reader->at < reader->lines.count && !begins_file(line_of(reader)) &&
           !str_starts_with(line_of(reader), STR("*** End of File"))) {
        if (!read_section(reader, update, is_first))
            return false;
        is_first = false;
    }
    append_lines(&update->out, update->file, update->done, update->file.count);
    return true;
}

static bool read_update(struct reader *reader, struct patch_change *change)
{
    struct update update = {0};
    if (read_prefixed(reader, STR(MOVE), &change->move_path) && is_escaping(change->move_path)) {
        buf_printf(&reader->patch->error,
                   "Update File Error: Invalid move path '%.*s': must be a relative path without "
                   "'..' components",
                   STR_ARG(change->move_path));
        return false;
    }
    if (!load(reader, "Update", change->path, &change->old_content))
        return false;
    update.file = patch_lines_split(&reader->patch->arena, change->old_content);
    const bool is_read = read_sections(reader, &update);
    if (is_read && update.out.len > 0)
        buf_truncate(&update.out, update.out.len - 1); /* lines are joined, not ended */
    if (is_read)
        change->new_content = arena_copy(&reader->patch->arena, buf_str(&update.out));
    buf_fini(&update.out);
    return is_read;
}

static bool read_added(struct reader *reader, struct patch_change *change)
{
    scoped_buf struct buf content = {0};
    size_t count = 0;
    for (; reader->at < reader->lines.count && !begins_file(line_of(reader)); reader->at++) {
        if (!str_starts_with(line_of(reader), STR("+")))
            return fail(reader, "Invalid Add File Line: ", line_of(reader));
        if (count++ > 0)
            buf_append_byte(&content, '\n');
        buf_append(&content, str_skip(line_of(reader), 1));
    }
    change->new_content = arena_copy(&reader->patch->arena, buf_str(&content));
    return true;
}

static bool read_change(struct reader *reader, struct patch_change *change)
{
    switch (change->kind) {
    case PATCH_ADD:
        return read_added(reader, change);
    case PATCH_UPDATE:
        return read_update(reader, change);
    case PATCH_DELETE:
        return load(reader, "Delete", change->path, &change->old_content);
    }
    return false;
}

static bool read_file(struct reader *reader)
{
    static const struct {
        struct str prefix;
        const char *duplicate;
        enum patch_kind kind;
    } operations[] = {
        {STR_INIT(UPDATE), "Update File Error: Duplicate Path: ", PATCH_UPDATE},
        {STR_INIT(DELETE), "Delete File Error: Duplicate Path: ", PATCH_DELETE},
        {STR_INIT(ADD), "Add File Error: Duplicate Path: ", PATCH_ADD},
    };
    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        struct patch *patch = reader->patch;
        struct patch_change change = {.kind = operations[i].kind};
        if (!read_prefixed(reader, operations[i].prefix, &change.path))
            continue;
        if (is_known(patch, change.path))
            return fail(reader, operations[i].duplicate, change.path);
        if (!read_change(reader, &change))
            return false;
        patch->changes[patch->count++] = change;
        return true;
    }
    return fail(reader, "Unknown Line: ", line_of(reader));
}

bool patch_read(struct patch *patch, struct str text, const struct patch_files *files)
{
    struct reader reader = {.patch = patch, .files = files, .at = 1};
    reader.lines = patch_lines_split(&patch->arena, str_trim(text));
    if (!str_starts_with(reader.lines.items[0], STR(BEGIN)))
        return fail(&reader, "Invalid patch: must start with '" BEGIN "'", STR(""));
    patch->changes = arena_zero(&patch->arena, reader.lines.count, sizeof(*patch->changes));
    while (reader.at < reader.lines.count && !str_starts_with(line_of(&reader), STR(END))) {
        if (!read_file(&reader))
            return false;
    }
    if (reader.at == reader.lines.count)
        return fail(&reader, "Missing End Patch", STR(""));
    return reader.at + 1 == reader.lines.count || fail(&reader, "Invalid patch text", STR(""));
}

void patch_fini(struct patch *patch)
{
    arena_fini(&patch->arena);
    buf_fini(&patch->error);
    *patch = (struct patch){0};
}

#ifndef AGENT_TOOLS_PATCH_SECTION_H
#define AGENT_TOOLS_PATCH_SECTION_H

/*
 * The chunks of an update, and where in the file they belong: the part of patch.h that works on
 * lines. Lines are views of the texts that were split.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;

struct patch_lines {
    struct str *items;
    size_t count;
};

/* At least one line; a final newline is followed by an empty one. */
struct patch_lines patch_lines_split(struct arena *arena, struct str text);

/* One place where lines are taken out and others put in. */
struct patch_chunk {
    size_t at; /* in the section; later in the file */
    size_t delete_count;
    size_t insert_from; /* among the section's inserted lines */
    size_t insert_count;
};

struct patch_section {
    struct patch_lines before; /* as the file has them: context and deleted lines */
    struct patch_lines inserted;
    struct patch_chunk *chunks;
    size_t chunk_count;
    size_t end; /* the line of the patch behind it */
    bool is_at_end_of_file;
};

/* The section that begins at `from`. False: the line *ret_bad does not belong into a patch. */
bool patch_section_read(struct arena *arena, struct patch_lines patch, size_t from,
                        struct patch_section *ret_section, size_t *ret_bad) MUST_CHECK;
/* Where the section's lines stand in the file, from `start` on; SIZE_MAX: nowhere. Adds to *fuzz.
 */
size_t patch_section_find(const struct patch_section *section, struct patch_lines file,
                          size_t start, uint64_t *fuzz);
/* The first such line at or behind `start`, blanks at both ends aside when told so. */
size_t patch_line_find(struct patch_lines file, struct str line, size_t start, bool ignores_blanks);

#endif

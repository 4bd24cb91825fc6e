#ifndef AGENT_SKILL_FILE_H
#define AGENT_SKILL_FILE_H

/*
 * A skill from a file of Markdown with a head (frontmatter.h; contract v1-conversations §10). A
 * plain value that is borrowed for the call.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;
struct error;
struct skill;

struct skill_file {
    struct str name; /* where the head has none */
    struct str path; /* absolute */
    struct str text;
    bool is_skill_md;     /* the SKILL.md of a folder */
    struct str mcp_tools; /* JSON, of what stands beside it (skill_folder.h); STR_NULL: none */
    struct str resources; /* likewise */
};
/* ERROR_INVALID, ERROR_UNPROCESSABLE say what is wrong with the head. */
bool skill_read_file(const struct skill_file *file, struct arena *arena, struct skill *ret_skill,
                     struct error *error) MUST_CHECK;

#endif

#ifndef AGENT_PUBLIC_SKILLS_H
#define AGENT_PUBLIC_SKILLS_H

/*
 * Skills that everybody may use (contract v1-conversations §10). They are in a repository:
 *
 *     EXTENSIONS_PATH   a copy of it; then there is no network
 *     else              public_repository.h, at EXTENSIONS_REF or "main"
 *
 *     <repository>/<marketplace>          lists names; where the usual one is missing, all count
 *     <repository>/skills/NAME/SKILL.md   or skills/NAME.md
 *
 * Where something of it is missing, there are no such skills. Blocks, without EXTENSIONS_PATH as
 * long as a repository takes: for a thread of its own.
 */

#include "server/base/str.h"

struct processes;
struct skills;

#define PUBLIC_SKILLS_MARKETPLACE "marketplaces/default.json"

struct public_skills {
    struct processes *processes;
    const char *const *env; /* NULL-terminated; with EXTENSIONS_PATH and EXTENSIONS_REF */
    const char *home;
    const char *state_dir;
    struct str marketplace; /* relative to the repository; STR_NULL: all skills */
};

void public_skills_add(const struct public_skills *options, struct skills *skills);

#endif

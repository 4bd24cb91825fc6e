#ifndef AGENT_SKILLS_FIND_H
#define AGENT_SKILLS_FIND_H

/*
 * Finds the skills that are on disk (contract v1-conversations §10). The first of a name wins, so
 * the order of the calls is the order of precedence: project, then user.
 *
 *     project    .cursorrules, AGENTS.md, CLAUDE.md, … of the workspace, then of its git root;
 *                those further down, as rules for their folders;
 *                .agents/skills, .openhands/skills, .openhands/microagents of both
 *     user       ~/.agents/skills, <state>/skills, <state>/microagents, <state>/skills/installed
 *     a folder   of skills: NAME/SKILL.md, and other .md files at any depth
 *
 * A file that is no skill is skipped. Which files of a working tree may hold rules git knows: what
 * it ignores is not looked at. Where there is no git, hidden folders and node_modules are not
 * searched. A search ends after SKILLS_FIND_MAX_ENTRIES. Blocks: for worker jobs.
 */

#include "server/base/str.h"

struct processes;
struct skills;
struct skills_folder;

#define SKILLS_FIND_MAX_ENTRIES 200000
#define SKILLS_FIND_MAX_DEPTH   32

struct skills_find_git {
    struct processes *processes;
    const char *const *env;
};

/* NULL: git is not asked. */
void skills_find_project(struct skills *skills, const char *workspace,
                         const struct skills_find_git *git);
void skills_find_user(struct skills *skills, const char *home, const char *state_dir);
void skills_find_folder(struct skills *skills, const char *folder);
/* All of <repository>/skills; names of plain files begin with "skills/". */
void skills_find_repository(struct skills *skills, const char *repository);
/* skills/NAME/SKILL.md or skills/NAME.md in it. */
void skills_find_named(struct skills_folder *folder, const char *repository, struct str name);

#endif

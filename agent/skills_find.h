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
 * A file that is no skill is skipped. Hidden folders and node_modules are not searched for rules; a
 * search ends after SKILLS_FIND_MAX_ENTRIES. Blocks: for worker jobs.
 */

struct skills;

#define SKILLS_FIND_MAX_ENTRIES 200000
#define SKILLS_FIND_MAX_DEPTH   32

void skills_find_project(struct skills *skills, const char *workspace);
void skills_find_user(struct skills *skills, const char *home, const char *state_dir);
void skills_find_folder(struct skills *skills, const char *folder);

#endif

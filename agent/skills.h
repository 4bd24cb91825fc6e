#ifndef AGENT_SKILLS_H
#define AGENT_SKILLS_H

/*
 * The skills of one conversation (contract v1-conversations §10): texts that the agent is given
 * always (no trigger), when a word falls (keyword and task triggers), when a file of some place is
 * touched (path triggers), or when it asks for them (invoke_skill).
 *
 * A set of skills is made of agent_context.skills first and then of what is found on disk; the
 * first of a name wins. Finding reads files and belongs into a worker job; afterwards the set is
 * constant but for its activations, which the conversation keeps in its state and hands in.
 *
 * Owned by a conversation. Limits: SKILLS_MAX skills, SKILL_MAX_BYTES each.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct error;
struct skills;

#define SKILLS_MAX      1000
#define SKILL_MAX_BYTES ((size_t)1 << 20)

enum skill_trigger {
    SKILL_ALWAYS,
    SKILL_KEYWORD,
    SKILL_TASK,
    SKILL_PATH
};

struct skill {
    struct str name;
    struct str content;
    struct str source;      /* file or URL; STR_NULL: none */
    struct str description; /* STR_NULL: none */
    struct str license;     /* likewise the next two */
    struct str compatibility;
    struct str version;
    enum skill_trigger trigger;
    const struct str *words; /* keywords, triggers, or globs of paths */
    size_t word_count;
    struct str members; /* the Skill object as JSON, defaults filled in */
    bool is_agentskills_format;
    bool disable_model_invocation;
};

struct skills *skills_new(void);
void skills_free(struct skills *skills); /* NULL is fine */

/* agent_context.skills; ERROR_UNPROCESSABLE names the member. */
bool skills_add_objects(struct skills *skills, const struct doc_value *objects,
                        struct error *error) MUST_CHECK;
/* From disk; what does not load is skipped. */
void skills_add_project(struct skills *skills, const char *workspace);
void skills_add_user(struct skills *skills, const char *home, const char *state_dir);
/* One folder of SKILL.md folders and flat .md files. */
void skills_add_folder(struct skills *skills, const char *folder);
void skills_remove(struct skills *skills, struct str name); /* agent_context.disabled_skills */

size_t skills_count(const struct skills *skills);
const struct skill *skills_at(const struct skills *skills, size_t index);
const struct skill *skills_find(const struct skills *skills, struct str name);

/* --- the system prompt's sections; nothing is appended when no skill belongs there --- */

void skills_write_repo_context(const struct skills *skills, struct buf *out);
void skills_write_available(const struct skills *skills, struct buf *out);

/* --- activation --- */

/* Asks whether a skill, or a rule, was used before. */
struct skills_known {
    bool (*is_known)(void *owner, struct str name);
    void *owner;
};

struct skills_activation {
    struct arena arena;
    struct str *names; /* of the skills that were not known */
    size_t name_count;
    struct str text; /* for extended_content; empty: none */
};
void skills_activation_fini(struct skills_activation *activation);

/* For a message of the user. */
void skills_activate_words(const struct skills *skills, struct str message,
                           const struct skills_known *known,
                           struct skills_activation *ret_activation);
/* For a file that a tool has touched, relative to the workspace or absolute below it. */
void skills_activate_path(const struct skills *skills, const char *workspace, struct str path,
                          const struct skills_known *known,
                          struct skills_activation *ret_activation);

/* --- invoke_skill --- */

/* A skill can be asked for: the tool belongs to the conversation. */
bool skills_has_invocable(const struct skills *skills);
/* The text for the model; ERROR_NOT_FOUND, ERROR_INVALID with the contract's text. Commands in the
 * text (!`cmd`) are not run here: skill_commands.h. */
bool skills_invoke(const struct skills *skills, struct str name, struct buf *out,
                   struct error *error) MUST_CHECK;

#endif

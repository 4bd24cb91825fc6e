#ifndef AGENT_SKILLS_H
#define AGENT_SKILLS_H

/*
 * The skills of one conversation (contract v1-conversations §10), in the order in which they were
 * found; the first of a name wins. First those of the project are added (skills_find.h), then
 * agent_context.skills, then public ones (public_skills.h), which give way to the user's, the last
 * of all; afterwards the set is constant. What has come up already is kept in the
 * conversation's state and handed in.
 *
 *     no trigger           whole text in the system prompt
 *     keyword, task        listed there; added to the message that says the word
 *     SKILL.md             listed there; given when asked for (invoke_skill)
 *     path                 added to the result of the tool that touches such a file
 *
 * Owned by a conversation. Limits: SKILLS_MAX skills; those beyond are not added.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/skill.h"
#include "agent/skill_file.h"
#include "server/base/attributes.h"
#include "server/base/mem.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct error;
struct skills;

#define SKILLS_MAX 1000

struct skills *skills_new(void);
void skills_free(struct skills *skills); /* NULL is fine */

/* agent_context.skills; NULL and null add nothing. ERROR_UNPROCESSABLE names the member. */
bool skills_add_objects(struct skills *skills, const struct doc_value *objects,
                        struct error *error) MUST_CHECK;
/* False: there is one of that name, or no room, or the file is wrong (error). */
bool skills_add_file(struct skills *skills, const struct skill_file *file,
                     struct error *error) MUST_CHECK;
/* Those from this index on give way to others of their names that are added later. */
void skills_yield_from(struct skills *skills, size_t index);
/* The skills of one folder. They are added when it is closed; the last of a name counts. */
struct skills_folder;
enum skills_order {
    SKILLS_BY_KIND, /* those that the agent is always told, those that come up, those of SKILL.md
                     * files; of a name that two kinds have, the first kind's counts */
    SKILLS_AS_FOUND
};
struct skills_folder *skills_folder_open(struct skills *skills, enum skills_order order);
/* ERROR_INVALID, ERROR_UNPROCESSABLE, ERROR_TOO_LARGE: it is left out. */
bool skills_folder_add(struct skills_folder *folder, const struct skill_file *file,
                       struct error *error) MUST_CHECK;
void skills_folder_close(struct skills_folder *folder);
/* A text that is there always, or for files of a place only (`glob` set). */
void skills_add_text(struct skills *skills, const struct skill_file *file, struct str glob);
void skills_remove(struct skills *skills, struct str name); /* agent_context.disabled_skills */

size_t skills_count(const struct skills *skills);
const struct skill *skills_at(const struct skills *skills, size_t index);
const struct skill *skills_find(const struct skills *skills, struct str name); /* NULL: none */

/* --- for the system prompt; nothing is appended when no skill belongs there --- */

/* `model` leaves out what is written for models of another family. */
void skills_write_repo_context(const struct skills *skills, struct str model, struct buf *out);
void skills_write_available(const struct skills *skills, struct buf *out);

/* --- coming up --- */

/* Asks whether a skill or rule has come up before. */
struct skills_known {
    bool (*is_known)(void *owner, struct str name);
    void *owner;
};

struct skills_activation {
    struct arena arena;
    struct str *names; /* of those that come up now */
    size_t name_count;
    struct str text; /* for extended_content; STR_NULL: none */
};
void skills_activation_fini(struct skills_activation *activation);

/* A message of the user's. */
void skills_activate_words(const struct skills *skills, struct str message,
                           const struct skills_known *known,
                           struct skills_activation *ret_activation);
/* A file that a tool has touched: relative to the workspace, or absolute below it. */
void skills_activate_path(const struct skills *skills, const char *workspace, struct str path,
                          const struct skills_known *known,
                          struct skills_activation *ret_activation);

/* --- invoke_skill --- */

/* Some skill can be asked for: the tool belongs to the conversation. */
bool skills_has_invocable(const struct skills *skills);
/* ERROR_NOT_FOUND, ERROR_INVALID with the contract's text. The text for the model is the skill's
 * content with its commands run (skill_commands.h), and the footer. */
bool skills_invoke(const struct skills *skills, struct str name, const struct skill **ret_skill,
                   struct error *error) MUST_CHECK;
/* Where the skill is; nothing for one that is not on disk. */
void skills_write_footer(const struct skill *skill, const char *workspace, struct buf *out);

#endif

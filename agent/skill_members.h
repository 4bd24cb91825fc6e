#ifndef AGENT_SKILL_MEMBERS_H
#define AGENT_SKILL_MEMBERS_H

/*
 * Members of a skill as clients send it and as the head of a file has it (contract v1-conversations
 * §10): what both have in common. For skill.c and skill_file.c alone.
 *
 * Each `skill_read_…` leaves its field alone when the member is not there, and is false with
 * ERROR_UNPROCESSABLE when it is something else.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/json.h"
#include "server/base/str.h"

struct arena;
struct error;
struct skill;

#define SKILL_MAX_WORDS 1000

struct skill_source {
    const struct doc_value *object;
    struct arena *arena; /* of all texts */
    struct error *error;
};

/* NULL: it is not there, or null. */
const struct doc_value *skill_member(const struct skill_source *source, const char *name);
/* Is false. */
bool skill_refuse(const struct skill_source *source, const char *name, const char *expected);
bool skill_is_scalar(const struct doc_value *value);
/* A number is meant as text. */
struct str skill_text(const struct doc_value *value, struct arena *arena);
bool skill_is_word_byte(char byte);

bool skill_read_text(const struct skill_source *source, const char *name,
                     struct str *field) MUST_CHECK;
bool skill_read_bool(const struct skill_source *source, const char *name, bool *field) MUST_CHECK;
bool skill_read_json(const struct skill_source *source, const char *name, enum doc_kind kind,
                     struct str *field) MUST_CHECK;
bool skill_read_words(const struct skill_source *source, const struct doc_value *list,
                      const char *name, struct skill *skill) MUST_CHECK;
bool skill_read_common(const struct skill_source *source, struct skill *skill) MUST_CHECK;
bool skill_read_allowed_tools(const struct skill_source *source, const char *name,
                              struct skill *skill) MUST_CHECK;
/* What follows from the members, when all are there. */
void skill_settle(struct skill *skill, struct arena *arena);

#endif

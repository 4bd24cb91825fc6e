#ifndef AGENT_KNOWN_NAMES_H
#define AGENT_KNOWN_NAMES_H

/*
 * Names of skills and rules that a conversation has used already, as its state keeps them: a JSON
 * array that only grows. For skills_activate_words and skills_activate_path.
 */

#include <stdbool.h>

#include "agent/skills.h"
#include "agent/state.h"
#include "server/base/attributes.h"

struct buf;
struct conversation;
struct doc;
struct error;

struct known_names {
    struct doc *doc;
    struct skills_known known; /* to be given away */
};

/* Must stay where it is while `known` is used. */
void known_names_read(const struct conversation *conversation, enum state_field field,
                      struct known_names *ret_names);
void known_names_fini(struct known_names *names);
/* Stores the names of the activation beside those that are known; none is fine. */
bool known_names_add(struct conversation *conversation, enum state_field field,
                     const struct known_names *names, const struct skills_activation *activation,
                     struct error *error) MUST_CHECK;
/* The names of the activation as a JSON array. */
void known_names_write(const struct skills_activation *activation, struct buf *out);

#endif

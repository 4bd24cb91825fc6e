#ifndef AGENT_SKILL_CATALOG_H
#define AGENT_SKILL_CATALOG_H

/*
 * All skills that a conversation could have, for clients that choose and pass them on themselves
 * (contract v1-server §8.9). They come in tiers; of a name the last tier's skill counts, in the
 * place of the first one:
 *
 *     sandbox    work_hosts: where the web applications of this machine are found
 *     base       public skills (public_skills.h), then the user's (skills_find.h)
 *     project    those of a folder
 *
 * A tier that is not there is empty and never an error. Blocks, with public skills as long as these
 * take: for a thread of its own.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;
struct processes;

struct skill_catalog {
    struct processes *processes; /* for git; NULL, without fetched skills: it is not asked */
    const char *const *env;      /* NULL-terminated, as public_skills.h wants it */
    const char *home;
    const char *state_dir;
    const char *project;    /* absolute; NULL: none */
    struct str hosts;       /* the text of work_hosts; STR_NULL: there is none */
    struct str marketplace; /* of public skills; STR_NULL: all of them */
    bool has_public;
    bool has_user;
};

/* Appends {"skills": […], "sources": {tier: number}}. */
void skill_catalog_write(const struct skill_catalog *catalog, struct buf *out);

#endif

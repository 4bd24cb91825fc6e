#ifndef AGENT_SKILL_H
#define AGENT_SKILL_H

/*
 * One skill (contract v1-conversations §10): a text for the agent, and what makes it come up. It
 * is an object that a client sent, or a file (skill_file.h).
 *
 * A plain value; its strings live in the arena that it was read into. Members that this server only
 * passes on are kept as JSON.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;
struct buf;
struct doc_value;
struct error;

#define SKILL_MAX_DESCRIPTION 1024 /* characters that a list of skills shows */

enum skill_trigger {
    SKILL_ALWAYS,  /* the agent is always told */
    SKILL_KEYWORD, /* a word of the user's */
    SKILL_TASK,    /* likewise; it has inputs */
    SKILL_PATH     /* a file that a tool touches */
};

struct skill {
    struct str name;
    struct str content;
    struct str source; /* path or URL; STR_NULL: none, like all below */
    struct str version;
    struct str description;
    struct str license;
    struct str compatibility;
    enum skill_trigger trigger;
    const struct str *words; /* keywords, triggers, or globs of paths */
    size_t word_count;
    struct str inputs; /* JSON, like the next four */
    struct str mcp_tools;
    struct str metadata;
    struct str allowed_tools;
    struct str resources;
    bool is_agentskills_format;
    bool disable_model_invocation; /* it cannot be asked for, and is not listed */
};

/* A Skill object. ERROR_UNPROCESSABLE names the member. */
bool skill_read_object(const struct doc_value *object, struct arena *arena, struct skill *ret_skill,
                       struct error *error) MUST_CHECK;

/* Appends the Skill object with all its members; nulls where it has no value. */
void skill_write(const struct skill *skill, struct buf *out);

/* The word or glob that makes the skill come up; STR_NULL: none does. A path is relative to the
 * workspace. */
struct str skill_match_message(const struct skill *skill, struct str message);
struct str skill_match_path(const struct skill *skill, struct str path);

#endif

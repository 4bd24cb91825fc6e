#ifndef AGENT_START_MEMBERS_H
#define AGENT_START_MEMBERS_H

/*
 * The inside of start_request.c: the members of a request but for its agent, each checked and put
 * into the meta data; what does not fit becomes an item of the 422 answer. Only start_request.c
 * uses it, for the time of one request.
 */

#include "agent/meta.h"
#include "server/base/mem.h"
#include "server/base/schema.h"

struct error;
struct shape_problem;

/* What one table decodes. */
struct start_members {
    struct schema_id conversation_id;
    struct schema_id parent_id;
    struct schema_id profile_id;
    struct schema_int max_iterations;
    struct schema_bool stuck_detection;
    struct schema_bool worktree;
    struct schema_bool secrets_encrypted;
    struct schema_bool autotitle;
    struct str user_id;
    struct str span_name;
    struct str title_profile;
    struct str prompt;
    struct str runtime;
    const struct doc_value *agent;
    const struct doc_value *agent_settings;
    const struct doc_value *workspace;
    const struct doc_value *tags;
    const struct doc_value *modules;
};

struct start_decoding {
    const struct doc_value *body;
    const struct cipher *cipher; /* NULL unless the request says that values are encrypted */
    struct arena arena;
    struct start_members members;
    struct issues *issues;
    struct start_request *request;
};

void start_members_scalars(struct start_decoding *decoding);
void start_members_objects(struct start_decoding *decoding);

/* JSON of one field. */
void start_members_set(struct start_decoding *decoding, enum meta_field field, struct str json);
/* An item about a member of the body; NULL: about the body itself. */
void start_members_refuse(struct start_decoding *decoding, const char *type, const char *name,
                          const struct doc_value *input, const char *message);
void start_members_refuse_shape(struct start_decoding *decoding, const char *name,
                                const struct shape_problem *problem, const struct error *error);

#endif

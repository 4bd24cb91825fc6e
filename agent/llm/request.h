#ifndef AGENT_LLM_REQUEST_H
#define AGENT_LLM_REQUEST_H

/*
 * One request to a model, put together from fragments: its path, its headers and its body, in the
 * protocol of the configuration (contract v1-conversations §5.4). Rendering a message and building
 * a request are the only two things that differ by protocol; this picks the one that applies.
 *
 * Building copies the fragments' bytes into the body and nothing else of them is looked at.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/llm/message.h"
#include "server/base/str.h"

struct llm_config;

/* A tool as the model is told of it; `parameters` is a JSON schema. */
struct llm_tool {
    struct str name;
    struct str description;
    struct str parameters;
};

struct llm_request {
    const struct llm_config *config;
    const struct llm_fragment *const *fragments;
    size_t fragment_count;
    struct str tools;     /* rendered by llm_request_render_tools; empty: none */
    struct str cache_key; /* id of the conversation; STR_NULL: none is sent */
    bool stream;
};

void llm_request_render(const struct llm_config *config, const struct llm_message *message,
                        struct llm_fragment *ret_fragment);
/* Items of the array, without brackets. */
void llm_request_render_tools(const struct llm_config *config, const struct llm_tool *tools,
                              size_t count, struct buf *out);

void llm_request_url(const struct llm_config *config, struct buf *out);
void llm_request_body(const struct llm_request *request, struct buf *out);
/* Calls add(owner, name, value) for each header, the key's included. */
void llm_request_headers(const struct llm_request *request,
                         void (*add)(void *owner, struct str name, struct str value), void *owner);

/* For the protocols: appends the fragments separated by commas, adjacent plain messages of a user
 * joined into one, cache marks where the configuration wants them. */
void llm_request_join(const struct llm_request *request, enum llm_role from, struct buf *out);

#endif

#ifndef AGENT_LLM_KEY_SOURCE_H
#define AGENT_LLM_KEY_SOURCE_H

/*
 * Where a fresh key comes from when a model refuses the one that a conversation has (contract
 * v1-conversations §5.6): whoever runs the server names an address, the headers to ask with, and
 * the models' addresses for which those keys are.
 *
 * A key that was fetched is for one call and kept by nobody. Owned by the service of conversations.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;
struct http_client;
struct llm_config;
struct llm_key_fetch;
struct llm_key_source;

#define LLM_KEY_TIMEOUT_MS 30000
#define LLM_KEY_MAX_BYTES  ((size_t)16 << 10)

struct llm_key_source_options {
    struct str url;         /* a GET gives the key; STR_NULL: there is no source */
    struct str base_urls;   /* separated by commas */
    struct str headers;     /* a JSON object; $NAME and ${NAME} stand for variables */
    const char *const *env; /* of those; borrowed for the call, as all are */
    /* Variables that are not in there: appends the value; false: there is none. May be NULL. */
    bool (*find_variable)(void *owner, struct str name, struct buf *out);
    void *owner;
};

/* NULL: there is none. */
struct llm_key_source *llm_key_source_new(const struct llm_key_source_options *options);
void llm_key_source_free(struct llm_key_source *source); /* NULL is fine */
/* It has keys for this model; not so when NULL. */
bool llm_key_source_serves(const struct llm_key_source *source, const struct llm_config *config);

/* on_key comes once, later; STR_NULL: there is no key. The fetch is gone afterwards. */
struct llm_key_fetch *llm_key_fetch_start(const struct llm_key_source *source,
                                          struct http_client *http,
                                          void (*on_key)(void *owner, struct str key), void *owner);
/* on_key does not come. */
void llm_key_fetch_cancel(struct llm_key_fetch *fetch);

#endif

#ifndef AGENT_SECRET_LOOKUP_H
#define AGENT_SECRET_LOOKUP_H

/*
 * Looks up the secrets of a conversation whose values another server has (contract v1-conversations
 * §1.3): a GET of the secret's address with its headers gives the value. It is asked for whenever a
 * command names the secret, because such values change; what comes is put into the secrets, and so
 * into the mask. A relative address is one of this server's own.
 *
 * Who fails is left alone for a while; what was known before stays in use. Owned by a runner. Loop
 * thread only.
 */

#include <stdint.h>

#include "agent/tool.h"
#include "server/base/str.h"

struct http_client;
struct secret_lookup;
struct secrets;

#define SECRET_LOOKUP_TIMEOUT_MS 30000
#define SECRET_LOOKUP_RETRY_MS   60000
#define SECRET_LOOKUP_MAX_BYTES  ((size_t)64 << 10) /* of a value; more is a failure */

struct secret_lookup_options {
    struct http_client *http;
    struct secrets *secrets;
    const char *const *env; /* with OH_INTERNAL_SERVER_URL */
    uint64_t retry_ms;      /* after a failure */
};

/* All is borrowed for its life. */
struct secret_lookup *secret_lookup_new(const struct secret_lookup_options *options);
void secret_lookup_free(struct secret_lookup *lookup); /* when stopped; NULL is fine */

/* The secrets that a text names and whose values are known or can be found. on_secrets comes
 * exactly once, at once or later. */
void secret_lookup_find(struct secret_lookup *lookup, struct str text, tool_secrets_fn on_secrets,
                        void *waiter);
/* Looks up all whose values are not known; on_done(owner) comes exactly once, at once or later. */
void secret_lookup_find_all(struct secret_lookup *lookup, void (*on_done)(void *owner),
                            void *owner);
/* Who waits now gets what is known; look-ups go on for the next. */
void secret_lookup_hurry(struct secret_lookup *lookup);
/* Who waits gets what is known, as does whoever asks from now on. */
void secret_lookup_stop(struct secret_lookup *lookup);

#endif

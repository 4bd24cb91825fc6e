#ifndef AUTH_KEYRING_H
#define AUTH_KEYRING_H

/*
 * The session keys this server accepts (contract v1-server §2). Any listed key is valid; no keys
 * at all means an open server. Keys are compared in constant time, empty keys never authenticate,
 * and the memory that held a key is wiped when it is replaced or freed.
 *
 * Owned by app; changed by deferred init only. Keys are never logged.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct keyring;

struct keyring *keyring_new(void);
void keyring_free(struct keyring *keyring);
/* Replaces all keys; copies; empty ones are dropped. */
void keyring_set(struct keyring *keyring, const struct str *keys, size_t count);
bool keyring_is_open(const struct keyring *keyring); /* no keys: everybody may enter */
/* True for a listed key; also for anything when the ring is open. */
bool keyring_accepts(const struct keyring *keyring, struct str key);
/* The first key; STR_NULL when open. */
struct str keyring_first(const struct keyring *keyring);

/* Overwrites memory in a way the compiler does not remove. */
void keyring_wipe(void *memory, size_t len);

#endif

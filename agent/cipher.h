#ifndef AGENT_CIPHER_H
#define AGENT_CIPHER_H

/*
 * Secrets on disk as Fernet tokens (contract v1-conversations §7): AES-128-CBC and HMAC-SHA256
 * under a key that is the SHA-256 of the configured text, so that the reference reads what we have
 * written and the other way round. Earlier keys open tokens too, but never make one.
 *
 * The only user of nettle in the program. Immutable once made, so any thread may use it; its memory
 * is wiped when it is freed.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct cipher;

/* NULL when `key` is blank: secrets are not kept then. Blank earlier keys are passed over. */
struct cipher *cipher_new(struct str key, const struct str *earlier_keys, size_t count);
void cipher_free(struct cipher *cipher);

/* The text looks like a token; it need not be one of ours. */
bool cipher_is_token(struct str text);
/* Appends a token. */
void cipher_seal(const struct cipher *cipher, struct str text, struct buf *out);
/* Appends the text. False: under another key, or damaged; nothing is appended. */
bool cipher_open(const struct cipher *cipher, struct str token, struct buf *out) MUST_CHECK;

#endif

#ifndef AGENT_SECRETS_H
#define AGENT_SECRETS_H

/*
 * The named secrets of a conversation: values given, or addresses where they are looked up
 * (contract v1-conversations §1.3, §3.1). A command gets those whose names occur in it as its
 * environment; whatever value becomes known goes to the mask, so that no output shows it.
 *
 * Looking up is secret_lookup.h, which puts the value here. Owned by a conversation; loop thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/secret_form.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct cipher;
struct doc_value;
struct error;
struct jsonw;
struct secret_mask;
struct secrets;

struct secret_source {
    struct str name;
    struct str description; /* STR_NULL: none */
    struct str value;       /* STR_NULL: not known (yet) */
    struct str url;         /* STR_NULL: a given value, no look-up */
    struct str headers;     /* of the look-up, a JSON object with the values as they are */
};

/* The mask is borrowed for the secrets' life. */
struct secrets *secrets_new(struct secret_mask *mask);
void secrets_free(struct secrets *secrets);
/* The mask keeps what it has learned. */
void secrets_clear(struct secrets *secrets);

/* Adds the members of an object: plain texts, or objects as the contract has them. Known names are
 * replaced. Values may be tokens when there is a cipher. ERROR_UNPROCESSABLE names the member. */
bool secrets_update(struct secrets *secrets, const struct doc_value *sources,
                    const struct cipher *cipher, struct error *error) MUST_CHECK;
/* {"secret_sources":{…}} as the value `name`. */
void secrets_print(const struct secrets *secrets, const struct secret_writer *writer,
                   const char *name, struct jsonw *w);
/* The object of sources alone, as stored with the request. */
void secrets_print_sources(const struct secrets *secrets, const struct secret_writer *writer,
                           const char *name, struct jsonw *w);

size_t secrets_count(const struct secrets *secrets);
/* In the order in which they came; borrowed until the next change. */
const struct secret_source *secrets_at(const struct secrets *secrets, size_t index);
/* SIZE_MAX: none of that name. */
size_t secrets_find(const struct secrets *secrets, struct str name);
/* The name occurs in the text, whatever its case. */
bool secrets_names(const struct secrets *secrets, size_t index, struct str text);
/* What a look-up has found. */
void secrets_set_value(struct secrets *secrets, size_t index, struct str value);

#endif

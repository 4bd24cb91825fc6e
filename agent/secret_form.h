#ifndef AGENT_SECRET_FORM_H
#define AGENT_SECRET_FORM_H

/*
 * How one secret value is printed, by who reads it (contract v1-conversations §0, §7), and how it
 * is read back:
 *
 *     FORM_STORED   on disk: a token of the cipher, or "**********" when there is none
 *     FORM_EVENT    full_state and state events: "**********"
 *     FORM_ANSWER   answers of REST: null
 *     FORM_PLAIN    as it is: kept in memory only
 *
 * FORM_STORED and FORM_EVENT leave out members that are null; the others have them all.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct cipher;
struct jsonw;

enum secret_form {
    FORM_STORED,
    FORM_EVENT,
    FORM_ANSWER,
    FORM_PLAIN
};

struct secret_writer {
    enum secret_form form;
    const struct cipher *cipher; /* of FORM_STORED; NULL: none */
};

/* Appends the value as JSON. */
void secret_write(const struct secret_writer *writer, struct str value, struct buf *out);
/* Appends what a stored or sent value stands for. False: it stands for none, being blank, redacted
 * or a token that no key opens. `cipher` may be NULL. */
bool secret_read(struct str text, const struct cipher *cipher, struct buf *out) MUST_CHECK;
/* The name is one of a header or member that holds a secret. */
bool secret_is_name(struct str name);

#endif

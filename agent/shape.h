#ifndef AGENT_SHAPE_H
#define AGENT_SHAPE_H

/*
 * Objects of the contract that have many optional members (agents, models, condensers, …), each by
 * a table of its members. From one table an object is completed (every member in its order,
 * defaults where it is silent, unknown members left out) and printed in the forms that hide its
 * secrets (secret_form.h).
 *
 * Completing is lax as the contract's server is: "5" is a number, null is a default. Values nest at
 * most SHAPE_MAX_DEPTH tables deep; what is deeper is left out. Nothing is kept.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/secret_form.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct cipher;
struct doc_value;
struct error;
struct shape;

#define SHAPE_MAX_DEPTH 8

enum shape_kind {
    SHAPE_ANY, /* passed on as it is */
    SHAPE_STRING,
    SHAPE_INT,   /* of 0 or more */
    SHAPE_FLOAT, /* printed with a fraction */
    SHAPE_BOOL,
    SHAPE_THRESHOLD, /* a risk that an action can have: LOW, MEDIUM, HIGH */
    SHAPE_OBJECT,
    SHAPE_LIST,
    SHAPE_SECRET,     /* a text */
    SHAPE_SECRET_MAP, /* an object of such texts */
    SHAPE_SOURCES,    /* an object of secrets, as secrets_update takes it */
    SHAPE_ONE,        /* an object of another shape */
    SHAPE_MANY,       /* a list of them */
    SHAPE_SOME,       /* a list of at least one */
    SHAPE_MAP,        /* an object of them */
    SHAPE_GONE        /* once was a member: left out */
};

struct shape_member {
    const char *name;
    enum shape_kind kind;
    const char *missing; /* JSON that stands for silence; NULL: the member is required */
    const struct shape *shape;
    const char *same_as; /* the member whose value stands for silence, if it has one; NULL: none */
    bool keeps_null;     /* null is a value, and no silence */
};

struct shape {
    const char *name; /* of the class, for messages */
    const struct shape_member *members;
    size_t count;
    const char *kind;   /* value of the last member, "kind"; NULL: it has none */
    bool keeps_unknown; /* members that the table does not have */
    bool forbids_unknown;
    const char *word; /* a text may stand for the object: this word, or a secret; NULL: may not */
    /* One of several shapes, chosen by "kind"; NULL-terminated. Then all else is unused but… */
    const struct shape *const *choices;
    const char *path;         /* …the class as messages name it, */
    const char *default_kind; /* …and what no "kind" stands for; NULL: it is needed */
};

#define SHAPE_NAME_BYTES 128

/* What did not fit; borrowed from the object. */
struct shape_problem {
    const char *type;              /* of the 422 item */
    struct str member;             /* the innermost name; STR_NULL: the object itself */
    const struct doc_value *input; /* NULL: the member is missing */
    const char *ctx;               /* of the 422 item, JSON; NULL: what goes with the type */
    char name[SHAPE_NAME_BYTES];   /* of shape_problem_move */
};
/* The object goes, and another that it was made of stands for it. The problem must not be copied
 * from now on; a name that is very long is cut. */
void shape_problem_move(struct shape_problem *problem, const struct doc_value *object);

/* Appends the completed object. The error is ERROR_UNPROCESSABLE with the message. */
bool shape_complete(const struct shape *shape, const struct doc_value *object,
                    const struct cipher *cipher, struct buf *out, struct shape_problem *ret_problem,
                    struct error *error) MUST_CHECK;
/* The shape that the object's kind chooses; NULL: there is none. */
const struct shape *shape_choose(const struct shape *shape, const struct doc_value *object);
/* NULL: the table does not have it. */
const struct shape_member *shape_find_member(const struct shape *shape, struct str name);

#endif

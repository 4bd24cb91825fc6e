#ifndef AGENT_OBJECT_COPY_H
#define AGENT_OBJECT_COPY_H

/*
 * An object written again, member by member in its order, where some members get another value:
 *
 *     jsonw_object(&w);
 *     object_copy(object, change, owner, &w);
 *     … members that it does not have …
 *     jsonw_end(&w);
 */

#include <stdbool.h>

#include "server/base/str.h"

struct doc_value;
struct jsonw;

/* The name is written. True: another value was written as well; false: the value stays. */
typedef bool (*object_change_fn)(void *owner, struct str name, const struct doc_value *value,
                                 struct jsonw *w);

/* `change` may be NULL. */
void object_copy(const struct doc_value *object, object_change_fn change, void *owner,
                 struct jsonw *w);
/* One value without a name, as it is. */
void object_copy_value(const struct doc_value *value, struct jsonw *w);

#endif

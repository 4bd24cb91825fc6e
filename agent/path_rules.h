#ifndef AGENT_PATH_RULES_H
#define AGENT_PATH_RULES_H

/*
 * Skills whose place an action has touched (contract v1-conversations §10): their texts go with the
 * observation, once per conversation, and their names into the state.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct doc_value;
struct error;
struct runner;

/* `action` may be NULL, or touch no file: then nothing is appended. */
bool path_rules_apply(struct runner *runner, const struct doc_value *action, struct buf *text,
                      struct error *error) MUST_CHECK;

#endif

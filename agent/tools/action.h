#ifndef AGENT_TOOLS_ACTION_H
#define AGENT_TOOLS_ACTION_H

/*
 * The members of an action as tools read them. An action has been checked when it was proposed, but
 * it may come from a conversation that somebody else has written: a member of another type reads as
 * absent.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct doc_value;

/* STR_NULL when absent. */
struct str action_string(const struct doc_value *action, const char *name);
bool action_bool(const struct doc_value *action, const char *name);
/* False when absent. */
bool action_int(const struct doc_value *action, const char *name, int64_t *ret_value) MUST_CHECK;
bool action_number(const struct doc_value *action, const char *name, double *ret_value) MUST_CHECK;

#endif

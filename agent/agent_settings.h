#ifndef AGENT_AGENT_SETTINGS_H
#define AGENT_AGENT_SETTINGS_H

/*
 * An agent from `agent_settings` (contract v1-conversations §1.3), the form in which settings and
 * profiles describe it: a language model, tools by name, a condenser by its numbers. The result is
 * a whole agent as agent_spec.h makes it. Nothing is kept.
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct buf;
struct cipher;
struct doc_value;
struct error;
struct shape_problem;

/* Appends the whole agent. ERROR_UNPROCESSABLE as agent_spec_complete has it. */
bool agent_settings_complete(const struct doc_value *settings, const struct cipher *cipher,
                             struct buf *out, struct shape_problem *ret_problem,
                             struct error *error) MUST_CHECK;

#endif

#ifndef AGENT_AGENT_SPEC_H
#define AGENT_AGENT_SPEC_H

/*
 * The description of an agent as JSON (contract v1-conversations §1.3): the `Agent` object with its
 * language models, tools and condenser. Clients send any part of it; here it gets every member it
 * may have, in the order of the reference, so that whoever reads it needs no defaults.
 *
 *     what was sent or stored ──complete──► the whole object, secrets as they are (kept in memory)
 *                                              └──print──► a form for disk, events or answers
 *
 * Texts in, texts out; nothing is kept.
 */

#include <stdbool.h>

#include "agent/event_form.h"
#include "agent/secret_form.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct cipher;
struct doc_value;
struct error;
struct shape_problem;

/* Appends the whole agent. Tokens are opened when there is a cipher. The error is
 * ERROR_UNPROCESSABLE with the contract's message; the problem says what it is about (shape.h). */
bool agent_spec_complete(const struct doc_value *agent, const struct cipher *cipher,
                         struct buf *out, struct shape_problem *ret_problem,
                         struct error *error) MUST_CHECK;
/* The same for one language model. */
bool agent_spec_complete_llm(const struct doc_value *llm, const struct cipher *cipher,
                             struct buf *out, struct shape_problem *ret_problem,
                             struct error *error) MUST_CHECK;
struct agent_print {
    struct secret_writer writer;
    bool leaves_out_skills; /* agent_context.skills becomes [] */
};
/* Appends a form of a whole agent. */
void agent_spec_print(const struct doc_value *agent, const struct agent_print *options,
                      struct buf *out);
/* The whole agent with another language model (JSON, whole) in the place of its own. */
void agent_spec_replace_llm(const struct doc_value *agent, struct str llm, struct buf *out);

/* What the client that sent this agent understands (§2.7). */
enum event_level agent_spec_level(const struct doc_value *agent);

#endif

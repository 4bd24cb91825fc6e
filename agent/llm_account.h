#ifndef AGENT_LLM_ACCOUNT_H
#define AGENT_LLM_ACCOUNT_H

/*
 * What a call of a model leaves behind in the conversation (contract v1-conversations §3.2, §5.6):
 * its cost in the statistics, which an event tells, and a record of it as an event of its own, when
 * the model's configuration asks for that.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct llm_config;
struct llm_exchange_record;
struct llm_result;
struct runner;

bool llm_account_add(struct runner *runner, const struct llm_config *config,
                     const struct llm_result *result, struct error *error) MUST_CHECK;
/* Under a usage id of its own, and without an event: what was asked in passing. */
void llm_account_add_quietly(struct runner *runner, struct str usage_id,
                             const struct llm_config *config, const struct llm_result *result);
/* An llm_exchange_log_fn; the owner is a runner. */
void llm_account_log(void *owner, const struct llm_exchange_record *record);

#endif

#ifndef AGENT_LLM_COST_H
#define AGENT_LLM_COST_H

/*
 * What an answer has cost (contract v1-conversations §5.6): as the provider says, else by the
 * prices of the configuration or of the table of models. Plain arithmetic.
 */

#include "server/base/str.h"

struct llm_config;
struct llm_usage;

/* What a header of the answer says; negative: nothing. */
double llm_cost_told(struct str header);
/* Dollars; negative when it is not known. */
double llm_cost(const struct llm_config *config, const struct llm_usage *usage);

#endif

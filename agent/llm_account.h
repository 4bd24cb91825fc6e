#ifndef AGENT_LLM_ACCOUNT_H
#define AGENT_LLM_ACCOUNT_H

/*
 * Notes what a model's answer has cost in the conversation's statistics, and tells of it (contract
 * v1-conversations §3.2 "stats", §5.6).
 */

#include <stdbool.h>

#include "server/base/attributes.h"

struct error;
struct llm_config;
struct llm_result;
struct runner;

bool llm_account_add(struct runner *runner, const struct llm_config *config,
                     const struct llm_result *result, struct error *error) MUST_CHECK;

#endif

#ifndef AGENT_LLM_EXCHANGE_LOG_H
#define AGENT_LLM_EXCHANGE_LOG_H

/*
 * One call of a model as a record for people who look for faults, where a configuration asks for it
 * with log_completions (contract v1-conversations §3.2, LLMCompletionLogEvent): the request as it
 * was sent, and the answer or the failure. Headers, and so keys, are not in it.
 *
 *     {"request":{…},"response":{…},"usage_summary":{…},"cost":…,"timestamp":…,"latency_sec":…}
 *
 * Pure text.
 */

#include <stdint.h>

#include "server/base/str.h"

struct buf;
struct llm_config;
struct llm_result;

struct llm_exchange_record {
    const struct llm_config *config;
    struct str request; /* the body */
    const struct llm_result *result;
    int64_t time_us; /* of the wall clock */
};

void llm_exchange_log_write(const struct llm_exchange_record *record, struct buf *out);
/* The name of a file for it: "openai__gpt-4o-1718000000.123-4f2a.json". */
void llm_exchange_log_name(const struct llm_exchange_record *record, struct buf *out);

#endif

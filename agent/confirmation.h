#ifndef AGENT_CONFIRMATION_H
#define AGENT_CONFIRMATION_H

/*
 * Whether people are asked before actions are executed (contract v1-conversations §4.4, §4.6): a
 * security analyzer says how risky each is, and a policy what is too risky to do unasked. Both are
 * descriptions in JSON, as the state keeps them.
 *
 * Analyzers: LLMSecurityAnalyzer and ToolShieldLLMSecurityAnalyzer trust the model's own word,
 * PatternSecurityAnalyzer and PolicyRailSecurityAnalyzer look for destructive commands, and
 * EnsembleSecurityAnalyzer takes the highest of several. One that cannot be asked here says HIGH,
 * and why.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/tool_arguments.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct doc_value;

struct risky_action {
    struct id id;
    struct str tool_name;
    struct str action;        /* JSON */
    enum tool_risk predicted; /* by the model */
    enum tool_risk risk;      /* by the analyzer */
    const char *problem;      /* of the analyzer; NULL: none */
};

/* Fills in the risks. `analyzer` NULL or null: none is set, all are unknown. */
void confirmation_analyze(const struct doc_value *analyzer, struct risky_action *actions,
                          size_t count);
bool confirmation_is_wanted(const struct doc_value *policy, const struct risky_action *actions,
                            size_t count);
/* Members of the SecurityAnalysisEvent. */
void confirmation_write_event(const struct doc_value *analyzer, const struct doc_value *policy,
                              const struct risky_action *actions, size_t count, struct buf *out);

#endif

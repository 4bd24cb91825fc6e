#ifndef AGENT_LLM_FAILURE_H
#define AGENT_LLM_FAILURE_H

/*
 * What went wrong with a call of a model, by the names that clients know (contract v1-conversations
 * §3.3, §5.6): found from the HTTP status and the provider's text, in a fixed order, because one
 * text may speak of several things. It decides whether to try again, whether a condenser may help
 * and what an error event says.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct jsonw;

#define LLM_FAILURES(X)                                                                            \
    X(NONE, "")                                                                                    \
    X(CONTEXT_WINDOW, "LLMContextWindowExceedError")                                               \
    X(MALFORMED_HISTORY, "LLMMalformedConversationHistoryError")                                   \
    X(AUTHENTICATION, "LLMAuthenticationError")                                                    \
    X(RATE_LIMIT, "LLMRateLimitError")                                                             \
    X(TIMEOUT, "LLMTimeoutError")                                                                  \
    X(UNAVAILABLE, "LLMServiceUnavailableError")                                                   \
    X(CONTENT_POLICY, "LLMContentPolicyViolationError")                                            \
    X(BAD_REQUEST, "LLMBadRequestError")                                                           \
    X(NO_RESPONSE, "LLMNoResponseError")                                                           \
    X(CANCELLED, "LLMCancelledError")

enum llm_failure {
#define LLM_FAILURE_ENUM(name, text) LLM_FAILURE_##name,
    LLM_FAILURES(LLM_FAILURE_ENUM)
#undef LLM_FAILURE_ENUM
};

struct str llm_failure_name(enum llm_failure failure);

/* Of an answer that is no success. `status` 0: there was none, the connection failed. */
enum llm_failure llm_failure_of(int status, struct str text);
/* Whether the same request may succeed later. */
bool llm_failure_is_temporary(enum llm_failure failure, int status, struct str text);

/* Writes the member "classification" of an error event with this code and detail (§3.3). */
void llm_failure_classify(struct jsonw *w, struct str code, struct str detail);

#endif

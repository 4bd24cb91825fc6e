#ifndef AGENT_EVENT_H
#define AGENT_EVENT_H

/*
 * The events of a conversation as JSON (contract v1-conversations §3): one table of kinds, one way
 * to write an event, and the forms in which clients get it.
 *
 *     {"id","timestamp","source","parent_id"?, … members of the kind …, "kind"}
 *
 * This is the stored form, which leaves members out that are null; event_form.h makes the others
 * of it. An event never changes once it is written; nothing here keeps memory.
 *
 * Times are local and without a zone, to the microsecond, because clients compare them as text.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct buf;
struct doc_value;

/* The order is that of files on disk (event_index.h): add at the end only. The second name is the
 * module below openhands.sdk.event in which Python has the class; searches may give either. */
#define EVENT_KINDS(KIND)                                                                          \
    KIND(UNKNOWN, "", "")                                                                          \
    KIND(MESSAGE, "MessageEvent", "llm_convertible.message")                                       \
    KIND(ACTION, "ActionEvent", "llm_convertible.action")                                          \
    KIND(OBSERVATION, "ObservationEvent", "llm_convertible.observation")                           \
    KIND(USER_REJECT, "UserRejectObservation", "llm_convertible.observation")                      \
    KIND(AGENT_ERROR, "AgentErrorEvent", "llm_convertible.observation")                            \
    KIND(SYSTEM_PROMPT, "SystemPromptEvent", "llm_convertible.system")                             \
    KIND(PAUSE, "PauseEvent", "user_action")                                                       \
    KIND(INTERRUPT, "InterruptEvent", "user_action")                                               \
    KIND(STATE_UPDATE, "ConversationStateUpdateEvent", "conversation_state")                       \
    KIND(CONVERSATION_ERROR, "ConversationErrorEvent", "conversation_error")                       \
    KIND(CONDENSATION, "Condensation", "condenser")                                                \
    KIND(CONDENSATION_REQUEST, "CondensationRequest", "condenser")                                 \
    KIND(CONDENSATION_SUMMARY, "CondensationSummaryEvent", "condenser")                            \
    KIND(HOOK_EXECUTION, "HookExecutionEvent", "hook_execution")                                   \
    KIND(COMPLETION_LOG, "LLMCompletionLogEvent", "llm_completion_log")                            \
    KIND(TOKEN, "TokenEvent", "token")                                                             \
    KIND(STREAMING_DELTA, "StreamingDeltaEvent", "streaming_delta")                                \
    KIND(ACP_TOOL_CALL, "ACPToolCallEvent", "acp_tool_call")                                       \
    KIND(SECURITY_ANALYSIS, "SecurityAnalysisEvent", "security")                                   \
    KIND(SERVER_ERROR, "ServerErrorEvent", "")

enum event_kind {
#define EVENT_ENUMERATOR(name, text, module) EVENT_##name,
    EVENT_KINDS(EVENT_ENUMERATOR)
#undef EVENT_ENUMERATOR
    EVENT_KIND_COUNT
};

enum event_source {
    EVENT_FROM_UNKNOWN,
    EVENT_FROM_AGENT,
    EVENT_FROM_USER,
    EVENT_FROM_ENVIRONMENT,
    EVENT_FROM_HOOK
};

struct str event_kind_name(enum event_kind kind);
/* By the bare class name or the full Python path; EVENT_UNKNOWN when there is no such kind. */
enum event_kind event_kind_find(struct str name);
struct str event_source_name(enum event_source source);
enum event_source event_source_find(struct str name);
/* False for what is shown but has no place in the tree: state updates. */
bool event_kind_moves_head(enum event_kind kind);

/* What its maker says of an event; the log adds the rest. */
struct event_draft {
    enum event_kind kind;
    enum event_source source;
    struct id id;       /* nil: a new one */
    struct str members; /* those of the kind, as JSON without braces; may be empty */
};

struct event_stamp {
    struct id id;
    int64_t time_us;   /* of the wall clock */
    struct str parent; /* STR_NULL: none; an id or EVENT_ROOT */
};
#define EVENT_ROOT "__root__"

/* Appends the stored form. */
void event_write(const struct event_draft *draft, const struct event_stamp *stamp, struct buf *out);
void event_write_time(int64_t time_us, struct buf *out);

/* The members that all events have, borrowed from a parsed event. False: it is none. */
struct event_head {
    struct str id;
    struct str timestamp;
    struct str parent; /* STR_NULL: absent */
    enum event_source source;
    enum event_kind kind;
};
bool event_read_head(const struct doc_value *event, struct event_head *ret_head) MUST_CHECK;

#endif

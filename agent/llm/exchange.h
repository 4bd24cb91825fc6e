#ifndef AGENT_LLM_EXCHANGE_H
#define AGENT_LLM_EXCHANGE_H

/*
 * One call of a model: the request goes out, the answer is read as it comes, and what fails for a
 * while only is tried again (contract v1-conversations §5.4, §5.6).
 *
 *     llm_request ─> http_exchange ─> llm_reader ─> on_delta … ─> on_done
 *                        └── temporary failure: wait, next attempt
 *
 * The body is built once; an attempt repeats it byte for byte, but for a provider that finds the
 * text too short to cache, which gets one without marks. Waits double from one to the next. A key
 * that is refused is exchanged for a fresh one once, where there is a source of such keys.
 *
 * Owned by whoever started it. on_done comes once, later; the call is gone when it returns. Keys
 * are in the headers alone and never in a text that on_done is given.
 */

#include <stdbool.h>
#include <stdint.h>

#include "agent/llm/failure.h"
#include "agent/llm/reader.h"
#include "server/base/str.h"

struct http_client;
struct llm_answer;
struct llm_exchange;
struct llm_exchange_record;
struct llm_key_source;
struct llm_request;
struct loop;

struct llm_result {
    enum llm_failure failure;  /* NONE: `answer` is complete */
    struct str detail;         /* of a failure: what to tell people */
    int status;                /* of HTTP; 0: there was no answer */
    struct llm_answer *answer; /* may be taken: what is left is freed */
    double latency_seconds;    /* of the last attempt */
    double cost;               /* dollars; negative: not known */
};

struct llm_exchange_events {
    /* Another attempt begins; what was streamed before it is void. The first is 1. */
    void (*on_attempt)(void *owner, unsigned attempt); /* may be NULL */
    llm_delta_fn on_delta;                             /* may be NULL */
    void (*on_done)(void *owner, const struct llm_result *result);
};

/* Borrowed for the call. */
typedef void (*llm_exchange_log_fn)(void *owner, const struct llm_exchange_record *record);

struct llm_exchange_options {
    struct loop *loop;
    struct http_client *http;
    const struct llm_request *request; /* borrowed for this call only; its config for all of it */
    const struct llm_key_source *keys; /* NULL: there is none */
    llm_exchange_log_fn on_log;        /* before on_done, where the config asks for it; or NULL */
    void *log_owner;
};

struct llm_exchange *llm_exchange_start(const struct llm_exchange_options *options,
                                        const struct llm_exchange_events *events, void *owner);
/* Nothing comes any more. */
void llm_exchange_cancel(struct llm_exchange *call);

#endif

#ifndef AGENT_LLM_READER_H
#define AGENT_LLM_READER_H

/*
 * Reads a model's answer as it arrives, whole or streamed, in any of the protocols (contract
 * v1-conversations §5.4), and makes a struct llm_answer of it.
 *
 *     bytes → JSON body, or server-sent events (server/base/event_stream.h)
 *           → llm_chat_read_… | llm_responses_read_… | llm_anthropic_read_… → answer, deltas
 *
 * A stream that ends without saying that it is complete is a broken one, and so is an answer with
 * nothing in it. Owned by one call; never calls back but inside llm_reader_feed.
 */

#include <stdbool.h>

#include "agent/llm/answer.h"
#include "agent/llm/failure.h"
#include "agent/llm/model.h"
#include "server/base/attributes.h"
#include "server/base/str.h"

struct doc_value;
struct llm_reader;

/* More text, or more reasoning; `answer` holds all so far, its id included. */
typedef void (*llm_delta_fn)(void *owner, const struct llm_answer *answer, struct str text,
                             bool is_reasoning);

struct llm_reader_options {
    enum llm_protocol protocol;
    bool is_stream;
    llm_delta_fn on_delta; /* may be NULL */
    void *owner;
};

struct llm_reader *llm_reader_new(const struct llm_reader_options *options);
void llm_reader_free(struct llm_reader *reader);
/* False when nothing more is worth reading: the stream is broken, or too large. */
bool llm_reader_feed(struct llm_reader *reader, struct str bytes) MUST_CHECK;
/* At the end of the body. False: *ret_failure and `text` say why. The answer is the reader's. */
bool llm_reader_finish(struct llm_reader *reader, struct llm_answer **ret_answer,
                       enum llm_failure *ret_failure, struct buf *text) MUST_CHECK;
/* The text of a provider's error in a body that is no success: its message, or the body itself. */
void llm_reader_error_text(struct str body, struct buf *out);

/* --- for the protocols --- */

struct llm_sink {
    struct llm_answer *answer;
    bool is_complete;         /* the end was announced */
    enum llm_failure failure; /* the provider told of one in the middle */
    struct buf failure_text;
    llm_delta_fn on_delta;
    void *owner;
};

void llm_sink_text(struct llm_sink *sink, struct str text);
void llm_sink_reasoning(struct llm_sink *sink, struct str text);
void llm_sink_fail(struct llm_sink *sink, const struct doc_value *error);

/* Look-ups that bear anything: absent, null and other kinds give the empty value. */
struct str llm_text_member(const struct doc_value *object, const char *name);
int64_t llm_int_member(const struct doc_value *object, const char *name, int64_t fallback);
const struct doc_value *llm_object_member(const struct doc_value *object, const char *name);
const struct doc_value *llm_array_member(const struct doc_value *object, const char *name);

#endif

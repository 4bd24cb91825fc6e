#ifndef AGENT_ANSWER_STREAM_H
#define AGENT_ANSWER_STREAM_H

/*
 * Shows a model's answer while it comes (contract v1-conversations §3.5): an item that is started,
 * grows by pieces of text and reasoning, and becomes an event of the same id or is aborted. Values
 * of secrets are hidden in what is shown, also where a piece's edge cuts them.
 *
 * Owned by a step; for models that are asked to stream only.
 */

#include <stdbool.h>

#include "agent/secret_mask.h"
#include "server/base/id.h"
#include "server/base/str.h"

struct conversation;
struct llm_answer;

struct answer_stream {
    struct conversation *conversation;
    struct id item;
    unsigned attempt; /* 0: nothing was shown */
    unsigned order;
    struct str chunk_id; /* borrowed for a call */
    struct mask_stream text;
    struct mask_stream reasoning;
};

void answer_stream_init(struct answer_stream *stream, struct conversation *conversation,
                        struct id item);
/* The model is asked, or asked again. */
void answer_stream_attempt(struct answer_stream *stream);
void answer_stream_delta(struct answer_stream *stream, const struct llm_answer *answer,
                         struct str text, bool is_reasoning);
/* What was held back is shown: the event comes next. */
void answer_stream_end(struct answer_stream *stream);
/* No event comes of it. */
void answer_stream_abort(struct answer_stream *stream, struct str reason);
void answer_stream_fini(struct answer_stream *stream);

#endif

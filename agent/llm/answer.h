#ifndef AGENT_LLM_ANSWER_H
#define AGENT_LLM_ANSWER_H

/*
 * What a model has answered, whatever the protocol: text, reasoning, calls of tools, and what it
 * has cost in tokens. A reader of a protocol (chat_reader.h and its kin) fills it piece by piece;
 * the agent makes events of it.
 *
 * Owns everything in it. Limits: as many calls and bytes as LLM_MAX_CALLS and LLM_MAX_ANSWER_BYTES
 * allow; a reader fails beyond.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/str.h"

#define LLM_MAX_CALLS        128
#define LLM_MAX_ANSWER_BYTES ((size_t)32 << 20)

struct llm_answer_call {
    struct buf id;
    struct buf item_id; /* of the responses protocol; empty: none */
    struct buf name;
    struct buf arguments;
    int64_t index; /* as the provider counts, to join pieces */
};

struct llm_usage {
    int64_t prompt_tokens; /* cached ones included */
    int64_t completion_tokens;
    int64_t cache_read_tokens;
    int64_t cache_write_tokens;
    int64_t reasoning_tokens;
    bool is_known;
    bool has_cost; /* the provider has named it */
    double cost;
};

struct llm_answer {
    struct buf id;
    struct buf model;
    struct buf text;
    struct buf reasoning;
    struct buf thinking_blocks; /* items of a JSON array, without brackets */
    size_t thinking_from;       /* of a block that grows: where it begins in the reasoning */
    struct buf reasoning_item;  /* a JSON object; empty: none */
    struct llm_answer_call *calls;
    size_t call_count;
    struct buf finish_reason;
    struct llm_usage usage;
};

void llm_answer_init(struct llm_answer *answer);
void llm_answer_fini(struct llm_answer *answer);
/* Moves everything out; an empty answer is left. */
struct llm_answer llm_answer_take(struct llm_answer *answer);
/* The call with this index, made when there is none; NULL beyond LLM_MAX_CALLS. */
struct llm_answer_call *llm_answer_call(struct llm_answer *answer, int64_t index);
/* Everything together is within LLM_MAX_ANSWER_BYTES. */
bool llm_answer_fits(const struct llm_answer *answer);

#endif

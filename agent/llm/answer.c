#include "agent/llm/answer.h"

#include <stdlib.h>

#include "server/base/mem.h"

void llm_answer_init(struct llm_answer *answer)
{
    *answer = (struct llm_answer){0};
}

static void call_fini(struct llm_answer_call *call)
{
    buf_fini(&call->id);
    buf_fini(&call->item_id);
    buf_fini(&call->name);
    buf_fini(&call->arguments);
}

void llm_answer_fini(struct llm_answer *answer)
{
    for (size_t i = 0; i < answer->call_count; i++)
        call_fini(&answer->calls[i]);
    free(answer->calls);
    buf_fini(&answer->id);
    buf_fini(&answer->model);
    buf_fini(&answer->text);
    buf_fini(&answer->reasoning);
    buf_fini(&answer->thinking_blocks);
    buf_fini(&answer->reasoning_item);
    buf_fini(&answer->finish_reason);
    *answer = (struct llm_answer){0};
}

struct llm_answer llm_answer_take(struct llm_answer *answer)
{
    struct llm_answer taken = *answer;
    llm_answer_init(answer);
    return taken;
}

struct llm_answer_call *llm_answer_call(struct llm_answer *answer, int64_t index)
{
    for (size_t i = 0; i < answer->call_count; i++)
        if (answer->calls[i].index == index)
            return &answer->calls[i];
    if (answer->call_count == LLM_MAX_CALLS)
        return NULL;
    answer->calls = mem_resize(answer->calls, (answer->call_count + 1) * sizeof(answer->calls[0]));
    struct llm_answer_call *call = &answer->calls[answer->call_count++];
    *call = (struct llm_answer_call){.index = index};
    return call;
}

bool llm_answer_fits(const struct llm_answer *answer)
{
    size_t size = answer->text.len + answer->reasoning.len + answer->thinking_blocks.len +
                  answer->reasoning_item.len;
    for (size_t i = 0; i < answer->call_count; i++)
        size += answer->calls[i].arguments.len + answer->calls[i].name.len;
    return size <= LLM_MAX_ANSWER_BYTES;
}

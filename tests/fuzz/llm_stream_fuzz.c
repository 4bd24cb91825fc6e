#include <stdint.h>

#include "agent/llm/reader.h"
#include "server/base/buf.h"

/*
 * What a provider answers: one byte that says which protocol, whether streamed, and how large the
 * pieces are; then the body. What is read does not depend on the pieces.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    bool is_read;
    enum llm_failure failure;
    struct buf text;
    size_t call_count;
};

static void on_delta(void *owner, const struct llm_answer *answer, struct str text,
                     bool is_reasoning)
{
    size_t *total = owner;
    *total += text.len;
    assert(text.len > 0);
    assert(*total <= answer->text.len + answer->reasoning.len || is_reasoning);
}

static void read_all(const struct llm_reader_options *options, struct str body, size_t piece,
                     struct outcome *ret_outcome)
{
    struct llm_reader *reader = llm_reader_new(options);
    struct llm_answer *answer = NULL;
    struct outcome outcome = {0};
    bool goes_on = true;
    while (goes_on && body.len > 0) {
        goes_on = llm_reader_feed(reader, str_slice(body, 0, piece));
        body = str_skip(body, piece);
    }
    outcome.is_read = llm_reader_finish(reader, &answer, &outcome.failure, &outcome.text);
    if (outcome.is_read) {
        outcome.call_count = answer->call_count;
        buf_append(&outcome.text, buf_str(&answer->text));
        assert(llm_answer_fits(answer));
    } else {
        assert(outcome.failure != LLM_FAILURE_NONE);
    }
    llm_reader_free(reader);
    *ret_outcome = outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum llm_protocol protocols[] = {LLM_CHAT, LLM_RESPONSES, LLM_ANTHROPIC, LLM_CHAT};
    size_t total = 0;
    struct outcome whole;
    struct outcome pieces;
    scoped_buf struct buf error_text = {0};
    if (size == 0)
        return 0;
    const struct llm_reader_options options = {.protocol = protocols[data[0] & 3],
                                               .is_stream = (data[0] & 4) != 0,
                                               .on_delta = on_delta,
                                               .owner = &total};
    const struct str body = str_span((const char *)data + 1, size - 1);
    read_all(&options, body, SIZE_MAX, &whole);
    total = 0;
    read_all(&options, body, 1 + (data[0] >> 3), &pieces);
    assert(whole.is_read == pieces.is_read && whole.call_count == pieces.call_count);
    assert(!whole.is_read || str_equal(buf_str(&whole.text), buf_str(&pieces.text)));
    buf_fini(&whole.text);
    buf_fini(&pieces.text);
    llm_reader_error_text(body, &error_text);
    return 0;
}

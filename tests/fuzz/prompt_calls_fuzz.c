/*
 * A model's text with calls in it: what is read as a call has arguments that are a JSON object, and
 * what is left of the text is a part of it.
 */

#include "agent/llm/answer.h"
#include "agent/llm/request.h"
#include "agent/prompt_calls_reader.h"
#include "server/base/error.h"
#include "server/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct llm_tool tools[] = {
    {.name = STR_INIT("f"),
     .parameters = STR_INIT("{\"properties\":{\"s\":{\"type\":\"string\"},\"i\":{\"type\":"
                            "\"integer\"},\"a\":{\"type\":\"array\"},\"b\":{\"type\":\"boolean\"},"
                            "\"o\":{\"type\":\"object\"}}}")},
    {.name = STR_INIT("finish"), .parameters = STR_INIT("")},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = str_span((const char *)data, size);
    struct llm_answer answer;
    struct error error;
    llm_answer_init(&answer);
    buf_append(&answer.text, text);
    if (prompt_calls_read(tools, 2, 1, &answer, &error) && answer.call_count > 0) {
        struct doc_error why;
        struct doc *doc = doc_parse(buf_str(&answer.calls[0].arguments), &why);
        assert(doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT);
        doc_free(doc);
        assert(answer.text.len == 0 || str_contains(text, buf_str(&answer.text)));
    }
    llm_answer_fini(&answer);
    return 0;
}

#include <stdint.h>

#include "agent/agent_shapes.h"
#include "agent/agent_spec.h"
#include "agent/hooks.h"
#include "agent/shape.h"
#include "agent/start_request.h"
#include "api/v1/conversation_message.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"

/*
 * What clients send to a conversation: one byte that says what it is, then a message on a socket,
 * a model, a policy, tags or hooks. What is completed is JSON again.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const struct buf *text)
{
    struct doc_error why;
    struct doc *doc = doc_parse(buf_str(text), &why);
    assert(doc != NULL);
    doc_free(doc);
}

static void read_message(struct str frame, bool is_binary)
{
    scoped_buf struct buf content = {0};
    scoped_buf struct buf detail = {0};
    struct conversation_message_error error = {.detail = &detail};
    if (conversation_message_read(frame, is_binary, &content, &error))
        check_json(&content);
    else
        assert(error.code != NULL);
}

static void complete(const struct shape *shape, const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    struct shape_problem problem;
    struct error error;
    if (shape_complete(shape, value, NULL, &text, &problem, &error))
        check_json(&text);
    else
        assert(error.text[0] != '\0');
}

static void complete_model(const struct doc_value *value)
{
    scoped_buf struct buf text = {0};
    struct shape_problem problem;
    struct error error;
    if (agent_spec_complete_llm(value, NULL, &text, &problem, &error))
        check_json(&text);
    else
        assert(error.text[0] != '\0');
}

static void read_hooks(const struct doc_value *value)
{
    struct hooks *hooks;
    struct error error;
    scoped_buf struct buf text = {0};
    if (!hooks_decode(value, &hooks, &error)) {
        assert(error.text[0] != '\0');
        return;
    }
    hooks_write(hooks, HOOKS_STATE, &text);
    check_json(&text);
    hooks_free(hooks);
}

static void read_value(unsigned kind, const struct doc_value *value)
{
    struct error error;
    switch (kind) {
    case 0:
        complete_model(value);
        break;
    case 1:
        complete(&confirmation_policy_shape, value);
        break;
    case 2:
        complete(&security_analyzer_shape, value);
        break;
    case 3:
        complete(&message_request_shape, value);
        break;
    case 4:
        read_hooks(value);
        break;
    default:
        assert(start_request_check_tags(value, &error) || error.text[0] != '\0');
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doc_error why;
    if (size == 0)
        return 0;
    const struct str text = str_span((const char *)data + 1, size - 1);
    if ((data[0] & 8) != 0) {
        read_message(text, (data[0] & 1) != 0);
        return 0;
    }
    struct doc *doc = doc_parse(text, &why);
    if (doc != NULL)
        read_value(data[0] & 7, doc_root(doc));
    doc_free(doc);
    return 0;
}

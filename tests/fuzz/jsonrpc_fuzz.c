/*
 * Messages: what is read as one can be written again and reads as the same kind; its parts lie in
 * the document; everything else is refused without harm.
 */

#include "plugins/mcp/jsonrpc.h"
#include "server/base/buf.h"
#include "server/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const struct doc_value *value, struct buf *out)
{
    if (value != NULL)
        doc_print(value, out);
}

static void write_again(const struct jsonrpc_message *message, struct buf *out)
{
    scoped_buf struct buf id = {0};
    scoped_buf struct buf rest = {0};
    print(message->id, &id);
    print(message->kind == JSONRPC_REQUEST || message->kind == JSONRPC_NOTIFICATION
              ? message->params
              : message->outcome,
          &rest);
    const struct str params = rest.len == 0 ? STR_NULL : buf_str(&rest);
    if (message->kind == JSONRPC_REQUEST)
        jsonrpc_write_request(out, 7, message->method, params);
    else if (message->kind == JSONRPC_NOTIFICATION)
        jsonrpc_write_notification(out, message->method, params);
    else if (message->kind == JSONRPC_RESULT)
        jsonrpc_write_result(out, buf_str(&id), buf_str(&rest));
    else
        jsonrpc_write_failure(out, buf_str(&id), buf_str(&rest));
}

static void check(const struct jsonrpc_message *message)
{
    scoped_buf struct buf text = {0};
    struct doc_error error;
    struct jsonrpc_message again;
    write_again(message, &text);
    assert(!str_has_byte(buf_str(&text), '\n'));
    struct doc *doc = doc_parse(buf_str(&text), &error);
    assert(doc != NULL);
    const bool is_message = jsonrpc_read(doc_root(doc), &again);
    assert(is_message && again.kind == message->kind);
    assert(str_equal(again.method, message->method));
    doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doc_error error;
    struct jsonrpc_message message;
    struct doc *doc = doc_parse(str_span((const char *)data, size), &error);
    if (doc == NULL)
        return 0;
    if (jsonrpc_read(doc_root(doc), &message)) {
        if (message.kind == JSONRPC_ERROR) {
            (void)jsonrpc_error_code(message.outcome);
            assert(jsonrpc_error_text(message.outcome).data != NULL);
        }
        check(&message);
    }
    doc_free(doc);
    return 0;
}

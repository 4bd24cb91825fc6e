#ifndef PLUGINS_MCP_JSONRPC_H
#define PLUGINS_MCP_JSONRPC_H

/*
 * Messages of JSON-RPC 2.0, as MCP uses them: read, and written into a buf.
 *
 * A message is one of four kinds. An id is an integer or a string; a message with a method and an
 * id of another kind counts as a notification, because no answer could name it. What a read message
 * points to lives as long as its document.
 *
 * Writers append one line without line breaks. Ids, params and results are handed over as JSON.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;

enum jsonrpc_kind {
    JSONRPC_REQUEST,
    JSONRPC_NOTIFICATION,
    JSONRPC_RESULT,
    JSONRPC_ERROR
};

struct jsonrpc_message {
    enum jsonrpc_kind kind;
    const struct doc_value *id; /* NULL: a notification */
    struct str method;          /* of requests and notifications */
    const struct doc_value *params;
    const struct doc_value *outcome; /* the result, or the error object */
};

enum jsonrpc_code {
    JSONRPC_INTERNAL_ERROR = -32603,
    JSONRPC_INVALID_PARAMS = -32602,
    JSONRPC_UNKNOWN_METHOD = -32601,
    JSONRPC_INVALID_REQUEST = -32600,
    JSONRPC_OVERLOADED = -32000,
    JSONRPC_UNSPECIFIED = 0
};

/* False: this is no message. */
bool jsonrpc_read(const struct doc_value *value, struct jsonrpc_message *ret_message) MUST_CHECK;

/* The code and the message of an error object. */
int64_t jsonrpc_error_code(const struct doc_value *error);
struct str jsonrpc_error_text(const struct doc_value *error);

/* params STR_NULL: none. */
void jsonrpc_write_request(struct buf *out, uint64_t id, struct str method, struct str params);
void jsonrpc_write_notification(struct buf *out, struct str method, struct str params);
void jsonrpc_write_result(struct buf *out, struct str id, struct str result);
void jsonrpc_write_error(struct buf *out, struct str id, enum jsonrpc_code code, struct str text);
/* The error object is JSON already. */
void jsonrpc_write_failure(struct buf *out, struct str id, struct str error);

#endif

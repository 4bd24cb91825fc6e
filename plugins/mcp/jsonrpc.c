#include "plugins/mcp/jsonrpc.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static bool is_kind(const struct doc_value *value, enum doc_kind kind)
{
    return value != NULL && doc_kind(value) == kind;
}

static bool is_id(const struct doc_value *value)
{
    return is_kind(value, DOC_INT) || is_kind(value, DOC_STRING);
}

static bool is_error(const struct doc_value *value)
{
    return is_kind(value, DOC_OBJECT) && is_kind(doc_find(value, STR("code")), DOC_INT) &&
           is_kind(doc_find(value, STR("message")), DOC_STRING);
}

/* Requests and notifications. */
static bool read_call(const struct doc_value *value, struct jsonrpc_message *message)
{
    const struct doc_value *id = doc_find(value, STR("id"));
    const struct doc_value *params = doc_find(value, STR("params"));
    if (is_kind(params, DOC_NULL))
        params = NULL;
    if (params != NULL && !is_kind(params, DOC_OBJECT))
        return false;
    message->params = params;
    message->method = doc_string(doc_find(value, STR("method")));
    message->kind = is_id(id) ? JSONRPC_REQUEST : JSONRPC_NOTIFICATION;
    message->id = is_id(id) ? id : NULL;
    return true;
}

static bool read_answer(const struct doc_value *value, struct jsonrpc_message *message)
{
    const struct doc_value *result = doc_find(value, STR("result"));
    const struct doc_value *error = doc_find(value, STR("error"));
    message->id = doc_find(value, STR("id"));
    message->kind = is_error(error) ? JSONRPC_ERROR : JSONRPC_RESULT;
    message->outcome = is_error(error) ? error : result;
    return is_id(message->id) && (is_error(error) || is_kind(result, DOC_OBJECT));
}

bool jsonrpc_read(const struct doc_value *value, struct jsonrpc_message *ret_message)
{
    *ret_message = (struct jsonrpc_message){.kind = JSONRPC_NOTIFICATION};
    if (!is_kind(value, DOC_OBJECT))
        return false;
    const struct doc_value *version = doc_find(value, STR("jsonrpc"));
    if (!is_kind(version, DOC_STRING) || !str_equal(doc_string(version), STR("2.0")))
        return false;
    if (is_kind(doc_find(value, STR("method")), DOC_STRING))
        return read_call(value, ret_message);
    return read_answer(value, ret_message);
}

int64_t jsonrpc_error_code(const struct doc_value *error)
{
    return doc_int(doc_find(error, STR("code")));
}

struct str jsonrpc_error_text(const struct doc_value *error)
{
    return doc_string(doc_find(error, STR("message")));
}

static void begin(struct jsonw *w, struct buf *out)
{
    jsonw_init(w, out);
    jsonw_object(w);
    jsonw_cstr(w, "jsonrpc", "2.0");
}

static void end_call(struct jsonw *w, struct str method, struct str params)
{
    jsonw_string(w, "method", method);
    if (str_is_set(params))
        jsonw_raw(w, "params", params);
    jsonw_end(w);
}

void jsonrpc_write_request(struct buf *out, uint64_t id, struct str method, struct str params)
{
    struct jsonw w;
    begin(&w, out);
    jsonw_uint(&w, "id", id);
    end_call(&w, method, params);
}

void jsonrpc_write_notification(struct buf *out, struct str method, struct str params)
{
    struct jsonw w;
    begin(&w, out);
    end_call(&w, method, params);
}

static void write_answer(struct buf *out, struct str id, const char *name, struct str outcome)
{
    struct jsonw w;
    begin(&w, out);
    jsonw_raw(&w, "id", id);
    jsonw_raw(&w, name, outcome);
    jsonw_end(&w);
}

void jsonrpc_write_result(struct buf *out, struct str id, struct str result)
{
    write_answer(out, id, "result", result);
}

void jsonrpc_write_failure(struct buf *out, struct str id, struct str error)
{
    write_answer(out, id, "error", error);
}

void jsonrpc_write_error(struct buf *out, struct str id, enum jsonrpc_code code, struct str text)
{
    struct jsonw w;
    begin(&w, out);
    jsonw_raw(&w, "id", id);
    jsonw_object_in(&w, "error");
    jsonw_int(&w, "code", code);
    jsonw_string(&w, "message", text);
    jsonw_end(&w);
    jsonw_end(&w);
}

#include "plugins/mcp/mcp_call.h"

#include <stdlib.h>

#include "plugins/mcp/mcp_client.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

#define MAGIC_MCP_CALL 0x4d43634cu

struct mcp_call {
    uint32_t magic;
    struct mcp_client *client; /* NULL: it fails in the next turn */
    char *name;
    struct buf params;
    uint64_t timeout_ms;
    uint64_t request;
    bool was_ready; /* the client, when it was asked */
    bool is_repeated;
    bool is_cancelled;
    mcp_call_fn on_result;
    void *owner;
};

static void free_call(struct mcp_call *call)
{
    free(call->name);
    buf_fini(&call->params);
    call->magic = 0;
    free(call);
}

/* Takes the content. */
static void end(struct mcp_call *call, struct mcp_call_result *result)
{
    const mcp_call_fn on_result = call->on_result;
    void *owner = call->owner;
    free_call(call);
    on_result(owner, result);
    mcp_content_fini(&result->content);
}

static void end_failed(struct mcp_call *call, const struct buf *text)
{
    struct mcp_call_result result = {.has_failed = true, .is_error = true};
    mcp_content_set_text(&result.content, buf_str(text));
    end(call, &result);
}

static void fail(struct mcp_call *call, struct str reason)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "Error calling MCP tool %s: %.*s", call->name, STR_ARG(reason));
    end_failed(call, &text);
}

static void fail_timed_out(struct mcp_call *call)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text,
               "MCP tool '%s' timed out after %g seconds. The tool server may be unresponsive or "
               "the operation is taking too long. Consider retrying or using an alternative "
               "approach.",
               call->name, (double)call->timeout_ms / 1000);
    end_failed(call, &text);
}

static void fail_unconnected(struct mcp_call *call, const struct error *error)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "MCP client not connected for tool '%s'. Reconnection attempt failed: %s",
               call->name, error->text);
    end_failed(call, &text);
}

static void ask(struct mcp_call *call);

static void on_failure(struct mcp_call *call, const struct error *error)
{
    const bool can_repeat =
        error->code == ERROR_GONE && !call->is_repeated && !mcp_client_is_closing(call->client);
    if (can_repeat) {
        call->is_repeated = true;
        ask(call);
    } else if (!call->was_ready && !mcp_client_is_ready(call->client)) {
        fail_unconnected(call, error);
    } else if (error->code == ERROR_TIMEOUT) {
        fail_timed_out(call);
    } else {
        fail(call, str_from(error->text));
    }
}

/* The message of an error object. */
static void on_refusal(struct mcp_call *call, struct str json)
{
    struct doc_error problem;
    struct doc *doc = doc_parse(json, &problem);
    const struct doc_value *root = doc == NULL ? NULL : doc_root(doc);
    const struct doc_value *message = root == NULL ? NULL : doc_find(root, STR("message"));
    const bool is_text = message != NULL && doc_kind(message) == DOC_STRING;
    fail(call, is_text ? doc_string(message) : STR("the server refused it"));
    doc_free(doc);
}

static void on_result(void *owner, struct str json, bool is_error, const struct error *error)
{
    struct mcp_call *call = owner;
    magic_check(call, MAGIC_MCP_CALL);
    struct mcp_call_result result = {0};
    struct error problem;
    if (error != NULL) {
        on_failure(call, error);
    } else if (is_error) {
        on_refusal(call, json);
    } else if (!mcp_content_read(json, &result.content, &problem)) {
        fail(call, str_from(problem.text));
    } else {
        result.is_error = result.content.is_error;
        end(call, &result);
    }
}

static void ask(struct mcp_call *call)
{
    call->was_ready = mcp_client_is_ready(call->client);
    call->request = mcp_client_request(call->client, STR("tools/call"), buf_str(&call->params),
                                       call->timeout_ms, on_result, call);
}

static void fail_unknown(void *owner)
{
    struct mcp_call *call = owner;
    magic_check(call, MAGIC_MCP_CALL);
    if (call->is_cancelled)
        free_call(call);
    else
        fail(call, STR("there is no such tool"));
}

static void write_params(struct mcp_call *call, const struct mcp_call_options *options)
{
    struct jsonw w;
    jsonw_init(&w, &call->params);
    jsonw_object(&w);
    jsonw_string(&w, "name", options->own_name);
    jsonw_raw(&w, "arguments", options->arguments.len == 0 ? STR("{}") : options->arguments);
    jsonw_end(&w);
}

struct mcp_call *mcp_call_start(const struct mcp_call_options *options, mcp_call_fn on_answer,
                                void *owner)
{
    struct mcp_call *call = mem_zero(1, sizeof(*call));
    call->magic = MAGIC_MCP_CALL;
    call->client = options->client;
    call->name = mem_strndup(options->name.data, options->name.len);
    call->timeout_ms = options->timeout_ms == 0 ? MCP_CALL_TIMEOUT_MS : options->timeout_ms;
    call->on_result = on_answer;
    call->owner = owner;
    write_params(call, options);
    if (call->client == NULL)
        loop_defer(options->loop, fail_unknown, call);
    else
        ask(call);
    return call;
}

void mcp_call_cancel(struct mcp_call *call)
{
    magic_check(call, MAGIC_MCP_CALL);
    if (call->client == NULL) {
        call->is_cancelled = true;
        return;
    }
    mcp_client_cancel(call->client, call->request);
    free_call(call);
}

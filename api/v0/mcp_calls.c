#include "api/v0/mcp_calls.h"

#include <stdlib.h>

#include "api/v0/mcp_forward.h"
#include "api/v0/mcp_listing.h"
#include "api/v0/mcp_name.h"
#include "api/v0/mcp_proxy.h"
#include "api/v0/mcp_server.h"
#include "plugins/mcp/jsonrpc.h"
#include "plugins/mcp/mcp_client.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/list.h"
#include "server/base/mem.h"

struct method;
typedef void (*start_fn)(struct mcp_calls *calls, const struct method *method,
                         const struct jsonrpc_message *request);

struct method {
    const char *name;
    start_fn start;
    const char *member;  /* of a list's result, or what of the parameters names its subject */
    const char *unknown; /* what a name that no server has is told */
    bool is_tool;        /* failures are results */
    bool is_resource;
};

struct call {
    struct list link;
    struct mcp_calls *calls;
    const struct method *method;
    struct buf id;
    struct buf token; /* of the client, as JSON */
    uint64_t number;  /* instead of it */
    struct mcp_listing *listing;
    struct mcp_server *server; /* of what is forwarded */
    uint64_t request;
    bool was_ready; /* the single server, when it was asked */
    bool is_prefixed;
};

struct mcp_calls {
    struct mcp_proxy *proxy;
    struct list all;
    size_t count;
    mcp_answer_fn on_answer;
    void *owner;
};

static void answer(const struct mcp_calls *calls, const struct buf *text)
{
    calls->on_answer(calls->owner, buf_str(text));
}

static void answer_at_once(const struct mcp_calls *calls, const struct jsonrpc_message *request,
                           struct str result)
{
    scoped_buf struct buf id = {0};
    scoped_buf struct buf text = {0};
    doc_print(request->id, &id);
    jsonrpc_write_result(&text, buf_str(&id), result);
    answer(calls, &text);
}

static void refuse(const struct mcp_calls *calls, const struct jsonrpc_message *request,
                   enum jsonrpc_code code, struct str reason)
{
    scoped_buf struct buf id = {0};
    scoped_buf struct buf text = {0};
    doc_print(request->id, &id);
    jsonrpc_write_error(&text, buf_str(&id), code, reason);
    answer(calls, &text);
}

static void free_call(struct call *call)
{
    list_remove(&call->link);
    call->calls->count--;
    buf_fini(&call->id);
    buf_fini(&call->token);
    free(call);
}

static void cancel_call(struct call *call)
{
    if (call->listing != NULL)
        mcp_listing_cancel(call->listing);
    else
        mcp_client_cancel(mcp_server_client(call->server), call->request);
    free_call(call);
}

static struct call *add_call(struct mcp_calls *calls, const struct method *method,
                             const struct jsonrpc_message *request)
{
    struct call *call = mem_zero(1, sizeof(*call));
    call->calls = calls;
    call->method = method;
    call->number = mcp_proxy_next_number(calls->proxy);
    doc_print(request->id, &call->id);
    list_append(&calls->all, &call->link);
    calls->count++;
    return call;
}

/* A server that fails, or a subject that nobody has. */
static void write_failure(const struct method *method, struct str id, struct str reason,
                          struct buf *out)
{
    scoped_buf struct buf result = {0};
    if (!method->is_tool) {
        jsonrpc_write_error(out, id, JSONRPC_UNSPECIFIED, reason);
        return;
    }
    mcp_forward_print_failure(&result, reason);
    jsonrpc_write_result(out, id, buf_str(&result));
}

/* The server has answered with an error. */
static void write_refusal(const struct method *method, struct str id, struct str refusal,
                          struct buf *out)
{
    struct doc_error error;
    if (!method->is_tool) {
        jsonrpc_write_failure(out, id, refusal);
        return;
    }
    struct doc *doc = doc_parse(refusal, &error);
    assert(doc != NULL); /* the client has printed it */
    write_failure(method, id, jsonrpc_error_text(doc_root(doc)), out);
    doc_free(doc);
}

static void write_result(const struct call *call, struct str result, struct buf *out)
{
    scoped_buf struct buf changed = {0};
    if (call->is_prefixed && call->method->is_resource) {
        mcp_forward_print_contents(&changed, mcp_server_name(call->server), result);
        result = buf_str(&changed);
    }
    jsonrpc_write_result(out, buf_str(&call->id), result);
}

static void on_result(void *owner, struct str result, bool is_error, const struct error *error)
{
    struct call *call = owner;
    const struct mcp_calls *calls = call->calls;
    scoped_buf struct buf text = {0};
    const struct str id = buf_str(&call->id);
    if (error != NULL) {
        scoped_buf struct buf reason = {0};
        buf_printf(&reason, "%s%s",
                   call->was_ready ? "" : "Client failed to connect: ", error->text);
        write_failure(call->method, id, buf_str(&reason), &text);
    } else if (is_error) {
        write_refusal(call->method, id, result, &text);
    } else {
        write_result(call, result, &text);
    }
    free_call(call);
    answer(calls, &text);
}

static void start_ping(struct mcp_calls *calls, const struct method *method,
                       const struct jsonrpc_message *request)
{
    (void)method; /* it needs nothing */
    answer_at_once(calls, request, STR("{}"));
}

/* The client's version of the protocol where it is known, else the newest. */
static const char *choose_version(const struct doc_value *params)
{
    static const char *const versions[] = {"2024-11-05", "2025-03-26", MCP_PROTOCOL_VERSION};
    const struct doc_value *wanted =
        params == NULL ? NULL : doc_find(params, STR("protocolVersion"));
    for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
        if (wanted != NULL && doc_kind(wanted) == DOC_STRING &&
            str_equal(doc_string(wanted), str_from(versions[i])))
            return versions[i];
    }
    return MCP_PROTOCOL_VERSION;
}

static void start_initialize(struct mcp_calls *calls, const struct method *method,
                             const struct jsonrpc_message *request)
{
    (void)method; /* it needs nothing */
    scoped_buf struct buf result = {0};
    struct jsonw w;
    jsonw_init(&w, &result);
    jsonw_object(&w);
    jsonw_cstr(&w, "protocolVersion", choose_version(request->params));
    jsonw_raw(&w, "capabilities",
              STR("{\"experimental\":{},\"prompts\":{\"listChanged\":true},\"resources\":{"
                  "\"subscribe\":false,\"listChanged\":true},\"tools\":{\"listChanged\":true}}"));
    jsonw_object_in(&w, "serverInfo");
    jsonw_cstr(&w, "name", "actiond");
    jsonw_cstr(&w, "version", ACTIOND_VERSION);
    jsonw_end(&w);
    jsonw_end(&w);
    answer_at_once(calls, request, buf_str(&result));
}

static void start_list(struct mcp_calls *calls, const struct method *method,
                       const struct jsonrpc_message *request)
{
    struct mcp_listing_options options = {
        .loop = mcp_proxy_loop(calls->proxy), .method = method->name, .member = method->member};
    options.servers = mcp_proxy_servers(calls->proxy, &options.count);
    if (options.count == 0) {
        scoped_buf struct buf empty = {0};
        buf_printf(&empty, "{\"%s\":[]}", method->member);
        answer_at_once(calls, request, buf_str(&empty));
        return;
    }
    struct call *call = add_call(calls, method, request);
    call->was_ready = mcp_client_is_ready(mcp_server_client(options.servers[0]));
    call->listing = mcp_listing_start(&options, on_result, call);
}

/* The server that has the subject; `stripped` gets how the subject is called there. */
static struct mcp_server *find_server(const struct mcp_calls *calls, const struct method *method,
                                      struct str subject, struct buf *stripped)
{
    struct str name = STR_NULL;
    size_t count;
    struct mcp_server *const *servers = mcp_proxy_servers(calls->proxy, &count);
    if (count == 1)
        buf_append(stripped, subject);
    if (count == 1 || !method->is_resource) {
        struct mcp_server *server = mcp_proxy_find_name(calls->proxy, subject, &name);
        if (count > 1)
            buf_append(stripped, name);
        return server;
    }
    for (size_t i = 0; i < count; i++) {
        if (mcp_name_strip_uri(stripped, mcp_server_name(servers[i]), subject))
            return servers[i];
    }
    return NULL;
}

static void refuse_unknown(const struct mcp_calls *calls, const struct method *method,
                           const struct jsonrpc_message *request, struct str subject)
{
    scoped_buf struct buf id = {0};
    scoped_buf struct buf reason = {0};
    scoped_buf struct buf text = {0};
    doc_print(request->id, &id);
    buf_append(&reason, str_from(method->unknown));
    if (method->is_resource)
        buf_printf(&reason, "'%.*s'", STR_ARG(subject));
    else
        buf_append(&reason, subject);
    write_failure(method, buf_str(&id), buf_str(&reason), &text);
    answer(calls, &text);
}

static void forward(struct mcp_calls *calls, const struct method *method,
                    const struct jsonrpc_message *request, struct mcp_server *server,
                    struct str subject)
{
    scoped_buf struct buf params = {0};
    size_t count;
    struct call *call = add_call(calls, method, request);
    struct mcp_client *client = mcp_server_client(server);
    const struct mcp_forward_change change = {
        .member = method->member, .value = subject, .progress_number = call->number};
    mcp_forward_print_token(&call->token, request->params);
    mcp_forward_print_params(&params, request->params, &change);
    (void)mcp_proxy_servers(calls->proxy, &count);
    call->server = server;
    call->is_prefixed = count > 1;
    call->was_ready = mcp_client_is_ready(client);
    call->request = mcp_client_request(client, request->method, buf_str(&params),
                                       MCP_CALLS_TIMEOUT_MS, on_result, call);
}

static void start_forward(struct mcp_calls *calls, const struct method *method,
                          const struct jsonrpc_message *request)
{
    const struct doc_value *value =
        request->params == NULL ? NULL : doc_find(request->params, str_from(method->member));
    if (value == NULL || doc_kind(value) != DOC_STRING) {
        refuse(calls, request, JSONRPC_INVALID_PARAMS, STR("Invalid request parameters"));
        return;
    }
    scoped_buf struct buf stripped = {0};
    struct mcp_server *server = find_server(calls, method, doc_string(value), &stripped);
    if (server == NULL)
        refuse_unknown(calls, method, request, doc_string(value));
    else
        forward(calls, method, request, server, buf_str(&stripped));
}

static const struct method methods[] = {
    {.name = "initialize", .start = start_initialize},
    {.name = "ping", .start = start_ping},
    {.name = "tools/list", .start = start_list, .member = "tools"},
    {.name = "tools/call",
     .start = start_forward,
     .member = "name",
     .unknown = "Unknown tool: ",
     .is_tool = true},
    {.name = "resources/list", .start = start_list, .member = "resources"},
    {.name = "resources/templates/list", .start = start_list, .member = "resourceTemplates"},
    {.name = "resources/read",
     .start = start_forward,
     .member = "uri",
     .unknown = "Unknown resource: ",
     .is_resource = true},
    {.name = "prompts/list", .start = start_list, .member = "prompts"},
    {.name = "prompts/get",
     .start = start_forward,
     .member = "name",
     .unknown = "Unknown prompt: "},
};

static const struct method *find_method(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
        if (str_equal(name, str_from(methods[i].name)))
            return &methods[i];
    }
    return NULL;
}

struct mcp_calls *mcp_calls_new(struct mcp_proxy *proxy, mcp_answer_fn on_answer, void *owner)
{
    struct mcp_calls *calls = mem_zero(1, sizeof(*calls));
    calls->proxy = proxy;
    calls->on_answer = on_answer;
    calls->owner = owner;
    list_init(&calls->all);
    return calls;
}

void mcp_calls_start(struct mcp_calls *calls, const struct jsonrpc_message *request)
{
    const struct method *method = find_method(request->method);
    if (method == NULL)
        refuse(calls, request, JSONRPC_UNKNOWN_METHOD, STR("Method not found"));
    else if (calls->count >= MCP_CALLS_MAX)
        refuse(calls, request, JSONRPC_OVERLOADED, STR("Too many requests are being answered"));
    else
        method->start(calls, method, request);
}

static struct call *find_call(const struct mcp_calls *calls, struct str id)
{
    for (struct list *link = list_first(&calls->all); link != NULL;
         link = list_next(&calls->all, link)) {
        struct call *call = container_of(link, struct call, link);
        if (str_equal(buf_str(&call->id), id))
            return call;
    }
    return NULL;
}

void mcp_calls_notice(struct mcp_calls *calls, const struct jsonrpc_message *notification)
{
    scoped_buf struct buf id = {0};
    if (!str_equal(notification->method, STR("notifications/cancelled")) ||
        notification->params == NULL)
        return;
    const struct doc_value *value = doc_find(notification->params, STR("requestId"));
    if (value == NULL)
        return;
    doc_print(value, &id);
    struct call *call = find_call(calls, buf_str(&id));
    if (call != NULL)
        cancel_call(call);
}

bool mcp_calls_print_progress(const struct mcp_calls *calls, struct str params, struct buf *out)
{
    for (struct list *link = list_first(&calls->all); link != NULL;
         link = list_next(&calls->all, link)) {
        const struct call *call = container_of(link, struct call, link);
        scoped_buf struct buf report = {0};
        if (call->token.len == 0 ||
            !mcp_forward_print_report(&report, params, call->number, buf_str(&call->token)))
            continue;
        jsonrpc_write_notification(out, STR("notifications/progress"), buf_str(&report));
        return true;
    }
    return false;
}

bool mcp_calls_use(const struct mcp_calls *calls, const struct mcp_server *server)
{
    for (struct list *link = list_first(&calls->all); link != NULL;
         link = list_next(&calls->all, link)) {
        if (container_of(link, struct call, link)->server == server)
            return true;
    }
    return false;
}

void mcp_calls_free(struct mcp_calls *calls)
{
    struct list *link;
    while ((link = list_first(&calls->all)) != NULL)
        cancel_call(container_of(link, struct call, link));
    free(calls);
}

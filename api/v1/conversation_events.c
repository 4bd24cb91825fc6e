#include "agent/conversation.h"
#include "agent/event_form.h"
#include "agent/event_index.h"
#include "agent/event_log.h"
#include "agent/event_search.h"
#include "agent/runner.h"
#include "api/api.h"
#include "api/v1/conversation_body.h"
#include "api/v1/conversation_event_query.h"
#include "api/v1/conversation_frame.h"
#include "api/v1/conversation_message.h"
#include "api/v1/conversation_request.h"
#include "api/v1/conversation_socket.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* Contract v1-conversations §1.2. */

/* Whether there is such a conversation is told before anything about the rest of the request. */
static void find(struct http_request *request, void *context, conversation_request_fn fn)
{
    conversation_request_find(request, context, &(struct conversation_request_options){.fn = fn});
}

/* --- searching --- */

static void write_items(const struct conversation *conversation, const size_t *numbers,
                        size_t count, struct buf *out)
{
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        const size_t before = out->len;
        if (!is_first)
            buf_append_byte(out, ',');
        if (conversation_frame_write(conversation, numbers[i], out))
            is_first = false;
        else
            buf_truncate(out, before);
    }
}

static void write_next_page(const struct event_log *log, size_t next, struct buf *out)
{
    if (next == SIZE_MAX)
        buf_append(out, STR("],\"next_page_id\":null}"));
    else
        buf_printf(out, "],\"next_page_id\":\"%s\"}",
                   id_uuid(event_log_record(log, next)->id).text);
}

static void search(struct conversation_request *asked, struct conversation *conversation)
{
    struct conversation_event_query query = {.limit = {.value = CONVERSATION_EVENT_PAGE_MAX}};
    const struct event_log *log = conversation_log(conversation);
    size_t numbers[CONVERSATION_EVENT_PAGE_MAX];
    size_t next;
    struct buf body = {0};
    if (!route_decode(asked->request, &query))
        return;
    const struct event_query wanted = conversation_event_query(&query, asked->request);
    const size_t start = str_is_set(query.page_id) ? event_log_find(log, query.page_id) : SIZE_MAX;
    const size_t count =
        event_search_page(log, &wanted, start, (size_t)query.limit.value, numbers, &next);
    buf_append(&body, STR("{\"items\":["));
    write_items(conversation, numbers, count, &body);
    write_next_page(log, next, &body);
    reply_json(asked->request, 200, &body);
    buf_fini(&body);
}

static void get_search(struct http_request *request, void *context)
{
    find(request, context, search);
}

static void count_events(struct conversation_request *asked, struct conversation *conversation)
{
    struct conversation_event_query query = {0};
    struct buf body = {0};
    if (!route_decode(asked->request, &query))
        return;
    const struct event_query wanted = conversation_event_query(&query, asked->request);
    buf_printf(&body, "%zu", event_search_count(conversation_log(conversation), &wanted));
    reply_json(asked->request, 200, &body);
    buf_fini(&body);
}

static void get_count(struct http_request *request, void *context)
{
    find(request, context, count_events);
}

/* --- by id --- */

/* Appends the event with its nulls. False: there is none. */
static bool write_full(const struct conversation *conversation, struct str id, struct buf *out)
{
    const struct event_log *log = conversation_log(conversation);
    const size_t number = event_log_find(log, id);
    scoped_buf struct buf text = {0};
    struct doc_error why;
    if (number == SIZE_MAX || !event_log_read(log, number, &text))
        return false;
    struct doc *doc = doc_parse(buf_str(&text), &why);
    if (doc == NULL)
        return false;
    event_form_full(doc_root(doc), out);
    doc_free(doc);
    return true;
}

static void print_event(struct conversation_request *asked, struct conversation *conversation)
{
    struct buf body = {0};
    if (write_full(conversation, asked->request->params[1], &body))
        reply_json(asked->request, 200, &body);
    else
        reply_detail(asked->request, 404, STR("Not Found"));
    buf_fini(&body);
}

static void get_event(struct http_request *request, void *context)
{
    find(request, context, print_event);
}

static const struct schema_field batch_field = {
    .name = "event_ids", .kind = SCHEMA_STRINGS, .is_required = true};

static void write_batch(const struct conversation *conversation, const struct schema_strings *ids,
                        struct buf *out)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < ids->count; i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        if (!write_full(conversation, ids->items[i], out))
            buf_append(out, STR("null"));
    }
    buf_append_byte(out, ']');
}

static void print_batch(struct conversation_request *asked, struct conversation *conversation)
{
    struct http_request *request = asked->request;
    struct schema_strings ids = {0};
    scoped_buf struct buf items = {0};
    struct issues issues;
    struct buf body = {0};
    issues_init(&issues, &items);
    schema_decode_root(&batch_field, request->json, &request->arena, &ids, &issues);
    if (issues.count > 0) {
        reply_issues(request, buf_str(&items));
        return;
    }
    write_batch(conversation, &ids, &body);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

static void get_batch(struct http_request *request, void *context)
{
    find(request, context, print_batch);
}

/* --- messages --- */

struct message_body {
    struct str role;
    const struct doc_value *content;
    struct schema_bool run;
};

static const char *const roles[] = {"user", "system", "assistant", "tool", NULL};

static const struct schema_field message_fields[] = {
    {.name = "role",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct message_body, role),
     .choices = roles,
     .is_literal = true,
     .default_json = "\"user\""},
    {.name = "content",
     .kind = SCHEMA_ANY,
     .offset = offsetof(struct message_body, content),
     .help = "Texts and images",
     .default_json = "[]"},
    {.name = "run",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct message_body, run),
     .help = "Let the agent work on it",
     .default_json = "false"},
};
static SCHEMA_DEFINE(message_schema, "SendMessageRequest", message_fields, false);

static void send_message(struct conversation_request *asked, struct conversation *conversation)
{
    struct http_request *request = asked->request;
    struct message_body body = {.role = STR("user")};
    scoped_buf struct buf items = {0};
    scoped_buf struct buf content = {0};
    struct issues issues;
    if (!route_decode(request, &body))
        return;
    issues_init(&issues, &items);
    if (!conversation_message_content(body.content, &issues, &content)) {
        reply_issues(request, buf_str(&items));
        return;
    }
    if (!str_equal(body.role, STR("user"))) {
        reply_unexpected(request, STR(CONVERSATION_NOT_FROM_USER));
        return;
    }
    const struct runner_message message = {.content = buf_str(&content), .runs = body.run.value};
    api_touch(asked->api);
    runner_send(conversation, &message, conversation_reply_done, request);
}

static void post_message(struct http_request *request, void *context)
{
    find(request, context, send_message);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}/events/search",
     .auth = ROUTE_AUTH_SESSION,
     .query = &conversation_event_search_schema,
     .handler = get_search,
     .tag = "Events",
     .summary = "Search the events of a conversation"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}/events/count",
     .auth = ROUTE_AUTH_SESSION,
     .query = &conversation_event_count_schema,
     .handler = get_count,
     .tag = "Events",
     .summary = "Count the events of a conversation"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}/events/{event_id}",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_event,
     .tag = "Events",
     .summary = "Get one event"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/{conversation_id}/events",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .handler = get_batch,
     .tag = "Events",
     .summary = "Get several events by a JSON array of ids in the body"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/events",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &message_schema,
     .handler = post_message,
     .tag = "Events",
     .summary = "Send a message to the agent"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/sockets/events/{conversation_id}",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = conversation_socket_get},
};
API_ROUTES(v1_conversation_event_routes, routes);

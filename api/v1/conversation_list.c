#include "agent/registry.h"
#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema_issue.h"
#include "server/base/schema_text.h"
#include "server/http/reply.h"

/* Contract v1-conversations §1.1: many conversations at once. */

#define PAGE_MAX  100
#define BATCH_MAX 99

/* --- searching and counting --- */

struct list_query {
    struct str page_id;
    struct schema_int limit;
    struct str status;
    struct str sort_order;
    struct schema_bool include_skills;
};

static const char *const statuses[] = {"idle",     "running", "paused", "waiting_for_confirmation",
                                       "finished", "error",   "stuck",  "deleting",
                                       NULL};
static const char *const sort_orders[] = {"CREATED_AT", "UPDATED_AT", "CREATED_AT_DESC",
                                          "UPDATED_AT_DESC", NULL};

#define STATUS_FIELD                                                                               \
    {                                                                                              \
        .name = "status", .kind = SCHEMA_ENUM, .offset = offsetof(struct list_query, status),      \
        .is_nullable = true, .choices = statuses,                                                  \
        .help = "Only conversations with this execution status"                                    \
    }
#define SKILLS_FIELD                                                                               \
    {                                                                                              \
        .name = "include_skills", .kind = SCHEMA_BOOL,                                             \
        .offset = offsetof(struct list_query, include_skills), .default_json = "false",            \
        .help = "Give the skills of the agent's context, too"                                      \
    }

static const struct schema_field search_fields[] = {
    {.name = "page_id",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct list_query, page_id),
     .is_nullable = true,
     .help = "The next_page_id of the page before"},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct list_query, limit),
     .has_min = true,
     .min_is_exclusive = true,
     .min = 0,
     .has_max = true,
     .max = PAGE_MAX,
     .default_json = "100",
     .help = "The most conversations to return"},
    STATUS_FIELD,
    {.name = "sort_order",
     .kind = SCHEMA_ENUM,
     .offset = offsetof(struct list_query, sort_order),
     .choices = sort_orders,
     .default_json = "\"CREATED_AT_DESC\"",
     .help = "By which time, oldest or newest first"},
    SKILLS_FIELD,
};
static SCHEMA_DEFINE(search_schema, "ConversationQuery", search_fields, false);

static const struct schema_field count_fields[] = {STATUS_FIELD};
static SCHEMA_DEFINE(count_schema, "ConversationCountQuery", count_fields, false);

static enum registry_order order_of(struct str name)
{
    static const enum registry_order orders[] = {REGISTRY_CREATED, REGISTRY_UPDATED,
                                                 REGISTRY_CREATED_NEWEST, REGISTRY_UPDATED_NEWEST};
    for (size_t i = 0; sort_orders[i] != NULL; i++) {
        if (str_equal(name, str_from(sort_orders[i])))
            return orders[i];
    }
    return REGISTRY_CREATED_NEWEST;
}

static void append_items(const struct registry_page *page, struct buf *body)
{
    buf_append_byte(body, '[');
    for (size_t i = 0; i < page->count; i++) {
        if (i > 0)
            buf_append_byte(body, ',');
        buf_append(body, str_is_set(page->items[i]) ? page->items[i] : STR("null"));
    }
    buf_append_byte(body, ']');
}

static void on_page(void *owner, const struct registry_page *page)
{
    struct buf body = {0};
    buf_append(&body, STR("{\"items\":"));
    append_items(page, &body);
    if (id_is_nil(page->next))
        buf_append(&body, STR(",\"next_page_id\":null}"));
    else
        buf_printf(&body, ",\"next_page_id\":\"%s\"}", id_hex(page->next).text);
    reply_json(owner, 200, &body);
    buf_fini(&body);
}

static void get_search(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct list_query query = {.limit = {.value = PAGE_MAX}};
    struct registry_query wanted = {.print = {.has_runtime = true}};
    if (!route_decode(request, &query))
        return;
    if (!id_parse(query.page_id, &wanted.page))
        wanted.page = (struct id){0}; /* from the beginning */
    wanted.limit = (size_t)query.limit.value;
    wanted.has_status = str_is_set(query.status) && state_status_find(query.status, &wanted.status);
    wanted.order = order_of(query.sort_order);
    wanted.print.includes_skills = query.include_skills.value;
    registry_search(api->registry, &wanted, on_page, request);
}

static void on_count(void *owner, size_t count)
{
    struct buf body = {0};
    buf_printf(&body, "%zu", count);
    reply_json(owner, 200, &body);
    buf_fini(&body);
}

static void get_count(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct list_query query = {0};
    enum state_status status;
    if (!route_decode(request, &query))
        return;
    const bool has_status = str_is_set(query.status) && state_status_find(query.status, &status);
    registry_count(api->registry, has_status ? &status : NULL, on_count, request);
}

/* --- by ids --- */

struct batch_query {
    struct schema_strings ids;
    struct schema_bool include_skills;
};

static const struct schema_field batch_fields[] = {
    {.name = "ids",
     .kind = SCHEMA_STRINGS,
     .offset = offsetof(struct batch_query, ids),
     .is_required = true},
    {.name = "include_skills",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct batch_query, include_skills),
     .default_json = "false"},
};
static SCHEMA_DEFINE(batch_schema, "ConversationBatchQuery", batch_fields, false);

static void on_batch(void *owner, const struct registry_page *page)
{
    struct buf body = {0};
    append_items(page, &body);
    reply_json(owner, 200, &body);
    buf_fini(&body);
}

static void refuse_count(struct issues *issues, struct str input, size_t count)
{
    scoped_buf struct buf message = {0};
    scoped_buf struct buf ctx = {0};
    buf_printf(&message, "List should have at most %d items after validation, not %zu", BATCH_MAX,
               count);
    buf_printf(&ctx, "{\"field_type\":\"List\",\"max_length\":%d,\"actual_length\":%zu}", BATCH_MAX,
               count);
    issues_add(issues, "too_long", "query", "ids", message.data, input, buf_str(&ctx));
}

static void print_list(const struct schema_strings *texts, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_array(&w);
    for (size_t i = 0; i < texts->count; i++)
        jsonw_string(&w, NULL, texts->items[i]);
    jsonw_end(&w);
}

static void refuse_id(struct issues *issues, struct str text, size_t index, struct str reason)
{
    scoped_buf struct buf message = {0};
    scoped_buf struct buf ctx = {0};
    struct jsonw w;
    buf_printf(&message, "Input should be a valid UUID, %.*s", STR_ARG(reason));
    jsonw_init(&w, &ctx);
    jsonw_object(&w);
    jsonw_string(&w, "error", reason);
    jsonw_end(&w);
    const struct issue issue = {
        .type = "uuid_parsing",
        .message = buf_str(&message),
        .place = {.part = "query", .field = STR("ids"), .index = index, .has_index = true},
        .input = {.text = text},
        .ctx_json = buf_str(&ctx),
    };
    issues_add_issue(issues, &issue);
}

static struct id *parse_ids(struct http_request *request, const struct schema_strings *texts,
                            struct issues *issues)
{
    struct id *ids = arena_zero(&request->arena, texts->count + 1, sizeof(*ids));
    for (size_t i = 0; i < texts->count; i++) {
        scoped_buf struct buf reason = {0};
        if (!text_to_uuid(texts->items[i], &ids[i], &reason))
            refuse_id(issues, texts->items[i], i, buf_str(&reason));
    }
    return ids;
}

static void get_batch(struct http_request *request, void *context)
{
    const struct api *api = context;
    struct batch_query query = {0};
    scoped_buf struct buf items = {0};
    scoped_buf struct buf given = {0};
    struct issues issues;
    if (!route_decode(request, &query))
        return;
    issues_init(&issues, &items);
    const struct id *ids = parse_ids(request, &query.ids, &issues);
    print_list(&query.ids, &given);
    if (query.ids.count > BATCH_MAX)
        refuse_count(&issues, buf_str(&given), query.ids.count);
    if (issues.count > 0) {
        reply_issues(request, buf_str(&items));
        return;
    }
    const struct registry_print print = {.includes_skills = query.include_skills.value,
                                         .has_runtime = true};
    registry_batch(api->registry, ids, query.ids.count, &print, on_batch, request);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/search",
     .auth = ROUTE_AUTH_SESSION,
     .query = &search_schema,
     .handler = get_search,
     .tag = "Conversations",
     .summary = "Search conversations"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations/count",
     .auth = ROUTE_AUTH_SESSION,
     .query = &count_schema,
     .handler = get_count,
     .tag = "Conversations",
     .summary = "Count conversations"},
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/conversations",
     .auth = ROUTE_AUTH_SESSION,
     .query = &batch_schema,
     .handler = get_batch,
     .tag = "Conversations",
     .summary = "Get several conversations by their ids"},
};
API_ROUTES(v1_conversation_list_routes, routes);

#include "agent/conversation.h"
#include "agent/meta.h"
#include "agent/registry.h"
#include "agent/runner.h"
#include "agent/start_request.h"
#include "agent/webhooks.h"
#include "api/api.h"
#include "api/v1/conversation_message.h"
#include "api/v1/conversation_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

/* Contract v1-conversations §1.1, §1.3, §4.2: POST /api/conversations. */

#define RUN_LIMIT_TEXT "Conversation run limit reached. Retry the request later."

struct creation {
    struct conversation_request asked;
    struct registry_print print;
    struct str message; /* content of the first message; not set: none */
    bool has_slot;      /* of those that run: making one counts as running */
    struct buf info;
    int status;
    unsigned missing; /* what the answer waits for */
    struct error error;
    bool has_failed;
};

/* --- the end --- */

static void release_slot(struct creation *creation)
{
    if (creation->has_slot)
        registry_release_run(creation->asked.api->registry);
    creation->has_slot = false;
}

/* One thing less to wait for. */
static void answer(void *owner)
{
    struct creation *creation = owner;
    if (--creation->missing > 0)
        return;
    struct buf info = buf_take(&creation->info); /* the creation goes with the request */
    if (creation->has_failed)
        conversation_reply_error(creation->asked.request, &creation->error);
    else
        reply_json(creation->asked.request, creation->status, &info);
    buf_fini(&info);
}

static void on_message_done(void *owner, const struct error *error)
{
    struct creation *creation = owner;
    if (error != NULL) {
        creation->has_failed = true;
        creation->error = *error;
    }
    answer(creation);
}

static void send_message(struct creation *creation, struct conversation *conversation)
{
    const struct runner_message message = {
        .content = creation->message, .runs = true, .has_slot = creation->has_slot};
    creation->has_slot = false; /* the first run begins in it */
    creation->missing++;
    runner_send(conversation, &message, on_message_done, creation);
}

static void begin(struct creation *creation, struct conversation *conversation)
{
    if (webhooks_introduce(creation->asked.api->webhooks, conversation, answer, creation))
        creation->missing++;
    if (str_is_set(creation->message))
        send_message(creation, conversation);
}

static void on_created(void *owner, struct conversation *conversation, bool is_new,
                       const struct error *error)
{
    struct creation *creation = owner;
    if (error != NULL) {
        release_slot(creation);
        conversation_reply_error(creation->asked.request, error);
        return;
    }
    registry_print(creation->asked.api->registry, conversation, &creation->print, &creation->info);
    creation->status = is_new ? 201 : 200;
    creation->missing = 1;
    if (is_new)
        begin(creation, conversation);
    release_slot(creation);
    answer(creation);
}

/* --- the first message --- */

/* False: it has replied. */
static bool read_message(struct creation *creation, const struct start_request *start)
{
    struct http_request *request = creation->asked.request;
    scoped_buf struct buf items = {0};
    scoped_buf struct buf content = {0};
    struct issues issues;
    struct doc_error why;
    struct doc *doc = doc_parse(meta_json(start->meta, META_INITIAL_MESSAGE), &why);
    bool is_good = true;
    issues_init(&issues, &items);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT) {
        is_good = conversation_message_content(doc_find(doc_root(doc), STR("content")), &issues,
                                               &content);
        creation->message = arena_copy(&request->arena, buf_str(&content));
    }
    doc_free(doc);
    if (!is_good)
        reply_issues(request, buf_str(&items));
    return is_good;
}

/* --- headers that stand for members --- */

static bool is_absent(const struct http_request *request, const char *member)
{
    const struct doc_value *value = doc_find(request->json, str_from(member));
    return value == NULL || doc_kind(value) == DOC_NULL;
}

static void set_text(struct http_request *request, struct meta *meta, enum meta_field field,
                     const char *header)
{
    const struct str value = http_request_header(request, header);
    scoped_buf struct buf json = {0};
    if (!str_is_set(value) || !is_absent(request, meta_field_name(field).data))
        return;
    jsonw_quote(&json, value);
    meta_set_json(meta, field, buf_str(&json));
}

static void set_tags(struct http_request *request, struct meta *meta)
{
    struct str rest = http_request_header(request, "x-openhands-observability-tags");
    struct str tag;
    scoped_buf struct buf json = {0};
    struct jsonw w;
    if (!str_is_set(rest) || !is_absent(request, "observability_tags"))
        return;
    jsonw_init(&w, &json);
    jsonw_array(&w);
    while (str_next(&rest, ',', &tag)) {
        if (!str_is_empty(str_trim(tag)))
            jsonw_string(&w, NULL, str_trim(tag));
    }
    jsonw_end(&w);
    meta_set_json(meta, META_OBSERVABILITY_TAGS, buf_str(&json));
}

/* False: it has replied. */
static bool set_metadata(struct http_request *request, struct meta *meta)
{
    const struct str value = http_request_header(request, "x-openhands-observability-metadata");
    struct doc_error why;
    if (!str_is_set(value) || !is_absent(request, "observability_metadata"))
        return true;
    struct doc *doc = doc_parse(value, &why);
    const bool is_object = doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT;
    scoped_buf struct buf json = {0};
    if (is_object) {
        doc_print(doc_root(doc), &json);
        meta_set_json(meta, META_OBSERVABILITY_METADATA, buf_str(&json));
    } else {
        reply_detail(request, 422, STR("X-OpenHands-Observability-Metadata must be a JSON object"));
    }
    doc_free(doc);
    return is_object;
}

static bool take_headers(struct http_request *request, struct meta *meta)
{
    set_text(request, meta, META_OBSERVABILITY_SPAN, "x-openhands-observability-span-name");
    set_text(request, meta, META_OBSERVABILITY_PARENT,
             "x-openhands-observability-parent-span-context");
    set_tags(request, meta);
    return set_metadata(request, meta);
}

/* --- the request --- */

/* False: it has replied. */
static bool decode(struct http_request *request, const struct api *api,
                   struct start_request **ret_start)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    struct error error;
    issues_init(&issues, &items);
    if (start_request_decode(request->json, api->cipher, &issues, ret_start, &error))
        return true;
    if (issues.count > 0)
        reply_issues(request, buf_str(&items));
    else
        conversation_reply_error(request, &error);
    return false;
}

static bool check(struct creation *creation, const struct start_request *start)
{
    struct http_request *request = creation->asked.request;
    if (!id_is_nil(start->profile_id)) {
        reply_detail(request, 404,
                     arena_printf(&request->arena, "Agent profile with id '%s' not found",
                                  id_uuid(start->profile_id).text));
        return false;
    }
    return read_message(creation, start) && take_headers(request, start->meta);
}

/* One that is there takes none. */
static bool take_slot(struct creation *creation, const struct start_request *start)
{
    struct registry *registry = creation->asked.api->registry;
    if (!id_is_nil(start->conversation_id) &&
        registry_peek(registry, start->conversation_id) != NULL)
        return true;
    if (registry_take_run(registry)) {
        creation->has_slot = true;
        return true;
    }
    reply_detail(creation->asked.request, 429, STR(RUN_LIMIT_TEXT));
    return false;
}

struct create_query {
    struct schema_bool include_skills;
};

static const struct schema_field query_fields[] = {
    {.name = "include_skills",
     .kind = SCHEMA_BOOL,
     .offset = offsetof(struct create_query, include_skills),
     .default_json = "false"},
};
static SCHEMA_DEFINE(query_schema, "ConversationCreateQuery", query_fields, false);

static void post_conversation(struct http_request *request, void *context)
{
    struct api *api = context;
    struct create_query query = {0};
    struct start_request *start;
    if (!route_decode(request, &query) || !decode(request, api, &start))
        return;
    struct creation *creation = arena_zero(&request->arena, 1, sizeof(*creation));
    creation->asked = (struct conversation_request){.request = request, .api = api};
    creation->print.includes_skills = query.include_skills.value;
    if (!check(creation, start) || !take_slot(creation, start)) {
        start_request_free(start);
        return;
    }
    api_touch(api);
    registry_create(api->registry, start, on_created, creation);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .query = &query_schema,
     .handler = post_conversation,
     .tag = "Conversations",
     .summary = "Start a conversation"},
};
API_ROUTES(v1_conversation_create_routes, routes);

#include "agent/conversation.h"
#include "agent/meta.h"
#include "agent/runner.h"
#include "api/api.h"
#include "api/v1/conversation_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/http/reply.h"

/* Contract v1-conversations §2.7, §4.11: what is asked of the model beside the run. */

#define MISSING "Conversation not found"

static void reply_member(struct http_request *request, const char *name, struct str text)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string(&w, name, text);
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

/* --- a question --- */

struct question {
    struct str question;
};

static const struct schema_field question_fields[] = {
    {.name = "question",
     .kind = SCHEMA_STRING,
     .offset = offsetof(struct question, question),
     .is_required = true},
};
static SCHEMA_DEFINE(question_schema, "AskAgentRequest", question_fields, false);

static void on_answer(void *owner, struct str answer, const struct error *error)
{
    if (error != NULL)
        conversation_reply_error(owner, error);
    else
        reply_member(owner, "response", answer);
}

static void ask(struct conversation_request *asked, struct conversation *conversation)
{
    const struct question *question = asked->body;
    api_touch(asked->api);
    runner_ask(conversation, question->question, on_answer, asked->request);
}

static void post_ask(struct http_request *request, void *context)
{
    struct question *body = arena_zero(&request->arena, 1, sizeof(*body));
    if (route_decode(request, body))
        conversation_request_find(
            request, context,
            &(struct conversation_request_options){.missing = MISSING, .fn = ask, .body = body});
}

/* --- condensing --- */

static void condense(struct conversation_request *asked, struct conversation *conversation)
{
    struct error error;
    api_touch(asked->api);
    if (!runner_condense(conversation, conversation_reply_done, asked->request, &error))
        conversation_reply_error(asked->request, &error);
}

static void post_condense(struct http_request *request, void *context)
{
    conversation_request_find(
        request, context,
        &(struct conversation_request_options){.missing = MISSING, .fn = condense});
}

/* --- a title, for clients that do not make one themselves --- */

struct title_request {
    struct schema_int max_length;
    const struct doc_value *llm;
};

static const struct schema_field title_fields[] = {
    {.name = "max_length",
     .kind = SCHEMA_INT,
     .offset = offsetof(struct title_request, max_length),
     .has_min = true,
     .min = 1,
     .has_max = true,
     .max = META_TITLE_MAX,
     .default_json = "50"},
    {.name = "llm",
     .kind = SCHEMA_ANY,
     .offset = offsetof(struct title_request, llm),
     .is_nullable = true},
};
static SCHEMA_DEFINE(title_schema, "GenerateTitleRequest", title_fields, false);

#define TITLE_QUESTION                                                                             \
    "Write a title for this conversation: a few words on one line that say what it is about, at "  \
    "most %lld characters, without quotes or a full stop. Answer with the title alone."

struct titling {
    struct http_request *request;
    size_t max_length;
};

static void on_title(void *owner, struct str answer, const struct error *error)
{
    const struct titling *titling = owner;
    const struct str title = str_trim(answer);
    if (error != NULL) {
        conversation_reply_error(titling->request, error);
        return;
    }
    reply_member(titling->request, "title",
                 str_slice(title, 0, utf8_prefix_bytes(title, titling->max_length)));
}

static void make_title(struct conversation_request *asked, struct conversation *conversation)
{
    const struct title_request *body = asked->body;
    const char *title = conversation_meta(conversation)->title;
    struct arena *arena = &asked->request->arena;
    if (title != NULL) {
        const struct str text = str_from(title);
        reply_member(asked->request, "title",
                     str_slice(text, 0, utf8_prefix_bytes(text, (size_t)body->max_length.value)));
        return;
    }
    struct titling *titling = arena_zero(arena, 1, sizeof(*titling));
    titling->request = asked->request;
    titling->max_length = (size_t)body->max_length.value;
    runner_ask(conversation, arena_printf(arena, TITLE_QUESTION, (long long)body->max_length.value),
               on_title, titling);
}

static void post_title(struct http_request *request, void *context)
{
    struct title_request *body = arena_zero(&request->arena, 1, sizeof(*body));
    body->max_length.value = 50;
    if (route_decode(request, body))
        conversation_request_find(request, context,
                                  &(struct conversation_request_options){
                                      .missing = "Not Found", .fn = make_title, .body = body});
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/ask_agent",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &question_schema,
     .handler = post_ask,
     .tag = "Conversations",
     .summary = "Ask the agent's model something, without a trace in the conversation"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/condense",
     .auth = ROUTE_AUTH_SESSION,
     .handler = post_condense,
     .tag = "Conversations",
     .summary = "Replace old events by a summary, for the model"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/conversations/{conversation_id}/generate_title",
     .auth = ROUTE_AUTH_SESSION,
     .body = ROUTE_BODY_JSON,
     .body_schema = &title_schema,
     .handler = post_title,
     .is_hidden = true},
};
API_ROUTES(v1_conversation_ask_routes, routes);

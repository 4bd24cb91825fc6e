#include "api/v1/conversation_request.h"

#include "agent/conversation.h"
#include "agent/registry.h"
#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/http/reply.h"

void conversation_reply_success(struct http_request *request)
{
    reply_text(request, 200, "application/json", STR("{\"success\":true}"));
}

/* A tool that nobody knows: the reference quotes the text as it does names that are missing. */
static void reply_unknown_tool(struct http_request *request, const struct error *error)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "\"%s\"", error->text);
    reply_unexpected(request, buf_str(&text));
}

void conversation_reply_error(struct http_request *request, const struct error *error)
{
    if (str_starts_with(str_from(error->text), STR("ToolDefinition '")))
        reply_unknown_tool(request, error);
    else if (error->code == ERROR_INTERNAL || error->code == ERROR_INVALID)
        reply_unexpected(request, str_from(error->text));
    else
        reply_error(request, error);
}

void conversation_reply_done(void *owner, const struct error *error)
{
    if (error == NULL)
        conversation_reply_success(owner);
    else
        conversation_reply_error(owner, error);
}

void conversation_reply_info(struct conversation_request *asked, int status,
                             struct conversation *conversation)
{
    const struct registry_print print = {.includes_skills = false};
    struct buf body = {0};
    registry_print(asked->api->registry, conversation, &print, &body);
    reply_json(asked->request, status, &body);
    buf_fini(&body);
}

struct finding {
    struct conversation_request asked;
    struct conversation_request_options options;
};

static void reply_missing(const struct finding *finding, const struct error *error)
{
    struct http_request *request = finding->asked.request;
    if (error->code != ERROR_NOT_FOUND)
        reply_unexpected(request, str_from(error->text));
    else if (finding->options.missing != NULL)
        reply_detail(request, 404, str_from(finding->options.missing));
    else
        reply_error(request, error);
}

static void on_found(void *owner, struct conversation *conversation, const struct error *error)
{
    struct finding *finding = owner;
    if (error != NULL)
        reply_missing(finding, error);
    else if (conversation_is_closing(conversation)) /* by somebody who was told just before */
        reply_detail(finding->asked.request, 503, STR("The conversation is being closed"));
    else
        finding->options.fn(&finding->asked, conversation);
}

void conversation_request_find(struct http_request *request, struct api *api,
                               const struct conversation_request_options *options)
{
    struct id id;
    if (!route_param_id(request, 0, "conversation_id", &id))
        return;
    struct finding *finding = arena_zero(&request->arena, 1, sizeof(*finding));
    finding->asked =
        (struct conversation_request){.request = request, .api = api, .body = options->body};
    finding->options = *options;
    registry_find(api->registry, id, on_found, finding);
}

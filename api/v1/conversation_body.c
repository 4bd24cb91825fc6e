#include "api/v1/conversation_body.h"

#include "agent/shape.h"
#include "agent/start_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/schema_issue.h"
#include "server/http/reply.h"
#include "server/http/router.h"

bool conversation_body_decode(struct http_request *request, const struct schema *schema,
                              bool may_be_absent, void *target)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    const bool is_absent = request->json == NULL || doc_kind(request->json) == DOC_NULL;
    if (may_be_absent && is_absent)
        return true;
    issues_init(&issues, &items);
    schema_decode_json(schema, request->json, &request->arena, target, &issues);
    if (issues.count == 0)
        return true;
    reply_issues(request, buf_str(&items));
    return false;
}

void conversation_body_refuse(struct http_request *request, const char *member,
                              const struct shape_problem *problem, const struct error *error)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    const struct issue issue = {
        .type = problem->type,
        .message = str_from(error->text),
        .place = {.part = "body", .field = str_from(member), .member = problem->member},
        .input = {.value = problem->input},
        .ctx_json = str_from(problem->ctx),
    };
    issues_init(&issues, &items);
    issues_add_issue(&issues, &issue);
    reply_issues(request, buf_str(&items));
}

bool conversation_body_check_tags(struct http_request *request, const struct doc_value *tags)
{
    struct error error;
    if (tags == NULL || start_request_check_tags(tags, &error))
        return true;
    const struct shape_problem problem = {.type = "value_error", .input = tags};
    conversation_body_refuse(request, "tags", &problem, &error);
    return false;
}

bool conversation_body_complete(struct http_request *request, const char *member,
                                const struct shape *shape, const struct doc_value *value,
                                struct buf *out)
{
    struct shape_problem problem;
    struct error error;
    if (shape_complete(shape, value, NULL, out, &problem, &error))
        return true;
    conversation_body_refuse(request, member, &problem, &error);
    return false;
}

#include "api/api.h"
#include "api/v0/action.h"
#include "api/v0/reply.h"
#include "api/v0/run_ipython.h"
#include "api/v0/runtime.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/repr.h"
#include "server/base/schema.h"
#include "server/http/reply.h"

/*
 * POST /execute_action (contract v0-action-execution §2.5, §3): the envelope of an action is
 * decoded here and the action handed to the function of its kind, when its turn comes. What is
 * wrong with the envelope is told at once, in the words that backends know.
 */

#define MAX_REQUIRED 2

static void start_browsing(struct v0_action *action)
{
    v0_action_reply_error(action, STR("Browser functionality is not supported or disabled."));
}

static const struct kind {
    const char *name;
    v0_action_fn start;     /* NULL: backends do these themselves */
    const char *class_name; /* in texts about arguments that are missing */
    const char *required[MAX_REQUIRED];
} kinds[] = {
    {.name = "null"},
    {"run", v0_run, "CmdRunAction", {"command"}},
    {"run_ipython", v0_run_ipython, "IPythonRunCellAction", {"code"}},
    {"browse", start_browsing, "BrowseURLAction", {"url"}},
    {"browse_interactive", start_browsing, "BrowseInteractiveAction", {"browser_actions"}},
    {"read", v0_read, "FileReadAction", {"path"}},
    {"write", v0_write, "FileWriteAction", {"path", "content"}},
    {"edit", v0_edit, "FileEditAction", {"path"}},
    {.name = "think"},
    {.name = "finish"},
    {.name = "reject"},
    {.name = "delegate"},
    {.name = "recall"},
    {.name = "change_agent_state"},
    {.name = "message"},
    {.name = "system"},
    {.name = "condensation"},
    {.name = "condensation_request"},
    {.name = "call_tool_mcp"},
    {.name = "task_tracking"},
    {.name = "loop_recovery"},
};

static const char *const sources[] = {"agent", "user", "environment"};

static void print_python(const struct doc_value *value, struct buf *out)
{
    scoped_buf struct buf json = {0};
    doc_print(value, &json);
    v0_print_python(buf_str(&json), out);
}

static const struct kind *find_kind(const struct doc_value *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds) && doc_kind(name) == DOC_STRING; i++) {
        if (str_equal(doc_string(name), str_from(kinds[i].name)))
            return &kinds[i];
    }
    return NULL;
}

static void describe_unknown_kind(const struct doc_value *name, struct buf *text)
{
    buf_append(text, STR("'action['action']="));
    print_python(name, text);
    buf_append(text, STR("' is not defined. Available actions: "));
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        buf_printf(text, "%s'%s'", i == 0 ? "" : ", ", kinds[i].name);
}

static bool has_arguments(const struct kind *kind, const struct doc_value *event, struct buf *text)
{
    const struct doc_value *args = doc_find(event, STR("args"));
    const char *missing[MAX_REQUIRED];
    size_t count = 0;
    if (args != NULL && doc_kind(args) != DOC_OBJECT) {
        buf_append(text, STR("the arguments of an action must be an object"));
        return false;
    }
    for (size_t i = 0; i < MAX_REQUIRED && kind->required[i] != NULL; i++) {
        if (args == NULL || doc_find(args, str_from(kind->required[i])) == NULL)
            missing[count++] = kind->required[i];
    }
    if (count == 0)
        return true;
    buf_append(text, STR("action="));
    print_python(event, text);
    buf_printf(text,
               " has the wrong arguments: %s.__init__() missing %zu required positional "
               "argument%s: '%s'",
               kind->class_name, count, count > 1 ? "s" : "", missing[0]);
    if (count > 1)
        buf_printf(text, " and '%s'", missing[1]);
    return false;
}

static bool has_known_source(const struct doc_value *event, struct buf *text)
{
    const struct doc_value *source = doc_find(event, STR("source"));
    if (source == NULL)
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(sources) && doc_kind(source) == DOC_STRING; i++) {
        if (str_equal(doc_string(source), str_from(sources[i])))
            return true;
    }
    print_python(source, text);
    buf_append(text, STR(" is not a valid EventSource"));
    return false;
}

static bool read_timeout(const struct doc_value *event, double *ret_timeout_s, struct buf *text)
{
    const struct doc_value *timeout = doc_find(event, STR("timeout"));
    double number = -1;
    if (timeout == NULL || doc_kind(timeout) == DOC_NULL) {
        *ret_timeout_s = -1;
        return true;
    }
    if (doc_kind(timeout) == DOC_INT || doc_kind(timeout) == DOC_DOUBLE) {
        number = doc_double(timeout);
    } else if (doc_kind(timeout) != DOC_STRING || !str_to_double(doc_string(timeout), &number)) {
        buf_append(text, STR("could not convert the timeout to a number: "));
        print_python(timeout, text);
        return false;
    }
    *ret_timeout_s = number;
    return true;
}

/* NULL: the text says what is wrong. */
static const struct kind *check_event(const struct doc_value *event, double *ret_timeout_s,
                                      struct buf *text)
{
    const struct doc_value *name = doc_find(event, STR("action"));
    if (name == NULL && doc_find(event, STR("observation")) != NULL) {
        buf_append(text, STR("400: Invalid action type"));
        return NULL;
    }
    if (name == NULL) {
        buf_append(text, STR("Unknown event type: "));
        print_python(event, text);
        return NULL;
    }
    const struct kind *kind = find_kind(name);
    if (kind == NULL) {
        describe_unknown_kind(name, text);
        return NULL;
    }
    if (!has_arguments(kind, event, text) || !has_known_source(event, text) ||
        !read_timeout(event, ret_timeout_s, text))
        return NULL;
    if (kind->start != NULL)
        return kind;
    buf_printf(text, "'ActionExecutor' object has no attribute '%s'", kind->name);
    return NULL;
}

static void refuse_event(struct http_request *request, struct str text)
{
    scoped_buf struct buf detail = {0};
    buf_printf(&detail, "Internal server error: %.*s", STR_ARG(text));
    v0_reply_detail(request, 500, buf_str(&detail));
}

/* Takes the document. */
static void execute_event(struct http_request *request, struct api *api, struct doc *document,
                          const struct doc_value *event)
{
    scoped_buf struct buf text = {0};
    double timeout_s = -1;
    const struct kind *kind = check_event(event, &timeout_s, &text);
    if (kind == NULL) {
        refuse_event(request, buf_str(&text));
        doc_free(document);
        return;
    }
    v0_runtime_touch(api->v0);
    const struct v0_action_options options = {.api = api,
                                              .request = request,
                                              .queue = v0_runtime_queue(api->v0),
                                              .document = document,
                                              .args = doc_find(event, STR("args")),
                                              .timeout_s = timeout_s,
                                              .start = kind->start};
    v0_action_enqueue(&options);
}

static void refuse_json(struct http_request *request, const struct doc_error *error)
{
    scoped_buf struct buf items = {0};
    struct issues issues;
    issues_init(&issues, &items);
    issues_add_broken_json(&issues, error);
    v0_reply_issues(request, buf_str(&items));
}

static void refuse_body(struct http_request *request, const struct doc_value *body,
                        const struct doc_value *event)
{
    scoped_buf struct buf items = {0};
    scoped_buf struct buf input = {0};
    struct issues issues;
    issues_init(&issues, &items);
    doc_print(event != NULL ? event : body, &input);
    if (event != NULL)
        issues_add(&issues, "dict_type", "body", "action", "Input should be a valid dictionary",
                   buf_str(&input), STR_NULL);
    else if (doc_kind(body) == DOC_OBJECT)
        issues_add(&issues, "missing", "body", "action", "Field required", buf_str(&input),
                   STR_NULL);
    else
        issues_add(&issues, "model_attributes_type", "body", NULL,
                   "Input should be a valid dictionary or object to extract fields from",
                   buf_str(&input), STR_NULL);
    v0_reply_issues(request, buf_str(&items));
}

/* NULL: it is not there, or no object; that has been answered. */
static const struct doc_value *find_event(struct http_request *request,
                                          const struct doc_value *body)
{
    const struct doc_value *event =
        doc_kind(body) == DOC_OBJECT ? doc_find(body, STR("action")) : NULL;
    if (event != NULL && doc_kind(event) == DOC_OBJECT)
        return event;
    refuse_body(request, body, event);
    return NULL;
}

static void post_execute_action(struct http_request *request, void *context)
{
    struct api *api = context;
    struct doc_error error;
    if (request->body.len == 0) {
        v0_reply_issues(request, STR("[{\"type\":\"missing\",\"loc\":[\"body\"],"
                                     "\"msg\":\"Field required\",\"input\":null}]"));
        return;
    }
    struct doc *document = doc_parse(request->body, &error);
    if (document == NULL) {
        refuse_json(request, &error);
        return;
    }
    const struct doc_value *event = find_event(request, doc_root(document));
    if (event == NULL)
        doc_free(document);
    else
        execute_event(request, api, document, event);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_POST,
     .pattern = "/execute_action",
     .auth = ROUTE_AUTH_V0,
     .body = ROUTE_BODY_RAW,
     .handler = post_execute_action,
     .tag = "V0",
     .summary = "Execute an action and return what is observed"},
};
API_ROUTES(v0_execute_routes, routes);

#include "api/v0/action.h"

#include <stdlib.h>

#include "api/v0/action_queue.h"
#include "api/v0/reply.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/http/reply.h"
#include "server/http/request.h"

struct v0_action {
    struct v0_queue_entry entry;
    struct v0_action_options options;
    struct buf body;
    struct jsonw writer;
    bool is_started;
    bool has_success;
    bool success;
};

static void on_start(struct v0_queue_entry *entry)
{
    struct v0_action *action = container_of(entry, struct v0_action, entry);
    action->is_started = true;
    action->options.start(action);
}

/* The request has been replied to. */
static void end(struct v0_action *action)
{
    struct v0_action_queue *queue = action->is_started ? action->options.queue : NULL;
    doc_free(action->options.document);
    buf_fini(&action->body);
    free(action);
    if (queue != NULL)
        v0_action_queue_done(queue);
}

static void reply_failure(struct v0_action *action, int status, struct str text)
{
    scoped_buf struct buf detail = {0};
    buf_printf(&detail, "Internal server error: %.*s", STR_ARG(text));
    v0_reply_detail(action->options.request, status, buf_str(&detail));
    end(action);
}

static void on_refused(struct v0_queue_entry *entry, const struct error *error)
{
    struct v0_action *action = container_of(entry, struct v0_action, entry);
    reply_failure(action, error->code == ERROR_LIMIT ? 429 : 500, str_from(error->text));
}

void v0_action_enqueue(const struct v0_action_options *options)
{
    struct v0_action *action = mem_zero(1, sizeof(*action));
    action->entry.on_start = on_start;
    action->entry.on_refused = on_refused;
    action->options = *options;
    v0_action_queue_add(options->queue, &action->entry);
}

struct api *v0_action_api(const struct v0_action *action)
{
    return action->options.api;
}

struct v0_runtime *v0_action_runtime(const struct v0_action *action)
{
    return v0_action_queue_runtime(action->options.queue);
}

const struct doc_value *v0_action_args(const struct v0_action *action)
{
    return action->options.args;
}

double v0_action_timeout(const struct v0_action *action)
{
    return action->options.timeout_s;
}

/* NULL when it is absent or null. */
static const struct doc_value *find_arg(const struct v0_action *action, const char *name)
{
    const struct doc_value *args = action->options.args;
    const struct doc_value *value = args == NULL ? NULL : doc_find(args, str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

static bool fail_type(struct v0_action *action, const char *name, const char *expected)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, "the argument '%s' must be %s", name, expected);
    v0_action_fail(action, buf_str(&text));
    return false;
}

bool v0_arg_string(struct v0_action *action, const char *name, struct str fallback,
                   struct str *ret_value)
{
    const struct doc_value *value = find_arg(action, name);
    if (value != NULL && doc_kind(value) != DOC_STRING)
        return fail_type(action, name, "a string");
    *ret_value = value == NULL ? fallback : doc_string(value);
    return true;
}

bool v0_arg_bool(struct v0_action *action, const char *name, bool fallback, bool *ret_value)
{
    const struct doc_value *value = find_arg(action, name);
    if (value != NULL && doc_kind(value) != DOC_BOOL)
        return fail_type(action, name, "true or false");
    *ret_value = value == NULL ? fallback : doc_bool(value);
    return true;
}

bool v0_arg_int(struct v0_action *action, const char *name, long long fallback,
                long long *ret_value)
{
    const struct doc_value *value = find_arg(action, name);
    int64_t number = fallback;
    if (value != NULL && doc_kind(value) == DOC_INT)
        number = doc_int(value);
    else if (value != NULL && (doc_kind(value) != DOC_STRING ||
                               !str_to_i64(doc_string(value), INT64_MIN, INT64_MAX, &number)))
        return fail_type(action, name, "an integer");
    *ret_value = number;
    return true;
}

struct jsonw *v0_action_reply_begin(struct v0_action *action,
                                    const struct v0_observation *observation)
{
    struct jsonw *w = &action->writer;
    action->has_success = observation->has_success;
    action->success = observation->success;
    jsonw_init(w, &action->body);
    jsonw_object(w);
    jsonw_string(w, "message", observation->message);
    jsonw_cstr(w, "observation", observation->kind);
    jsonw_string(w, "content", observation->content);
    jsonw_object_in(w, "extras");
    return w;
}

void v0_action_reply_end(struct v0_action *action)
{
    struct jsonw *w = &action->writer;
    jsonw_end(w);
    if (action->has_success)
        jsonw_bool(w, "success", action->success);
    jsonw_end(w);
    reply_json(action->options.request, 200, &action->body);
    end(action);
}

void v0_action_reply_error(struct v0_action *action, struct str text)
{
    const struct v0_observation observation = {.kind = "error", .message = text, .content = text};
    struct jsonw *w = v0_action_reply_begin(action, &observation);
    jsonw_cstr(w, "error_id", "");
    v0_action_reply_end(action);
}

void v0_action_fail(struct v0_action *action, struct str text)
{
    log_warn("v0.action_failed", "request=%llu",
             (unsigned long long)action->options.request->number);
    reply_failure(action, 500, text);
}

#include "agent/webhooks.h"

#include "api/api.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/jsonw.h"
#include "server/http/reply.h"

/* What is owed to the receivers of webhooks, and how they are. */

static void write_time(struct jsonw *w, const char *name, int64_t wall_us)
{
    scoped_buf struct buf text = {0};
    if (wall_us != 0)
        clock_format_utc(&text, wall_us);
    jsonw_string_or_null(w, name, wall_us == 0 ? STR_NULL : buf_str(&text));
}

/* Without the name and password that may stand in it. */
static struct str shown_url(struct http_request *request, struct str url)
{
    const size_t scheme = str_find(url, STR("://"));
    if (scheme == SIZE_MAX)
        return url;
    const struct str rest = str_skip(url, scheme + STR("://").len);
    const struct str authority = str_slice(rest, 0, str_find_byte(rest, '/'));
    const size_t at = str_find_last_byte(authority, '@');
    if (at == SIZE_MAX)
        return url;
    const struct str shown = str_skip(rest, at + 1);
    return arena_printf(&request->arena, "%.*s://%.*s", (int)scheme, url.data, STR_ARG(shown));
}

static void write_state(struct jsonw *w, struct http_request *request,
                        const struct webhook_state *state)
{
    jsonw_object(w);
    jsonw_string(w, "base_url", shown_url(request, state->base_url));
    jsonw_uint(w, "conversations", state->conversations);
    jsonw_uint(w, "queued_events", state->queued_events);
    jsonw_uint(w, "queued_bytes", state->queued_bytes);
    jsonw_uint(w, "requests_under_way", state->sending);
    jsonw_uint(w, "failing_conversations", state->failing);
    jsonw_uint(w, "delivered_events", state->delivered_events);
    jsonw_uint(w, "dropped_events", state->dropped_events);
    jsonw_uint(w, "failed_requests", state->failed_requests);
    jsonw_string_or_null(w, "last_error", state->last_error);
    write_time(w, "last_error_at", state->failed_us);
    write_time(w, "last_delivery_at", state->delivered_us);
    jsonw_end(w);
}

static void get_webhooks(struct http_request *request, void *context)
{
    const struct api *api = context;
    const size_t count = api->webhooks == NULL ? 0 : webhooks_count(api->webhooks);
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_array_in(&w, "items");
    for (size_t i = 0; i < count; i++) {
        const struct webhook_state state = webhooks_state(api->webhooks, i);
        write_state(&w, request, &state);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/native/webhooks",
     .auth = ROUTE_AUTH_SESSION,
     .handler = get_webhooks,
     .tag = "Webhooks",
     .summary = "What is owed to the receivers of webhooks, and how they are"},
};
API_ROUTES(native_webhook_routes, routes);

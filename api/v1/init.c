#include "api/v1/init.h"

#include "actions/commands.h"
#include "api/api.h"
#include "api/v1/conversation_service.h"
#include "api/v1/init_body.h"
#include "api/v1/vscode.h"
#include "server/auth/child_env.h"
#include "server/auth/keyring.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/http/reply.h"
#include "server/http/server.h"

enum state {
    DORMANT,
    INITIALIZING,
    READY
};
static const char *const state_names[] = {"dormant", "initializing", "ready"};

struct init_state {
    enum state state;
    struct buf error; /* of the last attempt; empty: none */
    struct config *config;
};

struct init_state *init_new(void)
{
    return mem_zero(1, sizeof(struct init_state));
}

void init_free(struct init_state *init)
{
    if (init == NULL)
        return;
    config_free(init->config);
    buf_fini(&init->error);
    free(init);
}

bool init_is_ready(const struct init_state *init)
{
    return init->state == READY;
}

const char *init_state_name(const struct init_state *init)
{
    return state_names[init->state];
}

static void move_to(struct init_state *init, enum state next)
{
    assert(next == INITIALIZING ? init->state == DORMANT : init->state == INITIALIZING);
    init->state = next;
}

static void reply_state(struct http_request *request, const struct init_state *init)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_cstr(&w, "state", init_state_name(init));
    jsonw_string_or_null(&w, "error", init->error.len == 0 ? STR_NULL : buf_str(&init->error));
    jsonw_end(&w);
    reply_json(request, 200, &body);
}

static bool is_available(const struct api *api, struct http_request *request)
{
    if (api->init == NULL)
        reply_detail(request, 404,
                     STR("server is not running with deferred_init=True; the /api/init endpoint is "
                         "not available"));
    return api->init != NULL;
}

static void get_init(struct http_request *request, void *context)
{
    const struct api *api = context;
    if (is_available(api, request))
        reply_state(request, api->init);
}

static bool has_init_key(const struct config *config, const struct http_request *request)
{
    if (!str_is_set(config->secret_key))
        return !config->has_blank_secret_key;
    const struct str given = http_request_header(request, "x-init-api-key");
    return str_equal_constant_time(config->secret_key, given);
}

static bool is_valid(struct http_request *request)
{
    struct issues issues;
    scoped_buf struct buf items = {0};
    issues_init(&issues, &items);
    init_body_check(request->json, &request->arena, &issues);
    if (issues.count > 0) {
        reply_issues(request, buf_str(&items));
        return false;
    }
    if (init_body_has_empty_key(request->json)) {
        reply_detail(request, 422, STR("session_api_keys cannot contain empty keys"));
        return false;
    }
    return true;
}

static void set_environment(const struct api *api, const struct doc_value *body)
{
    const struct doc_value *env = doc_find(body, STR("env"));
    struct str name;
    const struct doc_value *value;
    if (env == NULL || doc_kind(env) != DOC_OBJECT)
        return;
    for (void *iterator = NULL; doc_next(env, &iterator, &name, &value);) {
        if (!child_env_set(api->child_env, name, doc_string(value)))
            log_debug("init.variable_ignored", "name=%.*s", STR_ARG(name));
    }
}

/* Makes the configuration, then whatever may fail, and only then changes what others see. */
static bool apply(struct api *api, const struct doc_value *body, struct error *error)
{
    struct config *config = NULL;
    scoped_buf struct buf changes = {0};
    init_body_changes(body, api->config, &changes);
    struct doc_error at;
    struct doc *doc = doc_parse(buf_str(&changes), &at);
    const bool is_made = config_with(api->config, doc_root(doc), &config, error);
    doc_free(doc);
    keyring_wipe(changes.data, changes.len);
    if (!is_made)
        return false;
    if (!commands_reopen(api->commands, config->bash_events_dir,
                         config->bash_events_retention_seconds, config->bash_events_max_bytes,
                         error)) {
        config_free(config);
        return false;
    }
    api->init->config = config;
    api->config = config;
    set_environment(api, body);
    keyring_set(api->keyring, config->session_api_keys, config->session_api_key_count);
    http_server_options(api->server)->root_path = config->root_path;
    conversation_service_open(api);
    return true;
}

static void post_init(struct http_request *request, void *context)
{
    struct api *api = context;
    struct error error;
    if (!has_init_key(api->config, request)) {
        reply_detail(request, 401, STR("Unauthorized"));
        return;
    }
    if (!is_available(api, request) || !is_valid(request))
        return;
    struct init_state *init = api->init;
    if (init->state != DORMANT) {
        reply_detail(
            request, 400,
            arena_printf(&request->arena, "server already in state: %s", init_state_name(init)));
        return;
    }
    move_to(init, INITIALIZING);
    buf_clear(&init->error);
    if (apply(api, request->json, &error)) {
        move_to(init, READY);
        log_info("init.ready", "keys=%zu", api->config->session_api_key_count);
        v1_vscode_start(api);
        reply_state(request, init);
        return;
    }
    move_to(init, DORMANT);
    buf_printf(&init->error, "RuntimeError: %s", error.text);
    log_error("init.failed", "%s", error.text);
    reply_detail(request, 500, buf_str(&init->error));
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/api/init",
     .handler = get_init,
     .tag = "Init",
     .summary = "The state of deferred initialisation"},
    {.method = HTTP_METHOD_POST,
     .pattern = "/api/init",
     .auth = ROUTE_AUTH_INIT,
     .body = ROUTE_BODY_JSON,
     .body_schema = &init_body_schema,
     .handler = post_init,
     .tag = "Init",
     .summary = "Deliver keys, paths and environment to a dormant server"},
};
API_ROUTES(v1_init_routes, routes);

#include "api/v1/conversation_service.h"

#include <stdlib.h>

#include "agent/cipher.h"
#include "agent/llm/key_source.h"
#include "agent/registry.h"
#include "agent/runner.h"
#include "agent/webhooks.h"
#include "api/api.h"
#include "api/v1/conversation_scopes.h"
#include "api/v1/conversation_webhooks.h"
#include "plugins/http_client/http_client.h"
#include "server/auth/child_env.h"
#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/config/config.h"

struct conversation_service {
    struct api *api;
    struct cipher *cipher; /* NULL: there is no key */
    struct http_client *http;
    struct llm_key_source *keys; /* NULL: there is none */
    struct runners *runners;
    struct webhooks *webhooks;
    struct conversation_scopes *scopes;
    struct registry *registry;
    char *home;
    char *state_dir;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

static struct str find_variable(const char *const *env, struct str name)
{
    for (; *env != NULL; env++) {
        const struct str text = str_from(*env);
        if (str_starts_with(text, name))
            return str_skip(text, name.len);
    }
    return STR_NULL;
}

static void find_folders(struct conversation_service *service, const struct config *config,
                         const char *const *env)
{
    const struct str given = config->persistence_dir;
    scoped_buf struct buf usual = {0};
    struct str home = find_variable(env, STR("HOME="));
    if (str_is_empty(home))
        home = STR("/root");
    buf_printf(&usual, "%.*s/.openhands", STR_ARG(home));
    service->home = mem_strndup(home.data, home.len);
    service->state_dir =
        str_is_empty(given) ? mem_strdup(usual.data) : mem_strndup(given.data, given.len);
}

/* The keys of this server, which the environment of children does not have. */
static bool find_session_key(void *owner, struct str name, struct buf *out)
{
    const struct config *config = owner;
    const struct str prefix = STR("OH_SESSION_API_KEYS_");
    uint64_t index = 0;
    const bool is_key = str_equal(name, STR("SESSION_API_KEY")) ||
                        (str_starts_with(name, prefix) &&
                         str_to_u64(str_skip(name, prefix.len), 0, UINT32_MAX, &index));
    if (!is_key || index >= config->session_api_key_count)
        return false;
    buf_append(out, config->session_api_keys[index]);
    return true;
}

static struct llm_key_source *open_keys(const struct config *config, const char *const *env)
{
    const struct llm_key_source_options options = {.url = config->llm_api_key_refresh_url,
                                                   .base_urls =
                                                       config->llm_api_key_refresh_base_urls,
                                                   .headers = config->llm_api_key_refresh_headers,
                                                   .env = env,
                                                   .find_variable = find_session_key,
                                                   .owner = (void *)(uintptr_t)config};
    return llm_key_source_new(&options);
}

static struct runners *open_runners(const struct conversation_service *service,
                                    const struct api *api, const char *const *env)
{
    const struct runners_options options = {
        .loop = api->loop,
        .processes = api->processes,
        .terminals = api->terminals,
        .http = service->http,
        .keys = service->keys,
        .env = env,
        .home = service->home,
        .state_dir = service->state_dir,
    };
    return runners_open(&options);
}

static void on_open(void *owner, struct conversation *conversation)
{
    const struct conversation_service *service = owner;
    runners_attach(service->runners, conversation);
    webhooks_attach(service->webhooks, conversation);
}

static struct registry *open_registry(struct conversation_service *service, const struct api *api)
{
    const struct config *config = api->config;
    const struct registry_options options = {
        .loop = api->loop,
        .workspaces = api->workspaces,
        .cipher = service->cipher,
        .directory = config->conversations_path,
        .worktree_root = config->conversation_worktree_root,
        .max_runs = (size_t)config->max_concurrent_runs,
        .lease_ttl_seconds = config->lease_ttl_seconds,
        .idle_ttl_seconds = config->conversation_idle_ttl_seconds,
        .on_open = on_open,
        .owner = service,
    };
    return registry_open(&options);
}

void conversation_service_open(struct api *api)
{
    const struct config *config = api->config;
    const char *const *env = child_env_get(api->child_env);
    struct conversation_service *service = mem_zero(1, sizeof(*service));
    service->api = api;
    find_folders(service, config, env);
    service->cipher = cipher_new(config->secret_key, config->previous_secret_keys,
                                 config->previous_secret_key_count);
    service->http = http_client_open(&(struct http_client_options){.loop = api->loop, .env = env});
    service->keys = open_keys(config, env);
    service->runners = open_runners(service, api, env);
    service->webhooks = conversation_webhooks_open(api, service->http);
    service->scopes = conversation_scopes_open(api);
    service->registry = open_registry(service, api);
    runners_set_registry(service->runners, service->registry);
    webhooks_set_registry(service->webhooks, service->registry);
    api->conversations = service;
    api->registry = service->registry;
    api->webhooks = service->webhooks;
    api->scopes = service->scopes;
    api->cipher = service->cipher;
}

static void on_webhooks_closed(void *owner)
{
    struct conversation_service *service = owner;
    void (*on_closed)(void *owner) = service->on_closed;
    void *closed_owner = service->closed_owner;
    runners_close(service->runners);
    http_client_close(service->http);
    llm_key_source_free(service->keys);
    cipher_free(service->cipher);
    free(service->home);
    free(service->state_dir);
    free(service);
    on_closed(closed_owner);
}

/* What is still owed to others leaves now. */
static void on_registry_closed(void *owner)
{
    struct conversation_service *service = owner;
    struct api *api = service->api;
    api->registry = NULL;
    api->cipher = NULL;
    api->webhooks = NULL;
    api->scopes = NULL;
    conversation_scopes_close(service->scopes);
    webhooks_close(service->webhooks, on_webhooks_closed, service);
}

bool conversation_service_end_sessions(struct api *api, void (*on_done)(void *owner), void *owner)
{
    return registry_end_sessions(api->conversations->registry, on_done, owner);
}

void conversation_service_close(struct api *api, void (*on_closed)(void *owner), void *owner)
{
    struct conversation_service *service = take_pointer(&api->conversations);
    service->on_closed = on_closed;
    service->closed_owner = owner;
    webhooks_stop(service->webhooks);
    runners_stop(service->runners);
    registry_close(service->registry, on_registry_closed, service);
}

const char *conversation_service_home(const struct conversation_service *service)
{
    return service->home;
}

const char *conversation_service_state_dir(const struct conversation_service *service)
{
    return service->state_dir;
}

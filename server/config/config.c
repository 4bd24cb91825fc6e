#include "server/config/config.h"

#include "server/auth/keyring.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/config/argv.h"
#include "server/config/config_layers.h"
#include "server/config/config_merge.h"
#include "server/config/config_options.h"
#include "server/config/config_print.h"
#include "server/config/config_value.h"

/* What stands behind a struct config: its strings, and the JSON it was read from. */
struct store {
    struct config config; /* first, so that a const config leads to its store as well */
    struct arena arena;
    struct doc *doc;
};

static struct store *store_of(struct config *config)
{
    return container_of(config, struct store, config);
}

static void print(FILE *stream, const struct buf *text)
{
    (void)fwrite(text->data, 1, text->len, stream); /* a closed stream must not stop the server */
    (void)fflush(stream);
}

struct str config_root_path(struct str web_url)
{
    struct str path = str_slice(web_url, 0, str_find_byte(web_url, '#'));
    path = str_slice(path, 0, str_find_byte(path, '?'));
    const size_t scheme_end = str_find(path, STR("://"));
    if (scheme_end != SIZE_MAX) {
        path = str_skip(path, scheme_end + 3);
        path = str_skip(path, str_find_byte(path, '/'));
    }
    while (path.len > 0 && path.data[path.len - 1] == '/')
        path.len--;
    return path.len > 0 && path.data[0] == '/' ? path : STR("");
}

void config_internal_url(struct buf *out, struct str host, int64_t port)
{
    const bool is_wildcard = str_equal(host, STR("0.0.0.0")) || str_equal(host, STR("::")) ||
                             str_equal(host, STR("[::]"));
    const bool is_bare_ipv6 = str_has_byte(host, ':') && host.data[0] != '[';
    if (is_wildcard)
        host = STR("127.0.0.1");
    buf_printf(out, is_bare_ipv6 && !is_wildcard ? "http://[%.*s]:%lld" : "http://%.*s:%lld",
               STR_ARG(host), (long long)port);
}

static int log_level_of(struct str name)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {
        {"DEBUG", LOG_LEVEL_DEBUG},  {"INFO", LOG_LEVEL_INFO},   {"WARN", LOG_LEVEL_WARN},
        {"WARNING", LOG_LEVEL_WARN}, {"ERROR", LOG_LEVEL_ERROR}, {"CRITICAL", LOG_LEVEL_ERROR},
    };
    for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
        if (str_equal_nocase(name, str_from(levels[i].name)))
            return (int)levels[i].level;
    }
    return LOG_LEVEL_INFO;
}

/* Puts the place of a wrong value in front of what is wrong with it. */
static bool locate(const struct config_option *option, const struct config_origin *origin,
                   struct error *error)
{
    switch (origin->kind) {
    case CONFIG_ORIGIN_FILE:
        return error_wrap(error, "config file '%.*s': %s", STR_ARG(origin->detail), option->name);
    case CONFIG_ORIGIN_ENV:
        if (str_equal(origin->detail, STR("OH")))
            return error_wrap(error, "OH: %s", option->name);
        return error_wrap(error, "%s", option->env);
    case CONFIG_ORIGIN_FLAG:
        return error_wrap(error, "argument %s", option->flag);
    case CONFIG_ORIGIN_DEFAULT:
    case CONFIG_ORIGIN_DERIVED:
        break;
    }
    return error_wrap(error, "%s", option->name);
}

/* Without origins an error names the option alone. */
static bool fill(struct store *store, const struct config_origin *origins, struct error *error)
{
    const struct doc_value *root = doc_root(store->doc);
    for (size_t i = 0; i < config_option_count; i++) {
        const struct config_option *option = &config_options[i];
        const struct doc_value *value = doc_find(root, str_from(option->name));
        if (option->offset == CONFIG_NO_MEMBER)
            continue;
        if (!config_value_read(option, value, &store->arena, &store->config, error))
            return origins == NULL ? error_wrap(error, "%s", option->name)
                                   : locate(option, &origins[i], error);
    }
    store->config.root_path = config_root_path(store->config.web_url);
    store->config.log_level = log_level_of(doc_string(doc_find(root, STR("log_level"))));
    return true;
}

static bool check(const struct config *config, const struct config_layers *layers,
                  struct error *error)
{
    const struct str blank = layers->blank_key_source;
    if (str_is_set(blank) && config->session_api_key_count == 0 && !config->is_v0)
        return error_set(error, ERROR_INVALID,
                         "%.*s: a session key is blank, so that everybody could enter; give it a "
                         "value or remove it",
                         STR_ARG(blank));
    if (str_is_set(config->browsergym_eval_env) && !config->enable_browser)
        return error_set(error, ERROR_INVALID,
                         "Browser environment is not enabled in config, but browsergym_eval_env is "
                         "set");
    return true;
}

static void warn(const struct config *config, const struct config_layers *layers)
{
    const bool is_wildcard = str_equal(config->host, STR("0.0.0.0")) ||
                             str_equal(config->host, STR("::")) ||
                             str_equal(config->host, STR("[::]"));
    if (str_is_set(layers->blank_key_source))
        log_warn("config.blank_key", "ignored=%.*s", STR_ARG(layers->blank_key_source));
    if (is_wildcard && config->session_api_key_count == 0 && !config->deferred_init)
        log_warn("config.open_server",
                 "host=%.*s keys=0 everybody who reaches this port may run commands",
                 STR_ARG(config->host));
    if (!str_is_set(config->secret_key))
        log_warn("config.no_secret_key",
                 "OH_SECRET_KEY was not defined. Secrets will not be persisted between restarts.");
    if (str_is_set(config->extra_python_path) || str_is_set(config->import_modules))
        log_warn("config.no_python",
                 "no Python runs in this server: --extra-python-path and --import-modules have no "
                 "effect");
}

static enum config_outcome complain(const char *program, const struct error *error, bool is_usage)
{
    scoped_buf struct buf text = {0};
    if (is_usage)
        config_print_usage(program, &text);
    buf_printf(&text, "%s: error: %s\n", program, error->text);
    print(stderr, &text);
    return is_usage ? CONFIG_EXIT_USAGE : CONFIG_EXIT_ERROR;
}

static bool build(struct config_layers *layers, bool is_v0, struct config **ret_config,
                  struct error *error)
{
    struct store *store = mem_zero(1, sizeof(*store));
    store->doc = take_pointer(&layers->merged);
    store->config.is_v0 = is_v0;
    store->config.has_blank_secret_key = layers->has_blank_secret_key;
    if (!fill(store, layers->origins, error) || !check(&store->config, layers, error)) {
        config_free(&store->config);
        return false;
    }
    *ret_config = &store->config;
    return true;
}

static bool wants(const struct doc *words, const char *name)
{
    return doc_find(doc_root(words), str_from(name)) != NULL;
}

struct request {
    const struct config_input *input;
    const char *program;
    bool is_v0;
    bool wants_check;
};

static enum config_outcome load(const struct request *request, struct str command_line,
                                struct config **ret_config)
{
    struct error error;
    struct config *config = NULL;
    struct config_layers layers = {0};
    const struct config_layers_input input = {.command_line = command_line,
                                              .is_v0 = request->is_v0,
                                              .environment = request->input->environment};
    if (!config_layers_read(&input, &layers, &error))
        return complain(request->program, &error, false);
    scoped_buf struct buf shown = {0};
    if (request->wants_check)
        config_print_check(&layers, &shown);
    const bool is_ok = build(&layers, request->is_v0, &config, &error);
    if (is_ok && !request->wants_check) {
        log_init((enum log_level)config->log_level, config->logs_json);
        warn(config, &layers);
        *ret_config = take_pointer(&config);
    }
    config_layers_fini(&layers);
    config_free(config);
    if (!is_ok)
        return complain(request->program, &error, false);
    print(stdout, &shown);
    return request->wants_check ? CONFIG_EXIT_OK : CONFIG_RUN;
}

static enum config_outcome show(const struct argv_result *result, const char *program)
{
    scoped_buf struct buf text = {0};
    if (result->wants_help)
        config_print_help(program, &text);
    else
        buf_printf(&text, "actiond %s\n", ACTIOND_VERSION);
    print(stdout, &text);
    return CONFIG_EXIT_OK;
}

enum config_outcome config_load(const struct config_input *input, struct config **ret_config)
{
    struct error error;
    struct argv_result result;
    scoped_buf struct buf command_line = {0};
    const char *program = argv_program(input->argc, input->argv);
    if (!argv_parse(input->argc, input->argv, &command_line, &result, &error))
        return complain(program, &error, true);
    if (result.wants_help || result.wants_version)
        return show(&result, program);
    struct doc_error at;
    struct doc *words = doc_parse(buf_str(&command_line), &at);
    const bool wants_browser_check = wants(words, "check_browser");
    const struct request request = {.input = input,
                                    .program = program,
                                    .is_v0 = result.is_v0,
                                    .wants_check = wants(words, "check_config")};
    doc_free(words);
    if (wants_browser_check)
        return CONFIG_CHECK_BROWSER;
    return load(&request, buf_str(&command_line), ret_config);
}

bool config_with(const struct config *config, const struct doc_value *changes,
                 struct config **ret_config, struct error *error)
{
    const struct store *old = (const struct store *)(const void *)config;
    scoped_buf struct buf merged = {0};
    config_replace(doc_root(old->doc), changes, &merged);
    struct store *store = mem_zero(1, sizeof(*store));
    struct doc_error at;
    store->doc = doc_parse(buf_str(&merged), &at);
    store->config.is_v0 = config->is_v0;
    store->config.has_blank_secret_key = config->has_blank_secret_key;
    if (!fill(store, NULL, error)) {
        config_free(&store->config);
        return false;
    }
    *ret_config = &store->config;
    return true;
}

static void wipe(struct str secret)
{
    keyring_wipe((void *)(uintptr_t)secret.data, secret.len); /* the arena's copy, so writable */
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    struct store *store = store_of(config);
    wipe(config->secret_key);
    for (size_t i = 0; i < config->session_api_key_count; i++)
        wipe(config->session_api_keys[i]);
    for (size_t i = 0; i < config->previous_secret_key_count; i++)
        wipe(config->previous_secret_keys[i]);
    arena_fini(&store->arena);
    doc_free(store->doc);
    free(store);
}

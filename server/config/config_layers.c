#include "server/config/config_layers.h"

#include <pwd.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/config/config_env.h"
#include "server/config/config_file.h"
#include "server/config/config_merge.h"
#include "server/config/config_options.h"

struct builder {
    const struct config_layers_input *input;
    struct config_layers *layers;
    struct config_env env;
    struct buf file;
    const char *file_path;
    struct jsonw derived; /* members that replace those of the layers */
};

static struct str find_env(const struct builder *builder, const char *name)
{
    return config_env_find(builder->input->environment, str_from(name));
}

static const struct doc_value *get_merged(const struct builder *builder, const char *name)
{
    return doc_find(doc_root(builder->layers->merged), str_from(name));
}

static void append_defaults(struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    for (size_t i = 0; i < config_option_count; i++) {
        const char *json = config_options[i].default_json;
        jsonw_raw(&w, config_options[i].name, json == NULL ? STR("null") : str_from(json));
    }
    jsonw_end(&w);
}

/* The layers are written by this program, so they are JSON. */
static struct doc *parse_layer(struct str json)
{
    struct doc_error at;
    struct doc *doc = doc_parse(json, &at);
    assert(doc != NULL);
    return doc;
}

/* Lays `json` over what is merged so far and notes which options it sets. */
static void lay_over(struct config_layers *layers, struct str json, const struct config_origin *all,
                     const struct str *details)
{
    struct doc *over = parse_layer(json);
    struct doc *base = layers->merged;
    scoped_buf struct buf merged = {0};
    if (all->kind == CONFIG_ORIGIN_DERIVED)
        config_replace(doc_root(base), doc_root(over), &merged);
    else
        config_merge(doc_root(base), doc_root(over), true, &merged);
    for (size_t i = 0; i < config_option_count; i++) {
        if (doc_find(doc_root(over), str_from(config_options[i].name)) == NULL ||
            all->kind == CONFIG_ORIGIN_DERIVED)
            continue;
        layers->origins[i] = *all;
        if (details != NULL)
            layers->origins[i].detail = arena_copy(&layers->arena, details[i]);
    }
    layers->merged = parse_layer(buf_str(&merged));
    doc_free(over);
    doc_free(base);
}

static void lay_command_line(struct builder *builder)
{
    struct str flags[64];
    assert(config_option_count <= ARRAY_SIZE(flags));
    for (size_t i = 0; i < config_option_count; i++)
        flags[i] = str_from(config_options[i].flag);
    lay_over(builder->layers, builder->input->command_line,
             &(struct config_origin){.kind = CONFIG_ORIGIN_FLAG}, flags);
}

static bool read_file(struct builder *builder, struct error *error)
{
    const char *env = config_options[config_option_index("config_path")].env;
    const struct str given = find_env(builder, env);
    struct doc *fallback =
        parse_layer(str_from(config_options[config_option_index("config_path")].default_json));
    const struct str path = str_is_empty(given) ? doc_string(doc_root(fallback)) : given;
    builder->file_path = arena_cstr(&builder->layers->arena, path);
    doc_free(fallback);
    bool is_present;
    return config_file_read(builder->file_path, &builder->file, &is_present, error);
}

/* Begins a derived member: its value follows. */
static void derive(struct builder *builder, const char *name, enum config_origin_kind kind,
                   const char *detail)
{
    builder->layers->origins[config_option_index(name)] =
        (struct config_origin){.kind = kind, .detail = str_from(detail)};
    jsonw_name(&builder->derived, str_from(name));
}

static bool is_blank(struct str text)
{
    return str_is_empty(str_trim(text));
}

static size_t write_keys(struct builder *builder, const struct doc_value *keys)
{
    size_t count = 0;
    jsonw_array(&builder->derived);
    for (size_t i = 0; i < doc_count(keys); i++) {
        const struct doc_value *key = doc_at(keys, i);
        if (doc_kind(key) != DOC_STRING || is_blank(doc_string(key)))
            continue;
        jsonw_string(&builder->derived, NULL, doc_string(key));
        count++;
    }
    jsonw_end(&builder->derived);
    return count;
}

static bool has_blank_key(const struct doc_value *keys)
{
    for (size_t i = 0; i < doc_count(keys); i++) {
        const struct doc_value *key = doc_at(keys, i);
        if (doc_kind(key) == DOC_STRING && is_blank(doc_string(key)))
            return true;
    }
    return false;
}

/* The number of keys there will be. A value of a wrong type is left for the later check. */
static size_t derive_keys(struct builder *builder)
{
    struct config_layers *layers = builder->layers;
    const struct config_origin origin = layers->origins[config_option_index("session_api_keys")];
    const struct str fallback = find_env(builder, "SESSION_API_KEY");
    const struct doc_value *keys = get_merged(builder, "session_api_keys");
    if (str_is_set(fallback) && is_blank(fallback))
        layers->blank_key_source = STR("SESSION_API_KEY");
    if (origin.kind != CONFIG_ORIGIN_DEFAULT) {
        if (doc_kind(keys) != DOC_ARRAY || !has_blank_key(keys))
            return doc_count(keys);
        layers->blank_key_source = origin.detail;
        jsonw_name(&builder->derived, STR("session_api_keys"));
        return write_keys(builder, keys);
    }
    if (is_blank(fallback))
        return 0;
    derive(builder, "session_api_keys", CONFIG_ORIGIN_ENV, "SESSION_API_KEY");
    jsonw_array(&builder->derived);
    jsonw_string(&builder->derived, NULL, fallback);
    jsonw_end(&builder->derived);
    return 1;
}

static void derive_secret_key(struct builder *builder)
{
    static const char *const fallbacks[] = {"SESSION_API_KEY", "OH_SESSION_API_KEYS_0"};
    const struct doc_value *given = get_merged(builder, "secret_key");
    const enum doc_kind kind = doc_kind(given);
    if (kind != DOC_NULL && !(kind == DOC_STRING && is_blank(doc_string(given))))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(fallbacks); i++) {
        const struct str value = find_env(builder, fallbacks[i]);
        if (is_blank(value))
            continue;
        derive(builder, "secret_key", CONFIG_ORIGIN_ENV, fallbacks[i]);
        jsonw_string(&builder->derived, NULL, value);
        return;
    }
    builder->layers->has_blank_secret_key = kind == DOC_STRING;
    jsonw_null(&builder->derived, "secret_key");
}

static void derive_host(struct builder *builder, size_t key_count)
{
    const enum doc_kind kind = doc_kind(get_merged(builder, "host"));
    if (kind != DOC_NULL)
        return;
    const char *reason = key_count > 0           ? "session keys are configured"
                         : builder->input->is_v0 ? "the V0 server listens everywhere"
                                                 : "no session key is configured";
    derive(builder, "host", CONFIG_ORIGIN_DERIVED, reason);
    jsonw_cstr(&builder->derived, NULL,
               key_count > 0 || builder->input->is_v0 ? "0.0.0.0" : "127.0.0.1");
}

static struct str find_home(const struct builder *builder)
{
    const struct str home = find_env(builder, "HOME");
    if (!str_is_empty(home))
        return home;
    const struct passwd *user = getpwuid(getuid());
    return str_from(user == NULL ? "/" : user->pw_dir);
}

static void derive_persistence_dir(struct builder *builder)
{
    if (doc_kind(get_merged(builder, "persistence_dir")) != DOC_NULL)
        return;
    derive(builder, "persistence_dir", CONFIG_ORIGIN_DERIVED, "below the home directory");
    jsonw_string(
        &builder->derived, NULL,
        arena_printf(&builder->layers->arena, "%.*s/.openhands", STR_ARG(find_home(builder))));
}

static bool is_truthy(struct str text)
{
    return str_equal(text, STR("1")) || str_equal_nocase(text, STR("true")) ||
           str_equal_nocase(text, STR("yes"));
}

static void derive_logging(struct builder *builder)
{
    const char *runner = is_truthy(find_env(builder, "CI"))                   ? "CI"
                         : !str_is_empty(find_env(builder, "GITHUB_ACTIONS")) ? "GITHUB_ACTIONS"
                                                                              : NULL;
    const struct doc_value *json = get_merged(builder, "log_json");
    if (runner != NULL && doc_kind(json) == DOC_BOOL && !doc_bool(json)) {
        derive(builder, "log_json", CONFIG_ORIGIN_ENV, runner);
        jsonw_bool(&builder->derived, NULL, true);
    }
    const struct doc_value *debug = get_merged(builder, "debug");
    if (doc_kind(debug) == DOC_BOOL && doc_bool(debug)) {
        derive(builder, "log_level", CONFIG_ORIGIN_ENV, "DEBUG");
        jsonw_cstr(&builder->derived, NULL, "DEBUG");
    }
}

static void derive_all(struct builder *builder)
{
    scoped_buf struct buf json = {0};
    jsonw_init(&builder->derived, &json);
    jsonw_object(&builder->derived);
    derive_host(builder, derive_keys(builder));
    derive_secret_key(builder);
    derive_persistence_dir(builder);
    derive_logging(builder);
    jsonw_end(&builder->derived);
    lay_over(builder->layers, buf_str(&json),
             &(struct config_origin){.kind = CONFIG_ORIGIN_DERIVED}, NULL);
}

bool config_layers_read(const struct config_layers_input *input, struct config_layers *ret_layers,
                        struct error *error)
{
    struct config_layers layers = {0};
    struct builder builder = {.input = input, .layers = &layers};
    const bool is_ok =
        config_env_read(input->environment, &builder.env, error) && read_file(&builder, error);
    if (is_ok) {
        scoped_buf struct buf defaults = {0};
        append_defaults(&defaults);
        layers.origins = mem_zero(config_option_count, sizeof(*layers.origins));
        layers.merged = parse_layer(buf_str(&defaults));
        lay_over(&layers, buf_str(&builder.file),
                 &(struct config_origin){.kind = CONFIG_ORIGIN_FILE,
                                         .detail = str_from(builder.file_path)},
                 NULL);
        lay_over(&layers, buf_str(&builder.env.json),
                 &(struct config_origin){.kind = CONFIG_ORIGIN_ENV}, builder.env.sources);
        lay_command_line(&builder);
        derive_all(&builder);
        *ret_layers = layers;
    } else {
        arena_fini(&layers.arena);
    }
    config_env_fini(&builder.env);
    buf_fini(&builder.file);
    return is_ok;
}

void config_layers_fini(struct config_layers *layers)
{
    doc_free(layers->merged);
    free(layers->origins);
    arena_fini(&layers->arena);
    *layers = (struct config_layers){0};
}

void config_origin_print(const struct config_origin *origin, struct buf *out)
{
    static const char *const names[] = {
        [CONFIG_ORIGIN_DEFAULT] = "default",   [CONFIG_ORIGIN_FILE] = "file ",
        [CONFIG_ORIGIN_ENV] = "environment ",  [CONFIG_ORIGIN_FLAG] = "flag ",
        [CONFIG_ORIGIN_DERIVED] = "default: ",
    };
    buf_append(out, str_from(names[origin->kind]));
    buf_append(out, origin->detail);
}

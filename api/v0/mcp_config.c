#include "api/v0/mcp_config.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"

/* A word as a shell reads it: what follows a quote or a backslash is taken as it is. */
struct splitter {
    struct str rest;
    struct buf word;
    bool has_word; /* "" is one, too */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char take_byte(struct splitter *splitter)
{
    const char byte = splitter->rest.data[0];
    splitter->rest = str_skip(splitter->rest, 1);
    return byte;
}

/* What follows a backslash; between double quotes it escapes them and itself only. */
static bool take_escape(struct splitter *splitter, bool is_quoted)
{
    if (splitter->rest.len == 0)
        return false;
    const char byte = take_byte(splitter);
    if (is_quoted && byte != '"' && byte != '\\')
        buf_append_byte(&splitter->word, '\\');
    buf_append_byte(&splitter->word, byte);
    return true;
}

static bool take_quoted(struct splitter *splitter, char quote)
{
    while (splitter->rest.len > 0) {
        const char byte = take_byte(splitter);
        if (byte == quote)
            return true;
        if (byte != '\\' || quote != '"')
            buf_append_byte(&splitter->word, byte);
        else if (!take_escape(splitter, true))
            return false;
    }
    return false;
}

/* A piece of a word that begins with this byte. */
static bool take_piece(struct splitter *splitter, char byte)
{
    splitter->has_word = true;
    if (byte == '\'' || byte == '"')
        return take_quoted(splitter, byte);
    if (byte == '\\')
        return take_escape(splitter, false);
    buf_append_byte(&splitter->word, byte);
    return true;
}

/* Up to the blank behind the word; false: something is not closed. */
static bool take_word(struct splitter *splitter)
{
    buf_clear(&splitter->word);
    splitter->has_word = false;
    while (splitter->rest.len > 0) {
        const char byte = take_byte(splitter);
        if (is_blank(byte) && splitter->has_word)
            return true;
        if (!is_blank(byte) && !take_piece(splitter, byte))
            return false;
    }
    return true;
}

bool mcp_config_split(struct arena *arena, struct str text, const char ***ret_words,
                      size_t *ret_count)
{
    const char **words = arena_zero(arena, text.len / 2 + 2, sizeof(*words));
    struct splitter splitter = {.rest = text};
    size_t count = 0;
    bool is_closed;
    while ((is_closed = take_word(&splitter)) && splitter.has_word)
        words[count++] = arena_cstr(arena, buf_str(&splitter.word));
    buf_fini(&splitter.word);
    *ret_words = words;
    *ret_count = count;
    return is_closed;
}

static bool is_kind(const struct doc_value *value, enum doc_kind kind)
{
    return value != NULL && doc_kind(value) == kind;
}

/* Absent, null, false, zero and empty values all mean the default. */
static bool is_nothing(const struct doc_value *value)
{
    if (value == NULL)
        return true;
    switch (doc_kind(value)) {
    case DOC_NULL:
        return true;
    case DOC_BOOL:
        return !doc_bool(value);
    case DOC_INT:
    case DOC_DOUBLE:
        return !(doc_double(value) < 0) && !(doc_double(value) > 0);
    case DOC_STRING:
        return str_trim(doc_string(value)).len == 0;
    case DOC_ARRAY:
    case DOC_OBJECT:
        return doc_count(value) == 0;
    }
    return false;
}

static bool read_text(const struct doc_value *object, const char *name, struct str *ret_text,
                      struct error *error)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    if (!is_kind(value, DOC_STRING))
        return error_set(error, ERROR_INVALID, "'%s' is not a text", name);
    *ret_text = str_trim(doc_string(value));
    if (ret_text->len == 0)
        return error_set(error, ERROR_INVALID, "'%s' is empty", name);
    if (str_has_byte(*ret_text, '\0'))
        return error_set(error, ERROR_INVALID, "'%s' has a zero byte", name);
    return true;
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

static bool read_name(struct mcp_server_config *config, const struct doc_value *object,
                      struct error *error)
{
    struct str name = STR_NULL;
    if (!read_text(object, "name", &name, error))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_byte(name.data[i]))
            return error_set(error, ERROR_INVALID,
                             "'name' has more than letters, digits, hyphens and underscores");
    }
    config->name = arena_copy(&config->arena, name);
    return true;
}

/* The words behind the command, after it in argv. */
static bool read_words(struct mcp_server_config *config, const struct doc_value *args,
                       const char ***ret_words, size_t *ret_count, struct error *error)
{
    if (is_nothing(args)) {
        *ret_count = 0;
        return true;
    }
    if (is_kind(args, DOC_STRING))
        return mcp_config_split(&config->arena, str_trim(doc_string(args)), ret_words, ret_count) ||
               error_set(error, ERROR_INVALID, "'args' has a quote that is not closed");
    if (!is_kind(args, DOC_ARRAY))
        return error_set(error, ERROR_INVALID, "'args' is neither a list nor a text");
    *ret_count = doc_count(args);
    *ret_words = arena_zero(&config->arena, *ret_count, sizeof(**ret_words));
    for (size_t i = 0; i < *ret_count; i++) {
        const struct doc_value *arg = doc_at(args, i);
        if (!is_kind(arg, DOC_STRING) || str_has_byte(doc_string(arg), '\0'))
            return error_set(error, ERROR_INVALID, "'args' item %zu is no text", i);
        (*ret_words)[i] = arena_cstr(&config->arena, doc_string(arg));
    }
    return true;
}

static bool read_argv(struct mcp_server_config *config, const struct doc_value *object,
                      struct error *error)
{
    struct str command = STR_NULL;
    const char **words = NULL;
    size_t count = 0;
    if (!read_text(object, "command", &command, error))
        return false;
    if (str_has_byte(command, ' '))
        return error_set(error, ERROR_INVALID, "'command' has a space; use 'args'");
    if (!read_words(config, doc_find(object, STR("args")), &words, &count, error))
        return false;
    config->argv = arena_zero(&config->arena, count + 2, sizeof(*config->argv));
    config->argv[0] = arena_cstr(&config->arena, command);
    for (size_t i = 0; i < count; i++)
        config->argv[i + 1] = words[i];
    return true;
}

static bool is_variable(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (!is_name_byte(name.data[i]) || name.data[i] == '-')
            return false;
    }
    return name.len > 0 && !(name.data[0] >= '0' && name.data[0] <= '9');
}

/* The last of one name counts. */
static void set_variable(struct mcp_server_config *config, size_t *count, struct str name,
                         struct str value)
{
    const struct str pair =
        arena_printf(&config->arena, "%.*s=%.*s", STR_ARG(name), STR_ARG(value));
    for (size_t i = 0; i < *count; i++) {
        if (str_starts_with(str_from(config->env[i]), str_slice(pair, 0, name.len + 1))) {
            config->env[i] = pair.data;
            return;
        }
    }
    config->env[(*count)++] = pair.data;
}

/* "K=V,K2=V2" */
static bool read_env_text(struct mcp_server_config *config, struct str text, struct error *error)
{
    struct str rest = str_trim(text);
    struct str pair;
    size_t count = 0;
    config->env = arena_zero(&config->arena, rest.len / 2 + 2, sizeof(*config->env));
    while (str_next(&rest, ',', &pair)) {
        pair = str_trim(pair);
        if (pair.len == 0)
            continue;
        const size_t equals = str_find_byte(pair, '=');
        const struct str name = str_trim(str_slice(pair, 0, equals));
        if (equals == SIZE_MAX || !is_variable(name) || str_has_byte(pair, '\0'))
            return error_set(error, ERROR_INVALID, "'env' has a part that is not NAME=value");
        set_variable(config, &count, name, str_skip(pair, equals + 1));
    }
    return true;
}

static bool read_env_object(struct mcp_server_config *config, const struct doc_value *object,
                            struct error *error)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    size_t count = 0;
    config->env = arena_zero(&config->arena, doc_count(object) + 1, sizeof(*config->env));
    while (doc_next(object, &iterator, &name, &value)) {
        const bool is_name = name.len > 0 && !str_has_byte(name, '=') && !str_has_byte(name, '\0');
        if (!is_name || !is_kind(value, DOC_STRING) || str_has_byte(doc_string(value), '\0'))
            return error_set(error, ERROR_INVALID, "'env' has a name or a value that cannot be");
        set_variable(config, &count, name, doc_string(value));
    }
    return true;
}

static bool read_env(struct mcp_server_config *config, const struct doc_value *object,
                     struct error *error)
{
    const struct doc_value *env = doc_find(object, STR("env"));
    if (is_nothing(env)) {
        config->env = arena_zero(&config->arena, 1, sizeof(*config->env));
        return true;
    }
    if (is_kind(env, DOC_STRING))
        return read_env_text(config, doc_string(env), error);
    if (is_kind(env, DOC_OBJECT))
        return read_env_object(config, env, error);
    return error_set(error, ERROR_INVALID, "'env' is neither an object nor a text");
}

static bool read_server(struct mcp_server_config *config, const struct doc_value *object,
                        struct error *error)
{
    if (!is_kind(object, DOC_OBJECT))
        return error_set(error, ERROR_INVALID, "it is no object");
    return read_name(config, object, error) && read_argv(config, object, error) &&
           read_env(config, object, error);
}

static void add_server(struct mcp_config *config, struct mcp_server_config *server)
{
    for (size_t i = 0; i < config->count; i++) {
        if (str_equal(config->servers[i]->name, server->name)) {
            mcp_server_config_free(config->servers[i]);
            config->servers[i] = server;
            return;
        }
    }
    config->servers[config->count++] = server;
}

bool mcp_config_read(const struct doc_value *value, struct mcp_config *ret_config,
                     struct error *error)
{
    *ret_config = (struct mcp_config){0};
    for (size_t i = 0; i < doc_count(value); i++) {
        struct mcp_server_config *server = mem_zero(1, sizeof(*server));
        const bool is_read = read_server(server, doc_at(value, i), error);
        if (is_read && ret_config->count < MCP_CONFIG_MAX_SERVERS) {
            add_server(ret_config, server);
            continue;
        }
        mcp_server_config_free(server);
        mcp_config_fini(ret_config);
        if (is_read)
            return error_set(error, ERROR_LIMIT, "more than %d servers", MCP_CONFIG_MAX_SERVERS);
        return error_wrap(error, "server %zu", i);
    }
    return true;
}

void mcp_config_fini(struct mcp_config *config)
{
    for (size_t i = 0; i < config->count; i++)
        mcp_server_config_free(config->servers[i]);
    config->count = 0;
}

void mcp_server_config_free(struct mcp_server_config *config)
{
    if (config == NULL)
        return;
    arena_fini(&config->arena);
    free(config);
}

static size_t vector_length(const char *const *vector)
{
    size_t length = 0;
    while (vector[length] != NULL)
        length++;
    return length;
}

static bool has_item(const char *const *vector, const char *item)
{
    for (; *vector != NULL; vector++) {
        if (str_equal(str_from(*vector), str_from(item)))
            return true;
    }
    return false;
}

static bool is_same_line(const char *const *a, const char *const *b)
{
    size_t i = 0;
    while (a[i] != NULL && b[i] != NULL && str_equal(str_from(a[i]), str_from(b[i])))
        i++;
    return a[i] == NULL && b[i] == NULL;
}

/* Names are unique in each. */
static bool is_same_set(const char *const *a, const char *const *b)
{
    if (vector_length(a) != vector_length(b))
        return false;
    for (; *a != NULL; a++) {
        if (!has_item(b, *a))
            return false;
    }
    return true;
}

bool mcp_server_config_is_same(const struct mcp_server_config *a, const struct mcp_server_config *b)
{
    return str_equal(a->name, b->name) && is_same_line(a->argv, b->argv) &&
           is_same_set(a->env, b->env);
}

#include "server/auth/child_env.h"

#include <ctype.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "server/auth/keyring.h"
#include "server/base/mem.h"

/*
 * Entries are "NAME=value" strings. A change puts a new string and drops the snapshot; old strings
 * and snapshots are kept in a list of retired memory, because a child that is being started on
 * another thread may still read them. Changes come from deferred init alone, so there are few.
 */

struct child_env {
    char **entries; /* NULL-terminated; the current snapshot */
    size_t count;
    size_t capacity;
    bool is_shared; /* entries have been handed out: the next change copies them */
    void **retired;
    size_t retired_count;
};

static const char *const secret_names[] = {
    "OH", /* the whole configuration as JSON */
    "SESSION_API_KEY",
    "OH_SECRET_KEY",
    "OH_SESSION_API_KEYS",
    "OH_PREVIOUS_SECRET_KEYS",
    "OH_WEBHOOKS", /* a JSON value that holds headers */
    "OH_LLM_API_KEY_REFRESH_HEADERS",
    "OH_TELEMETRY",
    "OH_TELEMETRY_HTTP_TOKEN",
    "OH_TELEMETRY_POSTHOG_API_KEY",
    "OH_TELEMETRY_SALT",
    "LMNR_PROJECT_API_KEY",
    "OTEL_HEADERS",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
};

static bool is_digits(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return text.len > 0;
}

/* OH_WEBHOOKS_<n> holds one webhook as JSON, OH_WEBHOOKS_<n>_HEADERS its headers. */
static bool is_webhook_secret(struct str name)
{
    const struct str prefix = STR("OH_WEBHOOKS_");
    const struct str suffix = STR("_HEADERS");
    if (!str_starts_with(name, prefix))
        return false;
    const struct str rest = str_skip(name, prefix.len);
    return is_digits(rest) ||
           (str_ends_with(rest, suffix) && is_digits(str_slice(rest, 0, rest.len - suffix.len)));
}

bool child_env_is_secret(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(secret_names); i++) {
        if (str_equal(name, str_from(secret_names[i])))
            return true;
    }
    return str_starts_with(name, STR("OH_SESSION_API_KEYS_")) ||
           str_starts_with(name, STR("OH_PREVIOUS_SECRET_KEYS_")) || is_webhook_secret(name);
}

static struct str entry_name(const char *entry)
{
    struct str rest = str_from(entry);
    struct str name = STR_NULL;
    (void)str_next(&rest, '=', &name); /* an entry without '=' is a name alone */
    return name;
}

static struct str entry_value(const char *entry)
{
    const struct str text = str_from(entry);
    return str_skip(text, entry_name(entry).len + 1);
}

/* SIZE_MAX when there is none. */
static size_t find(const struct child_env *env, struct str name)
{
    for (size_t i = 0; i < env->count; i++) {
        if (str_equal(entry_name(env->entries[i]), name))
            return i;
    }
    return SIZE_MAX;
}

static struct str value_of(const struct child_env *env, const char *name)
{
    const size_t at = find(env, str_from(name));
    return at == SIZE_MAX ? STR_NULL : entry_value(env->entries[at]);
}

static void retire(struct child_env *env, void *memory)
{
    env->retired = mem_resize(env->retired, (env->retired_count + 1) * sizeof(*env->retired));
    env->retired[env->retired_count++] = memory;
}

/* Room for one more entry and the final NULL, in an array nobody else reads. */
static void make_writable(struct child_env *env)
{
    if (!env->is_shared && env->count + 2 <= env->capacity)
        return;
    const size_t capacity = env->count * 2 + 16;
    char **entries = mem_zero(capacity, sizeof(*entries));
    for (size_t i = 0; i < env->count; i++)
        entries[i] = env->entries[i];
    if (env->is_shared)
        retire(env, env->entries);
    else
        free(env->entries);
    env->entries = entries;
    env->capacity = capacity;
    env->is_shared = false;
}

/* Takes the entry. */
static void put(struct child_env *env, char *entry)
{
    make_writable(env);
    const size_t at = find(env, entry_name(entry));
    if (at == SIZE_MAX) {
        env->entries[env->count++] = entry;
        return;
    }
    retire(env, env->entries[at]);
    env->entries[at] = entry;
}

static void drop(struct child_env *env, const char *name)
{
    const size_t at = find(env, str_from(name));
    if (at == SIZE_MAX)
        return;
    make_writable(env);
    retire(env, env->entries[at]);
    env->entries[at] = env->entries[--env->count];
    env->entries[env->count] = NULL;
}

static char *format_entry(struct str name, struct str value)
{
    char *entry = mem_alloc(name.len + value.len + 2);
    memcpy(entry, name.data, name.len);
    entry[name.len] = '=';
    if (value.len > 0)
        memcpy(entry + name.len + 1, value.data, value.len);
    entry[name.len + 1 + value.len] = '\0';
    return entry;
}

static void apply_rules(struct child_env *env)
{
    if (str_is_empty(str_trim(value_of(env, "AI_AGENT"))))
        put(env, mem_strdup("AI_AGENT=openhands"));
    const struct str original = value_of(env, "LD_LIBRARY_PATH_ORIG");
    if (!str_is_set(original))
        return;
    if (str_is_empty(original))
        drop(env, "LD_LIBRARY_PATH");
    else
        put(env, format_entry(STR("LD_LIBRARY_PATH"), original));
}

struct child_env *child_env_new(const char *const *environment)
{
    struct child_env *env = mem_zero(1, sizeof(*env));
    make_writable(env);
    for (size_t i = 0; environment[i] != NULL; i++) {
        const struct str name = entry_name(environment[i]);
        if (str_has_byte(str_from(environment[i]), '=') && !str_is_empty(name) &&
            !child_env_is_secret(name))
            put(env, mem_strdup(environment[i]));
    }
    apply_rules(env);
    return env;
}

void child_env_free(struct child_env *env)
{
    if (env == NULL)
        return;
    for (size_t i = 0; i < env->count; i++)
        free(env->entries[i]);
    for (size_t i = 0; i < env->retired_count; i++)
        free(env->retired[i]);
    free(env->entries);
    free(env->retired);
    free(env);
}

bool child_env_set(struct child_env *env, struct str name, struct str value)
{
    if (child_env_is_secret(name) || str_is_empty(name) || str_has_byte(name, '=') ||
        str_has_byte(name, '\0') || str_has_byte(value, '\0'))
        return false;
    put(env, format_entry(name, value));
    return true;
}

const char *const *child_env_get(struct child_env *env)
{
    env->is_shared = true;
    return (const char *const *)env->entries;
}

static void overlay(const char **entries, size_t *count, const char *addition)
{
    for (size_t i = 0; i < *count; i++) {
        if (str_equal(entry_name(entries[i]), entry_name(addition))) {
            entries[i] = addition;
            return;
        }
    }
    entries[(*count)++] = addition;
}

const char **child_env_with(struct child_env *env, const char *const *additions)
{
    size_t extra = 0;
    while (additions[extra] != NULL)
        extra++;
    const char **entries = mem_zero(env->count + extra + 1, sizeof(*entries));
    size_t count = env->count;
    for (size_t i = 0; i < env->count; i++)
        entries[i] = env->entries[i];
    for (size_t i = 0; i < extra; i++)
        overlay(entries, &count, additions[i]);
    return entries;
}

void child_env_wipe_process(void)
{
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        const struct str name = entry_name(*entry);
        char *equals = strchr(*entry, '=');
        if (equals != NULL && child_env_is_secret(name))
            keyring_wipe(equals + 1, strlen(equals + 1));
    }
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* cannot fail with this value */
}

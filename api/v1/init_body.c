#include "api/v1/init_body.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema.h"
#include "server/config/config.h"

/*
 * Fields are decoded one at a time, each with a schema of its own, so that the items of the fields
 * this file checks by hand (paths and webhooks) stand between those of the others. Nothing but the
 * items is kept: the values themselves are read again, as options, by config_with.
 */

struct webhook {
    struct str base_url;
    struct schema_int event_buffer_size;
    const struct doc_value *headers;
    struct schema_float flush_delay;
    struct schema_int num_retries;
    struct schema_int retry_delay;
    struct schema_int max_queue_size;
    struct schema_int max_batch_bytes;
    struct schema_int max_queue_bytes;
};

#define HOOK(member) offsetof(struct webhook, member)

static const struct schema_field webhook_fields[] = {
    {.name = "base_url", .kind = SCHEMA_STRING, .is_required = true, .offset = HOOK(base_url)},
    {.name = "event_buffer_size",
     .kind = SCHEMA_INT,
     .has_min = true,
     .min = 1,
     .default_json = "5",
     .offset = HOOK(event_buffer_size)},
    {.name = "headers", .kind = SCHEMA_STRING_MAP, .offset = HOOK(headers)},
    {.name = "flush_delay",
     .kind = SCHEMA_FLOAT,
     .has_min = true,
     .min_is_exclusive = true,
     .default_json = "30.0",
     .offset = HOOK(flush_delay)},
    {.name = "num_retries",
     .kind = SCHEMA_INT,
     .has_min = true,
     .default_json = "3",
     .offset = HOOK(num_retries)},
    {.name = "retry_delay",
     .kind = SCHEMA_INT,
     .has_min = true,
     .default_json = "5",
     .offset = HOOK(retry_delay)},
    {.name = "max_queue_size",
     .kind = SCHEMA_INT,
     .has_min = true,
     .min = 1,
     .default_json = "1000",
     .offset = HOOK(max_queue_size)},
    {.name = "max_batch_bytes",
     .kind = SCHEMA_INT,
     .has_min = true,
     .min = 1,
     .default_json = "5242880",
     .offset = HOOK(max_batch_bytes)},
    {.name = "max_queue_bytes",
     .kind = SCHEMA_INT,
     .has_min = true,
     .min = 1,
     .default_json = "52428800",
     .offset = HOOK(max_queue_bytes)},
};
static SCHEMA_DEFINE(webhook_schema, "WebhookSpec", webhook_fields, false);

struct body {
    struct schema_strings session_api_keys;
    struct str secret_key;
    struct schema_strings previous_secret_keys;
    const struct doc_value *any;
    struct str web_url;
    struct schema_strings allow_cors_origins;
    struct schema_int max_concurrent_runs;
    const struct doc_value *env;
};

#define BODY(member) offsetof(struct body, member)

static const struct schema_field body_fields[] = {
    {.name = "session_api_keys",
     .kind = SCHEMA_STRINGS,
     .is_nullable = true,
     .offset = BODY(session_api_keys)},
    {.name = "secret_key", .kind = SCHEMA_STRING, .is_nullable = true, .offset = BODY(secret_key)},
    {.name = "previous_secret_keys",
     .kind = SCHEMA_STRINGS,
     .is_nullable = true,
     .offset = BODY(previous_secret_keys)},
    {.name = "conversations_path", .kind = SCHEMA_ANY, .is_nullable = true, .offset = BODY(any)},
    {.name = "bash_events_dir", .kind = SCHEMA_ANY, .is_nullable = true, .offset = BODY(any)},
    {.name = "conversation_worktree_root",
     .kind = SCHEMA_ANY,
     .is_nullable = true,
     .offset = BODY(any)},
    {.name = "webhooks", .kind = SCHEMA_ANY, .is_nullable = true, .offset = BODY(any)},
    {.name = "web_url", .kind = SCHEMA_STRING, .is_nullable = true, .offset = BODY(web_url)},
    {.name = "allow_cors_origins",
     .kind = SCHEMA_STRINGS,
     .is_nullable = true,
     .offset = BODY(allow_cors_origins)},
    {.name = "max_concurrent_runs",
     .kind = SCHEMA_INT,
     .is_nullable = true,
     .has_min = true,
     .min = 1,
     .offset = BODY(max_concurrent_runs)},
    {.name = "env", .kind = SCHEMA_STRING_MAP, .is_nullable = true, .offset = BODY(env)},
    {.name = "telemetry", .kind = SCHEMA_ANY, .is_nullable = true, .offset = BODY(any)},
};
SCHEMA_DEFINE(init_body_schema, "InitRequest", body_fields, true);

struct checking {
    struct arena *arena;
    struct issues *issues;
};

static void check_path(const struct checking *checking, const char *name,
                       const struct doc_value *value)
{
    if (doc_kind(value) == DOC_STRING || doc_kind(value) == DOC_NULL)
        return;
    scoped_buf struct buf given = {0};
    schema_redact(value, &given);
    issues_add(checking->issues, "path_type", "body", name,
               "Input is not a valid path for <class 'pathlib.Path'>", buf_str(&given), STR_NULL);
}

/* Copies an item of one webhook, whose place begins with "body", to where the webhook stands. */
static void move_item(const struct doc_value *item, size_t index, struct jsonw *w)
{
    struct str name;
    const struct doc_value *value;
    jsonw_object(w);
    for (void *iterator = NULL; doc_next(item, &iterator, &name, &value);) {
        jsonw_name(w, name);
        if (!str_equal(name, STR("loc"))) {
            scoped_buf struct buf json = {0};
            doc_print(value, &json);
            jsonw_raw(w, NULL, buf_str(&json));
            continue;
        }
        jsonw_array(w);
        jsonw_cstr(w, NULL, "body");
        jsonw_cstr(w, NULL, "webhooks");
        jsonw_uint(w, NULL, index);
        for (size_t i = 1; i < doc_count(value); i++) {
            scoped_buf struct buf json = {0};
            doc_print(doc_at(value, i), &json);
            jsonw_raw(w, NULL, buf_str(&json));
        }
        jsonw_end(w);
    }
    jsonw_end(w);
}

static void append_items(const struct checking *checking, struct str items, size_t index)
{
    struct issues *issues = checking->issues;
    struct doc_error at;
    struct doc *doc = doc_parse(items, &at);
    const size_t count = doc == NULL ? 0 : doc_count(doc_root(doc));
    for (size_t i = 0; i < count; i++) {
        struct jsonw w;
        buf_truncate(issues->out, issues->out->len - 1); /* the array's end */
        if (issues->count++ > 0)
            buf_append_byte(issues->out, ',');
        jsonw_init(&w, issues->out);
        move_item(doc_at(doc_root(doc), i), index, &w);
        buf_append_byte(issues->out, ']');
    }
    doc_free(doc);
}

static void check_webhooks(const struct checking *checking, const struct doc_value *list)
{
    if (doc_kind(list) == DOC_NULL)
        return;
    if (doc_kind(list) != DOC_ARRAY) {
        scoped_buf struct buf given = {0};
        schema_redact(list, &given);
        issues_add(checking->issues, "list_type", "body", "webhooks",
                   "Input should be a valid list", buf_str(&given), STR_NULL);
        return;
    }
    for (size_t i = 0; i < doc_count(list); i++) {
        struct webhook webhook = {0};
        struct issues issues;
        scoped_buf struct buf items = {0};
        issues_init(&issues, &items);
        schema_decode_json(&webhook_schema, doc_at(list, i), checking->arena, &webhook, &issues);
        append_items(checking, buf_str(&items), i);
    }
}

static void check_field(const struct checking *checking, const struct schema_field *field,
                        const struct doc_value *body)
{
    const struct doc_value *value = doc_find(body, str_from(field->name));
    if (value == NULL)
        return;
    if (strcmp(field->name, "webhooks") == 0) {
        check_webhooks(checking, value);
    } else if (strcmp(field->name, "telemetry") == 0) {
        return; /* nothing is ever exported */
    } else if (field->kind == SCHEMA_ANY) {
        check_path(checking, field->name, value);
    } else {
        struct body decoded = {0};
        const struct schema alone = {.fields = field, .count = 1};
        schema_decode_json(&alone, body, checking->arena, &decoded, checking->issues);
    }
}

static bool is_field(struct str name)
{
    for (size_t i = 0; i < ARRAY_SIZE(body_fields); i++) {
        if (str_equal(name, str_from(body_fields[i].name)))
            return true;
    }
    return false;
}

static void check_unknown(const struct checking *checking, const struct doc_value *body)
{
    struct str name;
    const struct doc_value *value;
    for (void *iterator = NULL; doc_next(body, &iterator, &name, &value);) {
        if (is_field(name))
            continue;
        scoped_buf struct buf given = {0};
        schema_redact(value, &given);
        issues_add(checking->issues, "extra_forbidden", "body", arena_cstr(checking->arena, name),
                   "Extra inputs are not permitted", buf_str(&given), STR_NULL);
    }
}

void init_body_check(const struct doc_value *body, struct arena *arena, struct issues *issues)
{
    const struct checking checking = {.arena = arena, .issues = issues};
    if (body == NULL || doc_kind(body) != DOC_OBJECT) {
        struct body decoded = {0};
        schema_decode_json(&init_body_schema, body, arena, &decoded, issues);
        return;
    }
    for (size_t i = 0; i < ARRAY_SIZE(body_fields); i++)
        check_field(&checking, &body_fields[i], body);
    check_unknown(&checking, body);
}

static const struct doc_value *find_keys(const struct doc_value *body)
{
    const struct doc_value *keys = doc_find(body, STR("session_api_keys"));
    return keys == NULL || doc_kind(keys) == DOC_NULL ? NULL : keys;
}

bool init_body_has_empty_key(const struct doc_value *body)
{
    const struct doc_value *keys = find_keys(body);
    const size_t count = keys == NULL ? 0 : doc_count(keys);
    for (size_t i = 0; i < count; i++) {
        if (str_is_empty(str_trim(doc_string(doc_at(keys, i)))))
            return true;
    }
    return false;
}

/* The delivered one; else the first session key, when there was none at the start. */
static struct str secret_key_of(const struct doc_value *body, const struct config *config)
{
    const struct doc_value *given = doc_find(body, STR("secret_key"));
    if (given != NULL && doc_kind(given) == DOC_STRING &&
        !str_is_empty(str_trim(doc_string(given))))
        return doc_string(given);
    const struct doc_value *keys = find_keys(body);
    if (str_is_set(config->secret_key) || keys == NULL || doc_count(keys) == 0)
        return STR_NULL;
    return doc_string(doc_at(keys, 0));
}

static bool is_option(struct str name)
{
    return is_field(name) && !str_equal(name, STR("env")) && !str_equal(name, STR("telemetry")) &&
           !str_equal(name, STR("secret_key"));
}

void init_body_changes(const struct doc_value *body, const struct config *config, struct buf *out)
{
    const struct str secret_key = secret_key_of(body, config);
    struct jsonw w;
    struct str name;
    const struct doc_value *value;
    jsonw_init(&w, out);
    jsonw_object(&w);
    for (void *iterator = NULL; doc_next(body, &iterator, &name, &value);) {
        if (!is_option(name) || doc_kind(value) == DOC_NULL)
            continue;
        scoped_buf struct buf json = {0};
        doc_print(value, &json);
        jsonw_name(&w, name);
        jsonw_raw(&w, NULL, buf_str(&json));
    }
    if (str_is_set(secret_key))
        jsonw_string(&w, "secret_key", secret_key);
    jsonw_end(&w);
}

#include "agent/meta.h"

#include <stdlib.h>

#include "agent/cipher.h"
#include "agent/shape_print.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

static const struct {
    struct str name;
    struct str missing;
} fields[META_FIELD_COUNT] = {
#define FIELD_ROW(enumerator, text, value) [META_##enumerator] = {STR_INIT(text), STR_INIT(value)},
    META_FIELDS(FIELD_ROW)
#undef FIELD_ROW
};

struct str meta_field_name(enum meta_field field)
{
    return fields[field].name;
}

struct meta *meta_new(void)
{
    return mem_zero(1, sizeof(struct meta));
}

void meta_free(struct meta *meta)
{
    if (meta == NULL)
        return;
    if (meta->json[META_SECRETS] != NULL)
        explicit_bzero(meta->json[META_SECRETS], strlen(meta->json[META_SECRETS]));
    for (size_t i = 0; i < META_FIELD_COUNT; i++)
        free(meta->json[i]);
    free(meta->title);
    free(meta->metrics);
    free(meta->launched_profile);
    free(meta);
}

struct str meta_json(const struct meta *meta, enum meta_field field)
{
    const char *json = meta->json[field];
    return json == NULL ? fields[field].missing : str_from(json);
}

void meta_set_json(struct meta *meta, enum meta_field field, struct str json)
{
    free(meta->json[field]);
    meta->json[field] =
        str_equal(json, fields[field].missing) ? NULL : mem_strndup(json.data, json.len);
}

struct id meta_parent(const struct meta *meta)
{
    struct id id;
    struct str text = meta_json(meta, META_PARENT);
    if (text.len < 2 || text.data[0] != '"')
        return (struct id){0};
    text = str_slice(text, 1, text.len - 1);
    return id_parse(text, &id) ? id : (struct id){0};
}

bool meta_set_title(struct meta *meta, struct str title, struct error *error)
{
    const struct str stripped = str_trim(title);
    if (str_is_empty(stripped))
        return error_set(error, ERROR_UNPROCESSABLE, "title must not be blank");
    if (utf8_count(stripped) > META_TITLE_MAX)
        return error_set(error, ERROR_UNPROCESSABLE, "a title has at most %d characters",
                         META_TITLE_MAX);
    free(meta->title);
    meta->title = mem_strndup(stripped.data, stripped.len);
    return true;
}

/* --- reading --- */

static char *read_json(const struct doc_value *root, const char *name)
{
    const struct doc_value *value = doc_find(root, str_from(name));
    scoped_buf struct buf text = {0};
    if (value == NULL || doc_kind(value) == DOC_NULL)
        return NULL;
    doc_print(value, &text);
    return mem_strndup(text.data, text.len);
}

static struct str read_text(const struct doc_value *root, const char *name)
{
    const struct doc_value *value = doc_find(root, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static struct id read_id(const struct doc_value *root, const char *name)
{
    struct id id;
    return id_parse(read_text(root, name), &id) ? id : (struct id){0};
}

static int64_t read_time(const struct doc_value *root, const char *name)
{
    int64_t time_us;
    return clock_parse_iso(read_text(root, name), &time_us) ? time_us : 0;
}

static bool read_secrets(struct meta *meta, const struct doc_value *root,
                         const struct cipher *cipher, struct error *error)
{
    const struct doc_value *sources = doc_find(root, STR("secrets"));
    const struct secret_writer writer = {.form = FORM_PLAIN};
    scoped_buf struct buf text = {0};
    if (sources == NULL || doc_kind(sources) != DOC_OBJECT)
        return true;
    if (!shape_print_sources(sources, cipher, &writer, &text, error))
        return false;
    meta_set_json(meta, META_SECRETS, buf_str(&text));
    explicit_bzero(text.data, text.len);
    return true;
}

static void read_fields(struct meta *meta, const struct doc_value *root)
{
    for (enum meta_field field = 0; field < META_FIELD_COUNT; field++)
        if (field != META_SECRETS)
            meta->json[field] = read_json(root, fields[field].name.data);
}

static bool read_root(struct meta *meta, const struct doc_value *root, const struct cipher *cipher,
                      struct error *error)
{
    if (doc_kind(root) != DOC_OBJECT)
        return error_set(error, ERROR_INVALID, "the meta data should be an object");
    const struct str title = read_text(root, "title");
    read_fields(meta, root);
    if (!read_secrets(meta, root, cipher, error))
        return false;
    meta->id = read_id(root, "id");
    if (str_is_set(title))
        meta->title = mem_strndup(title.data, title.len);
    meta->metrics = read_json(root, "metrics");
    meta->launched_profile = read_json(root, "launched_agent_profile");
    meta->created_us = read_time(root, "created_at");
    meta->updated_us = read_time(root, "updated_at");
    meta->forked_from = read_id(root, "forked_from_conversation_id");
    meta->forked_from_event = read_id(root, "forked_from_event_id");
    return true;
}

bool meta_read(struct meta *meta, struct str text, const struct cipher *cipher, struct error *error)
{
    struct doc_error why;
    struct doc *doc = doc_parse(text, &why);
    if (doc == NULL)
        return error_set(error, ERROR_INVALID, "the meta data are no JSON: %s", why.text);
    const bool is_read = read_root(meta, doc_root(doc), cipher, error);
    doc_free(doc);
    return is_read;
}

/* --- printing --- */

void meta_print_time(int64_t time_us, struct buf *out)
{
    clock_format_utc(out, time_us);
    if (time_us % 1000000 != 0)
        return;
    buf_truncate(out, out->len - 1); /* the "Z" */
    buf_append(out, STR(".000000Z"));
}

static void print_time(struct jsonw *w, const char *name, int64_t time_us)
{
    scoped_buf struct buf text = {0};
    meta_print_time(time_us, &text);
    jsonw_string(w, name, buf_str(&text));
}

static void print_id(struct jsonw *w, const char *name, struct id id, bool is_dashed)
{
    if (id_is_nil(id))
        jsonw_null(w, name);
    else
        jsonw_cstr(w, name, is_dashed ? id_uuid(id).text : id_hex(id).text);
}

static void print_json(struct jsonw *w, const char *name, const char *json)
{
    jsonw_raw(w, name, json == NULL ? STR("null") : str_from(json));
}

static void print_secrets(const struct meta *meta, const struct secret_writer *writer,
                          struct jsonw *w)
{
    struct error ignored; /* it has been read before */
    struct doc_error why;
    scoped_buf struct buf text = {0};
    struct doc *doc = doc_parse(meta_json(meta, META_SECRETS), &why);
    assert(doc != NULL); /* we have printed it */
    if (!shape_print_sources(doc_root(doc), NULL, writer, &text, &ignored))
        buf_append(&text, STR("{}"));
    jsonw_raw(w, "secrets", buf_str(&text));
    doc_free(doc);
}

static void print_fields(const struct meta *meta, const struct secret_writer *writer,
                         struct jsonw *w)
{
    for (enum meta_field field = 0; field < META_FIELD_COUNT; field++) {
        if (field == META_SECRETS) {
            print_secrets(meta, writer, w);
            continue;
        }
        jsonw_name(w, fields[field].name);
        jsonw_raw(w, NULL, meta_json(meta, field));
    }
}

void meta_print_form(const struct meta *meta, const struct secret_writer *writer, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    print_fields(meta, writer, &w);
    jsonw_cstr(&w, "id", id_hex(meta->id).text);
    jsonw_cstr(&w, "title", meta->title);
    print_json(&w, "metrics", meta->metrics);
    print_time(&w, "created_at", meta->created_us);
    print_time(&w, "updated_at", meta->updated_us);
    print_id(&w, "forked_from_conversation_id", meta->forked_from, false);
    print_id(&w, "forked_from_event_id", meta->forked_from_event, true);
    print_json(&w, "launched_agent_profile", meta->launched_profile);
    jsonw_end(&w);
}

void meta_print(const struct meta *meta, const struct cipher *cipher, struct buf *out)
{
    const struct secret_writer writer = {.form = FORM_STORED, .cipher = cipher};
    meta_print_form(meta, &writer, out);
}

#include "agent/secrets.h"

#include <stdlib.h>

#include "agent/cipher.h"
#include "agent/secret_mask.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

/* The strings of a source are heap memory, freed when it is replaced. */
struct secrets {
    struct secret_source *sources;
    size_t count;
    struct secret_mask *mask;
};

static struct str copy(struct str text)
{
    return str_is_set(text) ? str_span(mem_strndup(text.data, text.len), text.len) : STR_NULL;
}

static void drop(struct str text)
{
    if (text.data == NULL)
        return;
    explicit_bzero((char *)(uintptr_t)text.data, text.len);
    free((char *)(uintptr_t)text.data);
}

static void source_fini(struct secret_source *source)
{
    drop(source->name);
    drop(source->description);
    drop(source->value);
    drop(source->url);
    drop(source->headers);
}

struct secrets *secrets_new(struct secret_mask *mask)
{
    struct secrets *secrets = mem_zero(1, sizeof(*secrets));
    secrets->mask = mask;
    return secrets;
}

void secrets_free(struct secrets *secrets)
{
    if (secrets == NULL)
        return;
    secrets_clear(secrets);
    free(secrets);
}

void secrets_clear(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++)
        source_fini(&secrets->sources[i]);
    free(secrets->sources);
    secrets->sources = NULL;
    secrets->count = 0;
}

/* --- reading --- */

static struct str string_member(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

/* A header whose name is not that of a secret is passed on; a redacted one says nothing; a token
 * that no key opens is taken as the value itself. */
static void read_header(struct jsonw *w, struct str name, struct str value,
                        const struct cipher *cipher)
{
    scoped_buf struct buf plain = {0};
    if (!secret_is_name(name)) {
        jsonw_name(w, name);
        jsonw_string(w, NULL, value);
        return;
    }
    if (!secret_read(value, NULL, &plain)) /* blank or redacted */
        return;
    buf_clear(&plain);
    if (!secret_read(value, cipher, &plain))
        buf_append(&plain, value);
    jsonw_name(w, name);
    jsonw_string(w, NULL, buf_str(&plain));
}

static struct str read_headers(const struct doc_value *object, const struct cipher *cipher)
{
    const struct doc_value *headers = doc_find(object, STR("headers"));
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    scoped_buf struct buf text = {0};
    struct jsonw w;
    jsonw_init(&w, &text);
    jsonw_object(&w);
    if (headers != NULL && doc_kind(headers) == DOC_OBJECT)
        while (doc_next(headers, &iterator, &name, &value))
            if (doc_kind(value) == DOC_STRING)
                read_header(&w, name, doc_string(value), cipher);
    jsonw_end(&w);
    return copy(buf_str(&text));
}

static struct str read_value(struct str text, const struct cipher *cipher)
{
    scoped_buf struct buf plain = {0};
    return secret_read(text, cipher, &plain) ? copy(buf_str(&plain)) : STR_NULL;
}

/* What is left out keeps its zero. */
static bool read_source(struct str name, const struct doc_value *value, const struct cipher *cipher,
                        struct secret_source *source, struct error *error)
{
    if (doc_kind(value) == DOC_STRING) {
        source->value = read_value(doc_string(value), cipher);
        return true;
    }
    if (doc_kind(value) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "secret '%.*s' should be a text or an object",
                         STR_ARG(name));
    const struct str kind = string_member(value, "kind");
    source->description = copy(string_member(value, "description"));
    if (!str_is_set(kind) || str_equal(kind, STR("StaticSecret"))) {
        source->value = read_value(string_member(value, "value"), cipher);
        return true;
    }
    if (!str_equal(kind, STR("LookupSecret")))
        return error_set(error, ERROR_UNPROCESSABLE, "secret '%.*s' has the unknown kind '%.*s'",
                         STR_ARG(name), STR_ARG(kind));
    if (str_is_empty(string_member(value, "url")))
        return error_set(error, ERROR_UNPROCESSABLE, "secret '%.*s' needs a url", STR_ARG(name));
    source->url = copy(string_member(value, "url"));
    source->headers = read_headers(value, cipher);
    return true;
}

static void put(struct secrets *secrets, struct secret_source source)
{
    const size_t known = secrets_find(secrets, source.name);
    if (str_is_set(source.value))
        secret_mask_add(secrets->mask, source.value);
    if (known != SIZE_MAX) {
        source_fini(&secrets->sources[known]);
        secrets->sources[known] = source;
        return;
    }
    secrets->sources =
        mem_resize(secrets->sources, (secrets->count + 1) * sizeof(secrets->sources[0]));
    secrets->sources[secrets->count++] = source;
}

/* Nothing is added unless everything fits. */
static bool check_all(const struct doc_value *sources, struct error *error)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    if (doc_kind(sources) != DOC_OBJECT)
        return error_set(error, ERROR_UNPROCESSABLE, "secrets should be an object");
    while (doc_next(sources, &iterator, &name, &value)) {
        struct secret_source source = {0};
        const bool is_good = read_source(name, value, NULL, &source, error);
        source_fini(&source);
        if (!is_good)
            return false;
    }
    return true;
}

bool secrets_update(struct secrets *secrets, const struct doc_value *sources,
                    const struct cipher *cipher, struct error *error)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    if (!check_all(sources, error))
        return false;
    while (doc_next(sources, &iterator, &name, &value)) {
        struct secret_source source = {0};
        const bool is_good = read_source(name, value, cipher, &source, error);
        assert(is_good); /* it was checked */
        source.name = copy(name);
        put(secrets, source);
    }
    return true;
}

/* --- printing --- */

static bool has_all_members(const struct secret_writer *writer)
{
    return writer->form == FORM_ANSWER || writer->form == FORM_PLAIN;
}

static void print_value(const struct secret_writer *writer, struct str value, struct jsonw *w)
{
    scoped_buf struct buf text = {0};
    if (!str_is_set(value)) {
        if (has_all_members(writer))
            jsonw_null(w, "value");
        return;
    }
    secret_write(writer, value, &text);
    jsonw_raw(w, "value", buf_str(&text));
}

static void print_header(const struct secret_writer *writer, struct str name, struct str value,
                         struct jsonw *w)
{
    scoped_buf struct buf text = {0};
    if (secret_is_name(name) && writer->form == FORM_ANSWER)
        return; /* a null would be no header */
    if (secret_is_name(name))
        secret_write(writer, value, &text);
    else
        jsonw_quote(&text, value);
    jsonw_name(w, name);
    jsonw_raw(w, NULL, buf_str(&text));
}

static void print_headers(const struct secret_writer *writer, struct str headers, struct jsonw *w)
{
    struct doc_error why;
    struct doc *doc = doc_parse(headers, &why);
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    assert(doc != NULL); /* we have printed it */
    jsonw_object_in(w, "headers");
    while (doc_next(doc_root(doc), &iterator, &name, &value))
        print_header(writer, name, doc_string(value), w);
    jsonw_end(w);
    doc_free(doc);
}

static void print_source(const struct secret_source *source, const struct secret_writer *writer,
                         struct jsonw *w)
{
    jsonw_name(w, source->name);
    jsonw_object(w);
    if (str_is_set(source->description) || has_all_members(writer))
        jsonw_string_or_null(w, "description", source->description);
    if (str_is_set(source->url)) {
        jsonw_string(w, "url", source->url);
        print_headers(writer, source->headers, w);
        jsonw_cstr(w, "kind", "LookupSecret");
    } else {
        print_value(writer, source->value, w);
        jsonw_cstr(w, "kind", "StaticSecret");
    }
    jsonw_end(w);
}

void secrets_print_sources(const struct secrets *secrets, const struct secret_writer *writer,
                           const char *name, struct jsonw *w)
{
    if (name == NULL)
        jsonw_object(w);
    else
        jsonw_object_in(w, name);
    for (size_t i = 0; i < secrets->count; i++)
        print_source(&secrets->sources[i], writer, w);
    jsonw_end(w);
}

void secrets_print(const struct secrets *secrets, const struct secret_writer *writer,
                   const char *name, struct jsonw *w)
{
    jsonw_object_in(w, name);
    secrets_print_sources(secrets, writer, "secret_sources", w);
    jsonw_end(w);
}

/* --- use --- */

size_t secrets_count(const struct secrets *secrets)
{
    return secrets->count;
}

const struct secret_source *secrets_at(const struct secrets *secrets, size_t index)
{
    assert(index < secrets->count);
    return &secrets->sources[index];
}

size_t secrets_find(const struct secrets *secrets, struct str name)
{
    for (size_t i = 0; i < secrets->count; i++)
        if (str_equal(secrets->sources[i].name, name))
            return i;
    return SIZE_MAX;
}

bool secrets_names(const struct secrets *secrets, size_t index, struct str text)
{
    return str_contains_nocase(text, secrets_at(secrets, index)->name);
}

void secrets_set_value(struct secrets *secrets, size_t index, struct str value)
{
    assert(index < secrets->count);
    struct secret_source *source = &secrets->sources[index];
    secret_mask_add(secrets->mask, value);
    drop(source->value);
    source->value = copy(value);
}

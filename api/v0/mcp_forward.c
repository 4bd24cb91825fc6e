#include "api/v0/mcp_forward.h"

#include "api/v0/mcp_name.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static void print_member(struct jsonw *w, struct str name, const struct doc_value *value)
{
    scoped_buf struct buf json = {0};
    doc_print(value, &json);
    jsonw_name(w, name);
    jsonw_raw(w, NULL, buf_str(&json));
}

static bool is_token(struct str name)
{
    return str_equal(name, STR("progressToken"));
}

static void print_meta(struct jsonw *w, const struct doc_value *meta, uint64_t progress_number)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    jsonw_object_in(w, "_meta");
    while (doc_next(meta, &iterator, &name, &value)) {
        if (is_token(name))
            jsonw_uint(w, "progressToken", progress_number);
        else
            print_member(w, name, value);
    }
    jsonw_end(w);
}

void mcp_forward_print_params(struct buf *out, const struct doc_value *params,
                              const struct mcp_forward_change *change)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    while (doc_next(params, &iterator, &name, &value)) {
        if (str_equal(name, str_from(change->member)))
            jsonw_string(&w, change->member, change->value);
        else if (str_equal(name, STR("_meta")) && doc_kind(value) == DOC_OBJECT)
            print_meta(&w, value, change->progress_number);
        else
            print_member(&w, name, value);
    }
    jsonw_end(&w);
}

void mcp_forward_print_token(struct buf *out, const struct doc_value *params)
{
    const struct doc_value *meta = doc_find(params, STR("_meta"));
    if (meta == NULL || doc_kind(meta) != DOC_OBJECT)
        return;
    const struct doc_value *token = doc_find(meta, STR("progressToken"));
    if (token != NULL && (doc_kind(token) == DOC_INT || doc_kind(token) == DOC_STRING))
        doc_print(token, out);
}

static bool is_number(const struct doc_value *params, uint64_t number)
{
    if (doc_kind(params) != DOC_OBJECT)
        return false;
    const struct doc_value *token = doc_find(params, STR("progressToken"));
    return token != NULL && doc_kind(token) == DOC_INT && doc_int(token) >= 0 &&
           (uint64_t)doc_int(token) == number;
}

bool mcp_forward_print_report(struct buf *out, struct str params, uint64_t progress_number,
                              struct str token)
{
    struct doc_error error;
    struct doc *doc = str_is_set(params) ? doc_parse(params, &error) : NULL;
    if (doc == NULL || !is_number(doc_root(doc), progress_number)) {
        doc_free(doc);
        return false;
    }
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    while (doc_next(doc_root(doc), &iterator, &name, &value)) {
        if (is_token(name))
            jsonw_raw(&w, "progressToken", token);
        else
            print_member(&w, name, value);
    }
    jsonw_end(&w);
    doc_free(doc);
    return true;
}

void mcp_forward_print_failure(struct buf *out, struct str text)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_array_in(&w, "content");
    jsonw_object(&w);
    jsonw_cstr(&w, "type", "text");
    jsonw_string(&w, "text", text);
    jsonw_end(&w);
    jsonw_end(&w);
    jsonw_bool(&w, "isError", true);
    jsonw_end(&w);
}

/* What cannot carry the server stays as it is. */
static void print_entries(struct jsonw *w, struct str server, const struct doc_value *entries)
{
    jsonw_array_in(w, "contents");
    for (size_t i = 0; i < doc_count(entries); i++) {
        scoped_buf struct buf entry = {0};
        if (!mcp_name_print_entry(&entry, server, doc_at(entries, i)))
            doc_print(doc_at(entries, i), &entry);
        jsonw_raw(w, NULL, buf_str(&entry));
    }
    jsonw_end(w);
}

void mcp_forward_print_contents(struct buf *out, struct str server, struct str result)
{
    struct doc_error error;
    struct doc *doc = doc_parse(result, &error);
    assert(doc != NULL); /* the client has printed it */
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    while (doc_next(doc_root(doc), &iterator, &name, &value)) {
        if (str_equal(name, STR("contents")) && doc_kind(value) == DOC_ARRAY)
            print_entries(&w, server, value);
        else
            print_member(&w, name, value);
    }
    jsonw_end(&w);
    doc_free(doc);
}

#include "server/base/schema_issue.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/schema.h"

void issues_init(struct issues *issues, struct buf *out)
{
    *issues = (struct issues){.out = out};
    buf_append(out, STR("[]"));
}

/* Opens the array again for one more item. */
static void begin_item(struct issues *issues, struct jsonw *w)
{
    buf_truncate(issues->out, issues->out->len - 1);
    if (issues->count++ > 0)
        buf_append_byte(issues->out, ',');
    jsonw_init(w, issues->out);
    jsonw_object(w);
}

static void end_item(struct issues *issues, struct jsonw *w, struct str ctx_json)
{
    if (str_is_set(ctx_json))
        jsonw_raw(w, "ctx", ctx_json);
    jsonw_end(w);
    buf_append_byte(issues->out, ']');
}

static void write_place(struct jsonw *w, const struct issue_place *place)
{
    jsonw_array_in(w, "loc");
    jsonw_cstr(w, NULL, place->part);
    if (str_is_set(place->field))
        jsonw_string(w, NULL, place->field);
    if (str_is_set(place->member))
        jsonw_string(w, NULL, place->member);
    if (place->has_index)
        jsonw_uint(w, NULL, place->index);
    jsonw_end(w);
}

static void write_input(struct jsonw *w, const struct issue_input *input)
{
    if (input->value == NULL) {
        jsonw_string_or_null(w, "input", input->text);
        return;
    }
    jsonw_name(w, STR("input"));
    jsonw_raw(w, NULL, STR(""));
    schema_redact(input->value, w->buf);
}

/* What a value_error says is repeated as the error of its ctx. */
static void write_value_error(const struct issue *issue, struct buf *out)
{
    const struct str prefix = STR("Value error, ");
    struct jsonw w;
    if (!str_equal(str_from(issue->type), STR("value_error")))
        return;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "error",
                 str_starts_with(issue->message, prefix) ? str_skip(issue->message, prefix.len)
                                                         : issue->message);
    jsonw_end(&w);
}

void issues_add_issue(struct issues *issues, const struct issue *issue)
{
    struct jsonw w;
    scoped_buf struct buf ctx = {0};
    write_value_error(issue, &ctx);
    begin_item(issues, &w);
    jsonw_cstr(&w, "type", issue->type);
    write_place(&w, &issue->place);
    jsonw_string(&w, "msg", issue->message);
    write_input(&w, &issue->input);
    end_item(issues, &w, ctx.len > 0 ? buf_str(&ctx) : issue->ctx_json);
}

void issues_add(struct issues *issues, const char *type, const char *place, const char *name,
                const char *message, struct str input_json, struct str ctx_json)
{
    struct jsonw w;
    begin_item(issues, &w);
    jsonw_cstr(&w, "type", type);
    write_place(&w, &(struct issue_place){.part = place, .field = str_from(name)});
    jsonw_cstr(&w, "msg", message);
    jsonw_raw(&w, "input", str_is_set(input_json) ? input_json : STR("null"));
    end_item(issues, &w, ctx_json);
}

void issues_add_broken_json(struct issues *issues, const struct doc_error *error)
{
    struct jsonw w;
    begin_item(issues, &w);
    jsonw_cstr(&w, "type", "json_invalid");
    jsonw_array_in(&w, "loc");
    jsonw_cstr(&w, NULL, "body");
    jsonw_uint(&w, NULL, error->position);
    jsonw_end(&w);
    jsonw_cstr(&w, "msg", "JSON decode error");
    jsonw_raw(&w, "input", STR("{}"));
    jsonw_object_in(&w, "ctx");
    jsonw_cstr(&w, "error", error->text);
    jsonw_end(&w);
    end_item(issues, &w, STR_NULL);
}

static enum doc_mask mask_of_member(struct str name)
{
    static const char *const containers[] = {"environment", "env", "headers"};
    static const char *const secrets[] = {"authorization", "cookie", "credential", "key",
                                          "password",      "secret", "session",    "token"};
    for (size_t i = 0; i < ARRAY_SIZE(containers); i++) {
        if (str_equal_nocase(name, str_from(containers[i])))
            return DOC_MASK_LEAVES;
    }
    for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
        if (str_contains_nocase(name, str_from(secrets[i])))
            return DOC_MASK;
    }
    return DOC_SHOW;
}

void schema_redact(const struct doc_value *value, struct buf *out)
{
    doc_print_masked(value, mask_of_member, out);
}

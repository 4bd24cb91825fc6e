#include "api/v0/reply.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/log.h"
#include "server/base/repr.h"
#include "server/http/reply.h"
#include "server/http/request.h"

/*
 * A value is printed without recursion, because its depth is the client's choice: the walk keeps
 * the containers it is inside of, and what is deeper than MAX_DEPTH is shown as "...".
 */

#define MAX_DEPTH 32

struct level {
    const struct doc_value *container;
    void *iterator; /* of an object */
    size_t index;
    char close;
};

struct printer {
    struct buf *out;
    struct level levels[MAX_DEPTH];
    size_t depth;
};

void v0_reply_detail(struct http_request *request, int status, struct str text)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_string(&w, "detail", text);
    jsonw_end(&w);
    reply_json(request, status, &body);
}

void v0_reply_error(struct http_request *request, const struct error *error)
{
    v0_reply_detail(request, 500, str_from(error->text));
}

void v0_reply_unexpected(struct http_request *request, struct str reason)
{
    log_error("v0.unexpected", "request=%llu path=%.*s text=\"%.*s\"",
              (unsigned long long)request->number, STR_ARG(request->path), STR_ARG(reason));
    v0_reply_detail(request, 500, STR("An unexpected error occurred. Please try again later."));
}

static void print_scalar(struct buf *out, const struct doc_value *value)
{
    switch (doc_kind(value)) {
    case DOC_NULL:
        buf_append(out, STR("None"));
        break;
    case DOC_BOOL:
        buf_append(out, doc_bool(value) ? STR("True") : STR("False"));
        break;
    case DOC_STRING:
        repr_append(out, doc_string(value));
        break;
    case DOC_INT:
    case DOC_DOUBLE:
    case DOC_ARRAY:
    case DOC_OBJECT:
        doc_print(value, out);
        break;
    }
}

/* Prints a scalar, or opens a container that the walk goes on in. */
static void print_value(struct printer *printer, const struct doc_value *value, bool is_tuple)
{
    const enum doc_kind kind = doc_kind(value);
    if (kind != DOC_ARRAY && kind != DOC_OBJECT) {
        print_scalar(printer->out, value);
        return;
    }
    if (printer->depth == MAX_DEPTH) {
        buf_append(printer->out, STR("..."));
        return;
    }
    const char *brackets = kind == DOC_OBJECT ? "{}" : is_tuple ? "()" : "[]";
    buf_append_byte(printer->out, brackets[0]);
    printer->levels[printer->depth++] = (struct level){.container = value, .close = brackets[1]};
}

/* The next value of the innermost container; false when it has none left. */
static bool print_next(struct printer *printer)
{
    struct level *level = &printer->levels[printer->depth - 1];
    const struct doc_value *value = NULL;
    const struct str separator = level->index > 0 ? STR(", ") : STR("");
    if (doc_kind(level->container) == DOC_ARRAY) {
        if (level->index == doc_count(level->container))
            return false;
        buf_append(printer->out, separator);
        value = doc_at(level->container, level->index++);
        print_value(printer, value, false);
        return true;
    }
    struct str name;
    if (!doc_next(level->container, &level->iterator, &name, &value))
        return false;
    level->index++;
    buf_append(printer->out, separator);
    repr_append(printer->out, name);
    buf_append(printer->out, STR(": "));
    print_value(printer, value, str_equal(name, STR("loc")));
    return true;
}

/* A tuple of one has a comma behind it. */
static void print_close(struct printer *printer)
{
    const struct level *level = &printer->levels[--printer->depth];
    if (level->close == ')' && level->index == 1)
        buf_append_byte(printer->out, ',');
    buf_append_byte(printer->out, level->close);
}

void v0_print_python(struct str json, struct buf *out)
{
    struct doc_error at;
    struct doc *doc = doc_parse(json, &at);
    if (doc == NULL)
        return;
    struct printer printer = {.out = out};
    print_value(&printer, doc_root(doc), false);
    while (printer.depth > 0) {
        if (!print_next(&printer))
            print_close(&printer);
    }
    doc_free(doc);
}

void v0_reply_issues(struct http_request *request, struct str items)
{
    scoped_buf struct buf text = {0};
    v0_print_python(items, &text);
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_cstr(&w, "detail", "Invalid request parameters");
    jsonw_string(&w, "errors", buf_str(&text));
    jsonw_end(&w);
    reply_json(request, 422, &body);
}

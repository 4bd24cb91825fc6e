/* The walk calls itself for the tables inside a table, as deep as shape.c has let them be. */
#include "agent/shape_print.h"

#include "agent/secret_mask.h"
#include "agent/secrets.h"
#include "agent/shape.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

static bool is_null(const struct doc_value *value)
{
    return value == NULL || doc_kind(value) == DOC_NULL;
}

bool shape_print_sources(const struct doc_value *sources, const struct cipher *cipher,
                         const struct secret_writer *writer, struct buf *out, struct error *error)
{
    struct jsonw w;
    struct secret_mask *mask = secret_mask_new();
    struct secrets *secrets = secrets_new(mask);
    const bool is_read = secrets_update(secrets, sources, cipher, error);
    jsonw_init(&w, out);
    if (is_read)
        secrets_print_sources(secrets, writer, NULL, &w);
    secrets_free(secrets);
    secret_mask_free(mask);
    return is_read;
}

struct printing {
    const struct secret_writer *writer;
    unsigned depth;
};

static void print(struct printing *printing, const struct shape *shape,
                  const struct doc_value *object, struct buf *out);

static void print_secret_map(const struct secret_writer *writer, const struct doc_value *map,
                             struct buf *out)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    bool is_first = true;
    buf_append_byte(out, '{');
    while (writer->form != FORM_ANSWER && doc_next(map, &iterator, &name, &value)) {
        if (!is_first)
            buf_append_byte(out, ',');
        is_first = false;
        jsonw_quote(out, name);
        buf_append_byte(out, ':');
        secret_write(writer, doc_string(value), out);
    }
    buf_append_byte(out, '}');
}

static void print_list(struct printing *printing, const struct shape *shape,
                       const struct doc_value *list, struct buf *out)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < doc_count(list); i++) {
        if (i > 0)
            buf_append_byte(out, ',');
        print(printing, shape, doc_at(list, i), out);
    }
    buf_append_byte(out, ']');
}

static void print_map(struct printing *printing, const struct shape *shape,
                      const struct doc_value *map, struct buf *out)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    bool is_first = true;
    buf_append_byte(out, '{');
    while (doc_next(map, &iterator, &name, &value)) {
        if (!is_first)
            buf_append_byte(out, ',');
        is_first = false;
        jsonw_quote(out, name);
        buf_append_byte(out, ':');
        print(printing, shape, value, out);
    }
    buf_append_byte(out, '}');
}

static void print_value(struct printing *printing, const struct shape_member *member,
                        const struct doc_value *value, struct buf *out)
{
    struct error ignored; /* it was completed, so it can be read */
    if (member == NULL || is_null(value)) {
        doc_print(value, out);
        return;
    }
    switch (member->kind) {
    case SHAPE_SECRET:
        secret_write(printing->writer, doc_string(value), out);
        return;
    case SHAPE_SECRET_MAP:
        print_secret_map(printing->writer, value, out);
        return;
    case SHAPE_SOURCES:
        if (!shape_print_sources(value, NULL, printing->writer, out, &ignored))
            buf_append(out, STR("null"));
        return;
    case SHAPE_ONE:
        print(printing, member->shape, value, out);
        return;
    case SHAPE_MANY:
    case SHAPE_SOME:
        print_list(printing, member->shape, value, out);
        return;
    case SHAPE_MAP:
        print_map(printing, member->shape, value, out);
        return;
    case SHAPE_ANY:
    case SHAPE_STRING:
    case SHAPE_INT:
    case SHAPE_FLOAT:
    case SHAPE_BOOL:
    case SHAPE_THRESHOLD:
    case SHAPE_OBJECT:
    case SHAPE_LIST:
    case SHAPE_GONE:
        break;
    }
    doc_print(value, out);
}

static bool drops_nulls(const struct secret_writer *writer)
{
    return writer->form == FORM_STORED || writer->form == FORM_EVENT;
}

static void print_members(struct printing *printing, const struct shape *shape,
                          const struct doc_value *object, struct buf *out)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    bool is_first = true;
    buf_append_byte(out, '{');
    while (doc_next(object, &iterator, &name, &value)) {
        if (is_null(value) && drops_nulls(printing->writer))
            continue;
        if (!is_first)
            buf_append_byte(out, ',');
        is_first = false;
        jsonw_quote(out, name);
        buf_append_byte(out, ':');
        print_value(printing, shape_find_member(shape, name), value, out);
    }
    buf_append_byte(out, '}');
}

static void print_word(const struct secret_writer *writer, const char *word, struct str text,
                       struct buf *out)
{
    if (str_equal(text, str_from(word)))
        jsonw_quote(out, text);
    else
        secret_write(writer, text, out);
}

static void print(struct printing *printing, const struct shape *shape,
                  const struct doc_value *object, struct buf *out)
{
    if (shape->word != NULL && doc_kind(object) == DOC_STRING) {
        print_word(printing->writer, shape->word, doc_string(object), out);
        return;
    }
    const struct shape *chosen =
        doc_kind(object) == DOC_OBJECT ? shape_choose(shape, object) : NULL;
    if (chosen == NULL || printing->depth == SHAPE_MAX_DEPTH) {
        buf_append(out, STR("null"));
        return;
    }
    printing->depth++;
    print_members(printing, chosen, object, out);
    printing->depth--;
}

void shape_print(const struct shape *shape, const struct doc_value *object,
                 const struct secret_writer *writer, struct buf *out)
{
    struct printing printing = {.writer = writer};
    print(&printing, shape, object, out);
}

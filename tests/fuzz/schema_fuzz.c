/*
 * Decoding with a table of every kind: as a JSON body when the input begins with 'b', as a query
 * ("name=value&…") otherwise. The issues are always a JSON array with one item per count, and a
 * body without issues has its required field and keeps its bounds.
 */

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_PAIRS 64

struct sample {
    struct str text;
    struct str colour;
    struct schema_int number;
    struct schema_float share;
    struct schema_bool flag;
    struct schema_id id;
    struct schema_int when;
    struct schema_strings list;
    struct str bytes;
    const struct doc_value *map;
    const struct doc_value *any;
};

static bool has_no_space(struct str text)
{
    return !str_has_byte(text, ' ');
}

static const char *const colours[] = {"red", "green", NULL};

#define AT(member) offsetof(struct sample, member)

static const struct schema_field fields[] = {
    {.name = "s",
     .kind = SCHEMA_STRING,
     .offset = AT(text),
     .is_required = true,
     .has_max = true,
     .max = 8,
     .max_bytes = 20,
     .pattern = "^[^ ]*$",
     .matches = has_no_space},
    {.name = "e",
     .kind = SCHEMA_ENUM,
     .offset = AT(colour),
     .choices = colours,
     .is_nullable = true},
    {.name = "i",
     .kind = SCHEMA_INT,
     .offset = AT(number),
     .has_min = true,
     .min_is_exclusive = true,
     .has_max = true,
     .max = 100},
    {.name = "f", .kind = SCHEMA_FLOAT, .offset = AT(share), .has_min = true, .is_nullable = true},
    {.name = "b", .kind = SCHEMA_BOOL, .offset = AT(flag)},
    {.name = "u", .kind = SCHEMA_UUID, .offset = AT(id)},
    {.name = "d", .kind = SCHEMA_DATETIME, .offset = AT(when)},
    {.name = "l", .kind = SCHEMA_STRINGS, .offset = AT(list), .is_nullable = true},
    {.name = "x", .kind = SCHEMA_BYTES_BASE64, .offset = AT(bytes), .max_bytes = 16},
    {.name = "m", .kind = SCHEMA_STRING_MAP, .offset = AT(map), .is_nullable = true},
    {.name = "a", .kind = SCHEMA_ANY, .offset = AT(any)},
};
static SCHEMA_DEFINE(body_schema, "Body", fields, true);
/* A query holds no maps and no free values. */
static const struct schema query_schema = {
    .name = "Query", .fields = fields, .count = ARRAY_SIZE(fields) - 2, .forbids_unknown = true};

static void check(const struct sample *sample, const struct issues *issues)
{
    struct doc_error error;
    struct doc *list = doc_parse(buf_str(issues->out), &error);
    assert(list != NULL && doc_kind(doc_root(list)) == DOC_ARRAY);
    assert(doc_count(doc_root(list)) == issues->count);
    doc_free(list);
    if (issues->count > 0)
        return;
    assert(str_is_set(sample->text) && sample->text.len <= 20 && has_no_space(sample->text));
    assert(!sample->number.is_set || (sample->number.value > 0 && sample->number.value <= 100));
    assert(!sample->share.is_set || sample->share.value >= 0);
    assert(sample->bytes.len <= 16);
}

static void decode_body(struct str text, struct arena *arena, struct sample *sample,
                        struct issues *issues)
{
    struct doc_error error;
    struct doc *doc = doc_parse(text, &error);
    if (doc == NULL)
        return;
    schema_decode_json(&body_schema, doc_root(doc), arena, sample, issues);
    check(sample, issues);
    doc_free(doc);
}

static void decode_query(struct str text, struct arena *arena, struct sample *sample,
                         struct issues *issues)
{
    struct schema_pair pairs[MAX_PAIRS];
    size_t count = 0;
    struct str pair;
    while (count < MAX_PAIRS && str_next(&text, '&', &pair)) {
        struct str value = pair;
        struct str name = STR_NULL;
        (void)str_next(&value, '=', &name); /* a pair without a value has none */
        pairs[count++] = (struct schema_pair){.name = name, .value = value};
    }
    schema_decode_pairs(&query_schema, "query", pairs, count, arena, sample, issues);
    check(sample, issues);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct str text = str_span((const char *)data + 1, size - 1);
    struct sample sample = {0};
    struct arena arena = {0};
    scoped_buf struct buf out = {0};
    struct issues issues;
    issues_init(&issues, &out);
    if (data[0] == 'b')
        decode_body(text, &arena, &sample, &issues);
    else
        decode_query(text, &arena, &sample, &issues);
    arena_fini(&arena);
    return 0;
}

#include "server/base/schema.h"

#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/schema_issue.h"
#include "server/base/schema_value.h"

/* One decoding: what is filled, from where, and where complaints go. */
struct decoding {
    const struct schema *schema;
    const char *place;
    struct arena *arena;
    void *target;
    struct issues *issues;
};

static void decode_field(const struct decoding *decoding, const struct schema_field *field,
                         struct issue_input given)
{
    const struct schema_value value = {
        .field = field,
        .place = {.part = decoding->place, .field = str_from(field->name)},
        .given = given,
        .arena = decoding->arena,
        .issues = decoding->issues,
    };
    schema_value_decode(&value, (char *)decoding->target + field->offset);
}

static void report_missing(const struct decoding *decoding, const char *name,
                           const struct doc_value *parent)
{
    issues_add_issue(decoding->issues,
                     &(struct issue){
                         .type = "missing",
                         .message = STR("Field required"),
                         .place = {.part = decoding->place, .field = str_from(name)},
                         .input = {.value = parent},
                     });
}

static void report_extra(const struct decoding *decoding, struct str name, struct issue_input given)
{
    issues_add_issue(decoding->issues, &(struct issue){
                                           .type = "extra_forbidden",
                                           .message = STR("Extra inputs are not permitted"),
                                           .place = {.part = decoding->place, .field = name},
                                           .input = given,
                                       });
}

static bool is_known(const struct schema *schema, struct str name)
{
    for (size_t i = 0; i < schema->count; i++) {
        if (str_equal(name, str_from(schema->fields[i].name)))
            return true;
    }
    return false;
}

static void decode_members(const struct decoding *decoding, const struct doc_value *object)
{
    const struct schema *schema = decoding->schema;
    for (size_t i = 0; i < schema->count; i++) {
        const struct schema_field *field = &schema->fields[i];
        const struct doc_value *member = doc_find(object, str_from(field->name));
        if (member != NULL)
            decode_field(decoding, field, (struct issue_input){.value = member});
        else if (field->is_required)
            report_missing(decoding, field->name, object);
    }
    void *iterator = NULL;
    struct str name;
    struct issue_input given = {0};
    while (schema->forbids_unknown && doc_next(object, &iterator, &name, &given.value)) {
        if (!is_known(schema, name))
            report_extra(decoding, name, given);
    }
}

void schema_decode_json(const struct schema *schema, const struct doc_value *object,
                        struct arena *arena, void *target, struct issues *issues)
{
    const struct decoding decoding = {schema, "body", arena, target, issues};
    if (object == NULL) {
        report_missing(&decoding, NULL, NULL);
    } else if (doc_kind(object) == DOC_OBJECT) {
        decode_members(&decoding, object);
    } else {
        issues_add_issue(issues,
                         &(struct issue){
                             .type = "model_attributes_type",
                             .message = STR("Input should be a valid dictionary or object to "
                                            "extract fields from"),
                             .place = {.part = "body"},
                             .input = {.value = object},
                         });
    }
}

void schema_decode_root(const struct schema_field *field, const struct doc_value *value,
                        struct arena *arena, void *target, struct issues *issues)
{
    const struct decoding decoding = {NULL, "body", arena, target, issues};
    if (value == NULL) {
        report_missing(&decoding, NULL, NULL);
        return;
    }
    struct schema_field nameless = *field;
    nameless.name = NULL;
    decode_field(&decoding, &nameless, (struct issue_input){.value = value});
}

struct pairs {
    const struct schema_pair *items;
    size_t count;
};

static const struct schema_pair *find_last(struct pairs pairs, const char *name)
{
    for (size_t i = pairs.count; i > 0; i--) {
        if (str_equal(pairs.items[i - 1].name, str_from(name)))
            return &pairs.items[i - 1];
    }
    return NULL;
}

/* Every pair of that name is an item; an item that does not fit is reported. */
static void decode_repeated(const struct decoding *decoding, const struct schema_field *field,
                            struct pairs pairs)
{
    struct str *items = arena_zero(decoding->arena, pairs.count, sizeof(*items));
    struct schema_strings strings = {.items = items};
    bool is_good = true;
    for (size_t i = 0; i < pairs.count; i++) {
        if (!str_equal(pairs.items[i].name, str_from(field->name)))
            continue;
        const struct schema_value value = {
            .field = field,
            .place = {.part = decoding->place,
                      .field = str_from(field->name),
                      .index = strings.count,
                      .has_index = true},
            .given = {.text = pairs.items[i].value},
            .arena = decoding->arena,
            .issues = decoding->issues,
        };
        is_good = schema_value_string(&value, &items[strings.count++]) && is_good;
    }
    if (is_good)
        *(struct schema_strings *)(void *)((char *)decoding->target + field->offset) = strings;
}

static void decode_pair(const struct decoding *decoding, const struct schema_field *field,
                        struct pairs pairs)
{
    assert(field->kind != SCHEMA_STRING_MAP && field->kind != SCHEMA_ANY);
    const struct schema_pair *pair = find_last(pairs, field->name);
    if (pair == NULL) {
        if (field->is_required)
            report_missing(decoding, field->name, NULL);
    } else if (field->kind == SCHEMA_STRINGS) {
        decode_repeated(decoding, field, pairs);
    } else {
        const struct str text = str_is_set(pair->value) ? pair->value : STR("");
        decode_field(decoding, field, (struct issue_input){.text = text});
    }
}

void schema_decode_pairs(const struct schema *schema, const char *place,
                         const struct schema_pair *pairs, size_t count, struct arena *arena,
                         void *target, struct issues *issues)
{
    const struct decoding decoding = {schema, place, arena, target, issues};
    const struct pairs all = {pairs, count};
    for (size_t i = 0; i < schema->count; i++)
        decode_pair(&decoding, &schema->fields[i], all);
    for (size_t i = 0; i < count && schema->forbids_unknown; i++) {
        if (!is_known(schema, pairs[i].name))
            report_extra(&decoding, pairs[i].name, (struct issue_input){.text = pairs[i].value});
    }
}

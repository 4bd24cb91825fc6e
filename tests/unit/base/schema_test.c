#include "server/base/schema.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/schema_print.h"
#include "tests/support/text.h"

struct sample {
    struct str text;
    struct str short_text;
    struct str word;
    struct str small;
    struct schema_int number;
    struct schema_int limit;
    struct schema_float real;
    struct schema_float share;
    struct schema_bool flag;
    struct schema_id id;
    struct schema_int when;
    struct schema_strings list;
    const struct doc_value *map;
    struct str colour;
    struct str literal;
    struct str bytes;
    const struct doc_value *any;
};

static bool is_lower_case(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < 'a' || text.data[i] > 'z')
            return false;
    }
    return text.len > 0;
}

static const char *const colours[] = {"red", "green", "blue", NULL};
static const char *const letters[] = {"x", "y", NULL};

#define AT(member) offsetof(struct sample, member)

static const struct schema_field fields[] = {
    {.name = "text",
     .kind = SCHEMA_STRING,
     .offset = AT(text),
     .is_required = true,
     .help = "What to say"},
    {.name = "short_text",
     .kind = SCHEMA_STRING,
     .offset = AT(short_text),
     .is_nullable = true,
     .has_min = true,
     .has_max = true,
     .min = 2,
     .max = 4},
    {.name = "word",
     .kind = SCHEMA_STRING,
     .offset = AT(word),
     .pattern = "^[a-z]+$",
     .matches = is_lower_case},
    {.name = "small", .kind = SCHEMA_STRING, .offset = AT(small), .max_bytes = 3},
    {.name = "number", .kind = SCHEMA_INT, .offset = AT(number), .is_nullable = true},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = AT(limit),
     .has_min = true,
     .min_is_exclusive = true,
     .has_max = true,
     .max = 100,
     .default_json = "100",
     .title = "The limit"},
    {.name = "real", .kind = SCHEMA_FLOAT, .offset = AT(real)},
    {.name = "share",
     .kind = SCHEMA_FLOAT,
     .offset = AT(share),
     .has_min = true,
     .has_max = true,
     .max = 10},
    {.name = "flag", .kind = SCHEMA_BOOL, .offset = AT(flag), .default_json = "false"},
    {.name = "id", .kind = SCHEMA_UUID, .offset = AT(id)},
    {.name = "when", .kind = SCHEMA_DATETIME, .offset = AT(when)},
    {.name = "list", .kind = SCHEMA_STRINGS, .offset = AT(list)},
    {.name = "map", .kind = SCHEMA_STRING_MAP, .offset = AT(map)},
    {.name = "colour", .kind = SCHEMA_ENUM, .offset = AT(colour), .choices = colours},
    {.name = "literal",
     .kind = SCHEMA_ENUM,
     .offset = AT(literal),
     .choices = letters,
     .is_literal = true},
    {.name = "bytes", .kind = SCHEMA_BYTES_BASE64, .offset = AT(bytes), .max_bytes = 4},
    {.name = "any", .kind = SCHEMA_ANY, .offset = AT(any)},
};
static SCHEMA_DEFINE(sample_schema, "Sample", fields, true);

/* What one decoding needs and leaves behind. */
struct run {
    struct sample sample;
    struct buf out;
    struct issues issues;
    struct arena arena;
    struct doc *doc;
};

static int setup(void **state)
{
    struct run *run = mem_zero(1, sizeof(*run));
    issues_init(&run->issues, &run->out);
    *state = run;
    return 0;
}

static int teardown(void **state)
{
    struct run *run = *state;
    doc_free(run->doc);
    arena_fini(&run->arena);
    buf_fini(&run->out);
    free(run);
    return 0;
}

static void clear(struct run *run)
{
    doc_free(run->doc);
    buf_clear(&run->out);
    issues_init(&run->issues, &run->out);
    run->sample = (struct sample){0};
}

/* Decodes a body; the result of the one before is gone. */
static void decode(struct run *run, const char *json)
{
    struct doc_error error;
    clear(run);
    run->doc = doc_parse(str_from(json), &error);
    assert_non_null(run->doc);
    schema_decode_json(&sample_schema, doc_root(run->doc), &run->arena, &run->sample, &run->issues);
}

static void decode_good(struct run *run, const char *json)
{
    decode(run, json);
    assert_string_equal(run->out.data, "[]");
    assert_int_equal(run->issues.count, 0);
}

static void every_kind_lands_in_its_member(void **state)
{
    struct run *run = *state;
    decode_good(run, "{\"text\":\"a\\u0000b\",\"short_text\":\"\xC3\xA9\xC3\xA9\",\"word\":\"abc\","
                     "\"small\":\"xyz\",\"number\":-5,\"limit\":100,\"real\":1.5,\"share\":10,"
                     "\"flag\":true,\"id\":\"12345678-1234-5678-1234-567812345678\","
                     "\"when\":\"2020-01-01T00:00:00Z\",\"list\":[\"a\",\"b\"],"
                     "\"map\":{\"k\":\"v\"},\"colour\":\"blue\",\"literal\":\"y\","
                     "\"bytes\":\"AAEC/w==\",\"any\":[1]}");
    const struct sample *sample = &run->sample;
    assert_true(str_equal(sample->text, STR("a\0b")));
    assert_text(sample->short_text, "\xC3\xA9\xC3\xA9");
    assert_text(sample->word, "abc");
    assert_text(sample->small, "xyz");
    assert_true(sample->number.is_set && sample->number.value == -5);
    assert_true(sample->limit.is_set && sample->limit.value == 100);
    assert_true(sample->real.is_set && sample->real.value == 1.5);
    assert_true(sample->share.is_set && sample->share.value == 10);
    assert_true(sample->flag.is_set && sample->flag.value);
    assert_true(sample->id.is_set);
    assert_string_equal(id_hex(sample->id.value).text, "12345678123456781234567812345678");
    assert_true(sample->when.is_set && sample->when.value == INT64_C(1577836800000000));
    assert_int_equal(sample->list.count, 2);
    assert_text(sample->list.items[1], "b");
    assert_text(doc_string(doc_find(sample->map, STR("k"))), "v");
    assert_text(sample->colour, "blue");
    assert_text(sample->literal, "y");
    assert_true(str_equal(sample->bytes, STR("\0\1\2\xFF")));
    assert_int_equal(doc_kind(sample->any), DOC_ARRAY);
}

static void what_is_not_given_keeps_its_default(void **state)
{
    struct run *run = *state;
    struct doc_error error;
    run->doc = doc_parse(STR("{\"text\":\"a\"}"), &error);
    run->sample.limit = (struct schema_int){.value = 7};
    schema_decode_json(&sample_schema, doc_root(run->doc), &run->arena, &run->sample, &run->issues);
    assert_int_equal(run->issues.count, 0);
    assert_int_equal(run->sample.limit.value, 7);
    assert_false(run->sample.limit.is_set);
    assert_null(run->sample.any);
    assert_false(str_is_set(run->sample.word));
}

static void an_allowed_null_unsets_the_default(void **state)
{
    struct run *run = *state;
    struct doc_error error;
    run->doc = doc_parse(STR("{\"text\":\"a\",\"number\":null,\"short_text\":null}"), &error);
    run->sample.number = (struct schema_int){.value = 7, .is_set = true};
    run->sample.short_text = STR("default");
    schema_decode_json(&sample_schema, doc_root(run->doc), &run->arena, &run->sample, &run->issues);
    assert_int_equal(run->issues.count, 0);
    assert_false(run->sample.number.is_set);
    assert_false(str_is_set(run->sample.short_text));
}

/* "<name>": <value> gives exactly this item, without the loc that says where. */
struct bad_case {
    const char *name;
    const char *value;
    const char *type;
    const char *message;
    const char *ctx; /* NULL: none */
};

#define INT_TEXT   "Input should be a valid integer, unable to parse string as an integer"
#define FLOAT_TEXT "Input should be a valid number, unable to parse string as a number"
#define BOOL_TEXT  "Input should be a valid boolean, unable to interpret input"
#define SIZE_TEXT  "Unable to parse input string as an integer, exceeded maximum size"

static const struct bad_case bad_cases[] = {
    {"text", "5", "string_type", "Input should be a valid string", NULL},
    {"text", "null", "string_type", "Input should be a valid string", NULL},
    {"short_text", "\"\xC3\xA9\"", "string_too_short", "String should have at least 2 characters",
     "{\"min_length\":2}"},
    {"short_text", "\"abcde\"", "string_too_long", "String should have at most 4 characters",
     "{\"max_length\":4}"},
    {"word", "\"A\"", "string_pattern_mismatch", "String should match pattern '^[a-z]+$'",
     "{\"pattern\":\"^[a-z]+$\"}"},
    {"small", "\"abcd\"", "string_too_long", "String should have at most 3 bytes",
     "{\"max_length\":3}"},
    {"number", "\"x\"", "int_parsing", INT_TEXT, NULL},
    {"number", "\"\"", "int_parsing", INT_TEXT, NULL},
    {"number", "\"1__0\"", "int_parsing", INT_TEXT, NULL},
    {"number", "\"_1\"", "int_parsing", INT_TEXT, NULL},
    {"number", "\"-_1\"", "int_parsing", INT_TEXT, NULL},
    {"number", "\"5.\"", "int_parsing", INT_TEXT, NULL},
    {"number", "\"5.5\"", "int_parsing", INT_TEXT, NULL},
    {"number", "\"1e3\"", "int_parsing", INT_TEXT, NULL},
    {"number", "5.5", "int_from_float",
     "Input should be a valid integer, got a number with a fractional part", NULL},
    {"number", "1e+300", "int_parsing_size", SIZE_TEXT, NULL},
    {"number", "\"9223372036854775808\"", "int_parsing_size", SIZE_TEXT, NULL},
    {"number", "[]", "int_type", "Input should be a valid integer", NULL},
    {"limit", "null", "int_type", "Input should be a valid integer", NULL},
    {"limit", "0", "greater_than", "Input should be greater than 0", "{\"gt\":0}"},
    {"limit", "101", "less_than_equal", "Input should be less than or equal to 100",
     "{\"le\":100}"},
    {"limit", "\"99999999999999999999\"", "less_than_equal",
     "Input should be less than or equal to 100", "{\"le\":100}"},
    {"limit", "\"-99999999999999999999\"", "greater_than", "Input should be greater than 0",
     "{\"gt\":0}"},
    {"real", "\"x\"", "float_parsing", FLOAT_TEXT, NULL},
    {"real", "\"0x1p3\"", "float_parsing", FLOAT_TEXT, NULL},
    {"real", "{}", "float_type", "Input should be a valid number", NULL},
    {"real", "\"nan\"", "finite_number", "Input should be a finite number", NULL},
    {"real", "\"1e400\"", "finite_number", "Input should be a finite number", NULL},
    {"share", "-1", "greater_than_equal", "Input should be greater than or equal to 0",
     "{\"ge\":0.0}"},
    {"share", "10.5", "less_than_equal", "Input should be less than or equal to 10",
     "{\"le\":10.0}"},
    {"share", "\"nan\"", "less_than_equal", "Input should be less than or equal to 10",
     "{\"le\":10.0}"},
    {"flag", "2", "bool_parsing", BOOL_TEXT, NULL},
    {"flag", "\"maybe\"", "bool_parsing", BOOL_TEXT, NULL},
    {"flag", "\"\"", "bool_parsing", BOOL_TEXT, NULL},
    {"flag", "0.5", "bool_type", "Input should be a valid boolean", NULL},
    {"flag", "[]", "bool_type", "Input should be a valid boolean", NULL},
    {"id", "5", "uuid_type", "UUID input should be a string, bytes or UUID object", NULL},
    {"id", "\"x\"", "uuid_parsing",
     "Input should be a valid UUID, invalid character: found `x` at 0",
     "{\"error\":\"invalid character: found `x` at 0\"}"},
    {"when", "\"x\"", "datetime_from_date_parsing",
     "Input should be a valid datetime or date, input is too short",
     "{\"error\":\"input is too short\"}"},
    {"when", "\"0000-01-01\"", "datetime_parsing",
     "Input should be a valid datetime, year 0 is out of range",
     "{\"error\":\"year 0 is out of range\"}"},
    {"when", "1e+300", "datetime_parsing",
     "Input should be a valid datetime, dates after 9999 are not supported as unix timestamps",
     "{\"error\":\"dates after 9999 are not supported as unix timestamps\"}"},
    {"when", "true", "datetime_type", "Input should be a valid datetime", NULL},
    {"list", "\"a\"", "list_type", "Input should be a valid list", NULL},
    {"map", "[]", "dict_type", "Input should be a valid dictionary", NULL},
    {"colour", "\"pink\"", "enum", "Input should be 'red', 'green' or 'blue'",
     "{\"expected\":\"'red', 'green' or 'blue'\"}"},
    {"colour", "5", "enum", "Input should be 'red', 'green' or 'blue'",
     "{\"expected\":\"'red', 'green' or 'blue'\"}"},
    {"literal", "\"z\"", "literal_error", "Input should be 'x' or 'y'",
     "{\"expected\":\"'x' or 'y'\"}"},
    {"bytes", "5", "string_type", "Input should be a valid string", NULL},
    {"bytes", "\"AA=\"", "base64_decode", "Base64 decoding error: 'Incorrect padding'",
     "{\"error\":\"Incorrect padding\"}"},
    {"bytes", "\"A-==\"", "base64_decode", "Base64 decoding error: 'Invalid character'",
     "{\"error\":\"Invalid character\"}"},
    {"bytes", "\"AAECAwQ=\"", "bytes_too_long", "Data should have at most 4 bytes",
     "{\"max_length\":4}"},
};

static void each_wrong_value_is_reported_in_the_clients_words(void **state)
{
    struct run *run = *state;
    for (size_t i = 0; i < ARRAY_SIZE(bad_cases); i++) {
        const struct bad_case *bad = &bad_cases[i];
        scoped_buf struct buf json = {0};
        scoped_buf struct buf expected = {0};
        buf_printf(&json, "{%s\"%s\":%s}", strcmp(bad->name, "text") == 0 ? "" : "\"text\":\"\",",
                   bad->name, bad->value);
        buf_printf(&expected,
                   "[{\"type\":\"%s\",\"loc\":[\"body\",\"%s\"],\"msg\":\"%s\",\"input\":%s",
                   bad->type, bad->name, bad->message, bad->value);
        if (bad->ctx != NULL)
            buf_printf(&expected, ",\"ctx\":%s", bad->ctx);
        buf_append(&expected, STR("}]"));
        decode(run, json.data);
        assert_string_equal(run->out.data, expected.data);
    }
}

static void integers_are_read_from_texts_floats_and_booleans(void **state)
{
    struct run *run = *state;
    static const struct {
        const char *json;
        int64_t value;
    } cases[] = {
        {"5", 5},
        {"\"5\"", 5},
        {"\" +5\\n\"", 5},
        {"\"-1_000\"", -1000},
        {"\"007\"", 7},
        {"\"5.00\"", 5},
        {"5.0", 5},
        {"true", 1},
        {"false", 0},
        {"1e15", 1000000000000000},
        {"\"-9223372036854775808\"", INT64_MIN},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf json = {0};
        buf_printf(&json, "{\"text\":\"\",\"number\":%s}", cases[i].json);
        decode_good(run, json.data);
        assert_true(run->sample.number.value == cases[i].value);
    }
}

static void floats_are_read_from_texts_integers_and_booleans(void **state)
{
    struct run *run = *state;
    static const struct {
        const char *json;
        double value;
    } cases[] = {
        {"1", 1},
        {"true", 1},
        {"\" 1.5 \"", 1.5},
        {"\".5\"", 0.5},
        {"\"5.\"", 5},
        {"\"1e+5\"", 1e5},
        {"\"1_0.5\"", 10.5},
        {"12345678901234567890", 12345678901234567890.0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf json = {0};
        buf_printf(&json, "{\"text\":\"\",\"real\":%s}", cases[i].json);
        decode_good(run, json.data);
        assert_true(run->sample.real.value == cases[i].value);
    }
}

static void booleans_are_read_from_words_and_numbers(void **state)
{
    struct run *run = *state;
    const char *const truths[] = {"true",  "1",       "1.0",   "\"1\"", "\"TRUE\"",
                                  "\"t\"", "\"Yes\"", "\"y\"", "\"on\""};
    const char *const lies[] = {"false", "0",      "0.0",   "\"0\"",  "\"False\"",
                                "\"f\"", "\"no\"", "\"N\"", "\"off\""};
    for (size_t i = 0; i < ARRAY_SIZE(truths) + ARRAY_SIZE(lies); i++) {
        const bool is_true = i < ARRAY_SIZE(truths);
        scoped_buf struct buf json = {0};
        buf_printf(&json, "{\"text\":\"\",\"flag\":%s}",
                   is_true ? truths[i] : lies[i - ARRAY_SIZE(truths)]);
        decode_good(run, json.data);
        assert_int_equal(run->sample.flag.value, is_true);
    }
}

static void items_of_lists_and_maps_are_named_in_the_place(void **state)
{
    struct run *run = *state;
    decode(run, "{\"text\":\"\",\"list\":[\"a\",1,null],\"map\":{\"a\":\"b\",\"k\":2}}");
    assert_string_equal(run->out.data, "[{\"type\":\"string_type\",\"loc\":[\"body\",\"list\",1],"
                                       "\"msg\":\"Input should be a valid string\",\"input\":1},"
                                       "{\"type\":\"string_type\",\"loc\":[\"body\",\"list\",2],"
                                       "\"msg\":\"Input should be a valid string\",\"input\":null},"
                                       "{\"type\":\"string_type\",\"loc\":[\"body\",\"map\",\"k\"],"
                                       "\"msg\":\"Input should be a valid string\",\"input\":2}]");
    assert_int_equal(run->issues.count, 3);
    assert_int_equal(run->sample.list.count, 0);
    assert_null(run->sample.map);
}

static void a_missing_field_shows_the_body_without_its_secrets(void **state)
{
    struct run *run = *state;
    decode(run, "{\"number\":1,\"any\":{\"api_KEY\":\"s\",\"Env\":{\"A\":[1,{}]},\"x\":2}}");
    assert_string_equal(
        run->out.data,
        "[{\"type\":\"missing\",\"loc\":[\"body\",\"text\"],\"msg\":\"Field required\","
        "\"input\":{\"number\":1,\"any\":{\"api_KEY\":\"<redacted>\","
        "\"Env\":{\"A\":[\"<redacted>\",{}]},\"x\":2}}}]");
}

static void unknown_keys_are_errors_where_the_schema_says_so(void **state)
{
    struct run *run = *state;
    decode(run, "{\"zz\":1,\"text\":\"\"}");
    assert_string_equal(run->out.data, "[{\"type\":\"extra_forbidden\",\"loc\":[\"body\",\"zz\"],"
                                       "\"msg\":\"Extra inputs are not permitted\",\"input\":1}]");
    const struct schema lenient = {.name = "S", .fields = fields, .count = ARRAY_SIZE(fields)};
    clear(run);
    struct doc_error error;
    run->doc = doc_parse(STR("{\"zz\":1,\"text\":\"\"}"), &error);
    schema_decode_json(&lenient, doc_root(run->doc), &run->arena, &run->sample, &run->issues);
    assert_int_equal(run->issues.count, 0);
}

static void fields_are_reported_in_the_order_of_the_table(void **state)
{
    struct run *run = *state;
    decode(run, "{\"zz\":1,\"flag\":2,\"number\":\"x\"}");
    const char *number = strstr(run->out.data, "\"number\"],");
    const char *flag = strstr(run->out.data, "\"flag\"],");
    const char *extra = strstr(run->out.data, "\"zz\"],");
    assert_int_equal(run->issues.count, 4);
    assert_true(number != NULL && number < flag && flag < extra);
}

static void a_body_that_is_no_object_is_refused(void **state)
{
    struct run *run = *state;
    decode(run, "[1]");
    assert_string_equal(run->out.data,
                        "[{\"type\":\"model_attributes_type\",\"loc\":[\"body\"],"
                        "\"msg\":\"Input should be a valid dictionary or object to extract fields "
                        "from\",\"input\":[1]}]");
    decode(run, "null");
    assert_non_null(strstr(run->out.data, "model_attributes_type"));
}

static void no_body_is_missing(void **state)
{
    struct run *run = *state;
    schema_decode_json(&sample_schema, NULL, &run->arena, &run->sample, &run->issues);
    assert_string_equal(run->out.data, "[{\"type\":\"missing\",\"loc\":[\"body\"],"
                                       "\"msg\":\"Field required\",\"input\":null}]");
}

static void a_body_may_be_one_value(void **state)
{
    struct run *run = *state;
    static const struct schema_field field = {.name = "ids", .kind = SCHEMA_STRINGS};
    struct schema_strings strings = {0};
    struct doc_error error;
    run->doc = doc_parse(STR("[\"a\",1]"), &error);
    schema_decode_root(&field, doc_root(run->doc), &run->arena, &strings, &run->issues);
    assert_string_equal(run->out.data, "[{\"type\":\"string_type\",\"loc\":[\"body\",1],"
                                       "\"msg\":\"Input should be a valid string\",\"input\":1}]");
    clear(run);
    run->doc = doc_parse(STR("[\"a\",\"b\"]"), &error);
    schema_decode_root(&field, doc_root(run->doc), &run->arena, &strings, &run->issues);
    assert_int_equal(run->issues.count, 0);
    assert_int_equal(strings.count, 2);
    schema_decode_root(&field, NULL, &run->arena, &strings, &run->issues);
    assert_non_null(strstr(run->out.data, "\"loc\":[\"body\"]"));
}

static const struct schema_field query_fields[] = {
    {.name = "text", .kind = SCHEMA_STRING, .offset = AT(text), .is_required = true},
    {.name = "limit",
     .kind = SCHEMA_INT,
     .offset = AT(limit),
     .has_min = true,
     .min_is_exclusive = true,
     .has_max = true,
     .max = 100},
    {.name = "flag", .kind = SCHEMA_BOOL, .offset = AT(flag), .is_nullable = true},
    {.name = "list", .kind = SCHEMA_STRINGS, .offset = AT(list)},
    {.name = "small", .kind = SCHEMA_STRING, .offset = AT(small), .max_bytes = 3},
};
static SCHEMA_DEFINE(query_schema, "Query", query_fields, false);

static void decode_query(struct run *run, const struct schema_pair *pairs, size_t count)
{
    schema_decode_pairs(&query_schema, "query", pairs, count, &run->arena, &run->sample,
                        &run->issues);
}

static void pairs_are_decoded_and_unknown_ones_ignored(void **state)
{
    struct run *run = *state;
    const struct schema_pair pairs[] = {
        {STR("text"), STR("a")}, {STR("limit"), STR("5")}, {STR("flag"), STR("On")},
        {STR("list"), STR("1")}, {STR("zz"), STR("9")},    {STR("list"), STR("")},
    };
    decode_query(run, pairs, ARRAY_SIZE(pairs));
    assert_string_equal(run->out.data, "[]");
    assert_text(run->sample.text, "a");
    assert_int_equal(run->sample.limit.value, 5);
    assert_true(run->sample.flag.value);
    assert_int_equal(run->sample.list.count, 2);
    assert_text(run->sample.list.items[0], "1");
    assert_text(run->sample.list.items[1], "");
}

static void the_last_of_repeated_pairs_counts(void **state)
{
    struct run *run = *state;
    const struct schema_pair pairs[] = {
        {STR("text"), STR("a")},
        {STR("limit"), STR("x")},
        {STR("limit"), STR("7")},
        {STR("text"), STR("b")},
    };
    decode_query(run, pairs, ARRAY_SIZE(pairs));
    assert_int_equal(run->issues.count, 0);
    assert_int_equal(run->sample.limit.value, 7);
    assert_text(run->sample.text, "b");
}

static void a_wrong_pair_is_shown_as_it_was_sent(void **state)
{
    struct run *run = *state;
    const struct schema_pair pairs[] = {{STR("limit"), STR("101")}, {STR("flag"), STR_NULL}};
    decode_query(run, pairs, ARRAY_SIZE(pairs));
    assert_string_equal(
        run->out.data,
        "[{\"type\":\"missing\",\"loc\":[\"query\",\"text\"],\"msg\":\"Field required\","
        "\"input\":null},"
        "{\"type\":\"less_than_equal\",\"loc\":[\"query\",\"limit\"],"
        "\"msg\":\"Input should be less than or equal to 100\",\"input\":\"101\","
        "\"ctx\":{\"le\":100}},"
        "{\"type\":\"bool_parsing\",\"loc\":[\"query\",\"flag\"],\"msg\":\"" BOOL_TEXT
        "\",\"input\":\"\"}]");
}

static void text_of_a_pair_is_repaired_and_outlives_it(void **state)
{
    struct run *run = *state;
    char text[] = "a\xFF";
    const struct schema_pair pair = {STR("text"), str_span(text, 2)};
    decode_query(run, &pair, 1);
    text[0] = 'z';
    assert_text(run->sample.text, "a\xEF\xBF\xBD");
}

static void limits_count_the_repaired_text(void **state)
{
    struct run *run = *state;
    const struct schema_pair pairs[] = {{STR("text"), STR("")}, {STR("small"), STR("a\xFF")}};
    decode_query(run, pairs, ARRAY_SIZE(pairs));
    assert_int_equal(run->issues.count, 1);
    assert_non_null(strstr(run->out.data, "string_too_long"));
}

static void issues_of_other_parts_join_the_list(void **state)
{
    struct run *run = *state;
    issues_add(&run->issues, "value_error", "path", "path", "Value error, no", STR("\"x\""),
               STR("{\"error\":\"no\"}"));
    issues_add(&run->issues, "missing", "body", NULL, "Field required", STR_NULL, STR_NULL);
    assert_string_equal(run->out.data,
                        "[{\"type\":\"value_error\",\"loc\":[\"path\",\"path\"],"
                        "\"msg\":\"Value error, no\",\"input\":\"x\",\"ctx\":{\"error\":\"no\"}},"
                        "{\"type\":\"missing\",\"loc\":[\"body\"],\"msg\":\"Field required\","
                        "\"input\":null}]");
    assert_int_equal(run->issues.count, 2);
}

static void the_documents_describe_each_kind(void **state)
{
    struct run *run = *state;
    buf_clear(&run->out);
    struct jsonw w;
    jsonw_init(&w, &run->out);
    schema_print(&sample_schema, &w);
    const char *const parts[] = {
        "\"text\":{\"type\":\"string\",\"title\":\"Text\",\"description\":\"What to say\"}",
        "\"short_text\":{\"anyOf\":[{\"type\":\"string\",\"maxLength\":4,\"minLength\":2},"
        "{\"type\":\"null\"}],\"title\":\"Short Text\"}",
        "\"word\":{\"type\":\"string\",\"pattern\":\"^[a-z]+$\",\"title\":\"Word\"}",
        "\"limit\":{\"type\":\"integer\",\"maximum\":100,\"exclusiveMinimum\":0,"
        "\"title\":\"The limit\",\"default\":100}",
        "\"share\":{\"type\":\"number\",\"maximum\":10,\"minimum\":0,\"title\":\"Share\"}",
        "\"flag\":{\"type\":\"boolean\",\"title\":\"Flag\",\"default\":false}",
        "\"id\":{\"type\":\"string\",\"format\":\"uuid\",\"title\":\"Id\"}",
        "\"when\":{\"type\":\"string\",\"format\":\"date-time\",\"title\":\"When\"}",
        "\"list\":{\"items\":{\"type\":\"string\"},\"type\":\"array\",\"title\":\"List\"}",
        "\"map\":{\"additionalProperties\":{\"type\":\"string\"},\"type\":\"object\","
        "\"title\":\"Map\"}",
        "\"colour\":{\"type\":\"string\",\"enum\":[\"red\",\"green\",\"blue\"],"
        "\"title\":\"Colour\"}",
        "\"any\":{\"title\":\"Any\"}},\"additionalProperties\":false,\"type\":\"object\","
        "\"required\":[\"text\"],\"title\":\"Sample\"}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (strstr(run->out.data, parts[i]) == NULL)
            fail_msg("no %s in %s", parts[i], run->out.data);
    }
    struct doc_error error;
    run->doc = doc_parse(buf_str(&run->out), &error);
    assert_non_null(run->doc);
}

#define schema_test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        schema_test(every_kind_lands_in_its_member),
        schema_test(what_is_not_given_keeps_its_default),
        schema_test(an_allowed_null_unsets_the_default),
        schema_test(each_wrong_value_is_reported_in_the_clients_words),
        schema_test(integers_are_read_from_texts_floats_and_booleans),
        schema_test(floats_are_read_from_texts_integers_and_booleans),
        schema_test(booleans_are_read_from_words_and_numbers),
        schema_test(items_of_lists_and_maps_are_named_in_the_place),
        schema_test(a_missing_field_shows_the_body_without_its_secrets),
        schema_test(unknown_keys_are_errors_where_the_schema_says_so),
        schema_test(fields_are_reported_in_the_order_of_the_table),
        schema_test(a_body_that_is_no_object_is_refused),
        schema_test(no_body_is_missing),
        schema_test(a_body_may_be_one_value),
        schema_test(pairs_are_decoded_and_unknown_ones_ignored),
        schema_test(the_last_of_repeated_pairs_counts),
        schema_test(a_wrong_pair_is_shown_as_it_was_sent),
        schema_test(text_of_a_pair_is_repaired_and_outlives_it),
        schema_test(limits_count_the_repaired_text),
        schema_test(issues_of_other_parts_join_the_list),
        schema_test(the_documents_describe_each_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "plugins/mcp/mcp_expand.h"

#include "server/base/buf.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static bool find_secret(void *owner, struct str name, struct buf *out)
{
    (void)owner;
    if (!str_equal(name, STR("KEY")))
        return false;
    buf_append(out, STR("${HOME}"));
    return true;
}

static const char *const environment[] = {"KEY=environment", "HOME=/root", "EMPTY=", NULL};

static void assert_expands(const struct mcp_expand *expand, const char *text, const char *expected)
{
    scoped_buf struct buf out = {0};
    mcp_expand_text(expand, str_from(text), &out);
    assert_true(str_equal(buf_str(&out), str_from(expected)));
}

static void braces_take_secrets_then_the_environment_then_the_default(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a ${KEY} b", "a ${HOME} b"},
        {"${HOME}${EMPTY}", "/root"},
        {"${NONE}", "${NONE}"},
        {"${NONE:-other}", "other"},
        {"${NONE:-}", ""},
        {"${EMPTY:-other}", ""},
        {"$HOME $", "$HOME $"},
        {"${HOME", "${HOME"},
        {"${}", "${}"},
        {"${1A}", "${1A}"},
        {"${HOME:x}", "${HOME:x}"},
        {"$${HOME}", "$/root"},
        {"${NONE:-${HOME}}", "${HOME}"},
    };
    const struct mcp_expand expand = {.find_secret = find_secret, .env = environment};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_expands(&expand, cases[i][0], cases[i][1]);
}

static void plain_references_count_only_where_they_are_wanted(void **state)
{
    (void)state;
    const struct mcp_expand expand = {.find_secret = find_secret, .takes_plain = true};
    assert_expands(&expand, "$KEY-$KEYS ${KEY}", "${HOME}-$KEYS ${HOME}");
    assert_expands(&expand, "$HOME $1 $", "$HOME $1 $");
}

static void texts_inside_json_are_expanded(void **state)
{
    (void)state;
    struct doc_error problem;
    scoped_buf struct buf out = {0};
    const struct mcp_expand expand = {.env = environment};
    struct doc *doc = doc_parse(
        STR("{\"${HOME}\":[\"${HOME}\",1,{\"a\":[],\"b\":\"\"}],\"c\":null,\"d\":\"\\\"\"}"),
        &problem);
    mcp_expand_json(&expand, doc_root(doc), &out);
    assert_string_equal(
        out.data, "{\"${HOME}\":[\"/root\",1,{\"a\":[],\"b\":\"\"}],\"c\":null,\"d\":\"\\\"\"}");
    doc_free(doc);
}

static void what_lies_very_deep_stays_as_it_is(void **state)
{
    (void)state;
    struct doc_error problem;
    scoped_buf struct buf text = {0};
    scoped_buf struct buf out = {0};
    const struct mcp_expand expand = {.env = environment};
    for (size_t i = 0; i < 100; i++)
        buf_append_byte(&text, '[');
    buf_append(&text, STR("\"${HOME}\""));
    for (size_t i = 0; i < 100; i++)
        buf_append_byte(&text, ']');
    struct doc *doc = doc_parse(buf_str(&text), &problem);
    mcp_expand_json(&expand, doc_root(doc), &out);
    assert_string_equal(out.data, text.data);
    doc_free(doc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(braces_take_secrets_then_the_environment_then_the_default),
        cmocka_unit_test(plain_references_count_only_where_they_are_wanted),
        cmocka_unit_test(texts_inside_json_are_expanded),
        cmocka_unit_test(what_lies_very_deep_stays_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "agent/hooks.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static struct hooks *hooks;

static int forget(void **state)
{
    (void)state;
    hooks_free(hooks);
    hooks = NULL;
    return 0;
}

static bool decode(const char *json, struct error *error)
{
    struct doc_error why;
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    const bool is_decoded = hooks_decode(doc_root(doc), &hooks, error);
    doc_free(doc);
    return is_decoded;
}

static void accept(const char *json)
{
    struct error error = {0};
    if (!decode(json, &error))
        fail_msg("%s", error.text);
}

static void assert_refused(const char *json, const char *part)
{
    struct error error;
    assert_false(decode(json, &error));
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    if (!str_contains(str_from(error.text), str_from(part)))
        fail_msg("'%s' says nothing of '%s'", error.text, part);
}

static bool matches(const char *tool_name)
{
    return hooks_match(hooks, HOOK_PRE_TOOL_USE, str_from(tool_name), NULL, 0) > 0;
}

static void accept_matcher(const char *matcher)
{
    scoped_buf struct buf json = {0};
    buf_printf(&json,
               "{\"pre_tool_use\":[{\"matcher\":\"%s\",\"hooks\":[{\"command\":\"true\"}]}]}",
               matcher);
    accept(json.data);
}

static void no_configuration_is_an_empty_one(void **state)
{
    (void)state;
    accept("null");
    assert_true(hooks_is_empty(hooks));
    assert_true(hooks_is_empty(NULL));
    assert_int_equal(hooks_match(NULL, HOOK_STOP, STR_NULL, NULL, 0), 0);
}

static void defaults_are_filled_in(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    accept("{\"stop\":[{\"hooks\":[{\"command\":\"true\",\"async\":true}]}]}");
    hooks_write(hooks, HOOKS_STATE, &text);
    assert_string_equal(
        text.data,
        "{\"pre_tool_use\":[],\"post_tool_use\":[],\"user_prompt_submit\":[],\"session_start\":[],"
        "\"session_end\":[],\"stop\":[{\"matcher\":\"*\",\"hooks\":[{\"type\":\"command\","
        "\"command\":\"true\",\"tools\":[],\"timeout\":60,\"max_iterations\":3,"
        "\"async_\":true}]}]}");
}

static void what_clients_see_can_be_read_back(void **state)
{
    (void)state;
    scoped_buf struct buf first = {0};
    scoped_buf struct buf second = {0};
    accept("{\"PreToolUse\":[{\"matcher\":\"terminal\",\"hooks\":[{\"type\":\"prompt\","
           "\"prompt\":\"ok?\",\"name\":\"n\",\"tools\":[\"grep\"],\"timeout\":5}]}]}");
    hooks_write(hooks, HOOKS_STORED, &first);
    hooks_free(hooks);
    accept(first.data);
    hooks_write(hooks, HOOKS_STORED, &second);
    assert_string_equal(first.data, second.data);
}

static void the_wrapper_and_the_other_names_are_understood(void **state)
{
    (void)state;
    accept("{\"hooks\":{\"PreToolUse\":[{\"hooks\":[{\"command\":\"true\"}]}]}}");
    assert_true(matches("terminal"));
}

static void an_unknown_event_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"PreTool\":[]}", "Unknown event type 'PreTool'");
}

static void an_event_under_both_names_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"Stop\":[],\"stop\":[]}", "twice");
}

static void members_of_the_wrong_type_are_refused(void **state)
{
    (void)state;
    assert_refused("[]", "hook_config should be an object");
    assert_refused("{\"stop\":{}}", "hook_config.stop");
    assert_refused("{\"stop\":[1]}", "matcher");
    assert_refused("{\"stop\":[{\"hooks\":[{}]}]}", "'command' is required");
    assert_refused("{\"stop\":[{\"hooks\":[{\"command\":1}]}]}", "command");
    assert_refused("{\"stop\":[{\"hooks\":[{\"command\":\"x\",\"timeout\":-1}]}]}", "timeout");
    assert_refused("{\"stop\":[{\"hooks\":[{\"type\":\"dance\"}]}]}", "type");
    assert_refused("{\"stop\":[{\"hooks\":[{\"type\":\"prompt\"}]}]}", "'prompt' is required");
}

static void a_star_or_nothing_matches_every_tool(void **state)
{
    (void)state;
    accept_matcher("*");
    assert_true(matches("terminal"));
    hooks_free(hooks);
    accept_matcher("");
    assert_true(matches("terminal"));
}

static void a_name_matches_itself(void **state)
{
    (void)state;
    accept_matcher("terminal");
    assert_true(matches("terminal"));
    assert_false(matches("terminals"));
}

static void an_expression_matches_whole_names(void **state)
{
    (void)state;
    accept_matcher("file_.*|terminal");
    assert_true(matches("file_editor"));
    assert_true(matches("terminal"));
    assert_false(matches("my_terminal"));
}

static void an_expression_may_stand_between_slashes(void **state)
{
    (void)state;
    accept_matcher("/term[a-z]+/");
    assert_true(matches("terminal"));
    assert_false(matches("/term[a-z]+/"));
}

static void a_broken_expression_is_a_name_unless_it_has_slashes(void **state)
{
    (void)state;
    accept_matcher("a[");
    assert_true(matches("a["));
    hooks_free(hooks);
    accept_matcher("/a[/");
    assert_false(matches("a["));
}

static void a_plugin_adds_behind_what_is_there(void **state)
{
    (void)state;
    struct doc_error why;
    struct error error;
    const struct hook *found[2];
    struct doc *doc = doc_parse(STR("{\"stop\":[{\"hooks\":[{\"command\":\"b\"}]}]}"), &why);
    accept("{\"stop\":[{\"hooks\":[{\"command\":\"a\"}]}]}");
    assert_true(hooks_add(hooks, doc_root(doc), &error));
    doc_free(doc);
    assert_int_equal(hooks_match(hooks, HOOK_STOP, STR_NULL, found, 2), 2);
    assert_true(str_equal(found[0]->command, STR("a")));
    assert_true(str_equal(found[1]->command, STR("b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_teardown(name, forget)
        TEST(no_configuration_is_an_empty_one),
        TEST(defaults_are_filled_in),
        TEST(what_clients_see_can_be_read_back),
        TEST(the_wrapper_and_the_other_names_are_understood),
        TEST(an_unknown_event_is_refused),
        TEST(an_event_under_both_names_is_refused),
        TEST(members_of_the_wrong_type_are_refused),
        TEST(a_star_or_nothing_matches_every_tool),
        TEST(a_name_matches_itself),
        TEST(an_expression_matches_whole_names),
        TEST(an_expression_may_stand_between_slashes),
        TEST(a_broken_expression_is_a_name_unless_it_has_slashes),
        TEST(a_plugin_adds_behind_what_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

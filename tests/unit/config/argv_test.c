#include "server/config/argv.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "tests/support/test.h"

#define WORDS_MAX 24

/* A command line as one text, words separated by single '|'. */
struct outcome {
    bool is_ok;
    struct argv_result result;
    struct error error;
    struct buf json;
};

static struct outcome parse(const char *line)
{
    struct outcome outcome = {0};
    char text[400];
    char *argv[WORDS_MAX] = {NULL};
    int argc = 0;
    (void)snprintf(text, sizeof(text), "actiond|%s", line);
    for (char *word = text; word != NULL && argc < WORDS_MAX - 1;) {
        char *end = strchr(word, '|');
        if (end != NULL)
            *end++ = '\0';
        argv[argc++] = word;
        word = end;
    }
    if (line[0] == '\0')
        argc = 1;
    outcome.is_ok = argv_parse(argc, argv, &outcome.json, &outcome.result, &outcome.error);
    return outcome;
}

static void expect(const char *line, const char *json)
{
    struct outcome outcome = parse(line);
    if (!outcome.is_ok)
        print_error("%s: %s\n", line, outcome.error.text);
    assert_true(outcome.is_ok);
    assert_string_equal(outcome.json.data, json);
    buf_fini(&outcome.json);
}

static void expect_error(const char *line, const char *text)
{
    struct outcome outcome = parse(line);
    assert_false(outcome.is_ok);
    assert_string_equal(outcome.error.text, text);
    buf_fini(&outcome.json);
}

static void no_words_set_nothing(void **state)
{
    (void)state;
    expect("", "{}");
}

static void values_follow_or_stand_behind_an_equals_sign(void **state)
{
    (void)state;
    expect("--host|0.0.0.0|--port|60000", "{\"host\":\"0.0.0.0\",\"port\":60000}");
    expect("--host=0.0.0.0|--port=60000", "{\"host\":\"0.0.0.0\",\"port\":60000}");
    expect("--host=", "{\"host\":\"\"}");
    expect("--extra-python-path=a=b", "{\"extra_python_path\":\"a=b\"}");
}

static void the_last_of_repeated_options_counts(void **state)
{
    (void)state;
    expect("--port|1|--port|2", "{\"port\":2}");
}

static void an_unambiguous_beginning_is_enough(void **state)
{
    (void)state;
    expect("--po|1", "{\"port\":1}");
    expect("--p|1", "{\"port\":1}");
    expect("--ho=x", "{\"host\":\"x\"}");
    expect("--rel", "{\"reload\":true}");
    expect("--check", "{\"check_browser\":true}");
    expect("--check-c", "{\"check_config\":true}");
}

static void an_ambiguous_beginning_is_refused(void **state)
{
    (void)state;
    expect_error("--h", "ambiguous option: --h could match --help, --host");
    expect_error("--h=1", "ambiguous option: --h could match --help, --host");
}

static void what_no_option_knows_is_refused(void **state)
{
    (void)state;
    expect_error("--nonsense", "unrecognized arguments: --nonsense");
    expect_error("word", "unrecognized arguments: word");
    expect_error("-x", "unrecognized arguments: -x");
    expect_error("8000|9000", "unrecognized arguments: 9000");
}

static void a_missing_value_is_refused(void **state)
{
    (void)state;
    expect_error("--port", "argument --port: expected one argument");
    expect_error("--port|--host|x", "argument --port: expected one argument");
    expect_error("--plugins", "argument --plugins: expected at least one argument");
}

static void a_value_of_a_flag_is_refused(void **state)
{
    (void)state;
    expect_error("--reload=yes", "argument --reload: ignored explicit argument 'yes'");
}

static void ports_have_a_range(void **state)
{
    (void)state;
    expect("--port|0", "{\"port\":0}");
    expect("--port|65535", "{\"port\":65535}");
    expect_error("--port|65536", "argument --port: expected an integer from 0 to 65535, got 65536");
    expect_error("--port|-1", "argument --port: expected an integer from 0 to 65535, got -1");
    expect_error("--port|abc", "argument --port: expected an integer from 0 to 65535, got \"abc\"");
}

static void text_that_is_not_utf8_is_refused(void **state)
{
    (void)state;
    expect_error("--host|\xff", "argument --host: expected UTF-8 text");
}

static void help_ends_the_parsing(void **state)
{
    (void)state;
    static const char *const lines[] = {"--help", "-h", "--hel", "--port|1|--help|--nonsense"};
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct outcome outcome = parse(lines[i]);
        assert_true(outcome.is_ok);
        assert_true(outcome.result.wants_help);
        buf_fini(&outcome.json);
    }
}

static void start_words_of_v1_are_dropped(void **state)
{
    (void)state;
    expect("-m|openhands.agent_server|--port|8000", "{\"port\":8000}");
    expect("-u|-m|openhands.agent_server", "{}");
}

static void start_words_of_v0_ask_for_its_server(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "-u|-m|openhands.runtime.action_execution_server|30000",
        "run|-n|openhands|poetry|run|python|-u|-m|openhands.runtime.action_execution_server|30000",
        "30000",
        "--working-dir|/workspace|30000",
    };
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        struct outcome outcome = parse(lines[i]);
        assert_true(outcome.is_ok);
        assert_true(outcome.result.is_v0);
        assert_non_null(strstr(outcome.json.data, "\"port\":30000"));
        buf_fini(&outcome.json);
    }
}

static void the_whole_line_of_a_v0_backend_is_understood(void **state)
{
    (void)state;
    expect("-u|-m|openhands.runtime.action_execution_server|30000|--working-dir|/workspace|"
           "--plugins|agent_skills|jupyter|vscode|--username|root|--user-id|0|"
           "--browsergym-eval-env|browsergym/webarena|more words|--no-enable-browser",
           "{\"port\":30000,\"working_dir\":\"/workspace\","
           "\"plugins\":[\"agent_skills\",\"jupyter\",\"vscode\"],\"username\":\"root\","
           "\"user_id\":0,\"enable_browser\":false,"
           "\"browsergym_eval_env\":\"browsergym/webarena\"}");
}

static void v0_needs_its_port(void **state)
{
    (void)state;
    expect_error("-m|openhands.runtime.action_execution_server|--username|x",
                 "the following arguments are required: port");
}

static void an_unknown_plugin_is_refused(void **state)
{
    (void)state;
    expect_error("30000|--plugins|jupyter|nothing", "Plugin nothing not found");
}

static void an_unknown_module_is_refused(void **state)
{
    (void)state;
    struct outcome outcome = parse("-m|http.server");
    assert_false(outcome.is_ok);
    assert_non_null(strstr(outcome.error.text, "unknown module 'http.server'"));
    buf_fini(&outcome.json);
    outcome = parse("-m");
    assert_false(outcome.is_ok);
    buf_fini(&outcome.json);
}

static void words_after_two_dashes_are_positional(void **state)
{
    (void)state;
    expect("--|8000", "{\"port\":8000}");
    expect_error("--|--port", "unrecognized arguments: --port");
}

static void the_program_is_called_by_its_last_part(void **state)
{
    (void)state;
    char path[] = "/usr/local/bin/openhands-agent-server";
    char *argv[] = {path, NULL};
    assert_string_equal(argv_program(1, argv), "openhands-agent-server");
    assert_string_equal(argv_program(0, argv), "actiond");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_words_set_nothing),
        cmocka_unit_test(values_follow_or_stand_behind_an_equals_sign),
        cmocka_unit_test(the_last_of_repeated_options_counts),
        cmocka_unit_test(an_unambiguous_beginning_is_enough),
        cmocka_unit_test(an_ambiguous_beginning_is_refused),
        cmocka_unit_test(what_no_option_knows_is_refused),
        cmocka_unit_test(a_missing_value_is_refused),
        cmocka_unit_test(a_value_of_a_flag_is_refused),
        cmocka_unit_test(ports_have_a_range),
        cmocka_unit_test(text_that_is_not_utf8_is_refused),
        cmocka_unit_test(help_ends_the_parsing),
        cmocka_unit_test(start_words_of_v1_are_dropped),
        cmocka_unit_test(start_words_of_v0_ask_for_its_server),
        cmocka_unit_test(the_whole_line_of_a_v0_backend_is_understood),
        cmocka_unit_test(v0_needs_its_port),
        cmocka_unit_test(an_unknown_plugin_is_refused),
        cmocka_unit_test(an_unknown_module_is_refused),
        cmocka_unit_test(words_after_two_dashes_are_positional),
        cmocka_unit_test(the_program_is_called_by_its_last_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

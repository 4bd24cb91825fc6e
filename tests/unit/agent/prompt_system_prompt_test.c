#include "agent/prompt/system_prompt.h"

#include "server/base/json.h"
#include "tests/support/folder.h"

static struct buf text;

static int open_folder(void **state)
{
    text = (struct buf){0};
    return folder_open(state);
}

static int close_folder(void **state)
{
    buf_fini(&text);
    return folder_close(state);
}

static struct system_prompt_options plain(void)
{
    return (struct system_prompt_options){
        .model = STR("openai/gpt-4o"), .state_dir = folder.directory, .home = folder.directory};
}

static const char *write_prompt(const struct system_prompt_options *options)
{
    struct error error;
    buf_clear(&text);
    assert_true(system_prompt_write(options, &text, &error));
    return text.data;
}

static bool has(const char *part)
{
    return str_contains(buf_str(&text), str_from(part));
}

/* The tags that begin sections, in their order. */
static void assert_tags(const char *const *tags)
{
    struct str rest = buf_str(&text);
    for (; *tags != NULL; tags++) {
        scoped_buf struct buf tag = {0};
        buf_printf(&tag, "<%s>\n", *tags);
        const size_t at = str_find(rest, buf_str(&tag));
        if (at == SIZE_MAX)
            fail_msg("no %s, or not there", *tags);
        rest = str_skip(rest, at);
    }
}

static void the_sections_stand_in_their_order(void **state)
{
    (void)state;
    const struct system_prompt_options options = plain();
    static const char *const tags[] = {"SOUL",
                                       "ROLE",
                                       "MEMORY",
                                       "EFFICIENCY",
                                       "FILE_SYSTEM_GUIDELINES",
                                       "CODE_QUALITY",
                                       "VERSION_CONTROL",
                                       "PULL_REQUESTS",
                                       "PROBLEM_SOLVING_WORKFLOW",
                                       "SELF_DOCUMENTATION",
                                       "SECURITY",
                                       "EXTERNAL_SERVICES",
                                       "ENVIRONMENT_SETUP",
                                       "TROUBLESHOOTING",
                                       "PROCESS_MANAGEMENT",
                                       NULL};
    (void)write_prompt(&options);
    assert_tags(tags);
    assert_true(str_starts_with(buf_str(&text), STR("<SOUL>\n")));
    assert_true(str_ends_with(buf_str(&text), STR("\n</PROCESS_MANAGEMENT>")));
    assert_false(has("<IMPORTANT>"));
    assert_false(has("<SECURITY_RISK_ASSESSMENT>"));
    assert_false(has("<BROWSER_TOOLS>"));
}

static void the_contract_s_advice_is_given(void **state)
{
    (void)state;
    const struct system_prompt_options options = plain();
    (void)write_prompt(&options);
    assert_true(has("Co-authored-by: openhands <openhands@all-hands.dev>"));
    assert_true(has("<secret-hidden>"));
    assert_true(has("PID"));
    assert_true(has("finish tool"));
}

static void a_persona_takes_the_place_of_its_sections(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    options.persona = STR("You are a pirate.");
    (void)write_prompt(&options);
    assert_true(str_starts_with(buf_str(&text), STR("You are a pirate.\n\n<MEMORY>\n")));
    assert_false(has("<SOUL>"));
    assert_false(has("<TROUBLESHOOTING>"));
    assert_true(has("<SECURITY>"));
    assert_true(has("<PROCESS_MANAGEMENT>"));
}

static void the_state_folder_may_hold_another_soul(void **state)
{
    (void)state;
    const struct system_prompt_options options = plain();
    folder_write("SOUL.md", "You are Ada.\n");
    (void)write_prompt(&options);
    assert_true(str_starts_with(buf_str(&text), STR("<SOUL>\nYou are Ada.\n</SOUL>\n\n<ROLE>")));
}

static void memory_of_its_own_has_a_place(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    options.loads_memory = true;
    options.home = "/h";
    options.state_dir = "/h/.openhands";
    (void)write_prompt(&options);
    assert_true(has("`~/.openhands/memory/`"));
    options.state_dir = "/data/oh";
    (void)write_prompt(&options);
    assert_true(has("`/data/oh/memory/`"));
    assert_false(has("@"
                     "USER_MEMORY"));
}

static void an_empty_security_policy_is_none(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    options.security_policy = STR("");
    (void)write_prompt(&options);
    assert_false(has("<SECURITY>"));
}

static void a_security_policy_may_be_a_file(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    folder_write("policy.txt", "Be careful.");
    options.security_policy = str_from(folder_path("policy.txt"));
    (void)write_prompt(&options);
    assert_true(has("<SECURITY>\nBe careful.\n</SECURITY>"));
}

static void a_missing_file_is_an_error_with_its_name(void **state)
{
    (void)state;
    struct error error;
    struct system_prompt_options options = plain();
    options.filename = STR("/no/such/prompt.txt");
    assert_false(system_prompt_write(&options, &text, &error));
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_true(str_contains(str_from(error.text), STR("/no/such/prompt.txt")));
    assert_int_equal(text.len, 0);
}

static void a_prompt_may_be_a_file(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    folder_write("prompt.txt", "Only this.");
    options.filename = str_from(folder_path("prompt.txt"));
    assert_string_equal(write_prompt(&options), "Only this.");
}

static void a_prompt_of_the_client_s_keeps_the_tools_guidance(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    options.system_prompt = STR("Mine.");
    assert_string_equal(write_prompt(&options), "Mine.");
    options.has_browser = true;
    (void)write_prompt(&options);
    assert_true(str_starts_with(buf_str(&text), STR("Mine.\n\n<BROWSER_TOOLS>\n")));
}

static void the_planning_prompt_has_a_name(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    options.filename = STR(SYSTEM_PROMPT_PLANNING);
    options.persona = STR("Ada.");
    (void)write_prompt(&options);
    assert_true(str_starts_with(buf_str(&text), STR("Ada.\n\n<ROLE>\nYou are a planning agent")));
    assert_false(has("<SOUL>"));
}

static void risk_levels_depend_on_the_place(void **state)
{
    (void)state;
    struct doc_error why;
    struct system_prompt_options options = plain();
    struct doc *cli = doc_parse(STR("{\"llm_security_analyzer\":true}"), &why);
    struct doc *box = doc_parse(STR("{\"llm_security_analyzer\":true,\"cli_mode\":false}"), &why);
    options.kwargs = doc_root(cli);
    (void)write_prompt(&options);
    assert_true(has("<SECURITY_RISK_ASSESSMENT>"));
    assert_true(has("it changes the project"));
    options.kwargs = doc_root(box);
    (void)write_prompt(&options);
    assert_true(has("it changes the sandbox"));
    doc_free(cli);
    doc_free(box);
}

static void some_models_get_advice(void **state)
{
    (void)state;
    struct system_prompt_options options = plain();
    static const char *const models[] = {"anthropic/claude-sonnet-4", "gemini/gemini-2.5-pro",
                                         "openai/gpt-5", "gpt-5-codex"};
    for (size_t i = 0; i < ARRAY_SIZE(models); i++) {
        options.model = str_from(models[i]);
        (void)write_prompt(&options);
        assert_true(has("<IMPORTANT>"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)
        TEST(the_sections_stand_in_their_order),
        TEST(the_contract_s_advice_is_given),
        TEST(a_persona_takes_the_place_of_its_sections),
        TEST(the_state_folder_may_hold_another_soul),
        TEST(memory_of_its_own_has_a_place),
        TEST(an_empty_security_policy_is_none),
        TEST(a_security_policy_may_be_a_file),
        TEST(a_missing_file_is_an_error_with_its_name),
        TEST(a_prompt_may_be_a_file),
        TEST(a_prompt_of_the_client_s_keeps_the_tools_guidance),
        TEST(the_planning_prompt_has_a_name),
        TEST(risk_levels_depend_on_the_place),
        TEST(some_models_get_advice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

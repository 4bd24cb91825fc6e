#include "agent/skills.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "tests/support/test.h"

static struct skills *skills;
static struct buf text;

static int begin(void **state)
{
    (void)state;
    skills = skills_new();
    text = (struct buf){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    skills_free(skills);
    buf_fini(&text);
    return 0;
}

static bool add_objects(const char *json, struct error *error)
{
    struct doc_error why;
    struct doc *doc = doc_parse(str_from(json), &why);
    assert_non_null(doc);
    const bool is_added = skills_add_objects(skills, doc_root(doc), error);
    doc_free(doc);
    return is_added;
}

static void add(const char *json)
{
    struct error error = {0};
    if (!add_objects(json, &error))
        fail_msg("%s", error.text);
}

static void add_markdown(const char *name, const char *markdown, bool is_skill_md)
{
    struct error error = {0};
    scoped_buf struct buf path = {0};
    buf_printf(&path, "/w/.agents/skills/%s%s", name, is_skill_md ? "/SKILL.md" : ".md");
    const struct skill_file file = {.name = str_from(name),
                                    .path = buf_str(&path),
                                    .text = str_from(markdown),
                                    .is_skill_md = is_skill_md};
    if (!skills_add_file(skills, &file, &error))
        fail_msg("%s", error.text);
}

static bool is_known(void *owner, struct str name)
{
    const char *known = owner;
    return known != NULL && str_equal(name, str_from(known));
}

/* Names joined by blanks; their text is in `text`. */
static void assert_activated(const char *message, const char *known, const char *expected)
{
    scoped_buf struct buf names = {0};
    struct skills_activation activation;
    const struct skills_known before = {.is_known = is_known, .owner = (void *)(uintptr_t)known};
    skills_activate_words(skills, str_from(message), &before, &activation);
    for (size_t i = 0; i < activation.name_count; i++) {
        buf_append(&names, i == 0 ? STR("") : STR(" "));
        buf_append(&names, activation.names[i]);
    }
    buf_clear(&text);
    buf_append(&text, activation.text);
    skills_activation_fini(&activation);
    assert_string_equal(names.len == 0 ? "" : names.data, expected);
}

static void assert_touched(const char *path, const char *expected)
{
    struct skills_activation activation;
    const struct skills_known before = {.is_known = is_known};
    skills_activate_path(skills, "/w", str_from(path), &before, &activation);
    assert_int_equal(activation.name_count, expected == NULL ? 0 : 1);
    if (expected != NULL)
        assert_true(str_equal(activation.names[0], str_from(expected)));
    skills_activation_fini(&activation);
}

static void an_object_gets_its_defaults(void **state)
{
    (void)state;
    add("[{\"name\":\"a\",\"content\":\"c\",\"trigger\":{\"type\":\"keyword\","
        "\"keywords\":[\"k\"]}}]");
    skill_write(skills_at(skills, 0), &text);
    assert_string_equal(
        text.data,
        "{\"name\":\"a\",\"content\":\"c\",\"trigger\":{\"type\":\"keyword\",\"keywords\":[\"k\"]},"
        "\"source\":null,\"mcp_tools\":null,\"inputs\":[],\"is_agentskills_format\":false,"
        "\"version\":\"1.0.0\",\"description\":null,\"license\":null,\"compatibility\":null,"
        "\"metadata\":null,\"allowed_tools\":null,\"disable_model_invocation\":false,"
        "\"resources\":null}");
}

static void an_object_without_content_is_refused_with_its_place(void **state)
{
    (void)state;
    struct error error;
    assert_false(add_objects("[{\"name\":\"a\",\"content\":\"c\"},{\"name\":\"b\"}]", &error));
    assert_int_equal(error.code, ERROR_UNPROCESSABLE);
    assert_true(str_contains(str_from(error.text), STR("agent_context.skills[1]")));
}

static void the_first_of_a_name_wins(void **state)
{
    (void)state;
    add("[{\"name\":\"a\",\"content\":\"1\"},{\"name\":\"a\",\"content\":\"2\"}]");
    assert_int_equal(skills_count(skills), 1);
    assert_true(str_equal(skills_find(skills, STR("a"))->content, STR("1")));
}

static void the_head_of_a_file_says_what_makes_it_come_up(void **state)
{
    (void)state;
    add_markdown("k", "---\nname: named\ntriggers: [Docker, k8s]\n---\n# Docker\n", false);
    add_markdown("p", "---\npaths: '*.py, src/**'\ntriggers: [x]\n---\nrule", false);
    add_markdown("t", "---\ninputs:\n- name: x\n  description: d\n---\nuse ${x}", false);
    add_markdown("r", "always", false);
    assert_int_equal(skills_find(skills, STR("named"))->trigger, SKILL_KEYWORD);
    assert_int_equal(skills_find(skills, STR("p"))->trigger, SKILL_PATH);
    assert_true(skills_find(skills, STR("p"))->disable_model_invocation);
    assert_int_equal(skills_find(skills, STR("t"))->trigger, SKILL_TASK);
    assert_true(str_equal(skills_find(skills, STR("t"))->words[0], STR("/t")));
    assert_int_equal(skills_find(skills, STR("r"))->trigger, SKILL_ALWAYS);
}

static void a_skill_md_has_the_name_of_its_folder(void **state)
{
    (void)state;
    struct error error;
    const struct skill_file file = {.name = STR("folder"),
                                    .path = STR("/folder/SKILL.md"),
                                    .text = STR("---\nname: other\n---\nx"),
                                    .is_skill_md = true};
    assert_false(skills_add_file(skills, &file, &error));
    assert_int_equal(error.code, ERROR_INVALID);
}

static void a_word_makes_a_skill_come_up_once(void **state)
{
    (void)state;
    add("[{\"name\":\"g\",\"content\":\"use git\",\"source\":\"/s/g.md\",\"trigger\":"
        "{\"type\":\"keyword\",\"keywords\":[\"git\"]}}]");
    assert_activated("Please use GIT.", NULL, "g");
    assert_true(str_starts_with(buf_str(&text), STR("<EXTRA_INFO>\n")));
    assert_true(str_ends_with(buf_str(&text), STR("\nuse git\n</EXTRA_INFO>")));
    assert_true(str_contains(buf_str(&text), STR("\"git\"")));
    assert_true(str_contains(buf_str(&text), STR("/s/g.md")));
    assert_activated("Please use git.", "g", "");
}

static void a_part_of_a_word_is_no_word(void **state)
{
    (void)state;
    add("[{\"name\":\"g\",\"content\":\"c\",\"trigger\":{\"type\":\"keyword\","
        "\"keywords\":[\"git\",\"/linear\"]}}]");
    assert_activated("github and legit", NULL, "");
    assert_activated("try /linear now", NULL, "g");
    assert_activated("git", NULL, "g");
    assert_activated("a git-ish thing", NULL, "g");
}

static void a_rule_comes_up_for_the_files_of_its_place(void **state)
{
    (void)state;
    add("[{\"name\":\"r\",\"content\":\"c\",\"trigger\":{\"type\":\"path\","
        "\"paths\":[\"*.py\",\"src/**\",\"doc/*.md\"]}}]");
    assert_touched("a/b/x.py", "r");
    assert_touched("/w/x.py", "r");
    assert_touched("./src/deep/x.c", "r");
    assert_touched("doc/a.md", "r");
    assert_touched("doc/b/a.md", NULL);
    assert_touched("x.pyc", NULL);
    assert_touched("/elsewhere/x.py", NULL);
    assert_touched("/w", NULL);
}

static void texts_without_trigger_go_into_the_prompt(void **state)
{
    (void)state;
    add("[{\"name\":\"a\",\"content\":\"one\"},{\"name\":\"b\",\"content\":\"two\"}]");
    add_markdown("listed", "---\ndescription: d\n---\nx", true);
    skills_write_repo_context(skills, STR("gpt-4o"), &text);
    assert_string_equal(text.data, "[BEGIN context from [a]]\none\n[END Context]\n\n"
                                   "[BEGIN context from [b]]\ntwo\n[END Context]");
}

static void claude_md_is_for_claude(void **state)
{
    (void)state;
    add("[{\"name\":\"claude\",\"content\":\"one\"}]");
    skills_write_repo_context(skills, STR("openai/gpt-4o"), &text);
    assert_int_equal(text.len, 0);
    skills_write_repo_context(skills, STR("anthropic/claude-sonnet-4"), &text);
    assert_true(text.len > 0);
}

static void skills_that_can_be_asked_for_are_listed(void **state)
{
    (void)state;
    add_markdown("pdf-tools", "---\ndescription: Reads <PDF> & more\n---\nx", true);
    add("[{\"name\":\"k\",\"content\":\"# T\\n\\nFirst line\\nmore\",\"trigger\":"
        "{\"type\":\"keyword\",\"keywords\":[\"k\"]}}]");
    skills_write_available(skills, &text);
    assert_string_equal(
        text.data,
        "<available_skills>\n  <skill>\n    <name>pdf-tools</name>\n"
        "    <description>Reads &lt;PDF&gt; &amp; more</description>\n  </skill>\n  <skill>\n"
        "    <name>k</name>\n    <description>First line... [5 characters truncated. Call "
        "invoke_skill(name=\"k\") to load the full skill]</description>\n  </skill>\n"
        "</available_skills>");
}

static void a_long_description_is_cut(void **state)
{
    (void)state;
    scoped_buf struct buf markdown = {0};
    buf_append(&markdown, STR("---\ndescription: "));
    for (int i = 0; i < SKILL_MAX_DESCRIPTION + 7; i++)
        buf_append_byte(&markdown, 'x');
    buf_append(&markdown, STR("\n---\nc"));
    add_markdown("long", markdown.data, true);
    skills_write_available(skills, &text);
    assert_true(str_contains(buf_str(&text), STR("xxx... [7 characters truncated.")));
}

static void an_unknown_skill_is_answered_with_the_known_ones(void **state)
{
    (void)state;
    struct error error;
    const struct skill *skill;
    assert_false(skills_invoke(skills, STR("x"), &skill, &error));
    assert_string_equal(error.text, "Unknown skill 'x'. Available skills: <none>.");
    add_markdown("b", "x", true);
    add_markdown("a", "x", false);
    assert_false(skills_invoke(skills, STR("x"), &skill, &error));
    assert_string_equal(error.text, "Unknown skill 'x'. Available skills: a, b.");
}

static void a_skill_may_only_come_up_by_itself(void **state)
{
    (void)state;
    struct error error;
    const struct skill *skill;
    add_markdown("a", "---\ndisable-model-invocation: true\n---\nx", true);
    assert_false(skills_invoke(skills, STR("a"), &skill, &error));
    assert_string_equal(error.text, "Skill 'a' cannot be invoked directly. It can only be "
                                    "activated by trigger matching.");
    assert_false(skills_has_invocable(skills));
}

static void an_invoked_skill_says_where_it_is(void **state)
{
    (void)state;
    struct error error;
    const struct skill *skill;
    add_markdown("a", "x", true);
    assert_true(skills_has_invocable(skills));
    assert_true(skills_invoke(skills, STR(" a "), &skill, &error));
    skills_write_footer(skill, "/w", &text);
    assert_string_equal(text.data,
                        "\n\n---\nThis skill is located at `.agents/skills/a`. Any files it "
                        "references (e.g. under `scripts/`, `references/`, `assets/`) are relative "
                        "to that directory.");
}

static void disabled_skills_are_gone(void **state)
{
    (void)state;
    add("[{\"name\":\"a\",\"content\":\"c\"},{\"name\":\"b\",\"content\":\"c\"}]");
    skills_remove(skills, STR("a"));
    skills_remove(skills, STR("z"));
    assert_int_equal(skills_count(skills), 1);
    assert_null(skills_find(skills, STR("a")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(an_object_gets_its_defaults),
        TEST(an_object_without_content_is_refused_with_its_place),
        TEST(the_first_of_a_name_wins),
        TEST(the_head_of_a_file_says_what_makes_it_come_up),
        TEST(a_skill_md_has_the_name_of_its_folder),
        TEST(a_word_makes_a_skill_come_up_once),
        TEST(a_part_of_a_word_is_no_word),
        TEST(a_rule_comes_up_for_the_files_of_its_place),
        TEST(texts_without_trigger_go_into_the_prompt),
        TEST(claude_md_is_for_claude),
        TEST(skills_that_can_be_asked_for_are_listed),
        TEST(a_long_description_is_cut),
        TEST(an_unknown_skill_is_answered_with_the_known_ones),
        TEST(a_skill_may_only_come_up_by_itself),
        TEST(an_invoked_skill_says_where_it_is),
        TEST(disabled_skills_are_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

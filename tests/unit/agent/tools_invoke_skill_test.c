#include "agent/tools/invoke_skill.h"

#include "agent/skills.h"
#include "server/base/error.h"
#include "tests/support/tool_calls.h"

static struct skills *skills;
static struct buf invoked;

static const struct skills *get_skills(void *owner)
{
    (void)owner;
    return skills;
}

static void on_invoked(void *owner, struct str name)
{
    (void)owner;
    buf_append(&invoked, name);
}

static void add_file(const char *name, const char *text)
{
    struct error error;
    folder_write(arena_printf(&folder.arena, "skills/%s/SKILL.md", name).data, text);
    const struct str path =
        arena_printf(&folder.arena, "%s/skills/%s/SKILL.md", folder.directory, name);
    const struct skill_file file = {
        .name = str_from(name), .path = path, .text = str_from(text), .is_skill_md = true};
    if (!skills_add_file(skills, &file, &error))
        fail_msg("%s", error.text);
}

static int set_up(void **state)
{
    const struct invoke_skill_options options = {.get_skills = get_skills,
                                                 .on_invoked = on_invoked};
    struct error error;
    (void)tools_open_loop(state);
    skills = skills_new();
    tools_open("[]");
    assert_true(invoke_skill_add(tools.set, &options, &error));
    return 0;
}

static int tear_down(void **state)
{
    (void)tools_close_loop(state);
    skills_free(skills);
    buf_fini(&invoked);
    return 0;
}

static void a_skill_is_given_with_its_place(void **state)
{
    (void)state;
    add_file("build", "---\nname: build\ndescription: d\n---\nUse make.");
    tools_call("invoke_skill", "{\"name\":\" build \"}");
    assert_text(tools_text(),
                "Use make.\n\n---\nThis skill is located at `skills/build`. Any files it "
                "references (e.g. under `scripts/`, `references/`, `assets/`) are relative to that "
                "directory.");
    assert_false(tools_is_error());
    assert_text(tools_string("skill_name"), "build");
    assert_text(tools_string("kind"), "InvokeSkillObservation");
    assert_text(buf_str(&invoked), "build");
}

static void commands_in_a_skill_run_in_the_workspace(void **state)
{
    (void)state;
    folder_write("here.txt", "");
    add_file("look", "---\nname: look\ndescription: d\n---\nThere is !`ls here.txt`.");
    tools_call("invoke_skill", "{\"name\":\"look\"}");
    assert_true(str_starts_with(tools_text(), STR("There is here.txt.")));
}

static void an_unknown_skill_is_an_error_with_a_list(void **state)
{
    (void)state;
    add_file("b", "---\nname: b\ndescription: d\n---\n.");
    add_file("a", "---\nname: a\ndescription: d\n---\n.");
    tools_call("invoke_skill", "{\"name\":\"c\"}");
    assert_text(tools_text(), "Unknown skill 'c'. Available skills: a, b.");
    assert_true(tools_is_error());
    assert_text(tools_string("skill_name"), "c");
    assert_int_equal(invoked.len, 0);
}

static void a_skill_for_triggers_alone_is_refused(void **state)
{
    (void)state;
    add_file("a", "---\nname: a\ndescription: d\ndisable-model-invocation: true\n---\n.");
    tools_call("invoke_skill", "{\"name\":\"a\"}");
    assert_text(tools_text(), "Skill 'a' cannot be invoked directly. It can only be activated by "
                              "trigger matching.");
    assert_true(tools_is_error());
}

static void a_skill_may_go_while_its_commands_run(void **state)
{
    (void)state;
    add_file("a", "---\nname: a\ndescription: d\n---\n!`echo one`");
    (void)tools_start("invoke_skill", "{\"name\":\"a\"}");
    skills_free(skills);
    skills = skills_new();
    tools_wait();
    assert_true(str_starts_with(tools_text(), STR("one")));
}

static void a_cancelled_call_records_nothing(void **state)
{
    (void)state;
    add_file("a", "---\nname: a\ndescription: d\n---\n!`echo one`");
    struct tool_run *run = tools_start("invoke_skill", "{\"name\":\"a\"}");
    tool_run_cancel(run);
    tools_wait();
    assert_int_equal(tools.result.outcome, TOOL_REFUSED);
    assert_int_equal(invoked.len, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_skill_is_given_with_its_place),
        TEST(commands_in_a_skill_run_in_the_workspace),
        TEST(an_unknown_skill_is_an_error_with_a_list),
        TEST(a_skill_for_triggers_alone_is_refused),
        TEST(a_skill_may_go_while_its_commands_run),
        TEST(a_cancelled_call_records_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

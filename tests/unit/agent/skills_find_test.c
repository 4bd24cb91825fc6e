#include "agent/skills_find.h"

#include "agent/skills.h"
#include "tests/support/folder.h"

static struct skills *skills;

static int open_folder(void **state)
{
    skills = skills_new();
    return folder_open(state);
}

static int close_folder(void **state)
{
    skills_free(skills);
    return folder_close(state);
}

/* Names in order, joined by blanks. */
static void assert_found(const char *expected)
{
    scoped_buf struct buf names = {0};
    for (size_t i = 0; i < skills_count(skills); i++) {
        buf_append(&names, i == 0 ? STR("") : STR(" "));
        buf_append(&names, skills_at(skills, i)->name);
    }
    assert_string_equal(names.len == 0 ? "" : names.data, expected);
}

static void a_project_without_skills_has_none(void **state)
{
    (void)state;
    skills_find_project(skills, folder_path("none"), NULL);
    assert_found("");
}

static void instructions_are_known_in_any_case_of_letters(void **state)
{
    (void)state;
    folder_write("w/.git/HEAD", "x");
    folder_write("w/.cursorrules", "rules");
    folder_write("w/AGENTS.md", "agents");
    folder_write("w/claude.md", "claude");
    folder_write("w/readme.md", "no");
    skills_find_project(skills, folder_path("w"), NULL);
    assert_found("cursorrules agents claude");
    assert_true(str_equal(skills_at(skills, 1)->content, STR("agents")));
}

static void a_link_to_instructions_is_not_read_twice(void **state)
{
    (void)state;
    folder_write("w/.git/HEAD", "x");
    folder_write("w/AGENTS.md", "agents");
    assert_int_equal(symlink("AGENTS.md", folder_path("w/CLAUDE.md")), 0);
    skills_find_project(skills, folder_path("w"), NULL);
    assert_found("agents");
}

static void the_git_root_is_searched_behind_the_workspace(void **state)
{
    (void)state;
    folder_write("r/.git/HEAD", "x");
    folder_write("r/AGENTS.md", "root");
    folder_write("r/GEMINI.md", "root");
    folder_write("r/sub/AGENTS.md", "sub");
    folder_write("r/.agents/skills/deep/SKILL.md", "x");
    skills_find_project(skills, folder_path("r/sub"), NULL);
    assert_found("agents gemini deep");
    assert_true(str_equal(skills_at(skills, 0)->content, STR("sub")));
}

static void instructions_further_down_are_rules_for_their_folder(void **state)
{
    (void)state;
    folder_write("w/.git/HEAD", "x");
    folder_write("w/server/AGENTS.md", "rule");
    folder_write("w/node_modules/x/AGENTS.md", "no");
    folder_write("w/.hidden/AGENTS.md", "no");
    skills_find_project(skills, folder_path("w/"), NULL);
    assert_found("agents:server");
    assert_int_equal(skills_at(skills, 0)->trigger, SKILL_PATH);
    assert_true(
        str_equal(skill_match_path(skills_at(skills, 0), STR("server/a/b.c")), STR("server/**")));
    assert_false(str_is_set(skill_match_path(skills_at(skills, 0), STR("a.c"))));
}

static void folders_of_skills_have_files_and_folders(void **state)
{
    (void)state;
    folder_write("s/flat.md", "x");
    folder_write("s/sub/deep.md", "x");
    folder_write("s/README.md", "no");
    folder_write("s/notes.txt", "no");
    folder_write("s/pdf/SKILL.md", "x");
    folder_write("s/pdf/references/more.md", "no");
    skills_find_folder(skills, folder_path("s"));
    assert_found("flat sub/deep pdf");
    assert_true(skills_find(skills, STR("pdf"))->is_agentskills_format);
}

static void what_is_no_skill_is_skipped(void **state)
{
    (void)state;
    folder_write("s/bad.md", "---\na: [1\n---\nx");
    folder_write("s/Bad Name/SKILL.md", "x");
    folder_write("s/good.md", "x");
    skills_find_folder(skills, folder_path("s"));
    assert_found("good");
}

static void the_folders_of_a_project_have_their_order(void **state)
{
    (void)state;
    folder_write("w/.git/HEAD", "x");
    folder_write("w/.openhands/microagents/a.md", "3");
    folder_write("w/.openhands/skills/a.md", "2");
    folder_write("w/.openhands/skills/b.md", "2");
    folder_write("w/.agents/skills/a.md", "1");
    skills_find_project(skills, folder_path("w"), NULL);
    assert_found("a b");
    assert_true(str_equal(skills_at(skills, 0)->content, STR("1")));
}

static void the_user_has_skills_too(void **state)
{
    (void)state;
    folder_write("home/.agents/skills/a.md", "x");
    folder_write("state/skills/b.md", "x");
    folder_write("state/microagents/c.md", "x");
    folder_write("state/skills/installed/d/SKILL.md", "x");
    folder_write("state/skills/installed/e/SKILL.md", "x");
    folder_write("state/skills/installed/.installed.json",
                 "{\"skills\":{\"e\":{\"enabled\":false}}}");
    skills_find_user(skills, folder_path("home"), folder_path("state"));
    assert_found("a b c d");
}

static void in_a_folder_the_last_of_a_name_counts_and_kinds_follow_one_another(void **state)
{
    (void)state;
    folder_write("s/a.md", "---\nname: same\ntriggers: [x]\n---\nfirst");
    folder_write("s/b.md", "---\nname: same\ntriggers: [y]\n---\nsecond");
    folder_write("s/c.md", "always");
    folder_write("s/z/SKILL.md", "---\ndescription: d\n---\nskill");
    skills_find_folder(skills, folder_path("s"));
    assert_found("c same z");
    assert_true(str_equal(skills_at(skills, 1)->content, STR("second")));
}

static void a_folder_with_broken_servers_is_no_skill(void **state)
{
    (void)state;
    folder_write("s/good/SKILL.md", "x");
    folder_write("s/good/.mcp.json", "{\"mcpServers\":{\"a\":{\"command\":\"x\"}}}");
    folder_write("s/good/scripts/run.sh", "x");
    folder_write("s/bad/SKILL.md", "x");
    folder_write("s/bad/.mcp.json", "{");
    skills_find_folder(skills, folder_path("s"));
    assert_found("good");
    assert_true(str_equal(skills_at(skills, 0)->mcp_tools, STR("{\"a\":{\"command\":\"x\"}}")));
    assert_true(str_contains(skills_at(skills, 0)->resources, STR("\"scripts\":[\"run.sh\"]")));
}

static void rules_are_in_the_order_of_their_folders(void **state)
{
    (void)state;
    folder_write("w/.git/HEAD", "x");
    folder_write("w/sub/deep/AGENTS.md", "x");
    folder_write("w/sub/AGENTS.md", "x");
    folder_write("w/sub-x/AGENTS.md", "x");
    skills_find_project(skills, folder_path("w"), NULL);
    assert_found("agents:sub agents:sub-x agents:sub/deep");
}

static void what_yields_is_replaced_where_it_stands(void **state)
{
    (void)state;
    folder_write("first/a.md", "first a");
    folder_write("public/a.md", "public a");
    folder_write("public/b.md", "public b");
    folder_write("public/c.md", "public c");
    folder_write("user/a.md", "user a");
    folder_write("user/b.md", "user b");
    folder_write("user/d.md", "user d");
    skills_find_folder(skills, folder_path("first"));
    const size_t from = skills_count(skills);
    skills_find_folder(skills, folder_path("public"));
    skills_yield_from(skills, from);
    skills_find_folder(skills, folder_path("user"));
    assert_found("a b c d");
    assert_true(str_equal(skills_at(skills, 0)->content, STR("first a")));
    assert_true(str_equal(skills_at(skills, 1)->content, STR("user b")));
}

static void skills_of_a_repository_stay_as_they_are_found(void **state)
{
    (void)state;
    folder_write("r/skills/always.md", "x");
    folder_write("r/skills/zebra/SKILL.md", "x");
    folder_write("r/skills/ant/SKILL.md", "x");
    skills_find_repository(skills, folder_path("r"));
    assert_found("ant zebra skills/always");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_folder, close_folder)
        TEST(a_project_without_skills_has_none),
        TEST(instructions_are_known_in_any_case_of_letters),
        TEST(a_link_to_instructions_is_not_read_twice),
        TEST(the_git_root_is_searched_behind_the_workspace),
        TEST(instructions_further_down_are_rules_for_their_folder),
        TEST(folders_of_skills_have_files_and_folders),
        TEST(what_is_no_skill_is_skipped),
        TEST(the_folders_of_a_project_have_their_order),
        TEST(the_user_has_skills_too),
        TEST(in_a_folder_the_last_of_a_name_counts_and_kinds_follow_one_another),
        TEST(a_folder_with_broken_servers_is_no_skill),
        TEST(rules_are_in_the_order_of_their_folders),
        TEST(what_yields_is_replaced_where_it_stands),
        TEST(skills_of_a_repository_stay_as_they_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

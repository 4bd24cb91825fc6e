#include "actions/shell_units.h"

#include "server/base/attributes.h"
#include "server/base/buf.h"
#include "tests/support/test.h"
#include "tests/support/text.h"

static void expect_count(const char *text, size_t count)
{
    struct shell_units units;
    shell_units_split(str_from(text), &units);
    if (units.count != count)
        fail_msg("%zu units, not %zu, in: %s", units.count, count, text);
    shell_units_fini(&units);
}

static void expect_all(const char *const *texts, size_t text_count, size_t unit_count)
{
    for (size_t i = 0; i < text_count; i++)
        expect_count(texts[i], unit_count);
}

static void commands_below_each_other_are_units(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "ls\npwd",
        "ls &\npwd",
        "ls;\npwd",
        "  ls\n\n\n  pwd",
        "export A=1\nexport B=2",
        "echo \"a\nb\"\nls",
        "echo 'a\nb'\nls",
        "echo $'it\\'s'\nls",
        "echo \"${x:-'}\"\nls",
        "echo ${x:-'}'}\nls",
        "cmd \\\n x\nls",
        "ls |\npwd\nid",
        "a && b ||\nc\nd",
        "ls && # c\npwd\nid",
        "echo \\\"\nls",
        "ls 2>&1\npwd",
        "ls &> f\nls",
        "cat <<< hi\nls",
        "diff <(a\nb) c\nls",
        "a=$(ls\npwd)\nls",
        "echo \"$(ls\npwd)\"\nls",
        "echo `a\nb`\nls",
        "echo [[ a\nls",
        "echo time case\nls",
        "! ls\npwd",
    };
    expect_all(texts, ARRAY_SIZE(texts), 2);
}

static void a_compound_command_is_one_unit(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "if true\nthen ls\nelif x\nthen y\nelse z\nfi",
        "for i in 1 2\ndo\nls\ndone",
        "for i\ndo ls; done",
        "while read x; do\necho $x\ndone < f",
        "until true\ndo ls\ndone",
        "(ls\npwd)",
        "{ ls\npwd\n}",
        "f() {\nls\npwd\n}",
        "f ()\n(\nls\n)",
        "function f {\nls\n}",
        "function f() {\nls\n}",
        "{ ls; } 2>&1 | cat",
        "if a; then if b; then c; fi fi",
    };
    expect_all(texts, ARRAY_SIZE(texts), 1);
}

static void a_command_behind_a_compound_command_is_a_unit(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "if true\nthen ls\nfi\nls",
        "for i in 1 2\ndo ls\ndone\nls",
        "while true; do ls; done | cat\nls",
        "until true; do ls; done\nls",
        "(ls)\n(pwd)",
        "{ ls\n}\npwd",
        "f() { ls; }\nf",
        "function f {\nls\n}\nf",
        "if (true) then ls; fi\npwd",
        "{ ls; } 2>&1 | cat\nls",
    };
    expect_all(texts, ARRAY_SIZE(texts), 2);
}

static void a_here_document_belongs_to_its_command(void **state)
{
    (void)state;
    expect_count("cat <<EOF\nit's\n$((1\nEOF", 1);
    expect_count("cat <<EOF\na\nEOF\nls", 2);
    expect_count("cat <<-EOF\n\ta\n\tEOF\nls", 2);
    expect_count("cat <<A <<B\na\nA\nb\nB\nls", 2);
    expect_count("cat << EOF > f && ls\na\nEOF\nls", 2);
    expect_count("if true; then cat <<EOF\na\nEOF\nfi\nls", 2);
    expect_count("kubectl apply -f - <<EOF\nkind: A\n---\nkind: B\nEOF", 1);
}

static void joined_commands_are_one_unit(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a; b", "a && \nb", "a |\nb", "a ||\\\nb", "a |&\nb", "a \\\n b", "ls &", "a &&\n\n# c\nb",
    };
    expect_all(texts, ARRAY_SIZE(texts), 1);
}

static void comments_and_blank_lines_are_no_units(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "ls # c", "ls\n# c", "# c\nls", "# only", "\n\nls\n\n", "", " \n", "ls #'",
    };
    expect_all(texts, ARRAY_SIZE(texts), 1);
}

static void what_the_contracts_parser_does_not_know_is_one_unit(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "[[ a ]]\nls",
        "if [[ a ]]; then ls; fi\npwd",
        "a=(1 2)\nls",
        "a=()\nls",
        "echo $((1+2))\nls",
        "echo \"$((1))\"\nls",
        "echo $[1]\nls",
        "for ((i=0;i<3;i++)); do ls; done\npwd",
        "select x in a b; do ls; done\npwd",
        "coproc ls\npwd",
        "time ls\npwd",
        "case x in a) ls;; esac\nls",
        "cat <<'EOF'\nx\nEOF\nls",
        "cat <<\\EOF\nx\nEOF\nls",
        "ls !(a)\npwd",
    };
    expect_all(texts, ARRAY_SIZE(texts), 1);
}

static void what_cannot_be_read_is_one_unit(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "echo \"a\nls",
        "echo 'a\nls",
        "echo `a\nls",
        "echo $(a\nls",
        "ls )\npwd",
        "fi\nls",
        "done\nls",
        "ls\n}",
        "if true; then\nls",
        "(ls\npwd",
        "ls\npwd &&",
        "&& ls\npwd",
        "ls >\npwd",
        "ls;;\npwd",
        "cat <<EOF\na\nEOFx\nls",
        "ls\ncat <<EOF\nbody",
        "if true; fi done\nls",
        "echo ${a\nls",
        "ls\npwd \\",
    };
    expect_all(texts, ARRAY_SIZE(texts), 1);
}

static void constructs_nested_too_deep_are_one_unit(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (int i = 0; i < 1000; i++)
        buf_append(&text, STR("("));
    buf_append(&text, STR("ls\npwd"));
    expect_count(buf_str(&text).data, 1);
}

static void units_are_shown_with_what_follows_them(void **state)
{
    (void)state;
    struct shell_units units;
    shell_units_split(STR("\necho \"Hello\" # c\n# d\n\n\tls -l  \npwd"), &units);
    assert_int_equal(units.count, 3);
    assert_text(units.items[0], "echo \"Hello\" # c\n# d");
    assert_text(units.items[1], "ls -l");
    assert_text(units.items[2], "pwd");
    shell_units_fini(&units);
}

static void a_text_that_is_one_unit_stays_as_it_is(void **state)
{
    (void)state;
    struct shell_units units;
    shell_units_split(STR(" # c\nls \n"), &units);
    assert_int_equal(units.count, 1);
    assert_text(units.items[0], " # c\nls \n");
    shell_units_fini(&units);
}

static void a_text_is_open_where_bash_waits_for_more(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "cat << EOF",
        "cat <<EOF\nline",
        "cat <<-EOF\n\tline",
        "cat > file << 'EOF'\nit's",
        "cat << \"EOF\"",
        "cat <<A <<B\na\nA\nb",
        "echo 'abc\"",
        "echo \"abc",
        "echo `date",
        "echo $(date",
        "echo ${a",
        "echo $'it\\'s",
        "ls \\",
        "\\",
        "echo a\\",
        "true &&",
        "ls |",
        "if true; then",
        "if true\nthen\n  echo a",
        "for i in 1 2",
        "for i in 1 2; do",
        "while read line; do echo \"$line\"",
        "(cd /tmp",
        "{ ls;",
        "f()",
        "f() {\n  ls",
        "echo a\ncat << EOF",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (!shell_units_is_open(str_from(texts[i])))
            fail_msg("%s", texts[i]);
    }
}

static void what_is_complete_or_wrong_is_not_open(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "ls",
        "# it's",
        "ls # it's",
        "ls &",
        "cat <<EOF\na\nEOF",
        "cat << 'EOF'\nit's\nEOF",
        "cat <<< \"a\"",
        "echo ${a#'}'} \"${b%\\\"}\" $# ${#c}",
        "if then",
        "if true; then fi",
        "while do",
        "for",
        "ls >",
        "function",
        "echo )",
        "()",
        "fi",
        "((1 << 2))",
        "[[ a == b ]]",
        "a=(b c)",
        "echo $((1 << 2))",
        "case a in a) ls;; esac",
    };
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        if (shell_units_is_open(str_from(texts[i])))
            fail_msg("%s", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_below_each_other_are_units),
        cmocka_unit_test(a_compound_command_is_one_unit),
        cmocka_unit_test(a_command_behind_a_compound_command_is_a_unit),
        cmocka_unit_test(a_here_document_belongs_to_its_command),
        cmocka_unit_test(joined_commands_are_one_unit),
        cmocka_unit_test(comments_and_blank_lines_are_no_units),
        cmocka_unit_test(what_the_contracts_parser_does_not_know_is_one_unit),
        cmocka_unit_test(what_cannot_be_read_is_one_unit),
        cmocka_unit_test(constructs_nested_too_deep_are_one_unit),
        cmocka_unit_test(units_are_shown_with_what_follows_them),
        cmocka_unit_test(a_text_that_is_one_unit_stays_as_it_is),
        cmocka_unit_test(a_text_is_open_where_bash_waits_for_more),
        cmocka_unit_test(what_is_complete_or_wrong_is_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

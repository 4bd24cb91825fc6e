#include "agent/tools/apply_patch.h"

#include "tests/support/tool_calls.h"

static int set_up(void **state)
{
    (void)tools_open_loop(state);
    tools_open("[{\"name\":\"apply_patch\"}]");
    return 0;
}

static void apply(const char *body)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf arguments = {0};
    buf_printf(&text, "*** Begin Patch\n%s*** End Patch\n", body);
    buf_append(&arguments, STR("{\"patch\":"));
    jsonw_quote(&arguments, buf_str(&text));
    buf_append_byte(&arguments, '}');
    tools_call("apply_patch", arguments.data);
}

static void expect_done(int64_t fuzz)
{
    assert_text(tools_text(), "Done!");
    assert_false(tools_is_error());
    assert_int_equal(doc_int(tools_member("fuzz")), fuzz);
}

static const struct doc_value *change(const char *path)
{
    return doc_find(doc_find(tools_member("commit"), STR("changes")), str_from(path));
}

static void files_are_added_changed_and_deleted(void **state)
{
    (void)state;
    folder_write("a", "one\ntwo\nthree\n");
    folder_write("b", "gone\n");
    apply("*** Update File: a\n@@\n one\n-two\n+2\n+two and a half\n three\n"
          "*** Delete File: b\n*** Add File: d/c\n+x\n+y\n");
    expect_done(0);
    assert_file("a", "one\n2\ntwo and a half\nthree\n");
    assert_false(folder_has("b"));
    assert_file("d/c", "x\ny");
    assert_text(doc_string(doc_find(change("a"), STR("type"))), "update");
    assert_text(doc_string(doc_find(change("a"), STR("old_content"))), "one\ntwo\nthree\n");
    assert_text(doc_string(doc_find(change("b"), STR("type"))), "delete");
    assert_null(doc_find(change("b"), STR("new_content")));
    assert_text(doc_string(doc_find(change("d/c"), STR("type"))), "add");
    assert_text(tools_string("kind"), "ApplyPatchObservation");
}

static void an_anchor_says_which_place_is_meant(void **state)
{
    (void)state;
    folder_write("a", "def f:\n  x\ndef g:\n  x\nend\n");
    apply("*** Update File: a\n@@ def g:\n-  x\n+  y\n");
    expect_done(0);
    assert_file("a", "def f:\n  x\ndef g:\n  y\nend\n");
}

static void several_chunks_follow_each_other(void **state)
{
    (void)state;
    folder_write("a", "1\n2\n3\n4\n5\n6\n");
    apply("*** Update File: a\n 1\n-2\n 3\n@@\n-5\n+five\n+more\n 6\n");
    expect_done(0);
    assert_file("a", "1\n3\n4\nfive\nmore\n6\n");
}

static void blanks_may_differ(void **state)
{
    (void)state;
    folder_write("a", "  one  \n\ttwo\n");
    apply("*** Update File: a\n one\n-\ttwo\n+2\n");
    expect_done(100);
    assert_file("a", "  one  \n2\n");
    folder_write("a", "one  \ntwo\n");
    apply("*** Update File: a\n one\n-two\n+2\n");
    expect_done(1);
}

static void the_end_of_the_file_is_meant(void **state)
{
    (void)state;
    folder_write("a", "x\ny\nx\n");
    apply("*** Update File: a\n-x\n+z\n \n*** End of File\n");
    expect_done(0);
    assert_file("a", "x\ny\nz\n");
    apply("*** Update File: a\n-x\n+z\n y\n*** End of File\n");
    expect_done(10000);
    assert_file("a", "z\ny\nz\n");
}

static void a_file_is_moved(void **state)
{
    (void)state;
    folder_write("a", "x\n");
    apply("*** Update File: a\n*** Move to: d/b\n-x\n+y\n");
    expect_done(0);
    assert_file("d/b", "y\n");
    assert_false(folder_has("a"));
    assert_text(doc_string(doc_find(change("a"), STR("move_path"))), "d/b");
}

static void what_does_not_fit_changes_nothing(void **state)
{
    static const struct {
        const char *body;
        const char *error;
    } cases[] = {
        {"*** Add File: n\n+x\n*** Update File: a\n-nope\n+x\n", "Invalid Context 0:\nnope"},
        {"*** Update File: none\n-x\n", "Update File Error: Missing File: none"},
        {"*** Delete File: none\n", "Delete File Error: Missing File: none"},
        {"*** Add File: n\n+x\n*** Add File: n\n+y\n", "Add File Error: Duplicate Path: n"},
        {"*** Add File: n\nx\n", "Invalid Add File Line: x"},
        {"what\n", "Unknown Line: what"},
        {"*** Update File: a\n-one\n?\n", "Invalid Line: ?"},
        {"*** Add File: ../n\n+x\n", "Absolute or escaping paths are not allowed"},
        {"*** Add File: /etc/n\n+x\n", "Absolute or escaping paths are not allowed"},
        {"*** Add File: new/../../n\n+x\n", "Absolute or escaping paths are not allowed"},
        {"*** Add File: link/n\n+x\n", "Absolute or escaping paths are not allowed"},
        {"*** Update File: link/passwd\n-x\n", "Absolute or escaping paths are not allowed"},
    };
    (void)state;
    folder_write("a", "one\n");
    folder_link("/etc", "link");
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        apply(cases[i].body);
        assert_text(tools_text(), cases[i].error);
        assert_true(tools_is_error());
        assert_null(tools_member("commit"));
        assert_file("a", "one\n");
        assert_false(folder_has("n"));
    }
}

static void a_patch_needs_its_first_and_last_line(void **state)
{
    (void)state;
    tools_call("apply_patch", "{\"patch\":\"*** Add File: n\\n+x\"}");
    assert_text(tools_text(), "Invalid patch: must start with '*** Begin Patch'");
    tools_call("apply_patch", "{\"patch\":\"*** Begin Patch\\n*** Add File: n\\n+x\"}");
    assert_text(tools_text(), "Missing End Patch");
    tools_call("apply_patch", "{\"patch\":\"*** Begin Patch\\n*** End Patch\\nmore\"}");
    assert_text(tools_text(), "Invalid patch text");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tools_close_loop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(files_are_added_changed_and_deleted), TEST(an_anchor_says_which_place_is_meant),
        TEST(several_chunks_follow_each_other),    TEST(blanks_may_differ),
        TEST(the_end_of_the_file_is_meant),        TEST(a_file_is_moved),
        TEST(what_does_not_fit_changes_nothing),   TEST(a_patch_needs_its_first_and_last_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

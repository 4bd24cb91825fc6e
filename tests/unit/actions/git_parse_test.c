#include "actions/git_parse.h"

#include "tests/support/test.h"

#define OID "0123456789abcdef0123456789abcdef01234567"

static void assert_str(struct str actual, const char *expected)
{
    assert_int_equal(actual.len, strlen(expected));
    assert_memory_equal(actual.data, expected, actual.len);
}

static void a_change_is_a_letter_and_a_name(void **state)
{
    (void)state;
    struct str rest = STR("M\0a b\0D\0 c\n\0");
    struct git_name_status entry;
    assert_true(git_parse_name_status(&rest, &entry));
    assert_int_equal(entry.letter, 'M');
    assert_str(entry.path, "a b");
    assert_true(git_parse_name_status(&rest, &entry));
    assert_int_equal(entry.letter, 'D');
    assert_str(entry.path, " c\n");
    assert_false(git_parse_name_status(&rest, &entry));
    assert_true(git_parse_is_done(rest));
}

static void a_rename_has_two_names(void **state)
{
    (void)state;
    struct str rest = STR("R100\0old\0new\0");
    struct git_name_status entry;
    assert_true(git_parse_name_status(&rest, &entry));
    assert_int_equal(entry.letter, 'R');
    assert_str(entry.old_path, "old");
    assert_str(entry.path, "new");
}

static void a_change_that_is_cut_off_is_left_alone(void **state)
{
    (void)state;
    static const struct str cut[] = {STR_INIT("M"), STR_INIT("M\0a"), STR_INIT("R100\0old\0ne"),
                                     STR_INIT("\0a\0")};
    for (size_t i = 0; i < ARRAY_SIZE(cut); i++) {
        struct str rest = cut[i];
        struct git_name_status entry;
        assert_false(git_parse_name_status(&rest, &entry));
        assert_int_equal(rest.len, cut[i].len);
        assert_false(git_parse_is_done(rest));
    }
}

static void status_tells_where_head_is(void **state)
{
    (void)state;
    struct str rest = STR("# branch.oid " OID "\0# branch.head a/b\0# stash 1\0");
    struct git_status_record record;
    assert_true(git_parse_status(&rest, &record));
    assert_int_equal(record.kind, GIT_STATUS_HEAD_OID);
    assert_str(record.text, OID);
    assert_true(git_parse_status(&rest, &record));
    assert_int_equal(record.kind, GIT_STATUS_HEAD_BRANCH);
    assert_str(record.text, "a/b");
    assert_true(git_parse_status(&rest, &record));
    assert_int_equal(record.kind, GIT_STATUS_HEADER);
    assert_false(git_parse_status(&rest, &record));
    assert_true(git_parse_is_done(rest));
}

static void status_names_what_changed_where(void **state)
{
    (void)state;
    struct str rest = STR("1 .M N... 100644 100644 100644 " OID " " OID " a  b\0"
                          "1 A. S.M. 000000 100644 100644 " OID " " OID " sub\0"
                          "u UU N... 1 2 3 4 " OID " " OID " " OID " both\0"
                          "? new file\0! ignored\0");
    struct git_status_record record;
    assert_true(git_parse_status(&rest, &record));
    assert_int_equal(record.kind, GIT_STATUS_CHANGED);
    assert_int_equal(record.index, '.');
    assert_int_equal(record.worktree, 'M');
    assert_false(record.is_submodule);
    assert_true(record.is_in_head);
    assert_true(record.is_in_worktree);
    assert_str(record.text, "a  b");
    assert_true(git_parse_status(&rest, &record));
    assert_true(record.is_submodule);
    assert_false(record.is_in_head);
    assert_true(git_parse_status(&rest, &record));
    assert_int_equal(record.kind, GIT_STATUS_UNMERGED);
    assert_str(record.text, "both");
    assert_true(git_parse_status(&rest, &record));
    assert_int_equal(record.kind, GIT_STATUS_UNTRACKED);
    assert_str(record.text, "new file");
    assert_true(git_parse_status(&rest, &record));
    assert_int_equal(record.kind, GIT_STATUS_IGNORED);
    assert_false(git_parse_status(&rest, &record));
}

static void an_unknown_status_record_is_not_understood(void **state)
{
    (void)state;
    static const struct str odd[] = {
        STR_INIT("2 R. N... x\0"), STR_INIT("1 .M N...\0"), STR_INIT("1 .MM N... 1 2 3 4 5 a\0"),
        STR_INIT("?\0"),           STR_INIT("\0"),          STR_INIT("? a")};
    for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
        struct str rest = odd[i];
        struct git_status_record record;
        assert_false(git_parse_status(&rest, &record));
        assert_int_equal(rest.len, odd[i].len);
    }
}

static void a_reference_says_whether_it_is_heads(void **state)
{
    (void)state;
    struct str rest = STR("refs/heads/main\0" OID "\0\0*\n"
                          "refs/remotes/origin/HEAD\0" OID "\0refs/remotes/origin/main\0 \n");
    struct git_ref ref;
    assert_true(git_parse_ref(&rest, &ref));
    assert_str(ref.name, "refs/heads/main");
    assert_str(ref.oid, OID);
    assert_str(ref.target, "");
    assert_true(ref.is_current);
    assert_true(git_parse_ref(&rest, &ref));
    assert_str(ref.target, "refs/remotes/origin/main");
    assert_false(ref.is_current);
    assert_false(git_parse_ref(&rest, &ref));
}

static void a_commit_keeps_everything_behind_the_fourth_separator(void **state)
{
    (void)state;
    struct str rest = STR(OID "\x1f"
                              "0123456\x1f"
                              "A U Thor\x1f"
                              "2024-05-06T07:08:09+02:00\x1f"
                              "a \x1f b\0" OID "\x1f"
                              "0123456\x1f"
                              "x\x1f"
                              "y\x1f\0");
    struct git_log_record record;
    assert_true(git_parse_log(&rest, &record));
    assert_str(record.oid, OID);
    assert_str(record.short_oid, "0123456");
    assert_str(record.author, "A U Thor");
    assert_str(record.timestamp, "2024-05-06T07:08:09+02:00");
    assert_str(record.subject, "a \x1f b");
    assert_true(git_parse_log(&rest, &record));
    assert_str(record.subject, "");
    assert_false(git_parse_log(&rest, &record));
    assert_true(git_parse_is_done(rest));
}

static void a_commit_is_named_by_4_to_64_hex_digits(void **state)
{
    (void)state;
    assert_false(git_parse_is_commit(STR("abc")));
    assert_true(git_parse_is_commit(STR("abCD")));
    assert_true(git_parse_is_commit(STR(OID "0123456789abcdef01234567")));
    assert_false(git_parse_is_commit(STR(OID "0123456789abcdef012345678")));
    assert_false(git_parse_is_commit(STR("abcd\n")));
    assert_false(git_parse_is_commit(STR("--all")));
    assert_true(git_parse_is_oid(STR(OID)));
    assert_false(git_parse_is_oid(STR("0123456")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_is_a_letter_and_a_name),
        cmocka_unit_test(a_rename_has_two_names),
        cmocka_unit_test(a_change_that_is_cut_off_is_left_alone),
        cmocka_unit_test(status_tells_where_head_is),
        cmocka_unit_test(status_names_what_changed_where),
        cmocka_unit_test(an_unknown_status_record_is_not_understood),
        cmocka_unit_test(a_reference_says_whether_it_is_heads),
        cmocka_unit_test(a_commit_keeps_everything_behind_the_fourth_separator),
        cmocka_unit_test(a_commit_is_named_by_4_to_64_hex_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

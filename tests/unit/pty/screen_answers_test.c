#include "pty/screen_answers.h"

#include "tests/support/screen.h"

static const struct {
    struct str question;
    const char *answer;
} cases[] = {
    {STR_INIT("\033[5n"), "\033[0n"},
    {STR_INIT("\033[6n"), "\033[1;1R"},
    {STR_INIT("\033[3;7H\033[6n"), "\033[3;7R"},
    {STR_INIT("\033[3;7H\033[?6n"), "\033[?3;7R"},
    {STR_INIT("\033[2;4r\033[?6h\033[6n"), "\033[1;1R"},
    {STR_INIT("01234567890123456789\033[6n"), "\033[1;20R"},
    {STR_INIT("\033[?996n"), "\033[?997;1n"},
    {STR_INIT("\033[0n\033[3n"), ""},
    {STR_INIT("\033[c"), "\033[?62;22c"},
    {STR_INIT("\033[0c"), "\033[?62;22c"},
    {STR_INIT("\033[1c"), ""},
    {STR_INIT("\033[>c"), "\033[>0;276;0c"},
    {STR_INIT("\033[=c"), "\033P!|00000000\033\\"},
    {STR_INIT("\033[>q"), "\033P>|actiond(" ACTIOND_VERSION ")\033\\"},
    {STR_INIT("\033[?25$p\033[?2004$p"), "\033[?25;1$y\033[?2004;2$y"},
    {STR_INIT("\033[?1049$p\033[?1049h\033[?1049$p"), "\033[?1049;2$y\033[?1049;1$y"},
    {STR_INIT("\033[?1002;1006h\033[?1002$p\033[?1000$p\033[?1006$p"),
     "\033[?1002;1$y\033[?1000;2$y\033[?1006;1$y"},
    {STR_INIT("\033[?9999$p\033[4$p\033[99$p"), "\033[?9999;0$y\033[4;2$y\033[99;0$y"},
    {STR_INIT("\033[18t"), "\033[8;6;20t"},
    {STR_INIT("\033[19t"), "\033[9;6;20t"},
    {STR_INIT("\033[14t\033[16t"), "\033[4;96;160t\033[6;16;8t"},
    {STR_INIT("\033[11t\033[13t"), "\033[1t\033[3;0;0t"},
    {STR_INIT("\033[8;50;100t"), ""},
    {STR_INIT("\033]10;?\a"), "\033]10;rgb:e5e5/e5e5/e5e5\a"},
    {STR_INIT("\033]11;?\033\\"), "\033]11;rgb:0000/0000/0000\033\\"},
    {STR_INIT("\033]10;?;?\a"), "\033]10;rgb:e5e5/e5e5/e5e5\a\033]11;rgb:0000/0000/0000\a"},
    {STR_INIT("\033]4;1;?\a"), "\033]4;1;rgb:cdcd/0000/0000\a"},
    {STR_INIT("\033]4;1;?;208;?\a"),
     "\033]4;1;rgb:cdcd/0000/0000\a\033]4;208;rgb:ffff/8787/0000\a"},
    {STR_INIT("\033]4;256;?\a\033]4;x;?\a\033]4;1\a\033]11;#000000\a\033]4;1;red\a"), ""},
    {STR_INIT("\033P$qm\033\\"), "\033P1$r0m\033\\"},
    {STR_INIT("\033[1;31m\033P$qm\033\\"), "\033P1$r0;1;31m\033\\"},
    {STR_INIT("\033[2;4r\033P$qr\033\\"), "\033P1$r2;4r\033\\"},
    {STR_INIT("\033[4 q\033P$q q\033\\"), "\033P1$r4 q\033\\"},
    {STR_INIT("\033P$q q\033\\"), "\033P1$r1 q\033\\"},
    {STR_INIT("\033P$q\"p\033\\"), "\033P1$r62;1\"p\033\\"},
    {STR_INIT("\033P$qzz\033\\"), "\033P0$r\033\\"},
    {STR_INIT("\033P+q544e\033\\"), "\033P0+r\033\\"},
    {STR_INIT("\033[?4m"), "\033[>4;0m"},
    {STR_INIT("\005\033[?u\033[x\033[?1;1;0S\033_Gi=1,a=q;AAAA\033\\\033]52;c;?\a"), ""},
};

static void each_question_has_its_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct screen_owner owner = {0};
        struct screen *screen = owned_screen(&owner, 20, 6, cases[i].question);
        assert_text(buf_str(&owner.answers), cases[i].answer);
        buf_fini(&owner.answers);
        screen_free(screen);
    }
}

static void no_answer_repeats_what_was_printed(void **state)
{
    (void)state;
    struct screen_owner owner = {0};
    static const struct str questions =
        STR_INIT("\033]2;rm -rf\a\033[20t\033[21t\033P$qrm -rf\033\\\033P+qrm -rf\033\\"
                 "\033]10;rm -rf\a\033]4;1;rm -rf\a\033[22t\033[23t");
    struct screen *screen = owned_screen(&owner, 20, 6, questions);
    assert_true(owner.answers.len > 0);
    assert_false(str_contains(buf_str(&owner.answers), STR("rm")));
    buf_fini(&owner.answers);
    screen_free(screen);
}

static void the_answers_to_one_feed_come_together(void **state)
{
    (void)state;
    struct screen_owner owner = {0};
    struct screen *screen = owned_screen(&owner, 20, 6, STR("a\033[6nb\033[6n"));
    assert_text(buf_str(&owner.answers), "\033[1;2R\033[1;3R");
    assert_int_equal(owner.answer_count, 1);
    screen_feed(screen, STR("c"));
    assert_int_equal(owner.answer_count, 1);
    buf_fini(&owner.answers);
    screen_free(screen);
}

static void a_flood_of_questions_is_answered_up_to_a_limit(void **state)
{
    (void)state;
    struct screen_owner owner = {0};
    scoped_buf struct buf questions = {0};
    for (int i = 0; i < 100000; i++)
        buf_append(&questions, STR("\033[5n"));
    struct screen *screen = owned_screen(&owner, 20, 6, buf_str(&questions));
    assert_in_range(owner.answers.len, 4000, 4096);
    screen_feed(screen, STR("\033[5n"));
    assert_int_equal(owner.answer_count, 2);
    buf_fini(&owner.answers);
    screen_free(screen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_question_has_its_answer),
        cmocka_unit_test(no_answer_repeats_what_was_printed),
        cmocka_unit_test(the_answers_to_one_feed_come_together),
        cmocka_unit_test(a_flood_of_questions_is_answered_up_to_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

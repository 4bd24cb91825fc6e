#include "pty/marks.h"

#include <string.h>

#include "tests/support/test.h"

#define NONCE  "0123456789abcdef0123456789abcdef"
#define PREFIX "\x1b]7077;" NONCE ";"

/* Text as it is, a mark as <payload>. */
static struct buf seen;
static struct marks marks;

static void note_text(void *owner, struct str text)
{
    (void)owner;
    buf_append(&seen, text);
}

static void note_mark(void *owner, struct str payload)
{
    (void)owner;
    buf_printf(&seen, "<%.*s>", STR_ARG(payload));
}

static const struct marks_events events = {.on_text = note_text, .on_mark = note_mark};

static int set_up(void **state)
{
    (void)state;
    marks_init(&marks, STR(NONCE));
    seen = (struct buf){0};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    marks_fini(&marks);
    buf_fini(&seen);
    return 0;
}

static void feed(struct str chunk)
{
    marks_feed(&marks, chunk, &events, NULL);
}

static void expect(const char *text)
{
    assert_string_equal(buf_str(&seen).data, text);
}

static void a_mark_is_taken_out_of_the_text(void **state)
{
    (void)state;
    feed(STR("a" PREFIX "C;1;0\a"
             "b" PREFIX "A\a" PREFIX "B\a"));
    expect("a<C;1;0>b<A><B>");
}

static void a_mark_cut_anywhere_is_the_same_mark(void **state)
{
    (void)state;
    const struct str whole = STR("x\x1b[1m" PREFIX "D;7;0;/a b\a\x1by");
    for (size_t cut = 0; cut <= whole.len; cut++) {
        buf_clear(&seen);
        feed(str_slice(whole, 0, cut));
        feed(str_skip(whole, cut));
        marks_flush(&marks, &events, NULL);
        expect("x\x1b[1m<D;7;0;/a b>\x1by");
    }
}

static void a_mark_may_come_byte_by_byte(void **state)
{
    (void)state;
    const struct str whole = STR("x\x1b\x1b]" PREFIX "E\a.");
    for (size_t i = 0; i < whole.len; i++)
        feed(str_slice(whole, i, i + 1));
    expect("x\x1b\x1b]<E>.");
}

static void another_nonce_is_text(void **state)
{
    (void)state;
    const char *const texts[] = {"\x1b]7077;fedcba98765432100123456789abcdef;D;1;0\a",
                                 "\x1b]7077;;A\a", "\x1b]0;title\a", "\x1b]7077;" NONCE "x;A\a"};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        buf_clear(&seen);
        feed(str_from(texts[i]));
        expect(texts[i]);
    }
}

static void text_in_front_of_a_possible_mark_does_not_wait(void **state)
{
    (void)state;
    feed(STR("prompt\x1b]70"));
    expect("prompt");
    feed(STR("78;"));
    expect("prompt\x1b]7078;");
}

static void what_is_held_back_at_the_end_is_text(void **state)
{
    (void)state;
    feed(STR("end\x1b]7077;0123"));
    marks_flush(&marks, &events, NULL);
    expect("end\x1b]7077;0123");
}

static void a_broken_mark_does_not_show_the_nonce(void **state)
{
    (void)state;
    feed(STR(PREFIX "D;1;0;/a\nnext" PREFIX "A" PREFIX "B\a"));
    expect("\nnext<B>");
}

static void a_mark_inside_an_unfinished_sequence_is_found(void **state)
{
    (void)state;
    feed(STR("\x1b]0;tit" PREFIX "D;1;0\a\x1bP1$r" PREFIX "B\a"));
    expect("\x1b]0;tit<D;1;0>\x1bP1$r<B>");
}

static void feed_payload(size_t len)
{
    struct buf text = {0};
    buf_append(&text, STR(PREFIX));
    for (size_t i = 0; i < len; i++)
        buf_append_byte(&text, 'p');
    buf_append(&text, STR("\a!"));
    feed(buf_str(&text));
    buf_fini(&text);
}

static void a_payload_has_a_limit(void **state)
{
    (void)state;
    feed_payload(MARKS_MAX_PAYLOAD);
    assert_int_equal(seen.len, MARKS_MAX_PAYLOAD + 3);
    buf_clear(&seen);
    feed_payload(MARKS_MAX_PAYLOAD + 1);
    assert_true(str_ends_with(buf_str(&seen), STR("\a!")));
    assert_true(str_find(buf_str(&seen), STR("<")) == SIZE_MAX);
}

static void bytes_of_all_kinds_pass(void **state)
{
    (void)state;
    char bytes[512];
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)i;
    feed(str_span(bytes, sizeof(bytes)));
    assert_int_equal(seen.len, sizeof(bytes));
    assert_memory_equal(seen.data, bytes, sizeof(bytes));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_mark_is_taken_out_of_the_text),
        TEST(a_mark_cut_anywhere_is_the_same_mark),
        TEST(a_mark_may_come_byte_by_byte),
        TEST(another_nonce_is_text),
        TEST(text_in_front_of_a_possible_mark_does_not_wait),
        TEST(what_is_held_back_at_the_end_is_text),
        TEST(a_broken_mark_does_not_show_the_nonce),
        TEST(a_mark_inside_an_unfinished_sequence_is_found),
        TEST(a_payload_has_a_limit),
        TEST(bytes_of_all_kinds_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

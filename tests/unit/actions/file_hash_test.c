#include "actions/file_hash.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

static struct file_hash_text hash_of(struct str bytes, size_t piece)
{
    struct file_hash hash;
    file_hash_init(&hash);
    for (; bytes.len > 0; bytes = str_skip(bytes, piece))
        file_hash_add(&hash, str_slice(bytes, 0, piece));
    return file_hash_finish(&hash);
}

static void the_examples_of_the_standard_are_met(void **state)
{
    (void)state;
    static const struct {
        struct str text;
        const char *hash;
    } cases[] = {
        {STR_INIT(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {STR_INIT("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {STR_INIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(hash_of(cases[i].text, 1000).text, cases[i].hash);
}

static void a_million_times_a(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < 1000000; i++)
        buf_append_byte(&text, 'a');
    assert_string_equal(hash_of(buf_str(&text), 4096).text,
                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void pieces_make_no_difference(void **state)
{
    (void)state;
    scoped_buf struct buf text = {0};
    for (size_t i = 0; i < 200; i++)
        buf_append_byte(&text, (char)i);
    const struct file_hash_text whole = hash_of(buf_str(&text), 200);
    for (size_t piece = 1; piece < 130; piece++)
        assert_string_equal(hash_of(buf_str(&text), piece).text, whole.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard_are_met),
        cmocka_unit_test(a_million_times_a),
        cmocka_unit_test(pieces_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

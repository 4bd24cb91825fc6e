#include "agent/cipher.h"

#include "server/base/buf.h"
#include "tests/support/test.h"

#define KEY "a secret of the server"

/* Made by the reference's library. */
#define TOKEN                                                                                      \
    "gAAAAABrAVSEAAECAwQFBgcICQoLDA0OD8BSIlUZXxwGZzzNYsEpPs8_uyY9MDNluWOca30iQYw7eMdqwrRu9KU2E7H"  \
    "oEh2HkQ=="
#define WHOLE_BLOCK_TOKEN                                                                          \
    "gAAAAABrAVSEEBESExQVFhcYGRobHB0eH9fpbIKvlGhEzjZA_n8mN4kf3ozLnzOmdg4VUvUFuFIEWwSCA9Mf7X711K_D" \
    "3vxtZ4ctIjD8GO1TQVdAvxDFjRk="
#define OLDER_KEY "an older one"
#define OLDER_TOKEN                                                                                \
    "gAAAAABlU_EAAAECAwQFBgcICQoLDA0OD4ARcOUHKmxK4mpTBu8CB3RtqhQT4X-yagMdcMsWLpfvxHcXcBwaykc9gdP8" \
    "D55oig=="

static struct cipher *open_cipher(void)
{
    const struct str earlier[] = {STR(""), STR(OLDER_KEY)};
    return cipher_new(STR(KEY), earlier, 2);
}

static void assert_opens(const char *token, const char *text)
{
    scoped_buf struct buf out = {0};
    struct cipher *cipher = open_cipher();
    assert_true(cipher_open(cipher, str_from(token), &out));
    assert_string_equal(out.data, text);
    cipher_free(cipher);
}

static void refuses(const char *token)
{
    scoped_buf struct buf out = {0};
    struct cipher *cipher = open_cipher();
    assert_false(cipher_open(cipher, str_from(token), &out));
    assert_int_equal(out.len, 0);
    cipher_free(cipher);
}

static void tokens_of_the_reference_are_opened(void **state)
{
    (void)state;
    assert_opens(TOKEN, "sk-test-key");
    assert_opens(WHOLE_BLOCK_TOKEN, "0123456789abcdef");
}

static void tokens_under_an_earlier_key_are_opened(void **state)
{
    (void)state;
    assert_opens(OLDER_TOKEN, "\xc3\xa4lter");
}

static void a_sealed_text_is_opened_again(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "x", "0123456789abcde", "0123456789abcdef",
                                        "a key of some more bytes than two whole blocks"};
    struct cipher *cipher = open_cipher();
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        scoped_buf struct buf token = {0};
        scoped_buf struct buf text = {0};
        cipher_seal(cipher, str_from(texts[i]), &token);
        assert_true(cipher_is_token(buf_str(&token)));
        assert_true(cipher_open(cipher, buf_str(&token), &text));
        assert_string_equal(text.data == NULL ? "" : text.data, texts[i]);
    }
    cipher_free(cipher);
}

static void one_text_has_many_tokens(void **state)
{
    (void)state;
    scoped_buf struct buf a = {0};
    scoped_buf struct buf b = {0};
    struct cipher *cipher = open_cipher();
    cipher_seal(cipher, STR("same"), &a);
    cipher_seal(cipher, STR("same"), &b);
    assert_string_not_equal(a.data, b.data);
    cipher_free(cipher);
}

static void damaged_tokens_are_refused(void **state)
{
    (void)state;
    scoped_buf struct buf token = {0};
    buf_append(&token, STR(TOKEN));
    token.data[40] = token.data[40] == 'A' ? 'B' : 'A';
    refuses(token.data);
    refuses("gAAAAA");
    refuses("gAAAAA!!!!");
    refuses("sk-test-key");
    refuses("");
}

static void a_token_of_another_key_is_refused(void **state)
{
    (void)state;
    scoped_buf struct buf out = {0};
    struct cipher *cipher = cipher_new(STR("another key"), NULL, 0);
    assert_false(cipher_open(cipher, STR(TOKEN), &out));
    cipher_free(cipher);
}

static void a_blank_key_is_no_cipher(void **state)
{
    (void)state;
    assert_null(cipher_new(STR(""), NULL, 0));
    assert_null(cipher_new(STR("  "), NULL, 0));
    cipher_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_of_the_reference_are_opened),
        cmocka_unit_test(tokens_under_an_earlier_key_are_opened),
        cmocka_unit_test(a_sealed_text_is_opened_again),
        cmocka_unit_test(one_text_has_many_tokens),
        cmocka_unit_test(damaged_tokens_are_refused),
        cmocka_unit_test(a_token_of_another_key_is_refused),
        cmocka_unit_test(a_blank_key_is_no_cipher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

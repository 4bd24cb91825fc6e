#include "server/base/schema_text.h"

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "tests/support/text.h"

#define UUID        "12345678-1234-5678-1234-567812345678"
#define BRACED_UUID "{" UUID "}"
#define URN_UUID    "urn:uuid:" UUID

static void identifiers_have_a_bare_and_three_dashed_forms(void **state)
{
    (void)state;
    const char *const good[] = {"12345678123456781234567812345678", UUID, BRACED_UUID, URN_UUID};
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        scoped_buf struct buf reason = {0};
        struct id id;
        assert_true(text_to_uuid(str_from(good[i]), &id, &reason));
        assert_string_equal(id_uuid(id).text, UUID);
    }
}

static const struct {
    const char *text;
    const char *reason;
} bad_uuids[] = {
    {"", "invalid length: found 0"},
    {"x", "invalid character: found `x` at 0"},
    {"\xC3\xA9", "invalid character: found `\xC3\xA9` at 0"},
    {"a\xC3\xA9", "invalid character: found `\xC3\xA9` at 1"},
    {"1234567812345678123456781234567", "invalid length: found 31"},
    {"123456781234567812345678123456789", "invalid length: found 33"},
    {"1234567812345678123456781234567g", "invalid character: found `g` at 31"},
    {"1234-5678", "invalid group count: expected 5, found 2"},
    {"12345678--1234-5678-1234-567812345678", "invalid group count: expected 5, found 6"},
    {"12345678-12345678-1234-5678-12345678",
     "invalid group length in group 1: expected 4, found 8"},
    {"12345678-1234-5678-1234-56781234567",
     "invalid group length in group 4: expected 12, found 11"},
    {"----", "invalid group length in group 0: expected 8, found 0"},
    {"{12345678123456781234567812345678}", "invalid group count: expected 5, found 1"},
    {"{x}", "invalid character: found `x` at 1"},
    {"{x2345678-1234-5678-1234-567812345678}", "invalid character: found `x` at 0"},
    {"{" UUID, "invalid character: found `{` at 0"},
    {"urn:uuid:x", "invalid character: found `x` at 9"},
    {"URN:UUID:" UUID, "invalid character: found `U` at 0"},
    {"urn:uuid:{" UUID "}", "invalid length: found 47"},
};

static void what_is_no_identifier_is_explained(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad_uuids); i++) {
        scoped_buf struct buf reason = {0};
        struct id id;
        assert_false(text_to_uuid(str_from(bad_uuids[i].text), &id, &reason));
        assert_string_equal(reason.data, bad_uuids[i].reason);
    }
}

static const struct {
    const char *text;
    const char *bytes;
    size_t len;
} base64_cases[] = {
    {"", "", 0},        {"QQ==", "A", 1},          {"QUI=", "AB", 2},
    {"QUJD", "ABC", 3}, {"Q U\r\nJD\t", "ABC", 3}, {"AAD/+/8=", "\0\0\xFF\xFB\xFF", 5},
};

static void base64_becomes_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(base64_cases); i++) {
        struct arena arena = {0};
        struct str bytes;
        const char *reason;
        assert_true(text_from_base64(str_from(base64_cases[i].text), &arena, &bytes, &reason));
        assert_int_equal(bytes.len, base64_cases[i].len);
        assert_memory_equal(bytes.data, base64_cases[i].bytes, bytes.len);
        arena_fini(&arena);
    }
}

static void base64_that_is_cut_or_foreign_is_refused(void **state)
{
    (void)state;
    const char *const bad[] = {
        "Q", "QQ", "QQ=", "QQ===", "====", "Q===", "QQ==QQ==", "=QQQ", "Q-Q_", "QQ=Q", "\xC3\xA9"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        struct arena arena = {0};
        struct str bytes;
        const char *reason;
        assert_false(text_from_base64(str_from(bad[i]), &arena, &bytes, &reason));
        arena_fini(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers_have_a_bare_and_three_dashed_forms),
        cmocka_unit_test(what_is_no_identifier_is_explained),
        cmocka_unit_test(base64_becomes_bytes),
        cmocka_unit_test(base64_that_is_cut_or_foreign_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

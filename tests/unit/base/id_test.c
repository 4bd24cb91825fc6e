#include "server/base/id.h"

#include "tests/support/text.h"

#define HEX  "12345678123446788123567812345678"
#define UUID "12345678-1234-4678-8123-567812345678"

static void a_new_id_is_a_version_4_uuid_of_its_own(void **state)
{
    (void)state;
    const struct id id = id_new();
    const struct id_text text = id_uuid(id);
    assert_int_equal(text.text[14], '4');
    assert_true(str_has_byte(STR("89ab"), text.text[19]));
    assert_false(id_is_nil(id));
    assert_false(id_equal(id, id_new()));
}

static void every_accepted_form_is_the_same_id(void **state)
{
    (void)state;
    const char *const forms[] = {HEX, UUID, ("{" UUID "}"), ("urn:uuid:" UUID)};
    for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
        struct id id;
        assert_true(id_parse(str_from(forms[i]), &id));
        assert_string_equal(id_hex(id).text, HEX);
        assert_string_equal(id_uuid(id).text, UUID);
    }
}

static void upper_case_digits_are_read_and_written_small(void **state)
{
    (void)state;
    struct id id;
    assert_true(id_parse(STR("ABCDEFABCDEFABCDEFABCDEFABCDEFAB"), &id));
    assert_string_equal(id_hex(id).text, "abcdefabcdefabcdefabcdefabcdefab");
}

static void other_texts_are_no_ids(void **state)
{
    (void)state;
    const char *const bad[] = {
        "",
        "x",
        "1234567812344678812356781234567",
        "123456781234467881235678123456789",
        "1234567812344678812356781234567g",
        "12345678-1234-4678-8123-56781234567",
        "1234567-81234-4678-8123-567812345678",
        "{12345678-1234-4678-8123-567812345678",
        "urn:uuid:",
        "12345678-1234-4678-8123-567812345-78",
    };
    struct id id = {0};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        assert_false(id_parse(str_from(bad[i]), &id));
    assert_true(id_is_nil(id));
}

static void the_hex_form_alone_can_be_asked_for(void **state)
{
    (void)state;
    struct id id;
    assert_true(id_parse_hex(STR(HEX), &id));
    assert_false(id_parse_hex(STR(UUID), &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_id_is_a_version_4_uuid_of_its_own),
        cmocka_unit_test(every_accepted_form_is_the_same_id),
        cmocka_unit_test(upper_case_digits_are_read_and_written_small),
        cmocka_unit_test(other_texts_are_no_ids),
        cmocka_unit_test(the_hex_form_alone_can_be_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

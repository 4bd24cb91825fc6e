#include "server/http/request.h"

#include "tests/support/test.h"

static void percent_escapes_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *decoded;
    } cases[] = {
        {"plain", "plain"},
        {"a%20b", "a b"},
        {"a+b", "a b"},
        {"%C3%A4", "\xc3\xa4"},
        {"%zz", "%zz"},
        {"%2", "%2"},
        {"%", "%"},
        {"%%41", "%A"},
        {"%2525", "%25"},
        {"", ""},
        {"%e4%F6", "\xe4\xf6"},
    };
    struct arena arena = {0};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        assert_true(str_equal(http_decode(&arena, str_from(cases[i].text), true),
                              str_from(cases[i].decoded)));
    assert_true(str_equal(http_decode(&arena, STR("a+b%00"), false), STR("a+b\0")));
    arena_fini(&arena);
}

static void what_is_encoded_is_decoded_again(void **state)
{
    (void)state;
    struct arena arena = {0};
    scoped_buf struct buf encoded = {0};
    http_encode(&encoded, STR("a-Z_0.~ /%\xc3\xa4"));
    assert_string_equal(encoded.data, "a-Z_0.~%20%2F%25%C3%A4");
    assert_true(str_equal(http_decode(&arena, buf_str(&encoded), true), STR("a-Z_0.~ /%\xc3\xa4")));
    arena_fini(&arena);
}

static void a_query_is_a_list_of_pairs(void **state)
{
    (void)state;
    struct http_request request = {.query = STR("a=1&&b=x%26y&c&a=2&=3&d=e=f")};
    size_t count;
    const struct schema_pair *pairs = http_request_pairs(&request, &count);
    assert_int_equal(count, 6);
    assert_true(str_equal(pairs[1].value, STR("x&y")));
    assert_true(str_equal(http_request_query(&request, "a"), STR("2")));
    assert_true(str_equal(http_request_query(&request, "c"), STR("")));
    assert_true(str_equal(http_request_query(&request, "d"), STR("e=f")));
    assert_false(str_is_set(http_request_query(&request, "x")));
    arena_fini(&request.arena);
}

static void an_empty_query_has_no_pairs(void **state)
{
    (void)state;
    struct http_request request = {.query = STR("")};
    size_t count;
    (void)http_request_pairs(&request, &count);
    assert_int_equal(count, 0);
    arena_fini(&request.arena);
}

static void headers_are_found_without_case(void **state)
{
    (void)state;
    struct http_header headers[] = {
        {.name = STR("X-Key"), .value = STR("one")},
        {.name = STR("x-key"), .value = STR("two")},
        {.name = STR("Cookie"), .value = STR("a=1; session=\"x\\073y\"")},
    };
    struct http_request request = {.headers = headers, .header_count = ARRAY_SIZE(headers)};
    assert_true(str_equal(http_request_header(&request, "x-KEY"), STR("one")));
    assert_false(str_is_set(http_request_header(&request, "x-other")));
    assert_true(str_equal(http_request_cookie(&request, "session"), STR("x;y")));
    assert_false(str_is_set(http_request_cookie(&request, "other")));
    arena_fini(&request.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percent_escapes_are_decoded),
        cmocka_unit_test(what_is_encoded_is_decoded_again),
        cmocka_unit_test(a_query_is_a_list_of_pairs),
        cmocka_unit_test(an_empty_query_has_no_pairs),
        cmocka_unit_test(headers_are_found_without_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

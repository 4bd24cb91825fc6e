#include "plugins/http_client/http_proxy.h"

#include "tests/support/test.h"

/* The proxy for an address, under these variables; "" when there is none. */
static const char *find(const char *const *env, const char *url)
{
    static struct buf out;
    struct http_proxy proxy;
    http_proxy_read(&proxy, env);
    buf_fini(&out);
    http_proxy_find(&proxy, str_from(url), &out);
    return out.len == 0 ? "" : out.data;
}

static void each_scheme_has_its_own_proxy(void **state)
{
    (void)state;
    static const char *const env[] = {"http_proxy=http://h:1", "HTTPS_PROXY=https://s:2",
                                      "all_proxy=socks5://a:3", NULL};
    assert_string_equal(find(env, "http://x/"), "http://h:1");
    assert_string_equal(find(env, "https://x/"), "https://s:2");
    static const char *const all[] = {"ALL_PROXY=socks5://a:3", "https_proxy=", NULL};
    assert_string_equal(find(all, "http://x/"), "socks5://a:3");
    assert_string_equal(find(all, "https://x/"), "socks5://a:3");
}

static void without_variables_requests_go_straight(void **state)
{
    (void)state;
    static const char *const env[] = {"OTHER=1", "xhttp_proxy=h", NULL};
    assert_string_equal(find(env, "http://x/"), "");
    assert_string_equal(find(NULL, "http://x/"), "");
}

static void lower_case_counts_first(void **state)
{
    (void)state;
    static const char *const env[] = {"HTTP_PROXY=upper", "http_proxy=lower", NULL};
    assert_string_equal(find(env, "http://x/"), "http://lower");
}

static void a_proxy_that_a_web_server_was_sent_is_not_used(void **state)
{
    (void)state;
    static const char *const env[] = {"HTTP_PROXY=evil", "REQUEST_METHOD=GET", NULL};
    assert_string_equal(find(env, "http://x/"), "");
}

static void no_proxy_names_who_is_reached_straight(void **state)
{
    (void)state;
    static const struct {
        const char *none;
        const char *url;
        bool is_straight;
    } cases[] = {
        {"*", "http://x/", true},
        {"example.com", "http://example.com/", true},
        {"example.com", "http://EXAMPLE.com/a?b", true},
        {"example.com", "http://a.example.com:80/", true},
        {"example.com", "http://badexample.com/", false},
        {"example.com", "http://example.com.org/", false},
        {".example.com", "http://example.com/", false},
        {".example.com", "http://a.example.com/", true},
        {" a , example.com ,", "http://example.com/", true},
        {"example.com:81", "http://example.com:81/", true},
        {"example.com:81", "http://example.com/", false},
        {"localhost", "http://localhost:8000/", true},
        {"localhost", "http://a.localhost/", false},
        {"10.0.0.1", "http://10.0.0.1:5/", true},
        {"10.0.0.1", "http://110.0.0.1/", false},
        {"10.0.0.1/8", "http://10.0.0.1/", true},
        {"10.0.0.0/8", "http://10.0.0.1/", false},
        {"::1", "http://[::1]:5/", true},
        {"example.com", "http://user:pass@example.com/", true},
        {"example.com", "http://example.com@other/", false},
        {"", "http://x/", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        scoped_buf struct buf none = {0};
        buf_printf(&none, "no_proxy=%s", cases[i].none);
        const char *const env[] = {"http_proxy=p", none.data, NULL};
        if (cases[i].is_straight != (find(env, cases[i].url)[0] == '\0'))
            fail_msg("no_proxy=%s %s", cases[i].none, cases[i].url);
    }
}

static int tear_down(void **state)
{
    (void)state;
    (void)find(NULL, ""); /* gives the last text back */
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_scheme_has_its_own_proxy, tear_down),
        cmocka_unit_test_teardown(without_variables_requests_go_straight, tear_down),
        cmocka_unit_test_teardown(lower_case_counts_first, tear_down),
        cmocka_unit_test_teardown(a_proxy_that_a_web_server_was_sent_is_not_used, tear_down),
        cmocka_unit_test_teardown(no_proxy_names_who_is_reached_straight, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

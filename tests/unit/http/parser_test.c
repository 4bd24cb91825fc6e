#include "server/http/parser.h"

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "tests/support/test.h"

#define HEADERS_MAX 4

static bool read_head(const char *text, struct arena *arena, struct parser_head *head)
{
    struct parser parser = {0};
    const bool is_fine = parser_read_head(&parser, str_from(text), arena, HEADERS_MAX, head);
    return is_fine;
}

static void refused_heads_are_refused(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "GET /\r\n\r\n",
        "GET / HTTP/0.9\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
        "GET / http/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/11\r\nHost: x\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\xc3\xa9 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
        " GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: x\r\n\r\n",
        "METHODS-ARE-NOT-THAT-LONG-AT-ALL- / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX y: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-A : 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n  2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n\t2\r\n\r\n",
        "GET / HTTP/1.1\r\n Host: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x01\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: a\rb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\r X-A: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\n\rX-A: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1,1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\na: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
        struct arena arena = {0};
        struct parser_head head;
        if (read_head(heads[i], &arena, &head))
            fail_msg("accepted: %s", heads[i]);
        arena_fini(&arena);
    }
}

static void accepted_heads_are_accepted(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\nHost: x\n\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "get alive HTTP/1.1\r\nHost: x\r\n\r\n",
        "METHODS-ARE-NOT-THAT-LONG-AT-ALL / HTTP/1.1\r\nHost: x\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /a#b?c#d HTTP/1.1\r\nHost: x\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nX-A: \xc3\xa9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\na: 1\r\nb: 2\r\nc: 3\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n",
    };
    for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
        struct arena arena = {0};
        struct parser_head head;
        if (!read_head(heads[i], &arena, &head))
            fail_msg("refused: %s", heads[i]);
        arena_fini(&arena);
    }
}

static void texts_stay_as_sent(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct parser_head head;
    assert_true(
        read_head("BREW /caf%C3%A9?a=%20 HTTP/1.1\r\nHost: x\r\nX-Empty:\r\nX-A: \t a b \t\r\n\r\n",
                  &arena, &head));
    assert_true(str_equal(head.method, STR("BREW")));
    assert_true(str_equal(head.target, STR("/caf%C3%A9?a=%20")));
    assert_int_equal(head.header_count, 3);
    assert_true(str_equal(header_find(head.headers, 3, STR("x-a")), STR("a b")));
    assert_true(str_equal(header_find(head.headers, 3, STR("x-empty")), STR("")));
    assert_false(str_is_set(header_find(head.headers, 3, STR("x-b"))));
    arena_fini(&arena);
}

static void wishes_are_recognised(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct parser_head head;
    assert_true(read_head("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade , close\r\n"
                          "Upgrade: WebSocket\r\nExpect: 100-Continue\r\n\r\n",
                          &arena, &head));
    assert_true(head.wants_websocket);
    assert_true(head.expects_continue);
    assert_false(head.keeps_alive);
    arena_fini(&arena);
}

static void the_end_of_a_head_is_found(void **state)
{
    (void)state;
    const struct str bytes = STR("GET / HTTP/1.1\r\nHost: x\r\n\r\nrest");
    for (size_t len = 0; len < bytes.len - 4; len++)
        assert_int_equal(parser_head_length(str_slice(bytes, 0, len), 0), 0);
    assert_int_equal(parser_head_length(bytes, 0), bytes.len - 4);
    assert_int_equal(parser_head_length(STR("GET / HTTP/1.1\n\nrest"), 0), 16);
}

static void what_cannot_become_a_head_is_told_early(void **state)
{
    (void)state;
    assert_true(parser_may_be_head(STR("G")));
    assert_true(parser_may_be_head(STR("GET /")));
    assert_false(parser_may_be_head(STR("\r\n")));
    assert_false(parser_may_be_head(STR("\x16\x03")));
    assert_false(parser_may_be_head(STR(" GET")));
    assert_false(parser_may_be_head(STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
}

static void append_piece(void *owner, struct str piece)
{
    buf_append(owner, piece);
}

static void a_body_ends_where_the_next_message_begins(void **state)
{
    (void)state;
    struct arena arena = {0};
    struct parser_head head;
    struct parser parser = {0};
    scoped_buf struct buf body = {0};
    size_t taken;
    assert_true(parser_read_head(
        &parser, STR("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"), &arena,
        HEADERS_MAX, &head));
    assert_int_equal(
        parser_read_body(&parser, STR("3\r\nabc\r\n0\r\n\r\nGET"), append_piece, &body, &taken),
        PARSER_DONE);
    assert_int_equal(taken, 13);
    assert_string_equal(body.data, "abc");
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_heads_are_refused),
        cmocka_unit_test(accepted_heads_are_accepted),
        cmocka_unit_test(texts_stay_as_sent),
        cmocka_unit_test(wishes_are_recognised),
        cmocka_unit_test(the_end_of_a_head_is_found),
        cmocka_unit_test(what_cannot_become_a_head_is_told_early),
        cmocka_unit_test(a_body_ends_where_the_next_message_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

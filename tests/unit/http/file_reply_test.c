#include "server/http/file_reply.h"

#include <sys/stat.h>

#include "tests/unit/http/fixture.h"

#define FILE_BYTES  ((size_t)5 << 20)
#define MODIFIED_US 1700000000000000

/* A file in memory: byte i is 'a' + i % 26. */
static struct {
    int fd;
    struct buf content;
    uint64_t claimed_bytes;
    struct str filename;
    struct str etag;
    bool is_conditional;
} file;

static void on_get(struct http_request *request, void *context)
{
    (void)context;
    reply_file(request, &(struct file_reply_options){
                            .fd = fcntl(file.fd, F_DUPFD_CLOEXEC, 0),
                            .size = file.claimed_bytes,
                            .modified_us = MODIFIED_US,
                            .content_type = "application/octet-stream",
                            .filename = file.filename,
                            .etag = file.etag,
                            .is_conditional = file.is_conditional,
                        });
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET, .pattern = "/file", .handler = on_get},
    {.method = HTTP_METHOD_HEAD, .pattern = "/file", .handler = on_get},
};

static void make_file(size_t len)
{
    memset(&file, 0, sizeof(file));
    file.fd = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    assert_true(file.fd >= 0);
    for (size_t i = 0; i < len; i++)
        buf_append_byte(&file.content, (char)('a' + i % 26));
    assert_int_equal(write(file.fd, file.content.data, len), len);
    file.claimed_bytes = len;
}

static int set_up(void **state)
{
    static struct fixture fixture;
    make_file(FILE_BYTES);
    fixture_open(&fixture, routes, ARRAY_SIZE(routes));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    fixture_close(*state);
    buf_fini(&file.content);
    fd_close(&file.fd);
    return 0;
}

static void ask(struct fixture *fixture, const char *method, const char *headers,
                struct buf *answer)
{
    scoped_buf struct buf bytes = {0};
    buf_printf(&bytes, "%s /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", method,
               headers);
    client_talk(fixture, buf_str(&bytes), answer);
}

static struct str body_of(const struct buf *answer)
{
    return str_skip(buf_str(answer), str_find(buf_str(answer), STR("\r\n\r\n")) + 4);
}

static struct str part_of_file(size_t from, size_t to)
{
    return str_slice(buf_str(&file.content), from, to);
}

static void a_whole_file_is_sent(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET", "", &answer);
    assert_starts(&answer, "HTTP/1.1 200 OK\r\n");
    assert_contains(&answer, "\r\ncontent-length: 5242880\r\n");
    assert_contains(&answer, "\r\naccept-ranges: bytes\r\n");
    assert_contains(&answer, "\r\nlast-modified: Tue, 14 Nov 2023 22:13:20 GMT\r\n");
    assert_contains(&answer, "\r\netag: \"");
    assert_true(str_equal(body_of(&answer), buf_str(&file.content)));
}

static void head_is_answered_without_the_file(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "HEAD", "", &answer);
    assert_contains(&answer, "\r\ncontent-length: 5242880\r\n");
    assert_int_equal(body_of(&answer).len, 0);
}

static void an_empty_file_is_sent(void **state)
{
    scoped_buf struct buf answer = {0};
    file.claimed_bytes = 0;
    ask(*state, "GET", "", &answer);
    assert_starts(&answer, "HTTP/1.1 200 OK\r\n");
    assert_contains(&answer, "\r\ncontent-length: 0\r\n");
}

static void a_range_is_sent(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET", "Range: bytes=1000000-3000000\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 206 Partial Content\r\n");
    assert_contains(&answer, "\r\ncontent-range: bytes 1000000-3000000/5242880\r\n");
    assert_true(str_equal(body_of(&answer), part_of_file(1000000, 3000001)));
}

static void several_ranges_are_sent_as_parts(void **state)
{
    scoped_buf struct buf answer = {0};
    scoped_buf struct buf expected = {0};
    ask(*state, "GET", "Range: bytes=0-2,-3\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 206 ");
    const struct str marker = STR("\r\ncontent-type: multipart/byteranges; boundary=");
    const size_t at = str_find(buf_str(&answer), marker);
    assert_true(at != SIZE_MAX);
    const struct str boundary = str_slice(buf_str(&answer), at + marker.len, at + marker.len + 32);
    buf_printf(&expected,
               "--%.*s\r\nContent-Type: application/octet-stream\r\n"
               "Content-Range: bytes 0-2/5242880\r\n\r\nabc\r\n"
               "--%.*s\r\nContent-Type: application/octet-stream\r\n"
               "Content-Range: bytes 5242877-5242879/5242880\r\n\r\n%.*s\r\n--%.*s--",
               STR_ARG(boundary), STR_ARG(boundary),
               STR_ARG(part_of_file(FILE_BYTES - 3, FILE_BYTES)), STR_ARG(boundary));
    assert_true(str_equal(body_of(&answer), buf_str(&expected)));
    scoped_buf struct buf length = {0};
    buf_printf(&length, "\r\ncontent-length: %zu\r\n", expected.len);
    assert_contains(&answer, length.data);
}

static void a_range_outside_is_told(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET", "Range: bytes=5242880-\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 416 ");
    assert_contains(&answer, "\r\ncontent-range: bytes */5242880\r\n");
    assert_contains(&answer, "\r\ncontent-type: text/plain; charset=utf-8\r\n");
    assert_lacks(&answer, "etag");
}

static void a_malformed_range_is_told(void **state)
{
    scoped_buf struct buf answer = {0};
    ask(*state, "GET", "Range: lines=1-2\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 400 ");
    assert_contains(&answer, "\r\n\r\nOnly support bytes range");
}

static void too_many_ranges_are_ignored(void **state)
{
    scoped_buf struct buf header = {0};
    scoped_buf struct buf answer = {0};
    buf_append(&header, STR("Range: bytes=0-0"));
    for (int i = 1; i <= 100; i++)
        buf_printf(&header, ",%d-%d", 2 * i, 2 * i);
    buf_append(&header, STR("\r\n"));
    ask(*state, "GET", header.data, &answer);
    assert_starts(&answer, "HTTP/1.1 200 ");
}

static void a_range_holds_for_the_same_file_only(void **state)
{
    scoped_buf struct buf same = {0};
    scoped_buf struct buf other = {0};
    file.etag = STR("tag");
    ask(*state, "GET", "Range: bytes=0-2\r\nIf-Range: \"tag\"\r\n", &same);
    ask(*state, "GET", "Range: bytes=0-2\r\nIf-Range: \"other\"\r\n", &other);
    assert_starts(&same, "HTTP/1.1 206 ");
    assert_starts(&other, "HTTP/1.1 200 ");
}

static void a_known_file_is_not_sent_again(void **state)
{
    scoped_buf struct buf answer = {0};
    file.is_conditional = true;
    ask(*state, "GET", "If-Modified-Since: Wed, 15 Nov 2023 00:00:00 GMT\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 304 ");
    assert_contains(&answer, "\r\netag: ");
    assert_lacks(&answer, "last-modified");
    assert_lacks(&answer, "content-length");
}

static void an_older_file_is_sent_again(void **state)
{
    scoped_buf struct buf answer = {0};
    file.is_conditional = true;
    ask(*state, "GET", "If-Modified-Since: Mon, 13 Nov 2023 00:00:00 GMT\r\n", &answer);
    assert_starts(&answer, "HTTP/1.1 200 ");
}

static void the_file_name_is_given(void **state)
{
    scoped_buf struct buf plain = {0};
    scoped_buf struct buf encoded = {0};
    file.filename = STR("a.bin");
    ask(*state, "HEAD", "", &plain);
    file.filename = STR("\xc3\xa4 b\r\n.bin");
    ask(*state, "HEAD", "", &encoded);
    assert_contains(&plain, "\r\ncontent-disposition: attachment; filename=\"a.bin\"\r\n");
    assert_contains(&encoded, "\r\ncontent-disposition: attachment; "
                              "filename*=utf-8''%C3%A4%20b%0D%0A.bin\r\n");
}

static void a_file_that_shrinks_cuts_the_connection(void **state)
{
    scoped_buf struct buf answer = {0};
    assert_int_equal(ftruncate(file.fd, 1 << 20), 0);
    ask(*state, "GET", "", &answer);
    assert_true(body_of(&answer).len < FILE_BYTES);
}

static void a_client_that_leaves_ends_the_transfer(void **state)
{
    struct fixture *fixture = *state;
    int fd = client_open(fixture);
    client_send(fixture, fd, STR("GET /file HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(loop_step(fixture->loop));
    fd_close(&fd);
    do
        assert_true(loop_step(fixture->loop));
    while (http_server_connections(fixture->server) > 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(a_whole_file_is_sent),
        CASE(head_is_answered_without_the_file),
        CASE(an_empty_file_is_sent),
        CASE(a_range_is_sent),
        CASE(several_ranges_are_sent_as_parts),
        CASE(a_range_outside_is_told),
        CASE(a_malformed_range_is_told),
        CASE(too_many_ranges_are_ignored),
        CASE(a_range_holds_for_the_same_file_only),
        CASE(a_known_file_is_not_sent_again),
        CASE(an_older_file_is_sent_again),
        CASE(the_file_name_is_given),
        CASE(a_file_that_shrinks_cuts_the_connection),
        CASE(a_client_that_leaves_ends_the_transfer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

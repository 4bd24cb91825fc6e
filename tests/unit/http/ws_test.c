#include "server/http/ws.h"

#include "tests/unit/http/fixture.h"

static struct {
    struct ws *ws;
    struct buf messages; /* "t:<text>|" or "b:<bytes>|" */
    unsigned ready;
    unsigned closed;
    size_t largest;
    bool closes;
    bool echoes;
} seen;

static void on_message(void *owner, struct str message, bool is_binary)
{
    (void)owner;
    if (message.len > seen.largest)
        seen.largest = message.len;
    if (message.len < 100)
        buf_printf(&seen.messages, "%s:%.*s|", is_binary ? "b" : "t", STR_ARG(message));
    if (seen.echoes && is_binary)
        ws_send_binary(seen.ws, message);
    else if (seen.echoes)
        ws_send_text(seen.ws, message);
    if (seen.closes)
        ws_close(seen.ws, WS_CLOSE_AUTH_FAILED, STR("Authentication failed"));
}

static void on_ready(void *owner)
{
    (void)owner;
    seen.ready++;
}

static void on_closed(void *owner)
{
    (void)owner;
    seen.closed++;
    seen.ws = NULL;
}

static const struct ws_events events = {
    .on_message = on_message,
    .on_ready = on_ready,
    .on_closed = on_closed,
};

static void on_open(struct http_request *request, void *context)
{
    (void)context;
    seen.ws = ws_accept(request, &events, NULL);
}

static const struct route routes[] = {
    {.method = HTTP_METHOD_GET,
     .pattern = "/socket",
     .auth = ROUTE_AUTH_SOCKET,
     .handler = on_open},
};

static int set_up(void **state)
{
    static struct fixture fixture;
    fixture_open(&fixture, routes, ARRAY_SIZE(routes));
    memset(&seen, 0, sizeof(seen));
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    buf_fini(&seen.messages);
    fixture_close(*state);
    return 0;
}

static const char handshake[] = "GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/* A client's frame: masked with a fixed key. */
static void append_frame(struct buf *out, unsigned first_byte, struct str payload)
{
    static const unsigned char mask[] = {0x11, 0x22, 0x33, 0x44};
    buf_append_byte(out, (char)first_byte);
    if (payload.len < 126) {
        buf_append_byte(out, (char)(0x80 | payload.len));
    } else {
        const unsigned bytes = payload.len <= UINT16_MAX ? 2 : 8;
        buf_append_byte(out, (char)(0x80 | (bytes == 2 ? 126 : 127)));
        for (unsigned i = bytes; i > 0; i--)
            buf_append_byte(out, (char)((uint64_t)payload.len >> (8 * (i - 1))));
    }
    buf_append_bytes(out, mask, sizeof(mask));
    char *masked = buf_reserve(out, payload.len);
    for (size_t i = 0; i < payload.len; i++)
        masked[i] = (char)((unsigned char)payload.data[i] ^ mask[i % 4]);
    out->len += payload.len;
}

static void send_frame(struct fixture *fixture, int fd, unsigned first_byte, struct str payload)
{
    scoped_buf struct buf frame = {.max_bytes = (size_t)100 << 20};
    append_frame(&frame, first_byte, payload);
    client_send(fixture, fd, buf_str(&frame));
}

/* The connection after its handshake. */
static int open_socket(struct fixture *fixture)
{
    scoped_buf struct buf answer = {0};
    const int fd = client_open(fixture);
    client_send(fixture, fd, str_from(handshake));
    assert_true(client_read_until(fixture, fd, &answer, STR("\r\n\r\n")));
    assert_starts(&answer, "HTTP/1.1 101 Switching Protocols\r\n");
    assert_contains(&answer, "\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
    assert_contains(&answer, "\r\nupgrade: websocket\r\nconnection: Upgrade\r\n");
    return fd;
}

static void expect_bytes(struct fixture *fixture, int fd, const char *bytes, size_t len)
{
    scoped_buf struct buf answer = {0};
    if (!client_read_until(fixture, fd, &answer, str_span(bytes, len)))
        fail_msg("the connection ended after %zu bytes", answer.len);
}

#define EXPECT(fixture, fd, literal) expect_bytes(fixture, fd, literal, sizeof(literal) - 1)

static void step_until_closed(struct fixture *fixture)
{
    while (seen.closed == 0)
        assert_true(loop_step(fixture->loop));
    assert_int_equal(seen.closed, 1);
}

static void messages_go_both_ways(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    seen.echoes = true;
    send_frame(fixture, fd, 0x81, STR("text"));
    EXPECT(fixture, fd, "\x81\x04text");
    send_frame(fixture, fd, 0x82, STR("bytes"));
    EXPECT(fixture, fd,
           "\x82\x05"
           "bytes");
    assert_string_equal(seen.messages.data, "t:text|b:bytes|");
}

static void a_message_may_come_with_the_handshake(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = client_open(fixture);
    scoped_buf struct buf bytes = {0};
    seen.echoes = true;
    buf_append(&bytes, str_from(handshake));
    append_frame(&bytes, 0x81, STR("early"));
    client_send(fixture, fd, buf_str(&bytes));
    EXPECT(fixture, fd,
           "\x81\x05"
           "early");
}

static void a_message_may_come_byte_by_byte(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf frame = {0};
    append_frame(&frame, 0x81, STR("slow"));
    for (size_t i = 0; i < frame.len; i++) {
        client_send(fixture, fd, str_span(frame.data + i, 1));
        assert_true(loop_step(fixture->loop));
    }
    while (seen.messages.len == 0)
        assert_true(loop_step(fixture->loop));
    assert_string_equal(seen.messages.data, "t:slow|");
}

static void fragments_are_joined(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    send_frame(fixture, fd, 0x01, STR("one "));
    send_frame(fixture, fd, 0x89, STR("ping"));
    send_frame(fixture, fd, 0x00, STR("two "));
    send_frame(fixture, fd, 0x80, STR("three"));
    EXPECT(fixture, fd, "\x8a\x04ping");
    while (seen.messages.len == 0)
        assert_true(loop_step(fixture->loop));
    assert_string_equal(seen.messages.data, "t:one two three|");
}

static void lengths_of_every_form_are_sent(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf text = {0};
    memset(buf_reserve(&text, 70000), 'x', 70000);
    text.len = 70000;
    ws_send_text(seen.ws, str_slice(buf_str(&text), 0, 125));
    EXPECT(fixture, fd, "\x81\x7dxxx");
    ws_send_text(seen.ws, str_slice(buf_str(&text), 0, 126));
    EXPECT(fixture, fd, "\x81\x7e\x00\x7exxx");
    ws_send_text(seen.ws, str_slice(buf_str(&text), 0, 65535));
    EXPECT(fixture, fd, "\x81\x7e\xff\xffxxx");
    ws_send_text(seen.ws, str_slice(buf_str(&text), 0, 65536));
    EXPECT(fixture, fd, "\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00xxx");
}

static void a_close_is_answered_with_its_code(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf answer = {0};
    send_frame(fixture, fd, 0x88,
               STR("\x03\xe9"
                   "bye"));
    client_read_all(fixture, fd, &answer);
    assert_int_equal(answer.data[0] & 0xff, 0x88);
    assert_memory_equal(answer.data + 2, "\x03\xe9", 2);
    step_until_closed(fixture);
}

static void a_close_of_ours_may_come_in_a_message(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf two = {0};
    seen.closes = true;
    append_frame(&two, 0x81, STR("first"));
    append_frame(&two, 0x81, STR("second"));
    client_send(fixture, fd, buf_str(&two));
    EXPECT(fixture, fd,
           "\x88\x17\x0f\xa1"
           "Authentication failed");
    step_until_closed(fixture);
    assert_string_equal(seen.messages.data, "t:first|");
}

static void what_was_sent_before_a_close_arrives(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf answer = {0};
    scoped_buf struct buf large = {0};
    memset(buf_reserve(&large, 4 << 20), 'x', 4 << 20);
    large.len = 4 << 20;
    ws_send_binary(seen.ws, buf_str(&large));
    ws_close(seen.ws, WS_CLOSE_NORMAL, STR(""));
    client_read_all(fixture, fd, &answer);
    assert_int_equal(answer.len, 10 + (4 << 20) + 4);
    assert_int_equal(seen.closed, 1);
}

static const struct {
    const char *name;
    const char *bytes;
    size_t len;
    const char *answer;
} violations[] = {
    {"an unmasked frame", "\x81\x01x", 3, "\x88\x02\x03\xea"},
    {"a reserved bit", "\xc1\x80\x11\x22\x33\x44", 6, "\x88\x02\x03\xea"},
    {"an unknown opcode", "\x83\x80\x11\x22\x33\x44", 6, "\x88\x02\x03\xea"},
    {"text that is not UTF-8", "\x81\x81\x00\x00\x00\x00\xff", 7, "\x88\x02\x03\xef"},
    {"a fragment without a beginning", "\x80\x81\x00\x00\x00\x00x", 7, "\x88\x02\x03\xea"},
    {"a fragmented ping", "\x09\x80\x11\x22\x33\x44", 6, "\x88\x02\x03\xea"},
    {"a message that is too large", "\x82\xff\x00\x00\x00\x00\x04\x00\x00\x01\x00\x00\x00\x00x", 15,
     "\x88\x02\x03\xf1"},
};

static void violations_close_the_socket(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < ARRAY_SIZE(violations); i++) {
        scoped_fd int fd = open_socket(fixture);
        scoped_buf struct buf answer = {0};
        seen.closed = 0;
        client_send(fixture, fd, str_span(violations[i].bytes, violations[i].len));
        client_read_all(fixture, fd, &answer);
        if (answer.len < 4 || memcmp(answer.data + 2, violations[i].answer + 2, 2) != 0)
            fail_msg("%s: %zu bytes", violations[i].name, answer.len);
        step_until_closed(fixture);
    }
    assert_int_equal(seen.messages.len, 0);
}

static void a_message_at_the_limit_is_joined(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf half = {0};
    memset(buf_reserve(&half, WS_MAX_MESSAGE_BYTES / 2), 'x', WS_MAX_MESSAGE_BYTES / 2);
    half.len = WS_MAX_MESSAGE_BYTES / 2;
    send_frame(fixture, fd, 0x01, buf_str(&half));
    send_frame(fixture, fd, 0x80, buf_str(&half));
    while (seen.largest == 0)
        assert_true(loop_step(fixture->loop));
    assert_int_equal(seen.largest, WS_MAX_MESSAGE_BYTES);
}

static void a_client_that_pings_without_end_is_dropped(void **state)
{
    struct fixture *fixture = *state;
    int fd = open_socket(fixture);
    scoped_buf struct buf pings = {0};
    const struct str payload =
        STR("0123456789012345678901234567890123456789012345678901234567890123");
    for (int i = 0; i < 1000; i++)
        append_frame(&pings, 0x89, payload);
    while (seen.closed == 0) {
        (void)send(fd, pings.data, pings.len, MSG_NOSIGNAL); /* as much as fits */
        assert_true(loop_step(fixture->loop));
    }
    fd_close(&fd);
}

static void a_full_socket_says_when_there_is_room(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf answer = {0};
    scoped_buf struct buf piece = {0};
    memset(buf_reserve(&piece, 65536), 'x', 65536);
    piece.len = 65536;
    while (!ws_is_full(seen.ws))
        ws_send_binary(seen.ws, buf_str(&piece));
    const unsigned ready = seen.ready;
    while (seen.ready == ready) {
        assert_true(client_receive(fd, &answer));
        assert_true(loop_step(fixture->loop));
    }
    assert_false(ws_is_full(seen.ws));
}

static void a_producer_that_does_not_stop_is_closed(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf answer = {0};
    scoped_buf struct buf piece = {0};
    memset(buf_reserve(&piece, 1 << 20), 'x', 1 << 20);
    piece.len = 1 << 20;
    for (int i = 0; i < 20; i++)
        ws_send_binary(seen.ws, buf_str(&piece));
    client_read_all(fixture, fd, &answer);
    assert_true(str_ends_with(buf_str(&answer), STR("\x88\x0a\x03\xf5Too slow")));
    assert_int_equal(seen.closed, 1);
}

static void a_client_that_leaves_closes(void **state)
{
    struct fixture *fixture = *state;
    int fd = open_socket(fixture);
    fd_close(&fd);
    step_until_closed(fixture);
}

static void an_abort_sends_no_close_frame(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf answer = {0};
    ws_abort(seen.ws);
    client_read_all(fixture, fd, &answer);
    assert_int_equal(answer.len, 0);
    step_until_closed(fixture);
}

static void a_silent_client_is_pinged_and_then_dropped(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_PING);
    scoped_fd int fd = open_socket(fixture);
    scoped_buf struct buf answer = {0};
    client_read_all(fixture, fd, &answer);
    assert_int_equal(answer.len, 4);
    assert_memory_equal(answer.data, "\x89\x00\x89\x00", 4);
    step_until_closed(fixture);
}

static void a_client_that_answers_pings_is_kept(void **state)
{
    struct fixture *fixture = *state;
    fixture_hurry(fixture, DEADLINE_PING);
    scoped_fd int fd = open_socket(fixture);
    for (int i = 0; i < 5; i++) {
        EXPECT(fixture, fd, "\x89\x00");
        send_frame(fixture, fd, 0x8a, STR(""));
    }
    assert_int_equal(seen.closed, 0);
}

static void a_server_that_goes_down_says_so(void **state)
{
    struct fixture *fixture = *state;
    scoped_fd int fd = open_socket(fixture);
    http_server_drain(fixture->server, NULL, NULL);
    EXPECT(fixture, fd, "\x88\x02\x03\xf4");
    step_until_closed(fixture);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(messages_go_both_ways),
        CASE(a_message_may_come_with_the_handshake),
        CASE(a_message_may_come_byte_by_byte),
        CASE(fragments_are_joined),
        CASE(lengths_of_every_form_are_sent),
        CASE(a_close_is_answered_with_its_code),
        CASE(a_close_of_ours_may_come_in_a_message),
        CASE(what_was_sent_before_a_close_arrives),
        CASE(violations_close_the_socket),
        CASE(a_message_at_the_limit_is_joined),
        CASE(a_client_that_pings_without_end_is_dropped),
        CASE(a_full_socket_says_when_there_is_room),
        CASE(a_producer_that_does_not_stop_is_closed),
        CASE(a_client_that_leaves_closes),
        CASE(an_abort_sends_no_close_frame),
        CASE(a_silent_client_is_pinged_and_then_dropped),
        CASE(a_client_that_answers_pings_is_kept),
        CASE(a_server_that_goes_down_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

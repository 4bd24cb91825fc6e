#ifndef SUPPORT_TERMINAL_H
#define SUPPORT_TERMINAL_H

/*
 * Sentences about the session of tests/support/terminal_fixture.h:
 *
 *     run("echo hi")          hands a text over and waits for its end
 *     expect("hi\r\n", 0)     its output and exit code
 *     type("\x03")            keys
 *     wait_for_text("$ ")     what the terminal has printed so far
 *
 * Everything waits for events; nothing looks at a clock. Only test programs include this, and each
 * only once.
 */

#include "pty/byte_log.h"
#include "tests/support/terminal_fixture.h"

static inline void note_start(void *owner, uint64_t from)
{
    (void)owner;
    (void)from;
    fixture.starts++;
}

static inline void note_end(void *owner, const struct session_command_end *end)
{
    (void)owner;
    struct ended *ended = &fixture.ended;
    ended->calls++;
    ended->outcome = end->outcome;
    ended->exit_code = end->exit_code;
    ended->from = end->from;
    ended->to = end->to;
    (void)snprintf(ended->message, sizeof(ended->message), "%.*s", STR_ARG(end->message));
    buf_fini(&fixture.output);
    assert_int_equal(byte_log_read(session_log(fixture.session), end->from,
                                   (size_t)(end->to - end->from), &fixture.output),
                     end->from);
}

static inline bool try_start(struct str text, struct error *error)
{
    fixture.ended = (struct ended){0};
    fixture.starts = 0;
    return session_run(
        fixture.session,
        &(struct session_command){.text = text, .on_start = note_start, .on_end = note_end}, error);
}

/* Hands a text over without waiting. */
static inline void start_text(struct str text)
{
    struct error error;
    if (!try_start(text, &error))
        fail_msg("%s", error.text);
}

static inline void start(const char *text)
{
    start_text(str_from(text));
}

static inline void wait_for_start(void)
{
    while (fixture.starts == 0)
        step();
}

static inline void wait_for_end(void)
{
    while (fixture.ended.calls == 0)
        step();
}

static inline void run(const char *text)
{
    start(text);
    wait_for_end();
}

static inline void wait_for_state(enum session_state state)
{
    while (session_state(fixture.session) != state)
        step();
}

static inline const char *output(void)
{
    return fixture.output.data == NULL ? "" : fixture.output.data;
}

static inline void expect(const char *text, int exit_code)
{
    assert_string_equal(output(), text);
    assert_int_equal(fixture.ended.exit_code, exit_code);
    assert_int_equal(fixture.ended.outcome, SESSION_COMPLETED);
    assert_int_equal(fixture.ended.calls, 1);
}

static inline void expect_run(const char *text, const char *printed, int exit_code)
{
    run(text);
    expect(printed, exit_code);
}

/* Everything the terminal has printed so far. */
static inline void read_all(struct buf *out)
{
    buf_clear(out);
    (void)byte_log_read(session_log(fixture.session), 0, SIZE_MAX / 2, out);
}

static inline void wait_for_text(const char *text)
{
    scoped_buf struct buf all = {0};
    for (read_all(&all); !str_contains(buf_str(&all), str_from(text)); read_all(&all))
        step();
}

static inline void type(const char *keys)
{
    session_write(fixture.session, str_from(keys));
}

#endif

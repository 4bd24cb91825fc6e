#include "pty/marks.h"

#include <assert.h>
#include <stdint.h>

#include "pty/shell_mark.h"

/*
 * Marks in a terminal's bytes: however the bytes are cut, the same text and the same marks come
 * out, and the nonce is in no text. What a mark says is parsed as well.
 */

#define NONCE "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct buf text;
    struct buf marks; /* each behind its place in the text */
};

static void note_text(void *owner, struct str text)
{
    struct seen *seen = owner;
    assert(text.len > 0);
    buf_append(&seen->text, text);
}

static void parse(struct str payload)
{
    scoped_buf struct buf decoded = {0};
    struct shell_mark mark;
    struct shell_report report;
    if (shell_mark_parse(payload, &mark) && str_is_set(mark.report) &&
        shell_report_parse(mark.report, &decoded, &report))
        assert(report.cwd.len <= payload.len);
}

static void note_mark(void *owner, struct str payload)
{
    struct seen *seen = owner;
    buf_printf(&seen->marks, "%zu:%.*s\n", seen->text.len, STR_ARG(payload));
    parse(payload);
}

static void read_all(struct str bytes, size_t step, struct seen *seen)
{
    static const struct marks_events events = {.on_text = note_text, .on_mark = note_mark};
    struct marks marks;
    marks_init(&marks, STR(NONCE));
    for (size_t at = 0; at < bytes.len; at += step)
        marks_feed(&marks, str_slice(bytes, at, at + step), &events, seen);
    marks_flush(&marks, &events, seen);
    marks_fini(&marks);
}

static void fini(struct seen *seen)
{
    buf_fini(&seen->text);
    buf_fini(&seen->marks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str bytes = str_span((const char *)data, size);
    struct seen whole = {0};
    read_all(bytes, size + 1, &whole);
    for (size_t step = 1; step <= 7; step += 3) {
        struct seen pieces = {0};
        read_all(bytes, step, &pieces);
        assert(str_equal(buf_str(&whole.text), buf_str(&pieces.text)));
        assert(str_equal(buf_str(&whole.marks), buf_str(&pieces.marks)));
        fini(&pieces);
    }
    fini(&whole);
    return 0;
}

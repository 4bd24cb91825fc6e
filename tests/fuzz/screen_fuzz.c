#include "pty/screen.h"

#include <assert.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/utf8.h"

/*
 * What programs print to a screen: however the bytes are cut, it shows the same and answers the
 * same, in each of the ways it is printed, and a screen that gets its replay shows it too. The
 * first three bytes are the size and the scrollback; the rest is printed half before and half
 * after a change of size.
 */

#define HEAD_BYTES 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    struct screen *screen;
    struct buf answers;
    struct buf cells;
};

static void on_answer(void *owner, struct str bytes)
{
    struct seen *seen = owner;
    buf_append(&seen->answers, bytes);
}

static void print_cells(const struct screen *screen, int first_row, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    screen_cells(screen, first_row, screen_rows(screen), &w);
    assert(utf8_is_valid(buf_str(out)));
}

static void feed(struct seen *seen, struct str bytes, size_t step)
{
    for (size_t at = 0; at < bytes.len; at += step)
        screen_feed(seen->screen, str_slice(bytes, at, at + step));
}

static void draw(const uint8_t *head, struct str bytes, size_t step, struct seen *seen)
{
    const int cols = 1 + head[0] % 40;
    const int rows = 1 + head[1] % 12;
    const struct screen_options options = {.cols = cols,
                                           .rows = rows,
                                           .max_scrollback_rows = head[2] % 32,
                                           .on_answer = on_answer,
                                           .owner = seen};
    seen->screen = screen_new(&options);
    feed(seen, str_slice(bytes, 0, bytes.len / 2), step);
    screen_resize(seen->screen, 1 + (cols + head[2]) % 40, 1 + (rows + head[2] / 16) % 12);
    feed(seen, str_skip(bytes, bytes.len / 2), step);
    print_cells(seen->screen, -(int)screen_scrollback_rows(seen->screen), &seen->cells);
}

static void fini(struct seen *seen)
{
    screen_free(seen->screen);
    buf_fini(&seen->answers);
    buf_fini(&seen->cells);
}

static void print_all(const struct screen *screen)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf svg = {0};
    screen_text(screen, -(int)screen_scrollback_rows(screen), screen_rows(screen), &text);
    screen_svg(screen, &svg);
    assert(utf8_is_valid(buf_str(&text)) && utf8_is_valid(buf_str(&svg)));
}

static void compare_replay(const struct screen *screen)
{
    scoped_buf struct buf replay = {0};
    scoped_buf struct buf expected = {0};
    scoped_buf struct buf actual = {0};
    struct screen *copy = screen_new(&(struct screen_options){
        .cols = screen_cols(screen), .rows = screen_rows(screen), .max_scrollback_rows = 32});
    screen_replay(screen, &replay);
    screen_feed(copy, buf_str(&replay));
    screen_text(screen, 0, screen_rows(screen), &expected);
    screen_text(copy, 0, screen_rows(copy), &actual);
    assert(str_equal(buf_str(&expected), buf_str(&actual)));
    screen_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < HEAD_BYTES)
        return 0;
    const struct str bytes = str_span((const char *)data + HEAD_BYTES, size - HEAD_BYTES);
    struct seen whole = {0};
    draw(data, bytes, size, &whole);
    print_all(whole.screen);
    compare_replay(whole.screen);
    for (size_t step = 1; step <= 7; step += 3) {
        struct seen pieces = {0};
        draw(data, bytes, step, &pieces);
        assert(str_equal(buf_str(&whole.cells), buf_str(&pieces.cells)));
        assert(str_equal(buf_str(&whole.answers), buf_str(&pieces.answers)));
        fini(&pieces);
    }
    screen_recover(whole.screen);
    screen_clear(whole.screen);
    fini(&whole);
    return 0;
}

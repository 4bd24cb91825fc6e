#include "pty/transcript.h"

#include <limits.h>

#include "pty/screen_state.h"
#include "pty/screen_text.h"
#include "server/base/mem.h"

/* Programs that place text on a screen see one as high as it can be, or as lines are kept. */
struct transcript {
    struct screen *screen; /* NULL until something is printed */
    int cols;
    size_t max_lines;
};

struct transcript *transcript_new(int cols, size_t max_lines)
{
    struct transcript *transcript = mem_zero(1, sizeof(*transcript));
    transcript->cols = cols;
    transcript->max_lines = max_lines > 0 ? max_lines : 1;
    return transcript;
}

void transcript_free(struct transcript *transcript)
{
    if (transcript == NULL)
        return;
    screen_free(transcript->screen);
    free(transcript);
}

static struct screen *new_screen(const struct transcript *transcript)
{
    const size_t max = transcript->max_lines;
    const size_t rows = max < SCREEN_MAX_SIZE ? max : SCREEN_MAX_SIZE;
    return screen_new(&(struct screen_options){
        .cols = transcript->cols,
        .rows = (int)rows,
        .max_scrollback_rows = max - rows,
    });
}

void transcript_feed(struct transcript *transcript, struct str bytes)
{
    if (bytes.len == 0)
        return;
    if (transcript->screen == NULL)
        transcript->screen = new_screen(transcript);
    screen_feed(transcript->screen, bytes);
}

void transcript_clear(struct transcript *transcript)
{
    screen_free(transcript->screen);
    transcript->screen = NULL;
}

void transcript_text(const struct transcript *transcript, struct buf *out,
                     uint64_t *ret_dropped_lines)
{
    const struct screen *screen = transcript->screen;
    *ret_dropped_lines = screen == NULL ? 0 : screen->main.dropped_lines;
    if (screen == NULL)
        return;
    const struct screen_text_options options = {
        .first_row = INT_MIN,
        .last_row = INT_MAX,
        .cols = screen->options.cols,
        .joins_wrapped = true,
    };
    screen_text_append(&screen->main, &options, out);
}

/*
 * Shows what a screen makes of bytes: feeds each file to it, in order, and prints all of it as the
 * JSON of screen_cells, scrollback included. A size between the files resizes it.
 *
 *     screen_render COLSxROWS FILE [FILE | COLSxROWS] ...
 */

#include <stdio.h>
#include <stdlib.h>

#include "pty/screen.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"

#define SCROLLBACK_ROWS 1000

static bool read_size(struct str word, int *ret_cols, int *ret_rows)
{
    struct str cols;
    uint64_t size[2];
    if (!str_next(&word, 'x', &cols) || !str_to_u64(cols, 1, SCREEN_MAX_SIZE, &size[0]) ||
        !str_to_u64(word, 1, SCREEN_MAX_SIZE, &size[1]))
        return false;
    *ret_cols = (int)size[0];
    *ret_rows = (int)size[1];
    return true;
}

static bool feed_file(struct screen *screen, const char *path)
{
    char piece[4096];
    FILE *file = fopen(path, "rbe");
    if (file == NULL)
        return false;
    for (size_t len; (len = fread(piece, 1, sizeof(piece), file)) > 0;)
        screen_feed(screen, str_span(piece, len));
    return fclose(file) == 0;
}

static void print(const struct screen *screen)
{
    scoped_buf struct buf text = {0};
    struct jsonw writer;
    jsonw_init(&writer, &text);
    screen_cells(screen, -SCROLLBACK_ROWS, SCREEN_MAX_SIZE, &writer);
    (void)printf("%s\n", text.data);
}

int main(int argc, char **argv)
{
    struct screen_options options = {.max_scrollback_rows = SCROLLBACK_ROWS};
    if (argc < 2 || !read_size(str_from(argv[1]), &options.cols, &options.rows)) {
        (void)fprintf(stderr, "screen_render: the first word must be a size like 80x24\n");
        return 2;
    }
    struct screen *screen = screen_new(&options);
    for (int i = 2; i < argc; i++) {
        int cols;
        int rows;
        if (read_size(str_from(argv[i]), &cols, &rows)) {
            screen_resize(screen, cols, rows);
        } else if (!feed_file(screen, argv[i])) {
            (void)fprintf(stderr, "screen_render: cannot read '%s'\n", argv[i]);
            return 1;
        }
    }
    print(screen);
    screen_free(screen);
    return 0;
}

/*
 * How fast a screen takes what programs print: megabytes a second for several kinds of output, each
 * fed in pieces of 64 KiB, and the memory a screen costs that nothing was printed to.
 *
 *     screen_feed [MEGABYTES [COLS ROWS SCROLLBACK]]     default: 100 80 24 1000
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "pty/screen.h"
#include "pty/transcript.h"
#include "server/base/buf.h"

#define PIECE_BYTES 65536

static const struct {
    const char *name;
    struct str text;
} kinds[] = {
    {"yes", STR_INIT("y\r\n")},
    {"log lines", STR_INIT("2024-01-01 12:00:00 INFO server: request 12345 took 3 ms\r\n")},
    {"bare lines of 72", STR_INIT("The quick brown fox jumps over the lazy dog, and then once more "
                                  "again.\r\n")},
    {"coloured", STR_INIT("\033[01;34mbin\033[0m  \033[01;32mrun.sh\033[0m  \033[01;34metc\033[0m  "
                          "plain.txt\r\n")},
    {"other scripts", STR_INIT("\xE6\xBC\xA2\xE5\xAD\x97 \xD0\xBF\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5"
                               "\xD1\x82 \xE2\x94\x80\xE2\x94\x80 \xC3\xA9\r\n")},
    {"cursor movement", STR_INIT("\033[10;5Hab\033[K\033[3A\033[2Ccd\033[1;1H")},
    {"one endless line", STR_INIT("0123456789012345678901234567890123456789")},
};

/* Of our own time, whatever else the machine does. */
static double now(void)
{
    struct timespec time;
    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0)
        abort();
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void fill(struct buf *piece, struct str text)
{
    buf_clear(piece);
    while (piece->len + text.len <= PIECE_BYTES)
        buf_append(piece, text);
}

static void measure_feed(const struct screen_options *options, size_t bytes)
{
    scoped_buf struct buf piece = {0};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        fill(&piece, kinds[i].text);
        struct screen *screen = screen_new(options);
        const double start = now();
        for (size_t fed = 0; fed < bytes; fed += piece.len)
            screen_feed(screen, buf_str(&piece));
        (void)printf("%-18s %8.1f MB/s\n", kinds[i].name, (double)bytes / 1e6 / (now() - start));
        screen_free(screen);
    }
}

static void measure_idle(const struct screen_options *options)
{
    static struct screen *screens[100];
    const size_t before = mallinfo2().uordblks;
    for (size_t i = 0; i < ARRAY_SIZE(screens); i++)
        screens[i] = screen_new(options);
    const size_t empty = mallinfo2().uordblks;
    for (size_t i = 0; i < ARRAY_SIZE(screens); i++)
        screen_feed(screens[i],
                    STR("\033[?2004h\033[01;32muser@host\033[00m:\033[01;34m~\033[00m$ "));
    const size_t prompt = mallinfo2().uordblks;
    for (size_t i = 0; i < ARRAY_SIZE(screens); i++)
        screen_free(screens[i]);
    (void)printf("an empty screen    %8zu bytes\nat a prompt        %8zu bytes\n",
                 (empty - before) / ARRAY_SIZE(screens), (prompt - before) / ARRAY_SIZE(screens));
}

/* What a command that prints next to nothing costs. */
static void measure_transcript(void)
{
    enum {
        ROUNDS = 100000
    };
    const double start = now();
    for (int i = 0; i < ROUNDS; i++) {
        struct transcript *transcript = transcript_new(1000, 10500);
        scoped_buf struct buf text = {0};
        uint64_t dropped;
        transcript_feed(transcript, STR("ok\r\n"));
        transcript_text(transcript, &text, &dropped);
        transcript_free(transcript);
    }
    (void)printf("a small transcript %8.2f us\n", (now() - start) * 1e6 / ROUNDS);
}

int main(int argc, char **argv)
{
    const size_t megabytes = argc > 1 ? strtoul(argv[1], NULL, 10) : 100;
    const struct screen_options options = {
        .cols = argc > 2 ? (int)strtol(argv[2], NULL, 10) : 80,
        .rows = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 24,
        .max_scrollback_rows = argc > 4 ? strtoul(argv[4], NULL, 10) : 1000,
    };
    measure_idle(&options);
    measure_transcript();
    measure_feed(&options, megabytes * 1000000);
    return 0;
}

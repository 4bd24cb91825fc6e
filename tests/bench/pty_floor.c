/*
 * Floors under terminals, on a PTY of our own.
 *
 *     pty_floor true ROUNDS         a bare bash, `true` typed, prompt to prompt: microseconds a
 * line pty_floor echo ROUNDS         one byte in, its echo out, by the kernel alone: the same
 *     pty_floor yes SECONDS [LINE]  `yes LINE` read and thrown away: megabytes a second
 */

#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static double now_us(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int start(char *const *argv, pid_t *ret_pid)
{
    int master;
    const struct winsize size = {.ws_row = 24, .ws_col = 80};
    *ret_pid = forkpty(&master, NULL, NULL, &size);
    if (*ret_pid < 0)
        abort();
    if (*ret_pid == 0) {
        (void)execvp(argv[0], argv);
        _exit(127);
    }
    return master;
}

/* Reads until the text ends in the prompt. */
static void read_prompt(int master)
{
    char tail[4096];
    size_t len = 0;
    while (len < 2 || memcmp(tail + len - 2, "$>", 2) != 0) {
        if (len > sizeof(tail) / 2) {
            memmove(tail, tail + len - 2, 2);
            len = 2;
        }
        const ssize_t got = read(master, tail + len, sizeof(tail) - len);
        if (got <= 0)
            abort();
        len += (size_t)got;
    }
}

static void type(int master, const char *text)
{
    if (write(master, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
}

static void measure_true(long rounds)
{
    pid_t pid;
    (void)setenv("PS1", "$>", 1);
    char *words[] = {(char[]){"bash"}, (char[]){"--norc"}, (char[]){"--noprofile"}, (char[]){"-i"},
                     NULL};
    const int master = start(words, &pid);
    read_prompt(master);
    for (long i = 0; i < rounds; i++) {
        const double begun = now_us();
        type(master, "true\n");
        read_prompt(master);
        (void)printf("%.5f\n", (now_us() - begun) / 1e3);
    }
    type(master, "exit\n");
    (void)close(master);
    (void)waitpid(pid, NULL, 0);
}

static void measure_echo(long rounds)
{
    int master;
    int slave;
    char byte;
    if (openpty(&master, &slave, NULL, NULL, NULL) != 0)
        abort();
    for (long i = 0; i < rounds; i++) {
        const double begun = now_us();
        type(master, "x");
        if (read(master, &byte, 1) != 1)
            abort();
        (void)printf("%.5f\n", (now_us() - begun) / 1e3);
    }
}

static void measure_yes(long seconds, char *line)
{
    static char bytes[65536];
    pid_t pid;
    char *words[] = {(char[]){"yes"}, line, NULL};
    const int master = start(words, &pid);
    const double begun = now_us();
    double total = 0;
    while (now_us() - begun < (double)seconds * 1e6) {
        const ssize_t got = read(master, bytes, sizeof(bytes));
        if (got <= 0)
            abort();
        total += (double)got;
    }
    (void)printf("%.1f\n", total / (now_us() - begun));
    (void)close(master);
    (void)waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
    const long count = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    if (argc < 2)
        return 2;
    if (strcmp(argv[1], "true") == 0)
        measure_true(count);
    else if (strcmp(argv[1], "echo") == 0)
        measure_echo(count);
    else
        measure_yes(count, argc > 3 ? argv[3] : NULL);
    return 0;
}

/*
 * The floor under executing commands: posix_spawn of /bin/sh -c COMMAND, some at once, and waitpid
 * for all of them. Prints each round's microseconds on a line of its own.
 *
 *     spawn_floor ROUNDS [AT_ONCE COMMAND]     default: 1 true
 */

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double now_us(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
    const long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    const long at_once = argc > 2 ? strtol(argv[2], NULL, 10) : 1;
    char *words[] = {(char[]){"sh"}, (char[]){"-c"}, argc > 3 ? argv[3] : (char[]){"true"}, NULL};
    for (long round = 0; round < rounds; round++) {
        const double start = now_us();
        pid_t pid;
        for (long i = 0; i < at_once; i++) {
            if (posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ) != 0)
                return 1;
        }
        for (long i = 0; i < at_once; i++) {
            if (waitpid(-1, NULL, 0) < 0)
                return 1;
        }
        (void)printf("%.1f\n", now_us() - start);
    }
    return 0;
}

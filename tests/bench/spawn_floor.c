/*
 * The floor under executing a command: posix_spawn of /bin/sh -c true, and waitpid, one after the
 * other. Prints each run's microseconds on a line of its own.
 *
 *     spawn_floor COUNT
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
    const long count = argc > 1 ? strtol(argv[1], NULL, 10) : 1000;
    char *words[] = {(char[]){"sh"}, (char[]){"-c"}, (char[]){"true"}, NULL};
    for (long i = 0; i < count; i++) {
        const double start = now_us();
        pid_t pid;
        int status;
        if (posix_spawn(&pid, "/bin/sh", NULL, NULL, words, environ) != 0 ||
            waitpid(pid, &status, 0) != pid)
            return 1;
        (void)printf("%.1f\n", now_us() - start);
    }
    return 0;
}

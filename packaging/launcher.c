/*
 * The program of the bundle: a static launcher that starts actiond with the loader and the
 * libraries that lie beside it, so that the folder works under any libc or none.
 *
 *     <folder>/actiond                      this
 *     <folder>/lib/ld-linux-*.so.*          LOADER_NAME
 *     <folder>/lib/actiond, lib*.so*        the server and what it needs
 *
 * Nothing goes through the environment, so children of the server see none of it. The process id
 * stays the same, so PID 1 stays PID 1.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

static int fail(const char *what)
{
    (void)fprintf(stderr, "actiond: %s: %s\n", what, strerror(errno));
    return 127;
}

/* The real path of this program; without /proc, what the kernel was asked to execute. */
static int find_folder(char folder[PATH_MAX])
{
    char raw[PATH_MAX];
    const ssize_t len = readlink("/proc/self/exe", raw, sizeof(raw) - 1);
    if (len > 0) {
        raw[len] = '\0';
    } else {
        const char *name = (const char *)getauxval(AT_EXECFN);
        if (name == NULL || realpath(name, raw) == NULL)
            return -1;
    }
    char *slash = strrchr(raw, '/');
    if (slash == NULL)
        return -1;
    *slash = '\0';
    memcpy(folder, raw, strlen(raw) + 1);
    return 0;
}

int main(int argc, char **argv)
{
    char folder[PATH_MAX];
    char loader[PATH_MAX + 64];
    char library_path[PATH_MAX + 64];
    char program[PATH_MAX + 64];
    if (find_folder(folder) != 0)
        return fail("cannot tell where the bundle is");
    (void)snprintf(loader, sizeof(loader), "%s/lib/" LOADER_NAME, folder);
    (void)snprintf(library_path, sizeof(library_path), "%s/lib", folder);
    (void)snprintf(program, sizeof(program), "%s/lib/actiond", folder);

    char **words = calloc((size_t)argc + 8, sizeof(*words));
    if (words == NULL)
        return fail("no memory");
    size_t count = 0;
    words[count++] = loader;
    words[count++] = (char[]){"--library-path"};
    words[count++] = library_path;
    words[count++] = (char[]){"--argv0"};
    words[count++] = argc > 0 ? argv[0] : program;
    words[count++] = program;
    for (int i = 1; i < argc; i++)
        words[count++] = argv[i];
    (void)execv(loader, words);
    return fail(loader);
}

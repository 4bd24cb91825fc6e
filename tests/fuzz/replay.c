/*
 * Runs a fuzz harness over files instead of under libFuzzer: every file given, and every file in
 * each folder given, so that the corpus and all past crashes are part of the ordinary tests.
 */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "server/base/buf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned count;

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        (void)fprintf(stderr, "replay: cannot read %s\n", path);
        exit(1);
    }
    scoped_buf struct buf content = {0};
    for (;;) {
        char *room = buf_reserve(&content, 65536);
        const size_t len = fread(room, 1, 65536, file);
        if (len == 0)
            break;
        content.len += len;
    }
    (void)fclose(file); /* it was only read */
    /* A copy of the exact size, so that the sanitizer sees a read past the end. */
    uint8_t *exact = malloc(content.len == 0 ? 1 : content.len);
    if (exact == NULL)
        exit(1);
    if (content.len > 0)
        memcpy(exact, content.data, content.len);
    (void)LLVMFuzzerTestOneInput(exact, content.len); /* always 0 */
    free(exact);
    count++;
}

static void replay_folder(const char *path)
{
    struct dirent **entries;
    const int found = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < found; i++) {
        scoped_buf struct buf name = {0};
        buf_printf(&name, "%s/%s", path, entries[i]->d_name);
        struct stat status;
        if (stat(name.data, &status) == 0 && S_ISREG(status.st_mode))
            replay_file(name.data);
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat status;
        if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
            replay_folder(argv[i]);
        else
            replay_file(argv[i]);
    }
    (void)printf("%u inputs replayed\n", count);
    return count > 0 ? 0 : 1;
}

#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/config/argv.h"

/* The command line a backend puts together: one word a line. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char program[] = "actiond";
    char *argv[WORDS_MAX] = {program};
    int argc = 1;
    scoped_free char *text = mem_strndup((const char *)data, size);
    for (char *word = text; word < text + size && argc < WORDS_MAX - 1;) {
        char *end = memchr(word, '\n', (size_t)(text + size - word));
        if (end == NULL)
            end = text + size;
        *end = '\0';
        argv[argc++] = word;
        word = end + 1;
    }
    scoped_buf struct buf json = {0};
    struct argv_result result;
    struct error error;
    if (!argv_parse(argc, argv, &json, &result, &error)) {
        assert(error.text[0] != '\0');
        return 0;
    }
    struct doc_error at;
    struct doc *doc = doc_parse(buf_str(&json), &at);
    assert(doc != NULL);
    doc_free(doc);
    return 0;
}

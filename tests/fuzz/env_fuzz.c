#include <stdint.h>

#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/config/config_env.h"
#include "server/config/config_options.h"
#include "server/config/config_value.h"

/* The environment of a process that somebody else starts: one variable a line. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define VARIABLES_MAX 64

static size_t split_lines(char *text, size_t size, const char **variables)
{
    size_t count = 0;
    for (char *line = text; line < text + size && count < VARIABLES_MAX - 1;) {
        char *end = memchr(line, '\n', (size_t)(text + size - line));
        if (end == NULL)
            end = text + size;
        *end = '\0';
        variables[count++] = line;
        line = end + 1;
    }
    variables[count] = NULL;
    return count;
}

static void check_values(const struct doc_value *root)
{
    struct config config = {0};
    struct arena arena = {0};
    struct error error;
    for (size_t i = 0; i < config_option_count; i++) {
        const struct doc_value *value = doc_find(root, str_from(config_options[i].name));
        if (value != NULL && !config_value_read(&config_options[i], value, &arena, &config, &error))
            assert(error.text[0] != '\0');
    }
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *variables[VARIABLES_MAX];
    scoped_free char *text = mem_strndup((const char *)data, size);
    (void)split_lines(text, size, variables);
    struct config_env env;
    struct error error;
    if (!config_env_read(variables, &env, &error))
        return 0;
    struct doc_error at;
    struct doc *doc = doc_parse(buf_str(&env.json), &at);
    assert(doc != NULL);
    check_values(doc_root(doc));
    doc_free(doc);
    config_env_fini(&env);
    return 0;
}

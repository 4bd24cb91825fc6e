#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/config/config.h"
#include "server/config/config_file.h"
#include "server/config/config_merge.h"
#include "server/config/config_options.h"
#include "server/config/config_value.h"

/* A config file, checked option by option and laid over itself. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct str json)
{
    struct doc_error at;
    struct doc *doc = doc_parse(json, &at);
    assert(doc != NULL);
    struct config config = {0};
    struct arena arena = {0};
    struct error error;
    for (size_t i = 0; i < config_option_count; i++) {
        const struct doc_value *value = doc_find(doc_root(doc), str_from(config_options[i].name));
        if (value != NULL && !config_value_read(&config_options[i], value, &arena, &config, &error))
            assert(error.text[0] != '\0');
    }
    scoped_buf struct buf merged = {0};
    config_merge(doc_root(doc), doc_root(doc), true, &merged);
    struct doc *again = doc_parse(buf_str(&merged), &at);
    assert(again != NULL);
    doc_free(again);
    doc_free(doc);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error;
    scoped_buf struct buf json = {0};
    if (config_file_parse("fuzz.json", str_span((const char *)data, size), &json, &error))
        use(buf_str(&json));
    return 0;
}

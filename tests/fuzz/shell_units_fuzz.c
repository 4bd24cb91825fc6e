#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/shell_units.h"

/* Splits a text into its units, which lie in the text in order and do not overlap. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = str_span((const char *)data, size);
    struct shell_units units;
    shell_units_split(text, &units);
    assert(units.count > 0);
    const char *at = text.data;
    for (size_t i = 0; i < units.count; i++) {
        assert(units.items[i].data >= at);
        at = units.items[i].data + units.items[i].len;
    }
    assert(at <= text.data + text.len);
    shell_units_fini(&units);
    return 0;
}

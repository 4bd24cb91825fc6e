#include <stdint.h>

#include "agent/meta.h"
#include "agent/secret_mask.h"
#include "agent/state.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"

/*
 * The two files of a conversation that are read whole, base_state.json and meta.json, as somebody
 * may have left them: what is read is written as JSON that can be read again.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_state(struct str text)
{
    static const enum secret_form forms[] = {FORM_EVENT, FORM_ANSWER, FORM_STORED};
    struct secret_mask *mask = secret_mask_new();
    struct error error;
    struct state *state = state_new(mask);
    if (state_read(state, text, NULL, &error)) {
        for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
            scoped_buf struct buf printed = {0};
            struct doc_error why;
            state_print(state, &(struct secret_writer){.form = forms[i]}, &printed);
            struct doc *doc = doc_parse(buf_str(&printed), &why);
            assert(doc != NULL);
            doc_free(doc);
        }
    }
    state_free(state);
    secret_mask_free(mask);
}

static void check_meta(struct str text)
{
    struct error error;
    struct meta *meta = meta_new();
    struct meta *again = meta_new();
    if (meta_read(meta, text, NULL, &error)) {
        scoped_buf struct buf printed = {0};
        meta_print(meta, NULL, &printed);
        assert(meta_read(again, buf_str(&printed), NULL, &error));
    }
    meta_free(meta);
    meta_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = str_span((const char *)data, size);
    check_state(text);
    check_meta(text);
    return 0;
}

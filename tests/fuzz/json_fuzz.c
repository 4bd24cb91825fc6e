/*
 * Parsing: an accepted text prints as JSON that parses to the same print; a refused one names a
 * place inside the text.
 */

#include "server/base/buf.h"
#include "server/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_error(const struct doc_error *error, size_t size)
{
    assert(error->text != NULL);
    assert(error->is_encoding || error->position <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doc_error error = {0};
    struct doc *doc = doc_parse(str_span((const char *)data, size), &error);
    if (doc == NULL) {
        check_error(&error, size);
        return 0;
    }
    scoped_buf struct buf first = {0};
    scoped_buf struct buf second = {0};
    doc_print(doc_root(doc), &first);
    struct doc *again = doc_parse(buf_str(&first), &error);
    assert(again != NULL);
    doc_print(doc_root(again), &second);
    assert(str_equal(buf_str(&first), buf_str(&second)));
    doc_free(again);
    doc_free(doc);
    return 0;
}

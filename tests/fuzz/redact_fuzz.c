/*
 * Taking secrets out of JSON: whatever our own reader takes for JSON is handled, the result is JSON
 * again, and a second pass finds nothing more. URLs and their secrets come along.
 */

#include "actions/archive_redact.h"
#include "actions/archive_url.h"
#include "server/base/buf.h"
#include "server/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_json(struct str text)
{
    struct doc_error error;
    struct doc *doc = doc_parse(text, &error);
    doc_free(doc);
    return doc != NULL;
}

static void check_document(struct str text)
{
    scoped_buf struct buf once = {0};
    scoped_buf struct buf twice = {0};
    if (!archive_redact_json(text, &once))
        return;
    assert(!archive_redact_json(buf_str(&once), &twice));
    if (is_json(text))
        assert(is_json(buf_str(&once)));
}

static void check_lines(struct str text)
{
    scoped_buf struct buf once = {0};
    scoped_buf struct buf twice = {0};
    if (archive_redact_json_lines(text, &once))
        assert(!archive_redact_json_lines(buf_str(&once), &twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str text = str_span((const char *)data, size);
    scoped_buf struct buf url = {0};
    scoped_buf struct buf again = {0};
    check_document(text);
    check_lines(text);
    archive_url_redact(&url, text);
    archive_url_redact(&again, buf_str(&url));
    assert(str_equal(buf_str(&url), buf_str(&again)));
    return 0;
}

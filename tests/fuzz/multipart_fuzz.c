#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/http/multipart.h"

/* A boundary, a line break, and a body: however the body is cut, the same parts come out. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_part(void *owner, const struct multipart_part *part)
{
    buf_printf(owner, "[%.*s %d ", STR_ARG(part->name), part->is_file ? 1 : 0);
}

static void on_data(void *owner, struct str chunk)
{
    buf_append(owner, chunk);
}

static void on_part_end(void *owner)
{
    buf_append(owner, STR("]"));
}

static const struct multipart_events events = {
    .on_part = on_part,
    .on_data = on_data,
    .on_part_end = on_part_end,
};

/* Feeds pieces of `step` bytes; false when the body is malformed. */
static bool parse(struct str content_type, struct str body, size_t step, struct buf *out)
{
    struct multipart *multipart;
    struct error error;
    if (!multipart_new(content_type, &events, out, &multipart, &error))
        return false;
    bool is_fine = true;
    for (size_t at = 0; is_fine && at < body.len; at += step)
        is_fine = multipart_feed(multipart, str_slice(body, at, at + step), &error);
    is_fine = is_fine && multipart_is_complete(multipart);
    multipart_free(multipart);
    return is_fine;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str body = str_span((const char *)data, size);
    struct str boundary;
    if (!str_next(&body, '\n', &boundary))
        return 0;
    scoped_buf struct buf type = {0};
    scoped_buf struct buf whole = {0};
    scoped_buf struct buf bytewise = {0};
    buf_append(&type, STR("multipart/form-data; boundary="));
    buf_append(&type, boundary);
    const bool is_fine = parse(buf_str(&type), body, body.len + 1, &whole);
    assert(parse(buf_str(&type), body, 1, &bytewise) == is_fine);
    assert(!is_fine || str_equal(buf_str(&whole), buf_str(&bytewise)));
    return 0;
}

#include <stdint.h>

#include "server/base/buf.h"
#include "server/http/chunks.h"

/* A chunked body: however it is cut, the same data comes out. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum chunks_outcome read_all(struct str bytes, size_t step, struct buf *out)
{
    struct chunks chunks = {0};
    enum chunks_outcome outcome = CHUNKS_MORE;
    for (size_t at = 0; outcome == CHUNKS_MORE && at < bytes.len; at += step) {
        struct str rest = str_slice(bytes, at, at + step);
        struct str piece;
        while ((outcome = chunks_next(&chunks, &rest, &piece)) == CHUNKS_PIECE)
            buf_append(out, piece);
        assert(outcome != CHUNKS_MORE || rest.len == 0);
    }
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct str bytes = str_span((const char *)data, size);
    scoped_buf struct buf whole = {0};
    scoped_buf struct buf bytewise = {0};
    const enum chunks_outcome outcome = read_all(bytes, size + 1, &whole);
    assert(read_all(bytes, 1, &bytewise) == outcome);
    assert(str_equal(buf_str(&whole), buf_str(&bytewise)));
    return 0;
}

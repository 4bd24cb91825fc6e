#include <stdint.h>

#include "actions/command_chunk.h"
#include "server/base/buf.h"

/* However output is cut into pieces and however it is read back, it is the same bytes. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct command_chunk *chunk, enum command_stream stream,
                        struct str expected, size_t limit)
{
    scoped_buf struct buf out = {0};
    const uint64_t first = chunk_first(chunk, stream);
    while (chunk_read(chunk, stream, first + out.len, limit, &out) > 0)
        continue;
    assert(str_equal(buf_str(&out), expected));
    assert(chunk_end(chunk, stream) == first + expected.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct command_tail tail = {.all_from = 1000, .out_from = data[0]};
    struct buf streams[3] = {{0}};
    const size_t limit = data[1] + 1u;
    struct str rest = str_span((const char *)data + 2, size - 2);
    while (rest.len > 1) {
        const enum command_stream stream = rest.data[0] & 1 ? COMMAND_STDERR : COMMAND_STDOUT;
        const struct str piece = str_slice(rest, 1, 2 + ((size_t)(uint8_t)rest.data[0] >> 1));
        rest = str_skip(rest, 1 + piece.len);
        tail_append(&tail, stream, piece);
        buf_append(&streams[stream], piece);
        buf_append(&streams[COMMAND_ALL], piece);
    }
    struct command_chunk chunk = tail_chunk(&tail);
    assert(chunk_is_sound(&chunk));
    for (enum command_stream stream = COMMAND_STDOUT; stream <= COMMAND_ALL; stream++)
        expect_same(&chunk, stream, buf_str(&streams[stream]), limit);
    tail_fini(&tail);
    for (size_t i = 0; i < 3; i++)
        buf_fini(&streams[i]);
    return 0;
}

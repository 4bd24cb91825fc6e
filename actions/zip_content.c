#include "actions/zip_content.h"

#include <assert.h>
#include <stdlib.h>
#include <zlib.h>

#include "server/base/mem.h"

struct zip_content {
    z_stream stream;
};

struct zip_content *zip_content_new(void)
{
    struct zip_content *content = mem_zero(1, sizeof(*content));
    if (inflateInit2(&content->stream, -MAX_WBITS) == Z_OK)
        return content;
    free(content);
    return NULL;
}

/* zlib declares its input as writable and leaves it alone. */
static Bytef *unconst(const char *bytes)
{
    union {
        const char *from;
        Bytef *to;
    } pointer = {.from = bytes};
    return pointer.to;
}

void zip_content_feed(struct zip_content *content, struct str packed)
{
    assert(packed.len <= UINT32_MAX);
    content->stream.next_in = unconst(packed.data);
    content->stream.avail_in = (uInt)packed.len;
}

enum zip_content_state zip_content_take(struct zip_content *content, char *room, size_t size,
                                        size_t *ret_len)
{
    z_stream *stream = &content->stream;
    assert(size <= UINT32_MAX);
    stream->next_out = (Bytef *)room;
    stream->avail_out = (uInt)size;
    const int status = inflate(stream, Z_NO_FLUSH);
    *ret_len = size - stream->avail_out;
    if (status == Z_STREAM_END)
        return ZIP_CONTENT_ENDED;
    if (status != Z_OK && status != Z_BUF_ERROR)
        return ZIP_CONTENT_DAMAGED;
    return stream->avail_out == 0 ? ZIP_CONTENT_FULL : ZIP_CONTENT_HUNGRY;
}

void zip_content_free(struct zip_content *content)
{
    if (content == NULL)
        return;
    (void)inflateEnd(&content->stream); /* frees it */
    free(content);
}

uint32_t zip_content_checksum(uint32_t crc, struct str bytes)
{
    return (uint32_t)crc32_z(crc, (const Bytef *)bytes.data, bytes.len);
}

#include "actions/zip_record.h"

#include "server/base/buf.h"

static void put(struct buf *out, uint64_t number, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_append_byte(out, (char)((number >> (8 * i)) & 0xff));
}

static uint64_t get(const char *bytes, int count)
{
    uint64_t number = 0;
    for (int i = count - 1; i >= 0; i--)
        number = number << 8 | (unsigned char)bytes[i];
    return number;
}

void zip_put16(struct buf *out, uint64_t number)
{
    put(out, number, 2);
}

void zip_put32(struct buf *out, uint64_t number)
{
    put(out, number, 4);
}

void zip_put64(struct buf *out, uint64_t number)
{
    put(out, number, 8);
}

uint16_t zip_get16(const char *bytes)
{
    return (uint16_t)get(bytes, 2);
}

uint32_t zip_get32(const char *bytes)
{
    return (uint32_t)get(bytes, 4);
}

uint64_t zip_get64(const char *bytes)
{
    return get(bytes, 8);
}

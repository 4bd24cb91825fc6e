#include "actions/file_hash.h"

#define BLOCK_BYTES ((size_t)64)

static const uint32_t round_constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

void file_hash_init(struct file_hash *hash)
{
    *hash = (struct file_hash){
        .state = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c,
                  0x1f83d9ab, 0x5be0cd19},
    };
}

static uint32_t rotate(uint32_t value, unsigned count)
{
    return value >> count | value << (32 - count);
}

static uint32_t read_word(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void expand(const unsigned char *block, uint32_t words[64])
{
    for (size_t i = 0; i < 16; i++)
        words[i] = read_word(block + 4 * i);
    for (size_t i = 16; i < 64; i++) {
        const uint32_t a = words[i - 15];
        const uint32_t b = words[i - 2];
        words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)) + words[i - 7] +
                   (rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10));
    }
}

static void take_block(struct file_hash *hash, const unsigned char *block)
{
    uint32_t words[64];
    uint32_t v[8];
    expand(block, words);
    memcpy(v, hash->state, sizeof(v));
    for (size_t i = 0; i < 64; i++) {
        const uint32_t e = v[4];
        const uint32_t a = v[0];
        const uint32_t first = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +
                               ((e & v[5]) ^ (~e & v[6])) + round_constants[i] + words[i];
        const uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +
                                ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6];
        v[6] = v[5];
        v[5] = e;
        v[4] = v[3] + first;
        v[3] = v[2];
        v[2] = v[1];
        v[1] = a;
        v[0] = first + second;
    }
    for (size_t i = 0; i < 8; i++)
        hash->state[i] += v[i];
}

void file_hash_add(struct file_hash *hash, struct str bytes)
{
    while (bytes.len > 0) {
        const size_t used = hash->total_bytes % BLOCK_BYTES;
        const size_t room = BLOCK_BYTES - used;
        const size_t len = bytes.len < room ? bytes.len : room;
        hash->total_bytes += len;
        if (len == BLOCK_BYTES) {
            take_block(hash, (const unsigned char *)bytes.data);
        } else {
            memcpy(hash->block + used, bytes.data, len);
            if (len == room)
                take_block(hash, hash->block);
        }
        bytes = str_skip(bytes, len);
    }
}

struct file_hash_text file_hash_finish(struct file_hash *hash)
{
    const uint64_t bits = hash->total_bytes * 8;
    char length[8];
    for (unsigned i = 0; i < 8; i++)
        length[i] = (char)(bits >> (56 - 8 * i) & 0xff);
    file_hash_add(hash, str_span("\x80", 1));
    while (hash->total_bytes % BLOCK_BYTES != BLOCK_BYTES - sizeof(length))
        file_hash_add(hash, str_span("", 1));
    file_hash_add(hash, str_span(length, sizeof(length)));
    struct file_hash_text text;
    for (size_t i = 0; i < 8; i++)
        (void)snprintf(text.text + 8 * i, 9, "%08x", hash->state[i]); /* exactly 8 digits */
    return text;
}

#include "server/http/ws_key.h"

#define KEY_LEN      24
#define DIGEST_BYTES 20
#define BLOCK_BYTES  64
/* The key, the protocol's fixed text of 36 bytes, the padding and the length fill two blocks. */
#define MESSAGE_BYTES ((size_t)2 * BLOCK_BYTES)

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool ws_key_is_valid(struct str key)
{
    if (key.len != KEY_LEN || !str_ends_with(key, STR("==")))
        return false;
    for (size_t i = 0; i < KEY_LEN - 2; i++) {
        if (key.data[i] == '\0' || strchr(alphabet, key.data[i]) == NULL)
            return false;
    }
    return true;
}

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value << bits | value >> (32 - bits);
}

static uint32_t round_value(unsigned round, uint32_t b, uint32_t c, uint32_t d)
{
    if (round < 20)
        return ((b & c) | (~b & d)) + 0x5a827999u;
    if (round < 40)
        return (b ^ c ^ d) + 0x6ed9eba1u;
    if (round < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcu;
    return (b ^ c ^ d) + 0xca62c1d6u;
}

static void add_block(uint32_t state[5], const unsigned char *block)
{
    uint32_t words[80];
    for (size_t i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
                   (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (size_t i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (unsigned i = 0; i < 80; i++) {
        const uint32_t next = rotate(a, 5) + round_value(i, b, c, d) + e + words[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

/* Both sizes are fixed, and so is the padding: 60 bytes of text, then 0x80, zeroes, 480 bits. */
static void digest_of(struct str key, unsigned char digest[DIGEST_BYTES + 1])
{
    static const char suffix[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char message[MESSAGE_BYTES] = {0};
    uint32_t state[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};
    const size_t len = KEY_LEN + sizeof(suffix) - 1;
    memcpy(message, key.data, KEY_LEN);
    memcpy(message + KEY_LEN, suffix, sizeof(suffix) - 1);
    message[len] = 0x80;
    message[MESSAGE_BYTES - 2] = (unsigned char)(len * 8 >> 8);
    message[MESSAGE_BYTES - 1] = (unsigned char)(len * 8 & 0xff);
    add_block(state, message);
    add_block(state, message + BLOCK_BYTES);
    for (unsigned i = 0; i < DIGEST_BYTES; i++)
        digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
    digest[DIGEST_BYTES] = 0; /* the base64 groups are three bytes long */
}

struct ws_accept_text ws_key_accept(struct str key)
{
    unsigned char digest[DIGEST_BYTES + 1];
    struct ws_accept_text accept = {{0}};
    digest_of(key, digest);
    char *out = accept.text;
    for (size_t i = 0; i < DIGEST_BYTES; i += 3) {
        const unsigned group =
            (unsigned)digest[i] << 16 | (unsigned)digest[i + 1] << 8 | digest[i + 2];
        *out++ = alphabet[group >> 18];
        *out++ = alphabet[group >> 12 & 63];
        *out++ = alphabet[group >> 6 & 63];
        *out++ = alphabet[group & 63];
    }
    accept.text[WS_ACCEPT_LEN - 1] = '=';
    return accept;
}

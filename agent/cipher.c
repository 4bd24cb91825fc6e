/*
 * A token is base64 (the URL alphabet, padded) of: one byte 0x80, the time in 8 bytes, the vector
 * in 16, the encrypted text padded to whole blocks, and the HMAC of all that in 32. A key is 32
 * bytes: the first half signs, the second encrypts.
 */
#include "agent/cipher.h"

#include <nettle/aes.h>
#include <nettle/base64.h>
#include <nettle/cbc.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/id.h"
#include "server/base/mem.h"

#define VERSION      0x80
#define TIME_AT      1
#define VECTOR_AT    9
#define BLOCK        AES_BLOCK_SIZE
#define TEXT_AT      (VECTOR_AT + BLOCK)
#define HALF_KEY     16
#define TOKEN_PREFIX "gAAAAA" /* the version and a time before the year 2242 */

struct key {
    uint8_t signing[HALF_KEY];
    uint8_t sealing[HALF_KEY];
};

struct cipher {
    size_t count;
    struct key keys[]; /* the first one makes tokens */
};

static struct key derive(struct str text)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash;
    struct key key;
    sha256_init(&hash);
    sha256_update(&hash, text.len, (const uint8_t *)text.data);
    sha256_digest(&hash, sizeof(digest), digest);
    memcpy(key.signing, digest, HALF_KEY);
    memcpy(key.sealing, digest + HALF_KEY, HALF_KEY);
    explicit_bzero(digest, sizeof(digest));
    return key;
}

struct cipher *cipher_new(struct str key, const struct str *earlier_keys, size_t count)
{
    if (str_is_empty(str_trim(key)))
        return NULL;
    struct cipher *cipher = mem_zero(1, sizeof(*cipher) + (count + 1) * sizeof(struct key));
    cipher->keys[cipher->count++] = derive(key);
    for (size_t i = 0; i < count; i++)
        if (!str_is_empty(str_trim(earlier_keys[i])))
            cipher->keys[cipher->count++] = derive(earlier_keys[i]);
    return cipher;
}

void cipher_free(struct cipher *cipher)
{
    if (cipher == NULL)
        return;
    explicit_bzero(cipher->keys, cipher->count * sizeof(struct key));
    free(cipher);
}

bool cipher_is_token(struct str text)
{
    return str_starts_with(text, STR(TOKEN_PREFIX));
}

static void sign(const struct key *key, const uint8_t *data, size_t len,
                 uint8_t digest[SHA256_DIGEST_SIZE])
{
    struct hmac_sha256_ctx hmac;
    hmac_sha256_set_key(&hmac, HALF_KEY, key->signing);
    hmac_sha256_update(&hmac, len, data);
    hmac_sha256_digest(&hmac, SHA256_DIGEST_SIZE, digest);
}

/* --- sealing --- */

/* Everything up to the encrypted text. */
static void write_head(uint8_t *raw)
{
    const uint64_t seconds = (uint64_t)(clock_wall_us() / 1000000);
    raw[0] = VERSION;
    for (unsigned i = 0; i < 8; i++)
        raw[TIME_AT + i] = (uint8_t)(seconds >> (56 - 8 * i));
    id_random_bytes(raw + VECTOR_AT, BLOCK);
}

static void encrypt(const struct key *key, uint8_t *raw, size_t len)
{
    struct aes128_ctx aes;
    uint8_t vector[BLOCK]; /* changes as blocks are chained */
    memcpy(vector, raw + VECTOR_AT, BLOCK);
    aes128_set_encrypt_key(&aes, key->sealing);
    cbc_encrypt(&aes, (nettle_cipher_func *)aes128_encrypt, BLOCK, vector, len, raw + TEXT_AT,
                raw + TEXT_AT);
    explicit_bzero(&aes, sizeof(aes));
}

static void append_base64(struct buf *out, const uint8_t *raw, size_t len)
{
    struct base64_encode_ctx base64;
    char *to = buf_reserve(out, BASE64_ENCODE_LENGTH(len) + BASE64_ENCODE_FINAL_LENGTH);
    if (to == NULL)
        return;
    base64url_encode_init(&base64);
    size_t count = base64_encode_update(&base64, to, len, raw);
    count += base64_encode_final(&base64, to + count);
    out->len += count;
    out->data[out->len] = '\0';
}

void cipher_seal(const struct cipher *cipher, struct str text, struct buf *out)
{
    const size_t padding = BLOCK - text.len % BLOCK;
    const size_t signed_bytes = TEXT_AT + text.len + padding;
    const size_t size = signed_bytes + SHA256_DIGEST_SIZE;
    uint8_t *raw = mem_alloc(size);
    write_head(raw);
    if (text.len > 0)
        memcpy(raw + TEXT_AT, text.data, text.len);
    memset(raw + TEXT_AT + text.len, (int)padding, padding);
    encrypt(&cipher->keys[0], raw, text.len + padding);
    sign(&cipher->keys[0], raw, signed_bytes, raw + signed_bytes);
    append_base64(out, raw, size);
    free(raw);
}

/* --- opening --- */

/* Heap memory; NULL when it is not base64. */
static uint8_t *decode_base64(struct str token, size_t *ret_len)
{
    struct base64_decode_ctx base64;
    uint8_t *raw = mem_alloc(BASE64_DECODE_LENGTH(token.len) + 1);
    base64url_decode_init(&base64);
    if (base64_decode_update(&base64, ret_len, raw, token.len, token.data) &&
        base64_decode_final(&base64))
        return raw;
    free(raw);
    return NULL;
}

static void decrypt(const struct key *key, uint8_t *raw, size_t len)
{
    struct aes128_ctx aes;
    aes128_set_decrypt_key(&aes, key->sealing);
    cbc_decrypt(&aes, (nettle_cipher_func *)aes128_decrypt, BLOCK, raw + VECTOR_AT, len,
                raw + TEXT_AT, raw + TEXT_AT);
    explicit_bzero(&aes, sizeof(aes));
}

/* The padding says by each of its bytes how long it is. */
static bool strip_padding(const uint8_t *text, size_t *len)
{
    const uint8_t padding = text[*len - 1];
    if (padding == 0 || padding > BLOCK)
        return false;
    for (size_t i = 0; i < padding; i++)
        if (text[*len - 1 - i] != padding)
            return false;
    *len -= padding;
    return true;
}

static bool is_signed_by(const struct key *key, const uint8_t *raw, size_t signed_bytes)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    sign(key, raw, signed_bytes, digest);
    return str_equal_constant_time(str_span((const char *)digest, sizeof(digest)),
                                   str_span((const char *)raw + signed_bytes, sizeof(digest)));
}

static bool open_raw(const struct cipher *cipher, uint8_t *raw, size_t size, struct buf *out)
{
    if (size < TEXT_AT + BLOCK + SHA256_DIGEST_SIZE || raw[0] != VERSION)
        return false;
    const size_t signed_bytes = size - SHA256_DIGEST_SIZE;
    size_t len = signed_bytes - TEXT_AT;
    if (len % BLOCK != 0)
        return false;
    for (size_t i = 0; i < cipher->count; i++) {
        if (!is_signed_by(&cipher->keys[i], raw, signed_bytes))
            continue;
        decrypt(&cipher->keys[i], raw, len);
        if (!strip_padding(raw + TEXT_AT, &len))
            return false;
        buf_append_bytes(out, raw + TEXT_AT, len);
        return true;
    }
    return false;
}

bool cipher_open(const struct cipher *cipher, struct str token, struct buf *out)
{
    size_t size = 0;
    if (!cipher_is_token(token))
        return false;
    uint8_t *raw = decode_base64(token, &size);
    if (raw == NULL)
        return false;
    const bool is_open = open_raw(cipher, raw, size, out);
    explicit_bzero(raw, size);
    free(raw);
    return is_open;
}

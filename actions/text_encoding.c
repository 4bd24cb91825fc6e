/*
 * Three kinds of codec: UTF-8, which is copied; those that are read character by character with a
 * step function of their own; and those that iconv converts in blocks.
 */
#include "actions/text_encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define BLOCK_BYTES ((size_t)65536)

struct codec;

/* Reads one character. Returns the bytes taken, 0 when they stand for none. */
typedef size_t (*step_fn)(const struct codec *codec, struct str bytes, unsigned *ret_code_point);
/* Writes one character; false when the encoding does not have it. */
typedef bool (*put_fn)(const struct codec *codec, unsigned code_point, struct buf *out);

struct codec {
    const char *name;   /* as Python names it in errors */
    const char *reason; /* why it does not have a character, as Python words it */
    const char *iconv_name;
    struct str mark;
    step_fn step;
    put_fn put;
    bool is_big_endian;
    unsigned unit_bytes;
    const uint16_t *high;
};

static size_t step_wide(const struct codec *codec, struct str bytes, unsigned *ret_code_point);
static bool put_wide(const struct codec *codec, unsigned code_point, struct buf *out);

/* Never fails. */
static size_t step_damaged(const struct codec *codec, struct str bytes, unsigned *ret_code_point)
{
    (void)codec; /* there is but one */
    bool is_valid;
    return utf8_step(bytes, ret_code_point, &is_valid);
}

#define WIDE(codec_name, bytes, big)                                                               \
    .name = (codec_name), .step = step_wide, .put = put_wide, .unit_bytes = (bytes),               \
    .is_big_endian = (big)
#define BLOCKS(codec_name, converter)                                                              \
    .name = (codec_name), .iconv_name = (converter), .reason = "illegal multibyte sequence"

static const struct codec codecs[TEXT_SINGLE_BYTE] = {
    [TEXT_UTF8] = {.name = "utf-8"},
    [TEXT_UTF8_MARKED] = {.name = "utf-8", .mark = STR_INIT("\xEF\xBB\xBF")},
    [TEXT_UTF8_DAMAGED] = {.name = "utf-8", .step = step_damaged},
    [TEXT_UTF16_LE] = {WIDE("utf-16-le", 2, false)},
    [TEXT_UTF16_LE_MARKED] = {WIDE("utf-16", 2, false), .mark = STR_INIT("\xFF\xFE")},
    [TEXT_UTF16_BE] = {WIDE("utf-16-be", 2, true)},
    [TEXT_UTF16_BE_MARKED] = {WIDE("utf-16", 2, true), .mark = STR_INIT("\xFE\xFF")},
    [TEXT_UTF32_LE_MARKED] = {WIDE("utf-32", 4, false), .mark = STR_INIT("\xFF\xFE\0\0")},
    [TEXT_UTF32_BE_MARKED] = {WIDE("utf-32", 4, true), .mark = STR_INIT("\0\0\xFE\xFF")},
    [TEXT_GB18030] = {BLOCKS("gb18030", "GB18030")},
    [TEXT_BIG5] = {BLOCKS("big5", "BIG5")},
    [TEXT_CP932] = {BLOCKS("cp932", "CP932")},
    [TEXT_EUC_JP] = {BLOCKS("euc_jp", "EUC-JP")},
    [TEXT_CP949] = {BLOCKS("cp949", "UHC")},
};

static unsigned read_unit(const struct codec *codec, const char *at)
{
    const unsigned char *bytes = (const unsigned char *)at;
    unsigned value = 0;
    for (unsigned i = 0; i < codec->unit_bytes; i++) {
        const unsigned index = codec->is_big_endian ? i : codec->unit_bytes - 1 - i;
        value = (value << 8) | bytes[index];
    }
    return value;
}

static bool is_surrogate(unsigned code_point)
{
    return code_point >= 0xD800 && code_point <= 0xDFFF;
}

static size_t step_wide(const struct codec *codec, struct str bytes, unsigned *ret_code_point)
{
    if (bytes.len < codec->unit_bytes)
        return 0;
    const unsigned first = read_unit(codec, bytes.data);
    *ret_code_point = first;
    if (!is_surrogate(first))
        return first <= 0x10FFFF ? codec->unit_bytes : 0;
    if (codec->unit_bytes != 2 || first >= 0xDC00 || bytes.len < 4)
        return 0;
    const unsigned second = read_unit(codec, bytes.data + 2);
    if (second < 0xDC00 || second > 0xDFFF)
        return 0;
    *ret_code_point = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    return 4;
}

static void put_unit(const struct codec *codec, unsigned value, struct buf *out)
{
    for (unsigned i = 0; i < codec->unit_bytes; i++) {
        const unsigned index = codec->is_big_endian ? codec->unit_bytes - 1 - i : i;
        buf_append_byte(out, (char)((value >> (8 * index)) & 0xFF));
    }
}

static bool put_wide(const struct codec *codec, unsigned code_point, struct buf *out)
{
    if (codec->unit_bytes == 2 && code_point >= 0x10000) {
        put_unit(codec, 0xD800 + ((code_point - 0x10000) >> 10), out);
        put_unit(codec, 0xDC00 + ((code_point - 0x10000) & 0x3FF), out);
        return true;
    }
    put_unit(codec, code_point, out);
    return true;
}

static size_t step_single(const struct codec *codec, struct str bytes, unsigned *ret_code_point)
{
    const unsigned char byte = (unsigned char)bytes.data[0];
    *ret_code_point = byte < 0x80 ? byte : codec->high[byte - 0x80];
    return byte < 0x80 || *ret_code_point != 0 ? 1 : 0;
}

static bool put_single(const struct codec *codec, unsigned code_point, struct buf *out)
{
    if (code_point < 0x80) {
        buf_append_byte(out, (char)code_point);
        return true;
    }
    for (unsigned i = 0; i < TEXT_CHARSET_HIGH; i++) {
        if (codec->high[i] == code_point) {
            buf_append_byte(out, (char)(0x80 + i));
            return true;
        }
    }
    return false;
}

static struct codec get_codec(enum text_encoding encoding)
{
    if (encoding < TEXT_SINGLE_BYTE)
        return codecs[encoding];
    const enum text_charset charset = (enum text_charset)(encoding - TEXT_SINGLE_BYTE);
    return (struct codec){
        .name = text_charset_codec(charset),
        .reason = charset == TEXT_CHARSET_ISO8859_1 ? "ordinal not in range(256)"
                                                    : "character maps to <undefined>",
        .step = step_single,
        .put = put_single,
        .high = text_charset_high(charset),
    };
}

enum text_encoding text_encoding_of_charset(enum text_charset charset)
{
    return (enum text_encoding)((int)TEXT_SINGLE_BYTE + (int)charset);
}

struct str text_encoding_mark(enum text_encoding encoding)
{
    return get_codec(encoding).mark;
}

bool text_encoding_from_mark(struct str bytes, enum text_encoding *ret_encoding)
{
    /* The mark of UTF-32 begins with the one of UTF-16, so the longer ones come first. */
    static const enum text_encoding marked[] = {TEXT_UTF32_LE_MARKED, TEXT_UTF32_BE_MARKED,
                                                TEXT_UTF8_MARKED, TEXT_UTF16_LE_MARKED,
                                                TEXT_UTF16_BE_MARKED};
    for (size_t i = 0; i < ARRAY_SIZE(marked); i++) {
        if (str_starts_with(bytes, codecs[marked[i]].mark)) {
            *ret_encoding = marked[i];
            return true;
        }
    }
    return false;
}

/* "byte 0xe9 in position 3" or "bytes in position 3-4". */
static bool fail_decode(const struct codec *codec, struct str bytes, size_t at, size_t count,
                        const char *reason, struct error *error)
{
    if (count > 1)
        return error_set(error, ERROR_UNPROCESSABLE,
                         "'%s' codec can't decode bytes in position %zu-%zu: %s", codec->name, at,
                         at + count - 1, reason);
    return error_set(error, ERROR_UNPROCESSABLE,
                     "'%s' codec can't decode byte 0x%02x in position %zu: %s", codec->name,
                     (unsigned char)bytes.data[at], at, reason);
}

/* `bytes` is not UTF-8: says where and why. */
static bool fail_utf8(const struct codec *codec, struct str bytes, struct error *error)
{
    size_t at = 0;
    for (;;) {
        unsigned code_point;
        bool is_valid;
        const size_t taken = utf8_step(str_skip(bytes, at), &code_point, &is_valid);
        if (is_valid) {
            at += taken;
            continue;
        }
        const unsigned char lead = (unsigned char)bytes.data[at];
        const bool is_lead = lead >= 0xC2 && lead <= 0xF4;
        const char *reason = !is_lead                  ? "invalid start byte"
                             : at + taken == bytes.len ? "unexpected end of data"
                                                       : "invalid continuation byte";
        return fail_decode(codec, bytes, at, taken, reason, error);
    }
}

static bool decode_utf8(const struct codec *codec, struct str bytes, struct buf *out,
                        struct error *error)
{
    if (!utf8_is_valid(bytes))
        return fail_utf8(codec, bytes, error);
    buf_append(out, bytes);
    return true;
}

static bool decode_steps(const struct codec *codec, struct str bytes, struct buf *out,
                         struct error *error)
{
    for (size_t at = 0; at < bytes.len;) {
        unsigned code_point;
        const size_t taken = codec->step(codec, str_skip(bytes, at), &code_point);
        if (taken == 0)
            return fail_decode(codec, bytes, at, 1, "illegal encoding", error);
        utf8_append(out, code_point);
        at += taken;
    }
    return true;
}

struct conversion {
    iconv_t converter;
    char *input;
    size_t input_left;
};

/* Converts until the input is used up or `limit` bytes came out. 0 or an errno. */
static int convert(struct conversion *conversion, size_t limit, struct buf *out)
{
    while (limit > 0) {
        const size_t block = limit < BLOCK_BYTES ? limit : BLOCK_BYTES;
        size_t space = block;
        char *room = buf_reserve(out, block);
        if (room == NULL)
            return EFBIG;
        const size_t status = iconv(conversion->converter, &conversion->input,
                                    &conversion->input_left, &room, &space);
        const int failed = status == (size_t)-1 ? errno : 0;
        out->len += block - space;
        out->data[out->len] = '\0';
        limit -= block - space;
        if (failed != E2BIG || block == space)
            return failed;
    }
    return 0;
}

/* iconv declares its input as writable and leaves it alone. */
static char *unconst(const char *text)
{
    union {
        const char *from;
        char *to;
    } pointer = {.from = text};
    return pointer.to;
}

static bool decode_blocks(const struct codec *codec, struct str bytes, struct buf *out,
                          struct error *error)
{
    struct conversion conversion = {
        .converter = iconv_open("UTF-8", codec->iconv_name),
        .input = unconst(bytes.data),
        .input_left = bytes.len,
    };
    if (conversion.converter == (iconv_t)-1)
        return error_set(error, ERROR_UNAVAILABLE, "there is no converter for %s", codec->name);
    const int failed = convert(&conversion, SIZE_MAX, out);
    (void)iconv_close(conversion.converter); /* only fails for what iconv_open did not give */
    if (failed != 0)
        return fail_decode(codec, bytes, bytes.len - conversion.input_left, 1,
                           "illegal multibyte sequence", error);
    return true;
}

bool text_decode(enum text_encoding encoding, struct str bytes, struct buf *out,
                 struct error *error)
{
    const struct codec codec = get_codec(encoding);
    const struct str content = str_skip(bytes, codec.mark.len);
    if (content.len == 0)
        return true;
    if (codec.iconv_name != NULL)
        return decode_blocks(&codec, content, out, error);
    if (codec.step != NULL)
        return decode_steps(&codec, content, out, error);
    return decode_utf8(&codec, content, out, error);
}

static size_t utf8_length(unsigned code_point)
{
    if (code_point < 0x80)
        return 1;
    if (code_point < 0x800)
        return 2;
    return code_point < 0x10000 ? 3 : 4;
}

static size_t offset_by_steps(const struct codec *codec, struct str bytes, size_t text_offset)
{
    size_t at = 0;
    for (size_t done = 0; done < text_offset && at < bytes.len;) {
        unsigned code_point;
        const size_t taken = codec->step(codec, str_skip(bytes, at), &code_point);
        if (taken == 0)
            break;
        done += utf8_length(code_point);
        at += taken;
    }
    return at;
}

static size_t offset_by_blocks(const struct codec *codec, struct str bytes, size_t text_offset)
{
    scoped_buf struct buf scratch = {0};
    struct conversion conversion = {
        .converter = iconv_open("UTF-8", codec->iconv_name),
        .input = unconst(bytes.data),
        .input_left = bytes.len,
    };
    if (conversion.converter == (iconv_t)-1)
        return 0;
    (void)convert(&conversion, text_offset, &scratch); /* the bytes can be decoded */
    (void)iconv_close(conversion.converter);           /* as above */
    return bytes.len - conversion.input_left;
}

size_t text_decoded_offset(enum text_encoding encoding, struct str bytes, size_t text_offset)
{
    const struct codec codec = get_codec(encoding);
    const struct str content = str_skip(bytes, codec.mark.len);
    size_t at = text_offset;
    if (codec.iconv_name != NULL)
        at = text_offset == 0 ? 0 : offset_by_blocks(&codec, content, text_offset);
    else if (codec.step != NULL)
        at = offset_by_steps(&codec, content, text_offset);
    return codec.mark.len + at;
}

static void describe_character(struct buf *out, unsigned code_point)
{
    if (code_point < 0x100)
        buf_printf(out, "'\\x%02x'", code_point);
    else if (code_point < 0x10000)
        buf_printf(out, "'\\u%04x'", code_point);
    else
        buf_printf(out, "'\\U%08x'", code_point);
}

/* Writes what stands first in `text`; false when the encoding does not have it. */
static bool put_first(const struct codec *codec, iconv_t converter, struct str text, size_t taken,
                      struct buf *out)
{
    if (codec->put != NULL) {
        unsigned code_point;
        bool is_valid;
        (void)utf8_step(text, &code_point, &is_valid); /* as measured by the caller */
        return codec->put(codec, code_point, out);
    }
    struct conversion conversion = {converter, unconst(text.data), taken};
    return convert(&conversion, SIZE_MAX, out) == 0;
}

/* The character at the front of `text` cannot be encoded: says so, with those right behind it. */
static bool fail_encode(const struct codec *codec, iconv_t converter, struct str text,
                        size_t position, struct error *error)
{
    scoped_buf struct buf scratch = {0};
    scoped_buf struct buf character = {0};
    size_t count = 0;
    while (text.len > 0) {
        unsigned code_point;
        bool is_valid;
        const size_t taken = utf8_step(text, &code_point, &is_valid);
        if (put_first(codec, converter, text, taken, &scratch))
            break;
        if (count++ == 0)
            describe_character(&character, code_point);
        text = str_skip(text, taken);
    }
    if (count > 1 && codec->iconv_name == NULL)
        return error_set(error, ERROR_UNPROCESSABLE,
                         "'%s' codec can't encode characters in position %zu-%zu: %s", codec->name,
                         position, position + count - 1, codec->reason);
    return error_set(error, ERROR_UNPROCESSABLE,
                     "'%s' codec can't encode character %s in position %zu: %s", codec->name,
                     character.data, position, codec->reason);
}

static bool encode_characters(const struct codec *codec, iconv_t converter, struct str text,
                              size_t position, struct buf *out, struct error *error)
{
    while (text.len > 0) {
        unsigned code_point;
        bool is_valid;
        const size_t taken = utf8_step(text, &code_point, &is_valid);
        if (!put_first(codec, converter, text, taken, out))
            return fail_encode(codec, converter, text, position, error);
        text = str_skip(text, taken);
        position++;
    }
    return true;
}

bool text_encode(enum text_encoding encoding, struct str text, size_t position, struct buf *out,
                 struct error *error)
{
    const struct codec codec = get_codec(encoding);
    if (codec.put != NULL)
        return encode_characters(&codec, (iconv_t)-1, text, position, out, error);
    if (codec.iconv_name == NULL) {
        buf_append(out, text);
        return true;
    }
    const iconv_t converter = iconv_open(codec.iconv_name, "UTF-8");
    if (converter == (iconv_t)-1)
        return error_set(error, ERROR_UNAVAILABLE, "there is no converter for %s", codec.name);
    const bool is_encoded = encode_characters(&codec, converter, text, position, out, error);
    (void)iconv_close(converter); /* only fails for what iconv_open did not give */
    return is_encoded;
}

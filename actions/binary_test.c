#include "actions/binary_test.h"

#include <string.h>

#include "actions/text_detect.h"
#include "server/base/buf.h"
#include "server/base/utf8.h"

struct shares {
    size_t unprintable; /* neither printable ASCII nor white space */
    size_t low;         /* below 127 */
    bool has_high;
    bool has_extremes; /* 0x00 or 0xFF */
};

static bool is_printable(unsigned char byte)
{
    return (byte >= ' ' && byte < 0x7f) || (byte != 0 && strchr("\b\t\n\f\r", byte) != NULL);
}

static struct shares count_shares(struct str bytes)
{
    struct shares shares = {0};
    for (size_t i = 0; i < bytes.len; i++) {
        const unsigned char byte = (unsigned char)bytes.data[i];
        shares.unprintable += is_printable(byte) ? 0 : 1;
        shares.low += byte < 0x7f ? 1 : 0;
        shares.has_high |= byte >= 0x80;
        shares.has_extremes |= byte == 0 || byte == 0xff;
    }
    return shares;
}

static bool is_likely_binary(const struct shares *shares, size_t len)
{
    const double total = (double)len;
    const double unprintable = (double)shares->unprintable / total;
    const double low = (double)shares->low / total;
    return (unprintable > 0.3 && low < 0.05) || (unprintable > 0.8 && low > 0.8);
}

/* Without a character that the limit may have cut. */
static struct str whole_words(struct str bytes)
{
    if (bytes.len < BINARY_TEST_BYTES)
        return bytes;
    for (size_t end = bytes.len; end > bytes.len / 2; end--)
        if ((unsigned char)bytes.data[end - 1] <= ' ')
            return str_slice(bytes, 0, end);
    return bytes;
}

static bool is_marked_text(struct str bytes)
{
    enum text_encoding encoding;
    if (!text_encoding_from_mark(bytes, &encoding) || encoding == TEXT_UTF8_MARKED)
        return false;
    /* The limit may have cut a surrogate pair. */
    for (size_t cut = 0; cut <= 4 && cut < bytes.len; cut++) {
        scoped_buf struct buf text = {0};
        if (text_decode(encoding, str_slice(bytes, 0, bytes.len - cut), &text, NULL))
            return true;
    }
    return false;
}

static bool is_certainly_text(struct str bytes, const struct shares *shares)
{
    if (is_marked_text(bytes))
        return true;
    const struct str whole = str_slice(bytes, 0, bytes.len - utf8_incomplete_tail(bytes));
    if (shares->has_high && whole.len > 0 && utf8_is_valid(whole))
        return true;
    struct text_guess guess;
    return shares->has_extremes | shares->has_high && text_detect(whole_words(bytes), &guess) &&
           guess.encoding != TEXT_UTF8 && guess.confidence >= TEXT_DETECT_SURE;
}

bool binary_test(struct str path, struct str start)
{
    if (str_ends_with(path, STR(".pyc")))
        return true;
    if (start.len == 0)
        return false;
    const struct shares shares = count_shares(start);
    if (is_certainly_text(start, &shares))
        return false;
    return is_likely_binary(&shares, start.len) || shares.has_extremes;
}

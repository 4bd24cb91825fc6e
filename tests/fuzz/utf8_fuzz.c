/*
 * Repair: the result is valid, equals the text when that is valid, and is the same when the text
 * comes in two pieces that are cut before their incomplete tails. The first byte of the input says
 * where the cut is.
 */

#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_pieces(struct str text, size_t cut, struct str whole)
{
    scoped_buf struct buf pieces = {0};
    const struct str first = str_slice(text, 0, cut);
    const size_t tail = utf8_incomplete_tail(first);
    assert(tail <= 3 && tail <= first.len);
    utf8_repair(&pieces, str_slice(first, 0, first.len - tail));
    utf8_repair(&pieces, str_skip(text, first.len - tail));
    assert(str_equal(buf_str(&pieces), whole));
}

static void check_counts(struct str text, struct str repaired, size_t cut)
{
    const size_t characters = utf8_count(text);
    assert(characters == utf8_count(repaired));
    assert(utf8_prefix_bytes(text, characters) == text.len);
    const size_t prefix = utf8_prefix_bytes(text, cut);
    assert(utf8_count(str_slice(text, 0, prefix)) == (cut < characters ? cut : characters));
}

/* Quoting a text and quoting its repaired form are the same. */
static void check_quotes(struct str text, struct str repaired)
{
    scoped_buf struct buf first = {0};
    scoped_buf struct buf second = {0};
    jsonw_quote(&first, text);
    jsonw_quote(&second, repaired);
    assert(str_equal(buf_str(&first), buf_str(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct str text = str_span((const char *)data + 1, size - 1);
    const size_t cut = text.len == 0 ? 0 : data[0] % (text.len + 1);
    scoped_buf struct buf repaired = {0};
    utf8_repair(&repaired, text);
    const struct str whole = buf_str(&repaired);
    assert(utf8_is_valid(whole));
    assert(utf8_is_valid(text) == str_equal(text, whole));
    check_pieces(text, cut, whole);
    check_counts(text, whole, cut);
    check_quotes(text, whole);
    return 0;
}

/*
 * A score from 0 to 100 for each encoding, as the mean over the characters beyond ASCII.
 *
 * In multi-byte encodings a pair of bytes weighs by the area it lies in: where the common
 * characters of the language are, or where the rare ones are that appear when bytes are read
 * wrongly. The most frequent characters of a language count on top.
 *
 * In single-byte ones a letter weighs by how common it is, and loses when its neighbours speak
 * against it: an accented letter beside another one, a Cyrillic one inside a Latin word, a capital
 * after a small letter, a sign inside a word.
 */
#include "actions/text_detect.h"

#include <uchar.h>

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define SAMPLE_BYTES ((size_t)16 << 10)
#define LEAST_SCORE  30
#define RARE_LATIN   10 /* the first Latin candidate is the most likely one */

/* Pairs (or, with second_max 0, single bytes) and their weight. The first that fits counts. */
struct area {
    unsigned char first_min;
    unsigned char first_max;
    unsigned char second_min;
    unsigned char second_max;
    int weight;
};

#define AREAS_MAX 8

struct wide_candidate {
    enum text_encoding encoding;
    struct area areas[AREAS_MAX];
    const char16_t *frequent;
};

static const char16_t frequent_simplified[] = u"的一是不了在人有我他这个们中来上大为和国地到以说时"
                                              u"要就出会可也你对生能而子那得于着下自之年过发后作"
                                              u"里用道行所然家种事成方多经么去法学如都同现当没动面"
                                              u"起看定天分还进好小部其些主样理心本前开但因只从想"
                                              u"实世界文件测试，。、：；！？（）“”";
static const char16_t frequent_traditional[] = u"的一是不了在人有我他這個們中來上大為和國地到以說時"
                                               u"要就出會可也你對生能而子那得於著下自之年過發後作"
                                               u"裡用道行所然家種事成方多經麼去法學如都同現當沒動面"
                                               u"起看定天分還進好小部其些主樣理心本前開但因只從想"
                                               u"實世界文件檔測試，。、：；！？（）「」";
static const char16_t frequent_korean[] = u"이다는을의에가고하지로은기도사인한를자리어나시대서해일"
                                          u"정그수아들있것보라부조주장전상원과공비스면제구"
                                          u"만동경거세요안녕트니습입텍파";

static const struct wide_candidate wide_candidates[] = {
    {TEXT_GB18030,
     {{0xA1, 0xA3, 0xA1, 0xFE, 60}, {0xB0, 0xD7, 0xA1, 0xFE, 65}, {0xD8, 0xF7, 0xA1, 0xFE, 20}},
     frequent_simplified},
    {TEXT_BIG5,
     {{0xA1, 0xA3, 0x40, 0xFE, 60}, {0xA4, 0xC6, 0x40, 0xFE, 60}, {0xC9, 0xF9, 0x40, 0xFE, 15}},
     frequent_traditional},
    {TEXT_CP932,
     {{0x81, 0x81, 0x40, 0xFC, 70},
      {0x82, 0x83, 0x40, 0xFC, 100},
      {0x88, 0x97, 0x40, 0xFC, 70},
      {0x98, 0x9F, 0x40, 0xFC, 15},
      {0xE0, 0xEF, 0x40, 0xFC, 10},
      {0xA1, 0xDF, 0, 0, 10}},
     u""},
    {TEXT_EUC_JP,
     {{0xA1, 0xA1, 0xA1, 0xFE, 70},
      {0xA4, 0xA5, 0xA1, 0xFE, 100},
      {0xB0, 0xCF, 0xA1, 0xFE, 50},
      {0xD0, 0xF4, 0xA1, 0xFE, 15},
      {0x8E, 0x8E, 0xA1, 0xDF, 10}},
     u""},
    {TEXT_CP949,
     {{0xA1, 0xA3, 0xA1, 0xFE, 50}, {0xB0, 0xC8, 0xA1, 0xFE, 60}, {0x81, 0xFE, 0x41, 0xFE, 5}},
     frequent_korean},
};

enum script {
    SCRIPT_LATIN, /* words mix ASCII letters with others */
    SCRIPT_OTHER  /* words consist of others */
};

struct single_candidate {
    enum text_charset charset;
    enum script script;
    const char16_t *frequent; /* in groups from the most frequent on; '|' between them */
};

#define CYRILLIC u"оеаинтсрвл|кмдпуяыьгзбч|йхжшюцщэфъёіїєґў"
#define GREEK    u"αοιετσνηυρ|πκμλωςθδγχφ|άέήίόύώβξζψ"
#define CENTRAL  u"ąęłśćńóźżáéíýčďěňřšťůžúőűöü|ĄĘŁŚĆŃÓŹŻČĎŘŠŤŽÁÉÍÚÖÜăâîşţäô|đĐÝŐŰ"

static const struct single_candidate single_candidates[] = {
    {TEXT_CHARSET_CP1252, SCRIPT_LATIN, u"éèàêçôûîâùëïœäöüßñáíóúãõåøæ|ÉÀÄÖÜÈÇÊÓÁÍÚÑÅØÆÂÎ¿¡|ìòÌÒÔ"},
    {TEXT_CHARSET_CP1251, SCRIPT_OTHER, CYRILLIC},
    {TEXT_CHARSET_KOI8_R, SCRIPT_OTHER, CYRILLIC},
    {TEXT_CHARSET_CP866, SCRIPT_OTHER, CYRILLIC},
    {TEXT_CHARSET_ISO8859_5, SCRIPT_OTHER, CYRILLIC},
    {TEXT_CHARSET_CP1250, SCRIPT_LATIN, CENTRAL},
    {TEXT_CHARSET_ISO8859_2, SCRIPT_LATIN, CENTRAL},
    {TEXT_CHARSET_CP1253, SCRIPT_OTHER, GREEK},
    {TEXT_CHARSET_ISO8859_7, SCRIPT_OTHER, GREEK},
    {TEXT_CHARSET_CP1254, SCRIPT_LATIN, u"ğışçöüâ|İĞŞÇÖÜîû|é"},
    {TEXT_CHARSET_CP1255, SCRIPT_OTHER, u"יוהלארתבשמ|נםדעקחפס|טצגכזןךףץ"},
    {TEXT_CHARSET_CP1256, SCRIPT_OTHER, u"اليمونرتبه|عدسفكقحجشةىأ|صخذضطزثغظءإآؤئ،؟"},
    {TEXT_CHARSET_CP1257, SCRIPT_LATIN, u"āčēģīķļņšūžąęėįųõäöü|ĀČĒĢĪĶĻŅŠŪŽĄĘĖĮŲ|ōŗ"},
    {TEXT_CHARSET_CP874, SCRIPT_OTHER, u"านรอกเงวมยลตส||ทดคปบแะีหุ้่ั็ิไใโขจพชซณถธผฝฟภฎฏฐฑฒศษ"},
};

static const char16_t typographic[] = u"“”‘’„–—…•€£§°©®«»·™ №¿¡";

#define GUESSES (ARRAY_SIZE(wide_candidates) + ARRAY_SIZE(single_candidates))

static bool has_character(const char16_t *set, unsigned code_point)
{
    for (; *set != 0; set++)
        if (*set == code_point)
            return true;
    return false;
}

static bool is_control(unsigned char byte)
{
    const bool is_terminal = byte == '\a' || byte == '\b' || byte == 0x1b;
    return (byte < ' ' && !(byte >= '\t' && byte <= '\r') && !is_terminal) || byte == 0x7f;
}

bool text_has_controls(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (is_control((unsigned char)text.data[i]))
            return true;
    return false;
}

static bool has_high_byte(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return true;
    return false;
}

/* The words with bytes beyond ASCII. No encoding has a blank inside a character. */
static void take_sample(struct str bytes, struct buf *out)
{
    size_t from = 0;
    for (size_t at = 0; at <= bytes.len && out->len < SAMPLE_BYTES; at++) {
        if (at < bytes.len && (unsigned char)bytes.data[at] > ' ')
            continue;
        const struct str word = str_slice(bytes, from, at);
        from = at + 1;
        if (word.len > SAMPLE_BYTES || !has_high_byte(word))
            continue;
        buf_append(out, word);
        buf_append_byte(out, ' ');
    }
}

static const struct area *area_of(const struct wide_candidate *candidate, struct str rest)
{
    const unsigned char first = (unsigned char)rest.data[0];
    const unsigned char second = rest.len > 1 ? (unsigned char)rest.data[1] : 0;
    for (size_t i = 0; i < AREAS_MAX && candidate->areas[i].first_max != 0; i++) {
        const struct area *area = &candidate->areas[i];
        if (first >= area->first_min && first <= area->first_max && second >= area->second_min &&
            (area->second_max == 0 || second <= area->second_max))
            return area;
    }
    return NULL;
}

static int frequent_share(const char16_t *frequent, struct str text)
{
    int count = 0;
    int found = 0;
    while (text.len > 0) {
        unsigned code_point;
        bool is_valid;
        text = str_skip(text, utf8_step(text, &code_point, &is_valid));
        if (code_point >= 0x80) {
            count++;
            found += has_character(frequent, code_point) ? 1 : 0;
        }
    }
    return count == 0 ? 0 : found * 100 / count;
}

static int at_most(int limit, int value)
{
    return value > limit ? limit : value;
}

static int mean_weight(const struct wide_candidate *candidate, struct str sample)
{
    int sum = 0;
    int count = 0;
    while (sample.len > 0) {
        const struct area *area = area_of(candidate, sample);
        const bool is_high = (unsigned char)sample.data[0] >= 0x80;
        const bool is_pair = is_high && (area == NULL || area->second_max != 0);
        sum += area == NULL ? 0 : area->weight;
        count += is_high ? 1 : 0;
        sample = str_skip(sample, is_pair ? 2 : 1);
    }
    return count == 0 ? 0 : sum / count;
}

static int score_wide(const struct wide_candidate *candidate, struct str sample)
{
    scoped_buf struct buf text = {0};
    if (!text_decode(candidate->encoding, sample, &text, NULL))
        return 0;
    const int bonus = at_most(40, frequent_share(candidate->frequent, buf_str(&text)) * 2);
    return at_most(100, mean_weight(candidate, sample) + bonus);
}

/* What stands beside a character, as far as it matters. */
enum neighbour {
    BESIDE_NOTHING,
    BESIDE_ASCII, /* a letter */
    BESIDE_SMALL, /* a letter beyond ASCII */
    BESIDE_CAPITAL
};

static bool is_letter(unsigned code_point)
{
    if (code_point < 0x80)
        return (code_point | 0x20) >= 'a' && (code_point | 0x20) <= 'z';
    return (code_point >= 0xC0 && code_point < 0x2000 && code_point != 0xD7 && code_point != 0xF7);
}

static bool is_capital(unsigned code_point)
{
    if (code_point < 0x100)
        return code_point < 0xDF;
    if (code_point < 0x180)
        return (code_point & 1) == ((code_point >= 0x139 && code_point <= 0x148) ||
                                    (code_point >= 0x179 && code_point <= 0x17E));
    return (code_point >= 0x386 && code_point < 0x3AC) ||
           (code_point >= 0x400 && code_point < 0x430);
}

static enum neighbour neighbour_of(unsigned code_point)
{
    if (!is_letter(code_point))
        return BESIDE_NOTHING;
    if (code_point < 0x80)
        return BESIDE_ASCII;
    return is_capital(code_point) ? BESIDE_CAPITAL : BESIDE_SMALL;
}

/* The same letter in lower case, for Cyrillic and Greek. */
static unsigned lower(unsigned code_point)
{
    if (code_point >= 0x410 && code_point < 0x430)
        return code_point + 0x20;
    if (code_point >= 0x391 && code_point < 0x3AA)
        return code_point + 0x20;
    return code_point >= 0x400 && code_point < 0x410 ? code_point + 0x50 : code_point;
}

static int frequency_weight(const char16_t *frequent, unsigned code_point)
{
    static const int weights[] = {100, 80, 60};
    size_t group = 0;
    for (; *frequent != 0; frequent++) {
        if (*frequent == u'|')
            group++;
        else if (*frequent == code_point && group < ARRAY_SIZE(weights))
            return weights[group];
    }
    return 20;
}

static int sign_weight(unsigned code_point, enum neighbour before, enum neighbour after)
{
    const bool is_inside = before != BESIDE_NOTHING && after != BESIDE_NOTHING;
    if (has_character(typographic, code_point))
        return is_inside && code_point != 0x2019 ? 30 : 70;
    return is_inside ? -80 : 20;
}

static int letter_weight(const struct single_candidate *candidate, unsigned code_point,
                         enum neighbour before, enum neighbour after)
{
    const bool is_small = neighbour_of(code_point) == BESIDE_SMALL;
    int weight = frequency_weight(candidate->frequent, code_point);
    if (candidate->script == SCRIPT_OTHER) {
        const int small = frequency_weight(candidate->frequent, lower(code_point));
        weight = weight > small - 20 ? weight : small - 20;
        if (before == BESIDE_ASCII || after == BESIDE_ASCII)
            weight -= 120;
    } else if (before == BESIDE_SMALL || before == BESIDE_CAPITAL) {
        weight -= 60;
    } else if (!is_small && before == BESIDE_NOTHING && after == BESIDE_NOTHING) {
        weight -= 40;
    }
    if (!is_small && before == BESIDE_SMALL)
        weight -= 80;
    if (is_small && before == BESIDE_CAPITAL && after == BESIDE_CAPITAL)
        weight -= 40;
    return weight;
}

/* What a byte stands for; 0 for nothing, and for the control characters beyond ASCII. */
static unsigned single_character(const uint16_t *high, unsigned char byte)
{
    const unsigned code_point = byte < 0x80 ? byte : high[byte - 0x80];
    return code_point >= 0x80 && code_point < 0xA0 ? 0 : code_point;
}

static int score_single(const struct single_candidate *candidate, struct str sample)
{
    const uint16_t *high = text_charset_high(candidate->charset);
    int sum = 0;
    int count = 0;
    enum neighbour before = BESIDE_NOTHING;
    for (size_t i = 0; i < sample.len; i++) {
        const unsigned char next = i + 1 < sample.len ? (unsigned char)sample.data[i + 1] : ' ';
        const unsigned code_point = single_character(high, (unsigned char)sample.data[i]);
        const enum neighbour self = neighbour_of(code_point);
        const enum neighbour after = neighbour_of(single_character(high, next));
        if (code_point == 0)
            return 0;
        if (code_point >= 0x80) {
            count++;
            sum += self == BESIDE_NOTHING ? sign_weight(code_point, before, after)
                                          : letter_weight(candidate, code_point, before, after);
        }
        before = self;
    }
    const bool is_rare = candidate->script == SCRIPT_LATIN && candidate != single_candidates;
    return count == 0 || sum < 0 ? 0 : sum / count - (is_rare ? RARE_LATIN : 0);
}

static enum text_encoding guess_encoding(size_t index)
{
    if (index < ARRAY_SIZE(wide_candidates))
        return wide_candidates[index].encoding;
    const size_t single = index - ARRAY_SIZE(wide_candidates);
    return text_encoding_of_charset(single_candidates[single].charset);
}

static bool can_decode(enum text_encoding encoding, struct str bytes)
{
    scoped_buf struct buf text = {0};
    return text_decode(encoding, bytes, &text, NULL);
}

static bool reads_as_text(enum text_encoding encoding, struct str bytes)
{
    scoped_buf struct buf text = {0};
    return text_decode(encoding, bytes, &text, NULL) && !text_has_controls(buf_str(&text));
}

/* The best one that can read the whole file. */
static bool choose(struct str bytes, struct str sample, struct text_guess *ret_guess)
{
    int scores[GUESSES];
    for (size_t i = 0; i < GUESSES; i++)
        scores[i] = i < ARRAY_SIZE(wide_candidates)
                        ? score_wide(&wide_candidates[i], sample)
                        : score_single(&single_candidates[i - ARRAY_SIZE(wide_candidates)], sample);
    for (;;) {
        size_t best = 0;
        for (size_t i = 1; i < GUESSES; i++)
            best = scores[i] > scores[best] ? i : best;
        if (scores[best] < LEAST_SCORE)
            return false;
        const enum text_encoding encoding = guess_encoding(best);
        if (reads_as_text(encoding, bytes)) {
            *ret_guess = (struct text_guess){encoding, (unsigned)scores[best]};
            return true;
        }
        scores[best] = 0;
    }
}

/* UTF-16 without a mark: text that is mostly ASCII has a zero in every other byte. */
static bool looks_wide(struct str bytes, enum text_encoding *ret_encoding)
{
    size_t zeros[2] = {0, 0};
    if (bytes.len < 4 || bytes.len % 2 != 0)
        return false;
    for (size_t i = 0; i < bytes.len; i++)
        zeros[i % 2] += bytes.data[i] == '\0' ? 1 : 0;
    const size_t units = bytes.len / 2;
    const bool is_little = zeros[0] == 0 && zeros[1] * 10 >= units * 7;
    const bool is_big = zeros[1] == 0 && zeros[0] * 10 >= units * 7;
    *ret_encoding = is_little ? TEXT_UTF16_LE : TEXT_UTF16_BE;
    return is_little || is_big;
}

/* UTF-8 that was cut, or that somebody has put other bytes into. */
static bool looks_damaged(struct str bytes)
{
    size_t whole = 0;
    size_t broken = 0;
    while (bytes.len > 0) {
        unsigned code_point;
        bool is_valid;
        const size_t taken = utf8_step(bytes, &code_point, &is_valid);
        broken += is_valid ? 0 : 1;
        whole += is_valid && taken > 1 ? 1 : 0;
        bytes = str_skip(bytes, taken);
    }
    return whole >= broken * 4;
}

/* Bytes that are not UTF-8 and have no mark. */
static bool guess(struct str bytes, struct text_guess *ret_guess)
{
    if (looks_damaged(bytes) && reads_as_text(TEXT_UTF8_DAMAGED, bytes)) {
        *ret_guess = (struct text_guess){TEXT_UTF8_DAMAGED, 100};
        return true;
    }
    scoped_buf struct buf sample = {0};
    take_sample(bytes, &sample);
    if (choose(bytes, buf_str(&sample), ret_guess))
        return true;
    static const enum text_charset last[] = {TEXT_CHARSET_CP1252, TEXT_CHARSET_ISO8859_1};
    for (size_t i = 0; i < ARRAY_SIZE(last); i++) {
        const enum text_encoding encoding = text_encoding_of_charset(last[i]);
        if (reads_as_text(encoding, bytes)) {
            *ret_guess = (struct text_guess){encoding, 0};
            return true;
        }
    }
    return false;
}

bool text_detect(struct str bytes, struct text_guess *ret_guess)
{
    enum text_encoding encoding = TEXT_UTF8;
    const bool is_marked = text_encoding_from_mark(bytes, &encoding) && can_decode(encoding, bytes);
    const bool has_zeros = bytes.len > 0 && memchr(bytes.data, '\0', bytes.len) != NULL;
    if (!is_marked &&
        !(has_zeros && looks_wide(bytes, &encoding) && reads_as_text(encoding, bytes)))
        encoding = TEXT_UTF8;
    if (encoding == TEXT_UTF8 && !utf8_is_valid(bytes))
        return guess(bytes, ret_guess);
    *ret_guess = (struct text_guess){encoding, 100};
    return true;
}

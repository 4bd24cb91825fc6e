#include "server/http/chunks.h"

enum chunks_state {
    STATE_SIZE,      /* the first digit */
    STATE_DIGITS,    /* more digits, or what follows them */
    STATE_EXTENSION, /* up to the CR */
    STATE_SIZE_LF,
    STATE_DATA,
    STATE_DATA_CR,
    STATE_DATA_LF,
    STATE_TRAILER, /* the beginning of a line behind the last chunk */
    STATE_TRAILER_LINE,
    STATE_TRAILER_LF,
    STATE_LAST_LF,
    STATE_END,
    STATE_BROKEN,
};

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    if (byte >= 'A' && byte <= 'F')
        return byte - 'A' + 10;
    return -1;
}

static bool is_text(char byte)
{
    return byte == '\t' || ((unsigned char)byte >= 0x20 && byte != 0x7f);
}

static enum chunks_state read_digit(struct chunks *chunks, char byte)
{
    const int value = hex_value(byte);
    if (value >= 0 && chunks->left <= UINT64_MAX >> 8) {
        chunks->left = chunks->left << 4 | (uint64_t)value;
        return STATE_DIGITS;
    }
    if (value >= 0 || chunks->state == STATE_SIZE)
        return STATE_BROKEN;
    if (byte == '\r')
        return STATE_SIZE_LF;
    return byte == ';' || byte == ' ' || byte == '\t' ? STATE_EXTENSION : STATE_BROKEN;
}

static enum chunks_state expect(char byte, char expected, enum chunks_state next)
{
    return byte == expected ? next : STATE_BROKEN;
}

static enum chunks_state read_text(char byte, enum chunks_state same, enum chunks_state at_cr)
{
    if (byte == '\r')
        return at_cr;
    return is_text(byte) ? same : STATE_BROKEN;
}

static enum chunks_state next_state(struct chunks *chunks, char byte)
{
    switch ((enum chunks_state)chunks->state) {
    case STATE_SIZE:
    case STATE_DIGITS:
        return read_digit(chunks, byte);
    case STATE_EXTENSION:
        return read_text(byte, STATE_EXTENSION, STATE_SIZE_LF);
    case STATE_SIZE_LF:
        chunks->line_bytes = 0;
        return expect(byte, '\n', chunks->left > 0 ? STATE_DATA : STATE_TRAILER);
    case STATE_DATA_CR:
        return expect(byte, '\r', STATE_DATA_LF);
    case STATE_DATA_LF:
        return expect(byte, '\n', STATE_SIZE);
    case STATE_TRAILER:
        return read_text(byte, STATE_TRAILER_LINE, STATE_LAST_LF);
    case STATE_TRAILER_LINE:
        return read_text(byte, STATE_TRAILER_LINE, STATE_TRAILER_LF);
    case STATE_TRAILER_LF:
        return expect(byte, '\n', STATE_TRAILER);
    case STATE_LAST_LF:
        return expect(byte, '\n', STATE_END);
    case STATE_DATA:
    case STATE_END:
    case STATE_BROKEN:
        break;
    }
    return STATE_BROKEN;
}

/* Lines are counted where they may be as long as the sender likes. */
static bool is_within_limits(struct chunks *chunks)
{
    if (chunks->state >= STATE_TRAILER)
        chunks->trailer_bytes++;
    else
        chunks->line_bytes++;
    return chunks->line_bytes <= CHUNKS_MAX_LINE_BYTES &&
           chunks->trailer_bytes <= CHUNKS_MAX_TRAILER_BYTES;
}

static void take_data(struct chunks *chunks, struct str *bytes, struct str *ret_piece)
{
    const size_t len = chunks->left < bytes->len ? (size_t)chunks->left : bytes->len;
    *ret_piece = str_slice(*bytes, 0, len);
    *bytes = str_skip(*bytes, len);
    chunks->left -= len;
    if (chunks->left == 0)
        chunks->state = STATE_DATA_CR;
}

enum chunks_outcome chunks_next(struct chunks *chunks, struct str *bytes, struct str *ret_piece)
{
    while (bytes->len > 0 && chunks->state != STATE_END) {
        if (chunks->state == STATE_DATA) {
            take_data(chunks, bytes, ret_piece);
            return CHUNKS_PIECE;
        }
        if (!is_within_limits(chunks))
            chunks->state = STATE_BROKEN;
        else
            chunks->state = (int)next_state(chunks, bytes->data[0]);
        if (chunks->state == STATE_BROKEN)
            return CHUNKS_MALFORMED;
        *bytes = str_skip(*bytes, 1);
    }
    return chunks->state == STATE_END ? CHUNKS_END : CHUNKS_MORE;
}

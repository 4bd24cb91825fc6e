#include "pty/screen_parser.h"

#include "server/base/utf8.h"

#define CANCEL     0x18
#define SUBSTITUTE 0x1A
#define ESCAPE     0x1B
#define BELL       0x07
#define DELETE     0x7F

enum state {
    GROUND,
    IN_ESCAPE,
    IN_CSI,
    IN_STRING,
    ESCAPE_IN_STRING
};

struct feed {
    struct screen_parser *parser;
    const struct screen_parser_handlers *handlers;
    void *owner;
};

void screen_parser_fini(struct screen_parser *parser)
{
    buf_fini(&parser->string);
    parser->state = GROUND;
    parser->tail_len = 0;
}

void screen_parser_reset(struct screen_parser *parser)
{
    screen_parser_fini(parser);
}

int screen_sequence_count(const struct screen_sequence *sequence, int at, int otherwise)
{
    return at < sequence->count && sequence->params[at] > 0 ? sequence->params[at] : otherwise;
}

size_t screen_parser_printable(struct str bytes)
{
    size_t at = 0;
    while (at < bytes.len && (unsigned char)(bytes.data[at] - ' ') < DELETE - ' ')
        at++;
    return at;
}

static void begin_sequence(struct screen_parser *parser, int state)
{
    struct screen_sequence *sequence = &parser->sequence;
    sequence->leader = sequence->intermediate = '\0';
    sequence->is_invalid = false;
    sequence->count = 0;
    parser->state = state;
}

/* The character whose beginning was kept goes on here. Returns how many bytes belonged to it. */
static size_t finish_tail(const struct feed *feed, struct str bytes)
{
    struct screen_parser *parser = feed->parser;
    char joined[sizeof(parser->tail)];
    size_t len = parser->tail_len;
    memcpy(joined, parser->tail, len);
    while (len < sizeof(joined) && len - parser->tail_len < bytes.len) {
        joined[len] = bytes.data[len - parser->tail_len];
        len++;
    }
    const struct str text = str_span(joined, len);
    const size_t kept = parser->tail_len;
    if (utf8_incomplete_tail(text) == len) {
        memcpy(parser->tail, joined, len);
        parser->tail_len = (unsigned char)len;
        return len - kept;
    }
    unsigned code_point;
    bool is_valid;
    const size_t used = utf8_step(text, &code_point, &is_valid);
    parser->tail_len = 0;
    feed->handlers->on_character(feed->owner, code_point);
    return used - kept; /* what was kept is valid so far, so it is used up in any case */
}

static size_t feed_character(const struct feed *feed, struct str bytes)
{
    struct screen_parser *parser = feed->parser;
    if (bytes.len < sizeof(parser->tail) && utf8_incomplete_tail(bytes) == bytes.len) {
        memcpy(parser->tail, bytes.data, bytes.len);
        parser->tail_len = (unsigned char)bytes.len;
        return bytes.len;
    }
    unsigned code_point;
    bool is_valid;
    const size_t used = utf8_step(bytes, &code_point, &is_valid);
    feed->handlers->on_character(feed->owner, code_point);
    return used;
}

static void feed_control(const struct feed *feed, char control)
{
    if (control == ESCAPE)
        begin_sequence(feed->parser, IN_ESCAPE);
    else if (control == CANCEL || control == SUBSTITUTE)
        feed->parser->state = GROUND;
    else if (control != '\0' && control != DELETE)
        feed->handlers->on_control(feed->owner, control);
}

static bool is_text(char byte)
{
    return (unsigned char)(byte - ' ') < DELETE - ' ' || byte == '\n' || byte == '\r';
}

/* Most bytes go through here. Returns how many were taken, at least one; all of them were if the
 * parser is still at rest. */
static size_t feed_ground(const struct feed *feed, struct str bytes)
{
    if (feed->parser->tail_len > 0)
        return finish_tail(feed, bytes);
    size_t at = 0;
    while (at < bytes.len && feed->parser->state == GROUND) {
        const struct str rest = {bytes.data + at, bytes.len - at};
        if (is_text(rest.data[0])) {
            at += feed->handlers->on_text(feed->owner, rest);
        } else if ((unsigned char)rest.data[0] >= 0x80) {
            at += feed_character(feed, rest);
        } else {
            feed_control(feed, rest.data[0]);
            at++;
        }
    }
    return at;
}

static bool is_intermediate(char byte)
{
    return byte >= ' ' && byte <= '/';
}

static void add_intermediate(struct screen_sequence *sequence, char byte)
{
    sequence->is_invalid |= sequence->intermediate != '\0';
    sequence->intermediate = byte;
}

static void begin_string(struct screen_parser *parser, char kind)
{
    parser->string_kind = kind;
    buf_init(&parser->string, SCREEN_STRING_MAX_BYTES);
    parser->state = IN_STRING;
}

static void feed_escape(const struct feed *feed, char byte)
{
    struct screen_parser *parser = feed->parser;
    struct screen_sequence *sequence = &parser->sequence;
    if (is_intermediate(byte)) {
        add_intermediate(sequence, byte);
        return;
    }
    if (sequence->intermediate == '\0' && byte == '[') {
        begin_sequence(parser, IN_CSI);
        return;
    }
    if (sequence->intermediate == '\0' && strchr("]PX^_", byte) != NULL) {
        begin_string(parser, byte);
        return;
    }
    parser->state = GROUND;
    sequence->final = byte;
    if (!sequence->is_invalid)
        feed->handlers->on_escape(feed->owner, sequence);
}

static void add_param(struct screen_sequence *sequence, bool is_joined)
{
    if (sequence->count == SCREEN_PARAMS_MAX) {
        sequence->is_invalid = true;
        return;
    }
    sequence->params[sequence->count] = -1;
    sequence->is_joined[sequence->count] = is_joined;
    sequence->count++;
}

static void add_digit(struct screen_sequence *sequence, char byte)
{
    if (sequence->count == 0)
        add_param(sequence, false);
    int *param = &sequence->params[sequence->count - 1];
    *param = (*param < 0 ? 0 : *param * 10) + (byte - '0');
    if (*param > SCREEN_PARAM_MAX)
        *param = SCREEN_PARAM_MAX;
}

static void feed_csi(const struct feed *feed, char byte)
{
    struct screen_sequence *sequence = &feed->parser->sequence;
    if (byte >= '@') {
        feed->parser->state = GROUND;
        sequence->final = byte;
        if (!sequence->is_invalid)
            feed->handlers->on_csi(feed->owner, sequence);
    } else if (is_intermediate(byte)) {
        add_intermediate(sequence, byte);
    } else if (sequence->intermediate != '\0') {
        sequence->is_invalid = true;
    } else if (byte <= '9') {
        add_digit(sequence, byte);
    } else if (byte == ':' || byte == ';') {
        if (sequence->count == 0)
            add_param(sequence, false);
        add_param(sequence, byte == ':');
    } else {
        sequence->is_invalid |= sequence->count > 0 || sequence->leader != '\0';
        sequence->leader = byte;
    }
}

static bool is_in_sequence(const struct screen_parser *parser)
{
    return parser->state == IN_ESCAPE || parser->state == IN_CSI;
}

/* Returns how many bytes belong to it. Bytes beyond ASCII do not: they end it. */
static size_t feed_sequence(const struct feed *feed, struct str bytes)
{
    struct screen_parser *parser = feed->parser;
    size_t at = 0;
    for (; at < bytes.len && is_in_sequence(parser); at++) {
        const char byte = bytes.data[at];
        if ((unsigned char)byte >= 0x80) {
            parser->state = GROUND;
            break;
        }
        if (byte < ' ' || byte == DELETE)
            feed_control(feed, byte);
        else if (parser->state == IN_ESCAPE)
            feed_escape(feed, byte);
        else
            feed_csi(feed, byte);
    }
    return at;
}

static void end_string(const struct feed *feed, bool is_ended_by_bell)
{
    struct screen_parser *parser = feed->parser;
    struct buf text = buf_take(&parser->string);
    const bool is_whole = !buf_has_overflowed(&text);
    parser->state = GROUND;
    if (is_whole && (parser->string_kind == ']' || parser->string_kind == 'P'))
        feed->handlers->on_string(feed->owner, parser->string_kind, buf_str(&text),
                                  is_ended_by_bell);
    buf_fini(&text);
}

static bool ends_string(char kind, char byte)
{
    return byte == ESCAPE || byte == CANCEL || byte == SUBSTITUTE || (byte == BELL && kind == ']');
}

static size_t feed_string(const struct feed *feed, struct str bytes)
{
    struct screen_parser *parser = feed->parser;
    size_t at = 0;
    while (at < bytes.len && !ends_string(parser->string_kind, bytes.data[at]))
        at++;
    buf_append(&parser->string, str_slice(bytes, 0, at));
    if (at == bytes.len)
        return at;
    if (bytes.data[at] == BELL)
        end_string(feed, true);
    else if (bytes.data[at] == ESCAPE)
        parser->state = ESCAPE_IN_STRING;
    else
        screen_parser_reset(parser);
    return at + 1;
}

/* ESC \ ends the string; any other sequence breaks it off. */
static size_t feed_string_escape(const struct feed *feed, char byte)
{
    if (byte == '\\') {
        end_string(feed, false);
        return 1;
    }
    screen_parser_reset(feed->parser);
    begin_sequence(feed->parser, IN_ESCAPE);
    return 0;
}

void screen_parser_feed(struct screen_parser *parser, struct str bytes,
                        const struct screen_parser_handlers *handlers, void *owner)
{
    const struct feed feed = {.parser = parser, .handlers = handlers, .owner = owner};
    while (bytes.len > 0) {
        size_t used;
        if (parser->state == GROUND)
            used = feed_ground(&feed, bytes);
        else if (parser->state == IN_STRING)
            used = feed_string(&feed, bytes);
        else if (parser->state == ESCAPE_IN_STRING)
            used = feed_string_escape(&feed, bytes.data[0]);
        else
            used = feed_sequence(&feed, bytes);
        bytes = str_skip(bytes, used);
    }
}

#include "server/http/multipart.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"

/*
 * A state machine over bytes. Inside a part only the delimiter "\r\n--<boundary>" is looked for.
 * Its first byte cannot occur again inside it, so after a mismatch the match starts anew at the
 * byte that did not fit, and what had matched was data. Data is handed on as views into the
 * caller's bytes; only a match that began in an earlier piece is given from the delimiter itself.
 */

#define BOUNDARY_MAX_BYTES 1024

enum multipart_state {
    STATE_START,    /* before the first boundary */
    STATE_BOUNDARY, /* just behind a boundary: CRLF or "--" */
    STATE_HEADERS,
    STATE_DATA,
    STATE_END,
};

struct multipart {
    enum multipart_state state;
    const struct multipart_events *events;
    void *owner;
    struct buf delimiter; /* "\r\n--<boundary>" */
    size_t matched;       /* bytes of the delimiter seen so far */
    size_t carried;       /* of these, seen in earlier pieces */
    struct buf headers;   /* of the part, and what follows a boundary */
    bool is_file;
    size_t part_bytes;
    size_t file_count;
    size_t field_count;
};

/* Appends the quoted text that `text` begins with; returns the bytes it takes. */
static size_t read_quoted(struct str text, struct buf *out)
{
    size_t i = 1;
    for (; i < text.len && text.data[i] != '"'; i++) {
        if (text.data[i] == '\\' && i + 1 < text.len)
            i++;
        buf_append_byte(out, text.data[i]);
    }
    return i;
}

/* The value of one parameter of a header like `form-data; name="a\"b"; filename=x`. */
static bool find_parameter(struct str header, const char *name, struct buf *ret_value)
{
    struct str rest = header;
    size_t at = str_find_byte(rest, ';');
    while (at != SIZE_MAX) {
        rest = str_trim(str_skip(rest, at + 1));
        const size_t equals = str_find_byte(rest, '=');
        if (equals == SIZE_MAX)
            return false;
        const struct str found = str_trim(str_slice(rest, 0, equals));
        rest = str_skip(rest, equals + 1);
        buf_clear(ret_value);
        if (str_starts_with(rest, STR("\"")))
            rest = str_skip(rest, read_quoted(rest, ret_value));
        else
            buf_append(ret_value, str_trim(str_slice(rest, 0, str_find_byte(rest, ';'))));
        if (str_equal_nocase(found, str_from(name)))
            return true;
        at = str_find_byte(rest, ';');
    }
    return false;
}

bool multipart_new(struct str content_type, const struct multipart_events *events, void *owner,
                   struct multipart **ret_multipart, struct error *error)
{
    scoped_buf struct buf boundary = {.max_bytes = BOUNDARY_MAX_BYTES};
    if (!find_parameter(content_type, "boundary", &boundary) || boundary.len == 0 ||
        buf_has_overflowed(&boundary))
        return error_set(error, ERROR_INVALID, "Missing boundary in multipart.");
    struct multipart *multipart = mem_zero(1, sizeof(*multipart));
    *multipart = (struct multipart){
        .events = events,
        .owner = owner,
        .headers = {.max_bytes = MULTIPART_MAX_HEADER_BYTES},
        .matched = 2, /* the first boundary needs no line break in front */
        .carried = 2,
    };
    buf_append(&multipart->delimiter, STR("\r\n--"));
    buf_append(&multipart->delimiter, buf_str(&boundary));
    *ret_multipart = multipart;
    return true;
}

void multipart_free(struct multipart *multipart)
{
    if (multipart == NULL)
        return;
    buf_fini(&multipart->delimiter);
    buf_fini(&multipart->headers);
    free(multipart);
}

bool multipart_is_complete(const struct multipart *multipart)
{
    return multipart->state == STATE_END;
}

static bool invalid(struct error *error)
{
    return error_set(error, ERROR_INVALID, "Invalid multipart data.");
}

/* One piece of the current part. */
static bool give_data(struct multipart *multipart, struct str piece, struct error *error)
{
    if (piece.len == 0)
        return true;
    multipart->part_bytes += piece.len;
    if (!multipart->is_file && multipart->part_bytes > MULTIPART_MAX_FIELD_BYTES)
        return error_set(error, ERROR_INVALID, "Part exceeded maximum size of %zuKB.",
                         MULTIPART_MAX_FIELD_BYTES / 1024);
    multipart->events->on_data(multipart->owner, piece);
    return true;
}

/* The value of one header in a block of lines. */
static struct str find_header(struct str block, const char *name)
{
    struct str line;
    while (str_next(&block, '\n', &line)) {
        const size_t colon = str_find_byte(line, ':');
        if (colon != SIZE_MAX && str_equal_nocase(str_slice(line, 0, colon), str_from(name)))
            return str_trim(str_skip(line, colon + 1));
    }
    return STR_NULL;
}

static bool headers_are_well_formed(struct str block)
{
    struct str line;
    while (str_next(&block, '\n', &line)) {
        line = str_trim(line);
        const size_t colon = str_find_byte(line, ':');
        if (line.len > 0 &&
            (colon == SIZE_MAX || colon == 0 || str_has_byte(str_slice(line, 0, colon), ' ')))
            return false;
    }
    return true;
}

static bool count_part(struct multipart *multipart, struct error *error)
{
    if (multipart->is_file && ++multipart->file_count > MULTIPART_MAX_FILES)
        return error_set(error, ERROR_INVALID, "Too many files. Maximum number of files is %d.",
                         MULTIPART_MAX_FILES);
    if (!multipart->is_file && ++multipart->field_count > MULTIPART_MAX_FIELDS)
        return error_set(error, ERROR_INVALID, "Too many fields. Maximum number of fields is %d.",
                         MULTIPART_MAX_FIELDS);
    return true;
}

static bool begin_part(struct multipart *multipart, struct error *error)
{
    const struct str block = buf_str(&multipart->headers);
    if (!headers_are_well_formed(block))
        return invalid(error);
    const struct str disposition = find_header(block, "content-disposition");
    scoped_buf struct buf name = {0};
    scoped_buf struct buf filename = {0};
    if (!find_parameter(disposition, "name", &name))
        return error_set(error, ERROR_INVALID,
                         "The Content-Disposition header field \"name\" must be provided.");
    multipart->is_file = find_parameter(disposition, "filename", &filename);
    multipart->part_bytes = 0;
    if (!count_part(multipart, error))
        return false;
    const struct multipart_part part = {
        .name = buf_str(&name),
        .filename = multipart->is_file ? buf_str(&filename) : STR_NULL,
        .content_type = find_header(block, "content-type"),
        .is_file = multipart->is_file,
    };
    multipart->events->on_part(multipart->owner, &part);
    buf_clear(&multipart->headers);
    multipart->matched = 0;
    multipart->carried = 0;
    multipart->state = STATE_DATA;
    return true;
}

/* Each feed_… takes some of the bytes at the front of *rest. */

static bool feed_start(struct multipart *multipart, struct str *rest, struct error *error)
{
    const struct str delimiter = buf_str(&multipart->delimiter);
    while (rest->len > 0 && multipart->matched < delimiter.len) {
        const char byte = rest->data[0];
        const bool is_leading_break = multipart->matched == 2 && (byte == '\r' || byte == '\n');
        if (!is_leading_break && byte != delimiter.data[multipart->matched++])
            return invalid(error);
        *rest = str_skip(*rest, 1);
    }
    if (multipart->matched == delimiter.len)
        multipart->state = STATE_BOUNDARY;
    return true;
}

static bool feed_boundary(struct multipart *multipart, struct str *rest, struct error *error)
{
    while (rest->len > 0 && multipart->headers.len < 2) {
        buf_append_byte(&multipart->headers, rest->data[0]);
        *rest = str_skip(*rest, 1);
    }
    if (multipart->headers.len < 2)
        return true;
    const struct str seen = buf_str(&multipart->headers);
    if (str_equal(seen, STR("--")))
        multipart->state = STATE_END;
    else if (str_equal(seen, STR("\r\n")))
        multipart->state = STATE_HEADERS;
    else
        return invalid(error);
    /* The line break stays in front of the headers, so that a part without any ends at once. */
    return true;
}

static bool feed_headers(struct multipart *multipart, struct str *rest, struct error *error)
{
    struct buf *headers = &multipart->headers;
    while (rest->len > 0) {
        const size_t line = str_find_byte(*rest, '\n');
        const size_t take = line == SIZE_MAX ? rest->len : line + 1;
        buf_append(headers, str_slice(*rest, 0, take));
        *rest = str_skip(*rest, take);
        if (buf_has_overflowed(headers))
            return invalid(error);
        if (str_ends_with(buf_str(headers), STR("\r\n\r\n")))
            return begin_part(multipart, error);
    }
    return true;
}

static void end_part(struct multipart *multipart)
{
    multipart->state = STATE_BOUNDARY;
    multipart->events->on_part_end(multipart->owner);
}

/* What matched in earlier pieces was data after all. */
static bool give_carried(struct multipart *multipart, struct error *error)
{
    const size_t carried = multipart->carried;
    multipart->carried = 0;
    return give_data(multipart, str_slice(buf_str(&multipart->delimiter), 0, carried), error);
}

/* Moves *at to where the match went on, began, or to the end; false when carried data was refused.
 */
static bool match_next(struct multipart *multipart, struct str bytes, size_t *at,
                       struct error *error)
{
    const struct str delimiter = buf_str(&multipart->delimiter);
    if (multipart->matched == 0) {
        const size_t found = str_find_byte(str_skip(bytes, *at), delimiter.data[0]);
        multipart->matched = found == SIZE_MAX ? 0 : 1;
        *at = found == SIZE_MAX ? bytes.len : *at + found + 1;
        return true;
    }
    if (bytes.data[*at] == delimiter.data[multipart->matched]) {
        multipart->matched++;
        (*at)++;
        return true;
    }
    multipart->matched = 0;
    return give_carried(multipart, error);
}

static bool feed_data(struct multipart *multipart, struct str *rest, struct error *error)
{
    const struct str bytes = *rest;
    const size_t whole = multipart->delimiter.len;
    size_t at = 0;
    while (at < bytes.len && multipart->matched < whole) {
        if (!match_next(multipart, bytes, &at, error))
            return false;
    }
    *rest = str_skip(bytes, at);
    const size_t in_piece = multipart->matched - multipart->carried;
    if (!give_data(multipart, str_slice(bytes, 0, at - in_piece), error))
        return false;
    multipart->carried = multipart->matched;
    if (multipart->matched == whole)
        end_part(multipart);
    return true;
}

bool multipart_feed(struct multipart *multipart, struct str bytes, struct error *error)
{
    struct str rest = bytes;
    while (rest.len > 0) {
        bool is_fine = true;
        switch (multipart->state) {
        case STATE_START:
            is_fine = feed_start(multipart, &rest, error);
            break;
        case STATE_BOUNDARY:
            is_fine = feed_boundary(multipart, &rest, error);
            break;
        case STATE_HEADERS:
            is_fine = feed_headers(multipart, &rest, error);
            break;
        case STATE_DATA:
            is_fine = feed_data(multipart, &rest, error);
            break;
        case STATE_END:
            return true; /* an epilogue is allowed and means nothing */
        }
        if (!is_fine)
            return false;
    }
    return true;
}

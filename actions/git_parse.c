#include "actions/git_parse.h"

bool git_parse_is_done(struct str rest)
{
    return rest.len == 0;
}

static bool is_hex(struct str text, bool allows_upper)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.data[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
              (allows_upper && c >= 'A' && c <= 'F')))
            return false;
    }
    return true;
}

bool git_parse_is_oid(struct str text)
{
    return (text.len == 40 || text.len == GIT_OID_MAX) && is_hex(text, false);
}

bool git_parse_is_commit(struct str text)
{
    return text.len >= 4 && text.len <= GIT_OID_MAX && is_hex(text, true);
}

/* The bytes before the next `end`, which must be there. */
static bool take_until(struct str *rest, char end, struct str *ret_piece)
{
    const size_t at = str_find_byte(*rest, end);
    if (at == SIZE_MAX)
        return false;
    *ret_piece = str_slice(*rest, 0, at);
    *rest = str_skip(*rest, at + 1);
    return true;
}

bool git_parse_name(struct str *rest, struct str *ret_name)
{
    return take_until(rest, '\0', ret_name);
}

bool git_parse_name_status(struct str *rest, struct git_name_status *ret_entry)
{
    struct str left = *rest;
    struct str status;
    struct str first;
    struct str second = STR_NULL;
    if (!take_until(&left, '\0', &status) || status.len == 0 || !take_until(&left, '\0', &first))
        return false;
    const char letter = status.data[0];
    const bool has_two = letter == 'R' || letter == 'C';
    if (has_two && !take_until(&left, '\0', &second))
        return false;
    *ret_entry = (struct git_name_status){
        .letter = letter,
        .path = has_two ? second : first,
        .old_path = has_two ? first : STR_NULL,
    };
    *rest = left;
    return true;
}

static bool read_header(struct str line, struct git_status_record *record)
{
    static const struct {
        struct str name;
        enum git_status_kind kind;
    } headers[] = {
        {STR_INIT("# branch.oid "), GIT_STATUS_HEAD_OID},
        {STR_INIT("# branch.head "), GIT_STATUS_HEAD_BRANCH},
    };
    record->kind = GIT_STATUS_HEADER;
    record->text = line;
    for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
        if (str_starts_with(line, headers[i].name)) {
            record->kind = headers[i].kind;
            record->text = str_skip(line, headers[i].name.len);
        }
    }
    return true;
}

static bool is_there(struct str mode)
{
    return !str_equal(mode, STR("000000"));
}

/* The object every empty file is, in both object formats. */
static bool is_empty_blob(struct str oid)
{
    return str_equal(oid, STR("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")) ||
           str_equal(oid, STR("473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"));
}

/* "1 XY sub mH mI mW hH hI path", and "u XY sub m1 m2 m3 mW h1 h2 h3 path". */
#define FIELDS_MAX 10
static bool read_tracked(struct str line, size_t fields_before_path,
                         struct git_status_record *record)
{
    struct str rest = line;
    struct str fields[FIELDS_MAX];
    for (size_t i = 0; i < fields_before_path; i++) {
        if (!take_until(&rest, ' ', &fields[i]))
            return false;
    }
    if (fields[1].len != 2 || fields[2].len == 0)
        return false;
    record->index = fields[1].data[0];
    record->worktree = fields[1].data[1];
    record->is_submodule = fields[2].data[0] == 'S';
    record->is_in_head = is_there(fields[3]);
    record->is_in_worktree = is_there(fields[5]);
    record->is_blank = is_empty_blob(fields[7]);
    record->text = rest;
    return rest.len > 0;
}

static bool read_record(struct str line, struct git_status_record *record)
{
    const char kind = line.len >= 2 && line.data[1] == ' ' ? line.data[0] : '\0';
    switch (kind) {
    case '#':
        return read_header(line, record);
    case '1':
        record->kind = GIT_STATUS_CHANGED;
        return read_tracked(line, 8, record);
    case 'u':
        record->kind = GIT_STATUS_UNMERGED;
        return read_tracked(line, FIELDS_MAX, record);
    case '?':
    case '!':
        record->kind = kind == '?' ? GIT_STATUS_UNTRACKED : GIT_STATUS_IGNORED;
        record->text = str_skip(line, 2);
        return record->text.len > 0;
    default:
        return false;
    }
}

bool git_parse_status(struct str *rest, struct git_status_record *ret_record)
{
    struct str left = *rest;
    struct str line;
    struct git_status_record record = {.index = '.', .worktree = '.'};
    if (!take_until(&left, '\0', &line) || !read_record(line, &record))
        return false;
    *ret_record = record;
    *rest = left;
    return true;
}

bool git_parse_ref(struct str *rest, struct git_ref *ret_ref)
{
    struct str left = *rest;
    struct str line;
    struct git_ref ref = {0};
    if (!take_until(&left, '\n', &line) || !take_until(&line, '\0', &ref.name) ||
        !take_until(&line, '\0', &ref.oid) || !take_until(&line, '\0', &ref.target))
        return false;
    if (ref.name.len == 0 || !git_parse_is_oid(ref.oid))
        return false;
    ref.is_current = str_equal(line, STR("*"));
    *ret_ref = ref;
    *rest = left;
    return true;
}

bool git_parse_log(struct str *rest, struct git_log_record *ret_record)
{
    struct str left = *rest;
    struct str line;
    struct git_log_record record = {0};
    if (!take_until(&left, '\0', &line)) {
        line = left; /* git may end the last record without a NUL */
        left = str_skip(left, left.len);
    }
    if (!take_until(&line, '\x1f', &record.oid) || !take_until(&line, '\x1f', &record.short_oid) ||
        !take_until(&line, '\x1f', &record.author) ||
        !take_until(&line, '\x1f', &record.timestamp) || !git_parse_is_oid(record.oid))
        return false;
    record.subject = line;
    *ret_record = record;
    *rest = left;
    return true;
}

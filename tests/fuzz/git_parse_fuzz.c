#include <stdint.h>

#include "actions/git_parse.h"
#include "server/base/attributes.h"

/*
 * What git prints, for each reader. The first byte chooses the reader. Every record must lie inside
 * the text, take at least one byte of it, and a refusal must take none.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str whole;

static void check_inside(struct str part)
{
    if (part.len > 0)
        assert(part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

static bool read_name_status(struct str *rest)
{
    struct git_name_status entry;
    if (!git_parse_name_status(rest, &entry))
        return false;
    check_inside(entry.path);
    check_inside(entry.old_path);
    return true;
}

static bool read_status(struct str *rest)
{
    struct git_status_record record;
    if (!git_parse_status(rest, &record))
        return false;
    check_inside(record.text);
    assert(record.text.len > 0 || record.kind == GIT_STATUS_HEAD_OID ||
           record.kind == GIT_STATUS_HEAD_BRANCH);
    return true;
}

static bool read_ref(struct str *rest)
{
    struct git_ref ref;
    if (!git_parse_ref(rest, &ref))
        return false;
    check_inside(ref.name);
    check_inside(ref.target);
    assert(git_parse_is_oid(ref.oid));
    return true;
}

static bool read_log(struct str *rest)
{
    struct git_log_record record;
    if (!git_parse_log(rest, &record))
        return false;
    check_inside(record.author);
    check_inside(record.subject);
    assert(git_parse_is_oid(record.oid));
    return true;
}

static bool read_name(struct str *rest)
{
    struct str name;
    if (!git_parse_name(rest, &name))
        return false;
    check_inside(name);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool (*const readers[])(struct str * rest) = {read_name_status, read_status, read_ref,
                                                         read_log, read_name};
    if (size == 0)
        return 0;
    bool (*const read_one)(struct str * rest) = readers[data[0] % ARRAY_SIZE(readers)];
    whole = str_span((const char *)data + 1, size - 1);
    struct str rest = whole;
    for (;;) {
        const size_t before = rest.len;
        if (!read_one(&rest)) {
            assert(rest.len == before);
            return 0;
        }
        assert(rest.len < before);
    }
}

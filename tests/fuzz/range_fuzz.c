#include <stdint.h>

#include "server/http/range.h"

/* A file's size, a line break, and a Range header: what comes out is sorted, disjoint and inside.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str header = str_span((const char *)data, size);
    struct str first;
    uint64_t file_size;
    struct range_list list;
    if (!str_next(&header, '\n', &first) || !str_to_u64(first, 0, INT64_MAX, &file_size))
        return 0;
    const enum range_outcome outcome = range_parse(header, file_size, &list);
    if (outcome == RANGE_MALFORMED)
        assert(list.problem != NULL);
    if (outcome != RANGE_PARTIAL)
        return 0;
    assert(list.count > 0 && list.count <= RANGE_MAX_COUNT);
    for (size_t i = 0; i < list.count; i++) {
        assert(list.items[i].start < list.items[i].end && list.items[i].end <= file_size);
        assert(i == 0 || list.items[i - 1].end < list.items[i].start);
    }
    return 0;
}

#include <stdint.h>

#include "api/v1/bash_frame.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/mem.h"

/* What a client of the socket says: it is a request, or the error is one that can be sent. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    scoped_buf struct buf detail = {0};
    struct bash_frame_error error = {.detail = &detail};
    struct bash_request request;
    if (bash_frame_read(str_span((const char *)data, size), false, &arena, &request, &error)) {
        assert(str_is_set(request.command));
    } else {
        scoped_buf struct buf json = {0};
        struct doc_error at;
        assert(detail.len > 0);
        bash_frame_write_error(&json, str_from(error.code), buf_str(&detail));
        struct doc *doc = doc_parse(buf_str(&json), &at);
        assert(doc != NULL);
        doc_free(doc);
    }
    arena_fini(&arena);
    return 0;
}

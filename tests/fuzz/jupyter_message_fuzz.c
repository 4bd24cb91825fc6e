#include <stdint.h>

#include "plugins/jupyter/message.h"
#include "plugins/jupyter/output.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/utf8.h"

/* What a kernel may send: parts separated by line feeds, each line a part. */

#define MAX_PARTS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(const struct jupyter_message *message)
{
    static const char *const types[] = {"stream", "display_data", "error"};
    struct jupyter_output output = {0};
    struct jupyter_message other = *message;
    jupyter_output_add(&output, message);
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        other.type = str_from(types[i]);
        jupyter_output_add(&output, &other);
    }
    jupyter_output_finish(&output);
    assert(utf8_is_valid(buf_str(&output.text)));
    jupyter_output_fini(&output);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_span((const char *)data, size);
    struct str parts[MAX_PARTS];
    size_t count = 0;
    while (count < MAX_PARTS && str_next(&rest, '\n', &parts[count]))
        count++;
    struct jupyter_frame frame;
    struct jupyter_message message;
    struct error error;
    if (!jupyter_frame_find(parts, count, &frame))
        return 0;
    if (jupyter_message_read(&frame, &message, &error)) {
        collect(&message);
        jupyter_message_fini(&message);
    }
    return 0;
}

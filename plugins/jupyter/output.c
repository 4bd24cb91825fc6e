#include "plugins/jupyter/output.h"

#include <stdlib.h>

#include "plugins/jupyter/message.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define IMAGE_PREFIX     "data:image/png;base64,"
#define COLOUR_ARGUMENTS 3

void jupyter_output_fini(struct jupyter_output *output)
{
    buf_fini(&output->text);
    for (size_t i = 0; i < output->image_count; i++)
        free((char *)(uintptr_t)output->images[i].data);
    free(output->images);
    *output = (struct jupyter_output){0};
}

static void add_bytes(struct jupyter_output *output, struct str text)
{
    const size_t room = JUPYTER_OUTPUT_MAX_TEXT - output->text.len;
    struct str kept = str_slice(text, 0, room);
    if (kept.len < text.len)
        kept.len -= utf8_incomplete_tail(kept);
    buf_append(&output->text, kept);
    output->dropped += text.len - kept.len;
}

static void add_text(struct jupyter_output *output, struct str text)
{
    output->pieces++;
    add_bytes(output, text);
}

static void add_image(struct jupyter_output *output, struct str base64)
{
    const size_t len = sizeof(IMAGE_PREFIX) - 1 + base64.len;
    if (len > JUPYTER_OUTPUT_MAX_IMAGES - output->image_bytes)
        return;
    scoped_buf struct buf url = {0};
    buf_append(&url, STR(IMAGE_PREFIX));
    buf_append(&url, base64);
    output->images =
        mem_resize(output->images, (output->image_count + 1) * sizeof(output->images[0]));
    output->images[output->image_count++] = str_span(mem_strndup(url.data, url.len), url.len);
    output->image_bytes += len;
}

static const struct doc_value *find_string(const struct doc_value *object, struct str name)
{
    const struct doc_value *value = doc_find(object, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? value : NULL;
}

static void add_stream(struct jupyter_output *output, const struct jupyter_message *message)
{
    add_text(output, jupyter_message_text(message, "text"));
}

static void add_display(struct jupyter_output *output, const struct jupyter_message *message)
{
    const struct doc_value *bundle = doc_find(message->content, STR("data"));
    if (bundle == NULL || doc_kind(bundle) != DOC_OBJECT)
        return;
    const struct doc_value *text = find_string(bundle, STR("text/plain"));
    const struct doc_value *image = find_string(bundle, STR("image/png"));
    add_text(output, text == NULL ? STR("") : doc_string(text));
    if (image != NULL)
        add_image(output, doc_string(image));
}

static void add_error(struct jupyter_output *output, const struct jupyter_message *message)
{
    const struct doc_value *lines = doc_find(message->content, STR("traceback"));
    if (lines == NULL || doc_kind(lines) != DOC_ARRAY)
        return;
    add_text(output, STR(""));
    for (size_t i = 0; i < doc_count(lines); i++) {
        const struct doc_value *line = doc_at(lines, i);
        if (i > 0)
            add_bytes(output, STR("\n"));
        if (doc_kind(line) == DOC_STRING)
            add_bytes(output, doc_string(line));
    }
}

void jupyter_output_add(struct jupyter_output *output, const struct jupyter_message *message)
{
    static const struct {
        struct str type;
        void (*add)(struct jupyter_output *output, const struct jupyter_message *message);
    } kinds[] = {
        {STR_INIT("stream"), add_stream},
        {STR_INIT("execute_result"), add_display},
        {STR_INIT("display_data"), add_display},
        {STR_INIT("error"), add_error},
    };
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (str_equal(message->type, kinds[i].type))
            kinds[i].add(output, message);
    }
}

static size_t skip_digits(struct str text, size_t at)
{
    while (at < text.len && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

/* The length of a colour sequence at the front, ESC [ n (; n){0,2} m; 0 when there is none. */
static size_t colour_len(struct str text)
{
    if (!str_starts_with(text, STR("\x1b[")))
        return 0;
    size_t at = 2;
    for (unsigned i = 0; i < COLOUR_ARGUMENTS; i++) {
        const size_t end = skip_digits(text, at);
        if (end == at || end == text.len)
            return 0;
        if (text.data[end] == 'm')
            return end + 1;
        if (text.data[end] != ';')
            return 0;
        at = end + 1;
    }
    return 0;
}

void jupyter_output_uncolour(struct str text, struct buf *out)
{
    while (text.len > 0) {
        const size_t escape = str_find_byte(text, '\x1b');
        const size_t plain = escape == SIZE_MAX ? text.len : escape;
        buf_append(out, str_slice(text, 0, plain));
        text = str_skip(text, plain);
        const size_t colour = colour_len(text);
        if (colour == 0 && text.len > 0)
            buf_append_byte(out, '\x1b');
        text = str_skip(text, colour == 0 ? 1 : colour);
    }
}

void jupyter_output_finish(struct jupyter_output *output)
{
    if (output->pieces == 0)
        buf_append(&output->text, STR("[Code executed successfully with no output]"));
    struct buf plain = {0};
    jupyter_output_uncolour(buf_str(&output->text), &plain);
    buf_fini(&output->text);
    output->text = plain;
    if (output->dropped > 0)
        buf_printf(&output->text, "\n[%zu more bytes of output were dropped]", output->dropped);
}

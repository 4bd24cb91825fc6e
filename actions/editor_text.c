#include "actions/editor_text.h"

#include <stdarg.h>
#include <stdio.h>

#include "server/base/buf.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

static const struct editor_rules rules_of[] = {
    [EDITOR_V0] =
        {
            .tool = "the oh_editor",
            .absolute = "The path should be an absolute path, starting with `/`.",
            .converts_documents = true,
            .strips_new_str = true,
            .ends_with_empty = true,
            .sorts_paths = true,
            .respects_read_only = true,
        },
    [EDITOR_V1] =
        {
            .tool = "FileEditor",
            .absolute = "The path should be an absolute path.",
            .shows_images = true,
            .needs_new_str = true,
            .cuts_middle = true,
            .falls_back_to_utf8 = true,
            .names_temporary = true,
            .is_lenient = true,
        },
};

#define NOTICE(text)                                                                               \
    STR_INIT("<response clipped><NOTE>Due to the max output limit, " text "</NOTE>")

static const struct str notices[] = {
    [EDITOR_NOTICE_FILE] =
        NOTICE("only part of this file has been shown to you. You should retry this tool after you "
               "have searched inside the file with `grep -n` in order to find the line numbers of "
               "what you are looking for."),
    [EDITOR_NOTICE_DOCUMENT] =
        NOTICE("only part of this file has been shown to you. Please use Python libraries to view "
               "the entire file or search for specific content within the file."),
    [EDITOR_NOTICE_DIRECTORY] =
        NOTICE("only part of this directory has been shown to you. You should use `ls -la` instead "
               "to view large directories incrementally."),
};

const struct editor_rules *editor_rules(enum editor_dialect dialect)
{
    return &rules_of[dialect];
}

struct str editor_notice(enum editor_notice notice)
{
    return notices[notice];
}

PRINTF_LIKE(2, 0)
static void append_format(struct buf *out, const char *format, va_list arguments)
{
    char *text = NULL;
    const int len = vasprintf(&text, format, arguments);
    if (len > 0)
        buf_append_bytes(out, text, (size_t)len);
    if (len >= 0)
        free(text);
}

bool editor_fail(struct editor_result *result, const char *format, ...)
{
    result->is_error = true;
    buf_clear(&result->text);
    va_list arguments;
    va_start(arguments, format);
    append_format(&result->text, format, arguments);
    va_end(arguments);
    return false;
}

bool editor_fail_parameter(struct editor_result *result, const char *parameter, struct str value,
                           const char *format, ...)
{
    (void)editor_fail(result, "Invalid `%s` parameter: ", parameter); /* is false */
    buf_append(&result->text, value);
    buf_append(&result->text, STR(". "));
    va_list arguments;
    va_start(arguments, format);
    append_format(&result->text, format, arguments);
    va_end(arguments);
    return false;
}

bool editor_fail_missing(struct editor_result *result, const char *parameter, struct str command)
{
    return editor_fail(result, "Parameter `%s` is required for command: %.*s.", parameter,
                       STR_ARG(command));
}

void editor_clip(const struct editor_rules *rules, struct str text, enum editor_notice notice,
                 struct buf *out)
{
    const struct str words = notices[notice];
    /* A text of that many bytes has no more characters. */
    const size_t count = text.len <= EDITOR_MAX_CHARACTERS ? 0 : utf8_count(text);
    if (count <= EDITOR_MAX_CHARACTERS) {
        buf_append(out, text);
        return;
    }
    if (!rules->cuts_middle) {
        buf_append(out, str_slice(text, 0, utf8_prefix_bytes(text, EDITOR_MAX_CHARACTERS)));
        buf_append(out, words);
        return;
    }
    const size_t room = EDITOR_MAX_CHARACTERS - words.len;
    const size_t head = room / 2 + room % 2;
    const size_t tail = room - head;
    buf_append(out, str_slice(text, 0, utf8_prefix_bytes(text, head)));
    buf_append(out, words);
    buf_append(out, str_skip(text, utf8_prefix_bytes(text, count - tail)));
}

static void append_line(size_t number, struct str line, struct buf *out)
{
    buf_printf(out, "%6zu\t", number);
    buf_append(out, line);
    buf_append_byte(out, '\n');
}

void editor_numbered(const struct editor_rules *rules, struct str description, struct str text,
                     size_t first_line, struct buf *out)
{
    scoped_buf struct buf clipped = {0};
    buf_append(out, STR("Here's the result of running `cat -n` on "));
    buf_append(out, description);
    buf_append(out, STR(":\n"));
    editor_clip(rules, text, EDITOR_NOTICE_FILE, &clipped);
    struct str rest = buf_str(&clipped);
    size_t number = first_line;
    for (size_t at = str_find_byte(rest, '\n'); at != SIZE_MAX; at = str_find_byte(rest, '\n')) {
        append_line(number++, str_slice(rest, 0, at), out);
        rest = str_skip(rest, at + 1);
    }
    if (rest.len > 0 || rules->ends_with_empty)
        append_line(number, rest, out);
}

void editor_list(const int64_t *numbers, size_t count, struct buf *out)
{
    buf_append_byte(out, '[');
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "%s%lld", i == 0 ? "" : ", ", (long long)numbers[i]);
    buf_append_byte(out, ']');
}

#include "actions/editor_view.h"

#include "actions/document.h"
#include "actions/editor_call.h"
#include "actions/editor_directory.h"
#include "actions/text_file.h"
#include "server/base/base64.h"
#include "server/base/error.h"
#include "server/base/mem.h"

struct range {
    size_t first;
    size_t last;
    bool is_cut; /* the file has no more lines than `last` */
};

static bool has_range(const struct editor_request *request)
{
    return str_is_set(request->bad_view_range) ||
           (request->has_view_range && request->view_range_count > 0);
}

static bool fail_range(const struct editor_call *call, const char *hint)
{
    scoped_buf struct buf shown = {0};
    const struct editor_request *request = call->request;
    if (str_is_set(request->bad_view_range))
        buf_append(&shown, request->bad_view_range);
    else
        editor_list(request->view_range, request->view_range_count, &shown);
    return editor_fail_parameter(call->result, "view_range", buf_str(&shown), "%s", hint);
}

static bool check_first(const struct editor_call *call, int64_t first, size_t count)
{
    if (first >= 1 && (uint64_t)first <= count)
        return true;
    scoped_buf struct buf hint = {0};
    buf_printf(&hint,
               "Its first element `%lld` should be within the range of lines of the file: "
               "[1, %zu].",
               (long long)first, count);
    return fail_range(call, hint.data);
}

static bool check_range(const struct editor_call *call, size_t count, struct range *ret_range)
{
    const struct editor_request *request = call->request;
    if (str_is_set(request->bad_view_range) || request->view_range_count != 2)
        return fail_range(call, "It should be a list of two integers.");
    const int64_t first = request->view_range[0];
    int64_t last = request->view_range[1];
    if (!check_first(call, first, count))
        return false;
    const bool is_cut = last > (int64_t)count;
    if (last == -1 || is_cut)
        last = (int64_t)count;
    if (last < first) {
        scoped_buf struct buf hint = {0};
        buf_printf(&hint,
                   "Its second element `%lld` should be greater than or equal to the first "
                   "element `%lld`.",
                   (long long)last, (long long)first);
        return fail_range(call, hint.data);
    }
    *ret_range = (struct range){(size_t)first, (size_t)last, is_cut};
    return true;
}

static void view_range(const struct editor_call *call, struct str text)
{
    struct range range = {0};
    if (!check_range(call, text_count_lines(text), &range))
        return;
    struct str lines =
        str_slice(text, text_line_start(text, range.first - 1), text_line_start(text, range.last));
    /* The end of the last line opens no line of its own. */
    if (call->rules->ends_with_empty && str_ends_with(lines, STR("\n")))
        lines.len--;
    struct buf *out = &call->result->text;
    if (range.is_cut)
        buf_printf(out,
                   "NOTE: We only show up to %zu since there're only %zu lines in this file.\n",
                   range.last, range.last);
    editor_numbered(call->rules, call->shown, lines, range.first, out);
}

static void view_text(const struct editor_call *call)
{
    struct text_file file = {0};
    if (editor_call_read(call, &file)) {
        if (has_range(call->request))
            view_range(call, file.text);
        else
            editor_numbered(call->rules, call->shown, file.text, 1, &call->result->text);
    }
    text_file_fini(&file);
}

static void view_directory(const struct editor_call *call)
{
    struct error error;
    if (has_range(call->request))
        (void)fail_range(call, "The `view_range` parameter is not allowed when `path` points to a "
                               "directory."); /* is false */
    else if (!editor_directory_view(call->rules, call->path, call->shown, &call->result->text,
                                    &error))
        (void)editor_fail(call->result, "%s", error.text); /* is false */
}

static void view_image(const struct editor_call *call, const char *type)
{
    struct error error;
    scoped_buf struct buf bytes = {0};
    struct buf *text = &call->result->text;
    if (!editor_call_check_size(call))
        return;
    if (!editor_call_read_bytes(call, &bytes, &error)) {
        (void)editor_fail(call->result, "Failed to read image file "); /* is false */
        buf_append(text, call->shown);
        buf_printf(text, ": %s", error.text);
        return;
    }
    buf_append(text, STR("Image file "));
    buf_append(text, call->shown);
    buf_append(text, STR(" read successfully. Displaying image content."));
    buf_printf(&call->result->image, "data:%s;base64,", type);
    base64_encode(&call->result->image, buf_str(&bytes));
}

static void view_document(const struct editor_call *call)
{
    struct error error;
    scoped_buf struct buf bytes = {0};
    scoped_buf struct buf markdown = {0};
    struct buf *text = &call->result->text;
    if (!editor_call_check_size(call))
        return;
    bool is_ok = editor_call_read_bytes(call, &bytes, &error);
    if (is_ok) {
        const struct document_options options = {
            .path = call->path,
            .content = buf_str(&bytes),
            .processes = call->options->processes,
            .env = call->options->env,
        };
        is_ok = document_convert(&options, &markdown, &error);
    }
    if (!is_ok) {
        (void)editor_fail(call->result, "Error in converting file to Markdown: %s", error.text);
        buf_append(text, STR(". Please use Python code to read "));
        buf_append(text, call->shown);
        return;
    }
    buf_append(text, STR("Here's the content of the file "));
    buf_append(text, call->shown);
    buf_append(text, STR(" displayed in Markdown format:\n"));
    editor_clip(call->rules, buf_str(&markdown), EDITOR_NOTICE_DOCUMENT, text);
    buf_append_byte(text, '\n');
}

void editor_view(const struct editor_call *call)
{
    const char *image_type = editor_call_image_type(call);
    if (editor_call_is_directory(call))
        view_directory(call);
    else if (image_type != NULL)
        view_image(call, image_type);
    else if (editor_call_is_document(call))
        view_document(call);
    else
        view_text(call);
}

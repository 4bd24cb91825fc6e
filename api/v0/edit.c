#include "api/v0/edit.h"

#include <stdlib.h>

#include "actions/editor.h"
#include "actions/text_diff.h"
#include "api/v0/action.h"
#include "api/v0/file_job.h"
#include "api/v0/runtime.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

struct edit_job {
    struct v0_file_job base;
    struct editor *editor;
    struct editor_request request;
    struct editor_result result;
    struct buf content;
    struct buf diff;
};

static struct edit_job *edit_job_of(struct v0_file_job *base)
{
    return container_of(base, struct edit_job, base);
}

static void run(struct v0_file_job *base)
{
    struct edit_job *job = edit_job_of(base);
    const struct editor_result *result = &job->result;
    editor_run(job->editor, &job->request, &job->result);
    buf_append(&job->content, result->is_error ? STR("ERROR:\n") : STR(""));
    buf_append(&job->content, buf_str(&result->text));
    text_diff(job->request.path, buf_str(&result->old_content), buf_str(&result->new_content),
              &job->diff);
}

static void reply(struct v0_file_job *base)
{
    const struct edit_job *job = edit_job_of(base);
    const struct editor_request *request = &job->request;
    scoped_buf struct buf message = {0};
    buf_append(&message, STR("I edited the file "));
    buf_append(&message, request->path);
    buf_append_byte(&message, '.');
    const struct v0_observation observation = {
        .kind = "edit", .message = buf_str(&message), .content = buf_str(&job->content)};
    struct jsonw *w = v0_action_reply_begin(base->action, &observation);
    jsonw_string(w, "path", request->path);
    jsonw_bool(w, "prev_exist", false);
    jsonw_string_or_null(w, "old_content", request->old_str);
    jsonw_string_or_null(w, "new_content", request->new_str);
    jsonw_cstr(w, "impl_source", "oh_aci");
    jsonw_string(w, "diff", buf_str(&job->diff));
    jsonw_null(w, "_diff_cache");
    v0_action_reply_end(base->action);
}

static void fini(struct v0_file_job *base)
{
    struct edit_job *job = edit_job_of(base);
    editor_result_fini(&job->result);
    buf_fini(&job->content);
    buf_fini(&job->diff);
}

bool v0_edit_parse_line(struct str text, int64_t *ret_line)
{
    scoped_buf struct buf digits = {0};
    const struct str trimmed = utf8_trim(text);
    char before = '_';
    for (size_t i = 0; i < trimmed.len; i++) {
        const char byte = trimmed.data[i];
        const bool is_digit = byte >= '0' && byte <= '9';
        const bool is_sign = i == 0 && (byte == '-' || byte == '+');
        if (!is_digit && !is_sign && (byte != '_' || before == '_'))
            return false;
        if (byte != '_')
            buf_append_byte(&digits, byte);
        before = is_sign ? '_' : byte;
    }
    return before != '_' && str_to_i64(buf_str(&digits), INT64_MIN, INT64_MAX, ret_line);
}

/* The answer to a line number that is none. */
static void reply_bad_line(struct v0_action *action, struct edit_job *job, struct str text)
{
    buf_append(&job->content, STR("ERROR:\nInvalid insert_line value: '"));
    buf_append(&job->content, text);
    buf_append(&job->content, STR("'. Expected an integer."));
    job->base.action = action;
    reply(&job->base);
    fini(&job->base);
    free(job);
}

/* False when the argument is a text or a value that is no whole number; it is printed then. */
static bool take_line(const struct v0_action *action, struct editor_request *request,
                      struct buf *problem)
{
    const struct doc_value *line = doc_find(v0_action_args(action), STR("insert_line"));
    request->has_insert_line = true;
    switch (line == NULL ? DOC_NULL : doc_kind(line)) {
    case DOC_NULL:
        request->has_insert_line = false;
        return true;
    case DOC_INT:
        request->insert_line = doc_int(line);
        return true;
    case DOC_BOOL:
        request->insert_line = doc_bool(line) ? 1 : 0;
        return true;
    case DOC_STRING:
        buf_append(problem, doc_string(line));
        return v0_edit_parse_line(doc_string(line), &request->insert_line);
    case DOC_DOUBLE:
    case DOC_ARRAY:
    case DOC_OBJECT:
        doc_print(line, problem);
        return false;
    }
    return false;
}

static bool take_texts(struct v0_action *action, struct editor_request *request)
{
    return v0_arg_string(action, "path", STR(""), &request->path) &&
           v0_arg_string(action, "command", STR(""), &request->command) &&
           v0_arg_string(action, "file_text", STR_NULL, &request->file_text) &&
           v0_arg_string(action, "old_str", STR_NULL, &request->old_str) &&
           v0_arg_string(action, "new_str", STR_NULL, &request->new_str);
}

void v0_edit(struct v0_action *action)
{
    struct str implementation;
    struct editor_request request = {0};
    scoped_buf struct buf line = {0};
    if (!v0_arg_string(action, "impl_source", STR("oh_aci"), &implementation) ||
        !take_texts(action, &request))
        return;
    if (!str_equal(implementation, STR("oh_aci"))) {
        v0_action_fail(action, STR(""));
        return;
    }
    const bool has_line = take_line(action, &request, &line);
    struct edit_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct v0_file_job){action, run, reply, fini};
    job->editor = v0_runtime_editor(v0_action_runtime(action));
    job->request = request;
    if (has_line)
        v0_file_job_start(&job->base);
    else
        reply_bad_line(action, job, buf_str(&line));
}

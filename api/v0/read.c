#include "api/v0/read.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/binary_test.h"
#include "actions/document.h"
#include "actions/editor.h"
#include "actions/line_range.h"
#include "actions/path.h"
#include "api/v0/action.h"
#include "api/v0/file_job.h"
#include "api/v0/reply.h"
#include "api/v0/runtime.h"
#include "server/base/base64.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

struct media {
    struct str ending;
    const char *type;
};

static const struct media media_types[] = {
    {STR_INIT(".png"), "image/png"}, {STR_INIT(".jpg"), "image/jpeg"},
    {STR_INIT(".bmp"), "image/bmp"}, {STR_INIT(".jpeg"), "image/jpeg"},
    {STR_INIT(".gif"), "image/gif"}, {STR_INIT(".pdf"), "application/pdf"},
    {STR_INIT(".mp4"), "video/mp4"}, {STR_INIT(".webm"), "video/webm"},
    {STR_INIT(".ogg"), "audio/ogg"},
};

struct read_job {
    struct v0_file_job base;
    char *path; /* resolved */
    char *cwd;
    int64_t start;
    int64_t end;
    struct editor *editor; /* NULL: without it */
    struct editor_request request;
    struct editor_result result;
    int64_t *view_range;
    struct buf bad_view_range;
    bool is_ok;
    struct buf content;
    struct error error;
};

static struct read_job *read_job_of(struct v0_file_job *base)
{
    return container_of(base, struct read_job, base);
}

static const char *media_type(const char *path)
{
    const struct str text = str_from(path);
    for (size_t i = 0; i < ARRAY_SIZE(media_types); i++) {
        const size_t len = media_types[i].ending.len;
        if (text.len >= len &&
            str_equal_nocase(str_skip(text, text.len - len), media_types[i].ending))
            return media_types[i].type;
    }
    return NULL;
}

/* What cannot be read counts as text: the error comes later. */
static bool is_binary(const char *path)
{
    scoped_fd int fd = -1;
    struct stat status;
    char start[BINARY_TEST_BYTES];
    if (!path_open_file(path, &fd, &status, NULL))
        return false;
    const ssize_t got = read(fd, start, sizeof(start));
    return got > 0 && binary_test(str_from(path), str_span(start, (size_t)got));
}

static bool fail_binary(struct read_job *job)
{
    return error_set(&job->error, ERROR_UNPROCESSABLE, "ERROR_BINARY_FILE");
}

static bool read_media(struct read_job *job, const char *type)
{
    scoped_buf struct buf bytes = {0};
    if (!line_range_load(job->path, V0_READ_MAX_MEDIA_BYTES, &bytes, &job->error))
        return false;
    buf_printf(&job->content, "data:%s;base64,", type);
    base64_encode(&job->content, buf_str(&bytes));
    return true;
}

/* Words the errors that clients know. */
static bool fail_file(struct read_job *job)
{
    const struct error error = job->error;
    if (error.sys_errno == ENOENT)
        return error_set(&job->error, error.code,
                         "File not found: %s. Your current working directory is %s.", job->path,
                         job->cwd);
    if (error.sys_errno == EISDIR)
        return error_set(&job->error, error.code,
                         "Path is a directory: %s. You can only read files", job->path);
    if (error.code == ERROR_UNPROCESSABLE)
        return error_set(&job->error, error.code, "File could not be decoded as utf-8: %s.",
                         job->path);
    return false;
}

static bool read_file(struct read_job *job)
{
    const char *type = media_type(job->path);
    if (type != NULL)
        return read_media(job, type) || fail_file(job);
    if (is_binary(job->path))
        return fail_binary(job);
    return line_range_read(job->path, job->start, job->end, &job->content, &job->error) ||
           fail_file(job);
}

static bool view_file(struct read_job *job)
{
    if (!document_is_convertible(job->request.path) && is_binary(job->path))
        return fail_binary(job);
    editor_run(job->editor, &job->request, &job->result);
    buf_append(&job->content, job->result.is_error ? STR("ERROR:\n") : STR(""));
    buf_append(&job->content, buf_str(&job->result.text));
    return true;
}

static void run(struct v0_file_job *base)
{
    struct read_job *job = read_job_of(base);
    job->is_ok = job->editor != NULL ? view_file(job) : read_file(job);
}

static void reply(struct v0_file_job *base)
{
    const struct read_job *job = read_job_of(base);
    if (!job->is_ok) {
        v0_action_reply_error(base->action, str_from(job->error.text));
        return;
    }
    scoped_buf struct buf message = {0};
    const struct str path = job->editor != NULL ? job->request.path : str_from(job->path);
    buf_append(&message, STR("I read the file "));
    buf_append(&message, path);
    buf_append_byte(&message, '.');
    const struct v0_observation observation = {
        .kind = "read", .message = buf_str(&message), .content = buf_str(&job->content)};
    struct jsonw *w = v0_action_reply_begin(base->action, &observation);
    jsonw_string(w, "path", path);
    jsonw_cstr(w, "impl_source", job->editor != NULL ? "oh_aci" : "default");
    v0_action_reply_end(base->action);
}

static void fini(struct v0_file_job *base)
{
    struct read_job *job = read_job_of(base);
    editor_result_fini(&job->result);
    buf_fini(&job->content);
    buf_fini(&job->bad_view_range);
    free(job->view_range);
    free(job->path);
    free(job->cwd);
}

static bool is_all_integers(const struct doc_value *list)
{
    if (doc_kind(list) != DOC_ARRAY)
        return false;
    for (size_t i = 0; i < doc_count(list); i++)
        if (doc_kind(doc_at(list, i)) != DOC_INT)
            return false;
    return true;
}

/* A range of any shape reaches the editor, which says what is wrong with it. */
static void take_view_range(struct read_job *job, const struct doc_value *range)
{
    if (range == NULL || doc_kind(range) == DOC_NULL)
        return;
    if (!is_all_integers(range)) {
        scoped_buf struct buf json = {0};
        doc_print(range, &json);
        v0_print_python(buf_str(&json), &job->bad_view_range);
        job->request.bad_view_range = buf_str(&job->bad_view_range);
        return;
    }
    const size_t count = doc_count(range);
    job->view_range = mem_zero(count + 1, sizeof(job->view_range[0]));
    for (size_t i = 0; i < count; i++)
        job->view_range[i] = doc_int(doc_at(range, i));
    job->request.has_view_range = true;
    job->request.view_range = job->view_range;
    job->request.view_range_count = count;
}

void v0_read(struct v0_action *action)
{
    const struct v0_runtime *runtime = v0_action_runtime(action);
    struct str path;
    struct str implementation;
    long long start;
    long long end;
    if (!v0_arg_string(action, "path", STR(""), &path) ||
        !v0_arg_string(action, "impl_source", STR("default"), &implementation) ||
        !v0_arg_int(action, "start", 0, &start) || !v0_arg_int(action, "end", -1, &end))
        return;
    struct error error;
    char *resolved;
    if (!v0_file_path(action, path, &resolved, &error)) {
        v0_action_reply_error(action, str_from(error.text));
        return;
    }
    struct read_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct v0_file_job){action, run, reply, fini};
    job->path = resolved;
    const struct str cwd = v0_runtime_cwd(runtime);
    job->cwd = mem_strndup(cwd.data, cwd.len); /* it may move meanwhile */
    job->start = start;
    job->end = end;
    if (str_equal(implementation, STR("oh_aci"))) {
        job->editor = v0_runtime_editor(runtime);
        job->request.command = STR("view");
        job->request.path = path;
        take_view_range(job, doc_find(v0_action_args(action), STR("view_range")));
    }
    v0_file_job_start(&job->base);
}

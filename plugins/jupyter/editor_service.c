#include "plugins/jupyter/editor_service.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/editor.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/pipe.h"
#include "server/loop/process.h"
#include "server/loop/work.h"

/* An editor takes no file above its limit; escaped in JSON it may be six times as long. */
#define LINE_MAX_BYTES (8 * EDITOR_MAX_FILE_BYTES)
#define RANGE_MAX      8

struct service {
    struct loop *loop;
    struct processes *processes;
    struct editor *editor;
    struct pipe *input;
    struct pipe *output;
    struct buf lines;
    bool has_ended; /* nobody asks any more */
    bool is_closed;
    /* The one under way. */
    struct doc *document; /* NULL: none */
    struct editor_request request;
    int64_t view_range[RANGE_MAX];
    struct editor_result result;
};

static const struct doc_value *member(const struct service *service, const char *name)
{
    const struct doc_value *value = doc_find(doc_root(service->document), str_from(name));
    return value == NULL || doc_kind(value) == DOC_NULL ? NULL : value;
}

static struct str text_member(const struct service *service, const char *name)
{
    const struct doc_value *value = member(service, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

static void read_range(struct service *service)
{
    struct editor_request *request = &service->request;
    const struct doc_value *range = member(service, "view_range");
    if (range == NULL || doc_kind(range) != DOC_ARRAY)
        return;
    request->has_view_range = true;
    request->view_range = service->view_range;
    for (size_t i = 0; i < doc_count(range) && i < RANGE_MAX; i++) {
        const struct doc_value *line = doc_at(range, i);
        service->view_range[i] = doc_kind(line) == DOC_INT ? doc_int(line) : 0;
        request->view_range_count = i + 1;
    }
}

static void read_request(struct service *service)
{
    const struct doc_value *line = member(service, "insert_line");
    service->request = (struct editor_request){
        .command = text_member(service, "command"),
        .path = text_member(service, "path"),
        .file_text = text_member(service, "file_text"),
        .old_str = text_member(service, "old_str"),
        .new_str = text_member(service, "new_str"),
        .bad_view_range = text_member(service, "bad_view_range"),
        .has_insert_line = line != NULL && doc_kind(line) == DOC_INT,
        .insert_line = line != NULL && doc_kind(line) == DOC_INT ? doc_int(line) : 0,
    };
    read_range(service);
}

static void end_when_idle(struct service *service);
static void take_line(struct service *service);

static void write_content(struct jsonw *w, const char *name, bool is_there,
                          const struct buf *content)
{
    if (is_there)
        jsonw_string(w, name, buf_str(content));
    else
        jsonw_null(w, name);
}

static void answer(struct service *service)
{
    const struct editor_result *result = &service->result;
    const struct doc_value *id = member(service, "id");
    scoped_buf struct buf line = {.max_bytes = SIZE_MAX / 2};
    struct jsonw w;
    jsonw_init(&w, &line);
    jsonw_object(&w);
    jsonw_int(&w, "id", id != NULL && doc_kind(id) == DOC_INT ? doc_int(id) : 0);
    jsonw_bool(&w, "is_error", result->is_error);
    jsonw_string(&w, "text", buf_str(&result->text));
    jsonw_string(&w, "path", buf_str(&result->path));
    jsonw_bool(&w, "prev_exist", result->prev_exist);
    write_content(&w, "old_content", result->has_old_content, &result->old_content);
    write_content(&w, "new_content", result->has_new_content, &result->new_content);
    jsonw_end(&w);
    buf_append_byte(&line, '\n');
    pipe_write(service->output, buf_str(&line));
}

static void edit(void *job)
{
    struct service *service = job;
    editor_run(service->editor, &service->request, &service->result);
}

static void on_edited(void *job, bool is_cancelled)
{
    struct service *service = job;
    if (is_cancelled) {
        service->result.is_error = true;
        buf_append(&service->result.text, STR("no thread can be started"));
    }
    answer(service);
    editor_result_fini(&service->result);
    service->result = (struct editor_result){0};
    doc_free(service->document);
    service->document = NULL;
    take_line(service);
    end_when_idle(service);
}

/* A line that is no object is nobody's request, and gets no answer. */
static void take_line(struct service *service)
{
    while (service->document == NULL) {
        const size_t end = str_find_byte(buf_str(&service->lines), '\n');
        struct doc_error ignored;
        if (end == SIZE_MAX)
            return;
        service->document = doc_parse(str_slice(buf_str(&service->lines), 0, end), &ignored);
        buf_consume(&service->lines, end + 1);
        if (service->document != NULL && doc_kind(doc_root(service->document)) != DOC_OBJECT) {
            doc_free(service->document);
            service->document = NULL;
        }
    }
    read_request(service);
    (void)work_start(service->loop, edit, on_edited, service);
}

static void on_processes_closed(void *owner)
{
    (void)owner; /* the loop has nothing left to wait for */
}

/* What was answered leaves before the end: a closed pipe drops what it still holds. */
static void end_when_idle(struct service *service)
{
    if (!service->has_ended || service->document != NULL || service->is_closed ||
        pipe_pending_bytes(service->output) > 0)
        return;
    service->is_closed = true;
    pipe_close(service->input);
    pipe_close(service->output);
    processes_close(service->processes, 0, on_processes_closed, NULL);
}

static void on_data(void *owner, struct str chunk)
{
    struct service *service = owner;
    buf_append(&service->lines, chunk);
    if (buf_has_overflowed(&service->lines)) {
        (void)fprintf(stderr, "actiond --editor: a request is too long\n");
        service->has_ended = true;
        pipe_read_stop(service->input);
        buf_clear(&service->lines);
        end_when_idle(service);
    } else if (service->document == NULL) {
        take_line(service);
    }
}

static void on_end(void *owner)
{
    struct service *service = owner;
    service->has_ended = true;
    end_when_idle(service);
}

static void on_written(void *owner)
{
    end_when_idle(owner);
}

static bool open_streams(struct service *service, struct error *error)
{
    static const struct pipe_events input_events = {.on_data = on_data, .on_end = on_end};
    static const struct pipe_events output_events = {.on_written = on_written};
    return pipe_open(service->loop, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3), &input_events, service,
                     &service->input, error) &&
           pipe_open(service->loop, fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), &output_events,
                     service, &service->output, error);
}

static void serve(struct service *service)
{
    struct error error;
    const struct editor_options options = {
        .dialect = EDITOR_V0, .processes = service->processes, .env = (const char *const *)environ};
    service->editor = editor_new(&options);
    if (open_streams(service, &error)) {
        pipe_read_start(service->input);
    } else {
        (void)fprintf(stderr, "actiond --editor: %s\n", error.text);
        pipe_close(service->input);
        processes_close(service->processes, 0, on_processes_closed, NULL);
    }
    loop_run(service->loop);
    editor_free(service->editor);
    buf_fini(&service->lines);
}

/* It ends with its input, after its history is gone. Who ends the kernel ends it too. */
static void ignore_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        (void)signal(numbers[i], SIG_IGN); /* cannot fail: the signals exist */
}

int editor_service_run(void)
{
    ignore_signals();
    struct service service = {.lines = {.max_bytes = LINE_MAX_BYTES}};
    struct error error;
    if (!loop_open(&service.loop, &error) ||
        !processes_open(service.loop, &service.processes, &error)) {
        (void)fprintf(stderr, "actiond --editor: %s\n", error.text);
        return 1;
    }
    serve(&service);
    return loop_close(service.loop) && service.is_closed ? 0 : 1;
}

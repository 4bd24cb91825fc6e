#include "api/upload_form.h"

#include "actions/file_upload.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/http/multipart.h"
#include "server/http/request.h"

enum part_kind {
    PART_OTHER,
    PART_FILE,
    PART_TEXT
};

struct upload {
    struct http_request *request;
    const struct upload_form_events *events;
    void *owner;
    struct multipart *parser; /* NULL: the body is no form */
    enum part_kind part;      /* being received */
    bool has_file;
    bool has_text;
    struct buf text;
    struct file_upload *file;
    bool has_failed;
    struct error error;
    bool has_body_ended;
};

static void close_file(struct upload *upload)
{
    file_upload_close(upload->file);
    upload->file = NULL;
}

/* Nothing of the upload is touched after on_end but what is borrowed for it. */
static void end(struct upload *upload, const struct upload_outcome *outcome)
{
    scoped_buf struct buf text = buf_take(&upload->text);
    (void)text; /* freed after the call */
    close_file(upload);
    multipart_free(upload->parser);
    upload->parser = NULL;
    upload->events->on_end(upload->owner, outcome);
}

static void end_with_error(struct upload *upload, enum upload_end kind, const struct error *error)
{
    const struct error copy = *error;
    end(upload, &(struct upload_outcome){.end = kind, .error = &copy});
}

static void on_file_ready(void *owner)
{
    struct upload *upload = owner;
    http_request_resume(upload->request);
}

/* An early error is kept until the body is through; what still comes is dropped. */
static void on_file_done(void *owner, const struct file_written *written, const struct error *error)
{
    struct upload *upload = owner;
    close_file(upload);
    if (!upload->has_body_ended) {
        upload->has_failed = true;
        upload->error = *error;
        http_request_resume(upload->request);
    } else if (error != NULL) {
        end_with_error(upload, UPLOAD_FAILED, error);
    } else {
        end(upload, &(struct upload_outcome){.end = UPLOAD_WRITTEN, .written = written});
    }
}

static const struct file_upload_events file_events = {
    .on_ready = on_file_ready,
    .on_done = on_file_done,
};

static void begin_file(struct upload *upload, struct str filename)
{
    struct file_write_options options = {.creates_parents = true};
    upload->part = PART_FILE;
    upload->has_file = true;
    upload->has_text = false;
    close_file(upload);
    upload->has_failed =
        !upload->events->on_file(upload->owner, filename, &options.path, &upload->error);
    if (upload->has_failed)
        return;
    upload->file =
        file_upload_open(http_request_loop(upload->request), &options, &file_events, upload);
}

static void on_part(void *owner, const struct multipart_part *part)
{
    struct upload *upload = owner;
    upload->part = PART_OTHER;
    if (!str_equal(part->name, STR("file")))
        return;
    if (part->is_file) {
        begin_file(upload, part->filename);
        return;
    }
    upload->part = PART_TEXT;
    upload->has_text = true;
    upload->has_file = false;
    buf_clear(&upload->text);
}

static void on_part_data(void *owner, struct str chunk)
{
    struct upload *upload = owner;
    if (upload->part == PART_TEXT)
        buf_append(&upload->text, chunk);
    else if (upload->part == PART_FILE && upload->file != NULL)
        file_upload_add(upload->file, chunk);
}

static void on_part_end(void *owner)
{
    (void)owner; /* the end of the body counts, not the end of a part */
}

static const struct multipart_events part_events = {
    .on_part = on_part,
    .on_data = on_part_data,
    .on_part_end = on_part_end,
};

static void on_body_data(void *owner, struct str chunk)
{
    struct upload *upload = owner;
    struct error error;
    if (upload->parser == NULL)
        return;
    if (!multipart_feed(upload->parser, chunk, &error)) {
        end_with_error(upload, UPLOAD_BROKEN, &error);
        return;
    }
    if (upload->file != NULL && file_upload_is_full(upload->file))
        http_request_pause(upload->request);
}

static void on_body_end(void *owner)
{
    struct upload *upload = owner;
    upload->has_body_ended = true;
    const bool is_form = upload->parser != NULL && multipart_is_complete(upload->parser);
    if (upload->has_text)
        end(upload, &(struct upload_outcome){.end = UPLOAD_TEXT, .text = buf_str(&upload->text)});
    else if (!is_form || !upload->has_file)
        end(upload, &(struct upload_outcome){.end = UPLOAD_MISSING});
    else if (upload->has_failed)
        end_with_error(upload, UPLOAD_FAILED, &upload->error);
    else
        file_upload_end(upload->file);
}

static void on_body_abort(void *owner)
{
    struct error error;
    (void)error_set(&error, ERROR_INVALID,
                    "The body ended before the upload was complete"); /* is false */
    end_with_error(owner, UPLOAD_BROKEN, &error);
}

static const struct http_body_events body_events = {
    .on_data = on_body_data,
    .on_end = on_body_end,
    .on_abort = on_body_abort,
};

void upload_form_receive(struct http_request *request, const struct upload_form_events *events,
                         void *owner)
{
    struct upload *upload = arena_zero(&request->arena, 1, sizeof(*upload));
    *upload = (struct upload){.request = request, .events = events, .owner = owner};
    const struct str type = http_request_header(request, "content-type");
    struct error error;
    if (str_starts_with(type, STR("multipart/form-data")) &&
        !multipart_new(type, &part_events, upload, &upload->parser, &error))
        end_with_error(upload, UPLOAD_BROKEN, &error);
    else
        http_request_receive(request, &body_events, upload);
}

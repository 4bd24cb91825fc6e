#include "actions/file_upload.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/work.h"

/* One job's input and output: while it runs, the loop thread touches none of it. */
struct step {
    struct file_write_options options;
    struct file_write *file;
    struct buf bytes;
    bool commits;
    bool aborts;
    bool has_failed;
    struct file_written written;
    struct error error;
};

struct file_upload {
    struct loop *loop;
    const struct file_upload_events *events;
    void *owner;
    struct buf gathered;
    char *path;
    char *if_match;
    char *sha256;
    bool is_running;
    bool was_full;
    bool is_ended;
    bool is_done; /* on_done was called */
    bool is_closed;
    struct step step;
};

static void run_step(void *job)
{
    struct step *step = job;
    if (step->aborts) {
        file_write_abort(step->file);
        step->file = NULL;
        return;
    }
    if (step->file == NULL && !file_write_open(&step->options, &step->file, &step->error)) {
        step->has_failed = true;
        return;
    }
    if (!file_write_add(step->file, buf_str(&step->bytes), &step->error)) {
        step->has_failed = true;
        return;
    }
    if (!step->commits)
        return;
    step->has_failed = !file_write_commit(step->file, &step->written, &step->error);
    step->file = NULL; /* the commit freed it */
}

static void free_upload(struct file_upload *upload)
{
    buf_fini(&upload->gathered);
    buf_fini(&upload->step.bytes);
    free(upload->path);
    free(upload->if_match);
    free(upload->sha256);
    free(upload);
}

static void on_step(void *job, bool is_cancelled);

static void start_step(struct file_upload *upload)
{
    upload->is_running = true;
    (void)work_start(upload->loop, run_step, on_step, &upload->step); /* never cancelled by hand */
}

/* Hands what was gathered to a job when that is worth one. */
static void advance(struct file_upload *upload)
{
    if (upload->is_running || upload->is_done)
        return;
    if (upload->gathered.len < FILE_UPLOAD_STEP_BYTES && !upload->is_ended)
        return;
    const struct buf empty = upload->step.bytes; /* its memory is used again */
    upload->step.bytes = upload->gathered;
    upload->gathered = empty;
    buf_truncate(&upload->gathered, 0);
    upload->step.commits = upload->is_ended;
    start_step(upload);
}

/* The rest of closing: a file that was begun is given up by a job, since freeing it may take long.
 */
static void finish_close(struct file_upload *upload)
{
    const bool was_refused = upload->step.aborts; /* the loop takes no more jobs */
    upload->step.aborts = true;
    if (was_refused)
        run_step(&upload->step);
    if (upload->step.file == NULL)
        free_upload(upload);
    else
        start_step(upload);
}

static void tell_done(struct file_upload *upload)
{
    upload->is_done = true;
    /* The owner may close the upload, and so free it, while it still reads these. */
    const struct file_written written = upload->step.written;
    const struct error error = upload->step.error;
    const bool has_failed = upload->step.has_failed;
    upload->events->on_done(upload->owner, &written, has_failed ? &error : NULL);
}

static void on_step(void *job, bool is_cancelled)
{
    struct file_upload *upload = container_of(job, struct file_upload, step);
    upload->is_running = false;
    if (is_cancelled) {
        upload->step.has_failed = true;
        (void)error_set(&upload->step.error, ERROR_CANCELLED, "the server is stopping");
    }
    if (upload->is_closed) {
        finish_close(upload);
    } else if (upload->step.has_failed || upload->step.commits) {
        tell_done(upload);
    } else {
        const bool was_full = upload->was_full;
        advance(upload);
        upload->was_full = file_upload_is_full(upload);
        if (was_full && !upload->was_full)
            upload->events->on_ready(upload->owner);
    }
}

struct file_upload *file_upload_open(struct loop *loop, const struct file_write_options *options,
                                     const struct file_upload_events *events, void *owner)
{
    struct file_upload *upload = mem_zero(1, sizeof(*upload));
    upload->loop = loop;
    upload->events = events;
    upload->owner = owner;
    upload->path = mem_strdup(options->path);
    upload->step.options = *options;
    upload->step.options.path = upload->path;
    if (str_is_set(options->if_match)) {
        upload->if_match = mem_strndup(options->if_match.data, options->if_match.len);
        upload->step.options.if_match = str_from(upload->if_match);
    }
    if (str_is_set(options->sha256)) {
        upload->sha256 = mem_strndup(options->sha256.data, options->sha256.len);
        upload->step.options.sha256 = str_from(upload->sha256);
    }
    return upload;
}

void file_upload_add(struct file_upload *upload, struct str bytes)
{
    assert(!upload->is_ended);
    if (upload->is_done)
        return; /* it has failed: the rest has nowhere to go */
    buf_append(&upload->gathered, bytes);
    advance(upload);
    upload->was_full = file_upload_is_full(upload);
}

bool file_upload_is_full(const struct file_upload *upload)
{
    return upload->gathered.len >= FILE_UPLOAD_FULL_BYTES;
}

void file_upload_end(struct file_upload *upload)
{
    upload->is_ended = true;
    advance(upload);
}

void file_upload_close(struct file_upload *upload)
{
    if (upload == NULL || upload->is_closed)
        return;
    upload->is_closed = true;
    if (!upload->is_running)
        finish_close(upload);
}

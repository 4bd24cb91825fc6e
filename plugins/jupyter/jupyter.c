#include "plugins/jupyter/jupyter.h"

#include <stdlib.h>

#include "plugins/jupyter/cell.h"
#include "plugins/jupyter/kernel.h"
#include "plugins/jupyter/message.h"
#include "plugins/jupyter/output.h"
#include "plugins/jupyter/skills.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/list.h"
#include "server/base/log.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"

/*
 * One piece of code runs at a time: first what each new kernel is told (the steps), then the
 * folder when it has changed, then the first cell of the queue. When one ends the next is chosen.
 *
 * The two signs of its end come on two connections, in any order. The reply has no way to be lost;
 * should "idle" not follow it, a sync tells when everything published before has arrived.
 */

#define MAGIC_JUPYTER  0x4a555059u
#define IDLE_WAIT_MS   1000
#define SETUP_LIMIT_MS JUPYTER_KERNEL_START_MS

enum step { /* of a new kernel */
    STEP_COLOURS,
    STEP_STREAMS,
    STEP_PYTHON,
    STEP_STARTUP,
    STEPS_DONE
};

enum running {
    RUNNING_NOTHING,
    RUNNING_STEP,
    RUNNING_CWD,
    RUNNING_CELL
};

struct jupyter {
    uint32_t magic;
    struct jupyter_options options; /* its strings are the buffers below */
    struct buf given_python;
    struct buf streams_code;
    struct buf startup_code;
    struct buf cwd;
    struct buf python;
    struct jupyter_kernel *kernel; /* NULL: none could be started */
    bool is_kernel_ready;
    bool is_cwd_due;
    bool is_used; /* the kernel has run a cell */
    enum step step;
    struct list cells; /* the first may be running */
    enum running running;
    struct id run;
    struct id synced_run; /* the one a sync was begun for */
    bool has_reply;
    bool is_idle;
    struct jupyter_output output;
    struct timer *idle_wait;
    struct timer *setup;
    bool is_setup_late;
    struct buf news;           /* for the next cell: the kernel died with nobody looking */
    jupyter_ready_fn on_ready; /* NULL when it was called */
    void *ready_owner;
    bool is_closing;
    void (*on_closed)(void *owner);
    void *closed_owner;
};

static void ready(struct jupyter *jupyter, const struct error *error)
{
    const jupyter_ready_fn on_ready = jupyter->on_ready;
    jupyter->on_ready = NULL;
    if (on_ready != NULL)
        on_ready(jupyter->ready_owner, error);
}

static void execute(struct jupyter *jupyter, enum running what, struct str code)
{
    jupyter->running = what;
    jupyter->has_reply = false;
    jupyter->is_idle = false;
    jupyter->is_used = jupyter->is_used || what == RUNNING_CELL;
    jupyter_output_fini(&jupyter->output);
    jupyter->run = jupyter_kernel_execute(jupyter->kernel, code, what != RUNNING_CELL);
}

static void execute_step(struct jupyter *jupyter)
{
    static const struct str codes[STEPS_DONE] = {
        [STEP_COLOURS] = STR_INIT("%colors nocolor"),
        [STEP_PYTHON] = STR_INIT("import sys; print(sys.executable)"),
    };
    struct str code = codes[jupyter->step];
    if (jupyter->step == STEP_STREAMS)
        code = buf_str(&jupyter->streams_code);
    else if (jupyter->step == STEP_STARTUP)
        code = buf_str(&jupyter->startup_code);
    execute(jupyter, RUNNING_STEP, code);
}

static void execute_cwd(struct jupyter *jupyter)
{
    scoped_buf struct buf code = {0};
    buf_append(&code, STR("import os; os.chdir("));
    jsonw_quote(&code, buf_str(&jupyter->cwd));
    buf_append(&code, STR(")"));
    jupyter->is_cwd_due = false;
    execute(jupyter, RUNNING_CWD, buf_str(&code));
}

/* Chooses what runs next. */
static void advance(struct jupyter *jupyter)
{
    if (!jupyter->is_kernel_ready || jupyter->running != RUNNING_NOTHING || jupyter->is_closing)
        return;
    if (jupyter->step == STEP_STARTUP && jupyter->startup_code.len == 0 && !jupyter->is_cwd_due)
        jupyter->step = STEPS_DONE;
    const struct jupyter_cell *cell = jupyter_cell_first(&jupyter->cells);
    if (jupyter->step < STEP_STARTUP)
        execute_step(jupyter);
    else if (jupyter->is_cwd_due)
        execute_cwd(jupyter);
    else if (jupyter->step == STEP_STARTUP)
        execute_step(jupyter);
    else if (cell != NULL)
        execute(jupyter, RUNNING_CELL, buf_str(&cell->code));
    if (jupyter->step == STEPS_DONE) {
        timer_stop(jupyter->setup);
        ready(jupyter, NULL);
    }
}

static void finish_output(struct jupyter *jupyter, struct buf *text)
{
    buf_append(text, buf_str(&jupyter->news));
    buf_clear(&jupyter->news);
    jupyter_output_finish(&jupyter->output);
    buf_append(text, buf_str(&jupyter->output.text));
}

/* Whoever gets the answer may ask again, so the next cell is on its way by then. */
static void answer_cell(struct jupyter *jupyter, struct jupyter_cell *cell)
{
    scoped_buf struct buf text = {0};
    finish_output(jupyter, &text);
    struct jupyter_output output = jupyter->output;
    jupyter->output = (struct jupyter_output){0};
    list_remove(&cell->link);
    advance(jupyter);
    const struct jupyter_result result = {
        .text = buf_str(&text), .image_urls = output.images, .image_count = output.image_count};
    if (cell->has_timed_out)
        jupyter_cell_answer_timed_out(cell, false);
    else
        jupyter_cell_answer(cell, &result);
    jupyter_output_fini(&output);
}

static void take_python(struct jupyter *jupyter)
{
    buf_clear(&jupyter->python);
    buf_append(&jupyter->python, str_trim(buf_str(&jupyter->output.text)));
}

static void finish_run(struct jupyter *jupyter)
{
    const enum running what = jupyter->running;
    timer_stop(jupyter->idle_wait);
    jupyter->running = RUNNING_NOTHING;
    jupyter->run = (struct id){0};
    if (what == RUNNING_STEP && jupyter->step == STEP_PYTHON)
        take_python(jupyter);
    if (what == RUNNING_STEP)
        jupyter->step++;
    if (what == RUNNING_CELL)
        answer_cell(jupyter, jupyter_cell_first(&jupyter->cells));
    else
        advance(jupyter);
}

static void on_message(void *owner, const struct jupyter_message *message)
{
    struct jupyter *jupyter = owner;
    magic_check(jupyter, MAGIC_JUPYTER);
    if (jupyter->running == RUNNING_NOTHING ||
        !str_equal(message->parent_id, str_from(id_hex(jupyter->run).text)))
        return;
    if (str_equal(message->type, STR("execute_reply")))
        jupyter->has_reply = true;
    else if (str_equal(message->type, STR("status")))
        jupyter->is_idle = str_equal(jupyter_message_text(message, "execution_state"), STR("idle"));
    else
        jupyter_output_add(&jupyter->output, message);
    if (jupyter->has_reply && jupyter->is_idle)
        finish_run(jupyter);
    else if (jupyter->has_reply)
        timer_start(jupyter->idle_wait, IDLE_WAIT_MS, 0);
}

static void on_idle_missing(void *owner)
{
    struct jupyter *jupyter = owner;
    log_warn("jupyter.idle_missing", "sync=begun");
    jupyter->synced_run = jupyter->run;
    jupyter_kernel_sync(jupyter->kernel);
}

static void on_synced(void *owner)
{
    struct jupyter *jupyter = owner;
    magic_check(jupyter, MAGIC_JUPYTER);
    if (jupyter->running != RUNNING_NOTHING && id_equal(jupyter->run, jupyter->synced_run))
        finish_run(jupyter);
}

static void on_kernel_ready(void *owner)
{
    struct jupyter *jupyter = owner;
    magic_check(jupyter, MAGIC_JUPYTER);
    jupyter->is_kernel_ready = true;
    timer_start(jupyter->setup, SETUP_LIMIT_MS, 0);
    advance(jupyter);
}

static void on_setup_late(void *owner)
{
    struct jupyter *jupyter = owner;
    jupyter->is_setup_late = true;
    jupyter_kernel_kill(jupyter->kernel);
}

static void on_gone(void *owner, const struct error *reason);

static void start_kernel(struct jupyter *jupyter)
{
    static const struct jupyter_kernel_events events = {
        .on_ready = on_kernel_ready,
        .on_message = on_message,
        .on_synced = on_synced,
        .on_gone = on_gone,
    };
    const struct jupyter_kernel_options options = {
        .loop = jupyter->options.loop,
        .processes = jupyter->options.processes,
        .launch = {.env = jupyter->options.env,
                   .user = jupyter->options.user,
                   .python = jupyter->options.python},
        .events = &events,
        .owner = jupyter,
    };
    jupyter->step = STEP_COLOURS;
    jupyter->is_cwd_due = jupyter->cwd.len > 0;
    jupyter->is_setup_late = false;
    jupyter->is_used = false;
    jupyter->running = RUNNING_NOTHING;
    jupyter->kernel = jupyter_kernel_open(&options);
}

static void free_jupyter(void *owner)
{
    struct jupyter *jupyter = owner;
    void (*on_closed)(void *owner) = jupyter->on_closed;
    void *closed_owner = jupyter->closed_owner;
    timer_close(jupyter->idle_wait);
    timer_close(jupyter->setup);
    jupyter_output_fini(&jupyter->output);
    buf_fini(&jupyter->given_python);
    buf_fini(&jupyter->streams_code);
    buf_fini(&jupyter->startup_code);
    buf_fini(&jupyter->cwd);
    buf_fini(&jupyter->python);
    buf_fini(&jupyter->news);
    jupyter->magic = 0;
    free(jupyter);
    on_closed(closed_owner);
}

static void finish_closing(void *owner)
{
    struct jupyter *jupyter = owner;
    magic_check(jupyter, MAGIC_JUPYTER);
    struct error error;
    (void)error_set(&error, ERROR_CANCELLED, "the server is stopping");
    jupyter_cells_fail(&jupyter->cells, STR("[The kernel was ended: the server is stopping.]"));
    ready(jupyter, &error);
    free_jupyter(jupyter);
}

static void fail_start(struct jupyter *jupyter, const struct error *reason)
{
    struct error error = *reason;
    scoped_buf struct buf text = {0};
    if (jupyter->is_setup_late)
        (void)error_set(&error, ERROR_TIMEOUT, "its startup code took more than %d seconds",
                        SETUP_LIMIT_MS / 1000);
    (void)error_wrap(&error, "the notebook kernel cannot be started");
    log_error("jupyter.not_started", "error=\"%s\"", error.text);
    buf_printf(&text, "[%s]", error.text);
    jupyter_cells_fail(&jupyter->cells, buf_str(&text));
    ready(jupyter, &error);
}

/* The cell in which the kernel has died; a new one is on its way. */
static void report_death(struct jupyter *jupyter, struct jupyter_cell *cell,
                         const struct error *reason)
{
    scoped_buf struct buf output = {0};
    if (jupyter->output.pieces > 0)
        finish_output(jupyter, &output);
    if (cell->has_timed_out)
        jupyter_cell_answer_timed_out(cell, true);
    else
        jupyter_cell_answer_died(cell, buf_str(&output), reason->text);
}

/* A kernel that dies before it has run anything waits for somebody who needs it. */
static void restart(struct jupyter *jupyter, const struct error *reason)
{
    struct jupyter_cell *cell =
        jupyter->running == RUNNING_CELL ? jupyter_cell_first(&jupyter->cells) : NULL;
    jupyter->running = RUNNING_NOTHING;
    log_warn("jupyter.died", "reason=\"%s\"", reason->text);
    if (cell == NULL)
        buf_printf(&jupyter->news,
                   "[The kernel had died (%s) and was restarted; its variables are lost.]\n",
                   reason->text);
    if (jupyter->is_used || !list_is_empty(&jupyter->cells))
        start_kernel(jupyter);
    if (cell != NULL)
        report_death(jupyter, cell, reason);
}

static void on_gone(void *owner, const struct error *reason)
{
    struct jupyter *jupyter = owner;
    magic_check(jupyter, MAGIC_JUPYTER);
    const bool was_ready = jupyter->step == STEPS_DONE;
    jupyter->kernel = NULL;
    jupyter->is_kernel_ready = false;
    timer_stop(jupyter->idle_wait);
    timer_stop(jupyter->setup);
    if (jupyter->is_closing) {
        finish_closing(jupyter);
    } else if (!was_ready) {
        fail_start(jupyter, reason);
    } else {
        restart(jupyter, reason);
    }
}

static void keep(struct buf *buf, struct str text)
{
    buf_clear(buf);
    buf_append(buf, text);
}

struct jupyter *jupyter_start(const struct jupyter_options *options, jupyter_ready_fn on_ready,
                              void *owner)
{
    struct jupyter *jupyter = mem_zero(1, sizeof(*jupyter));
    jupyter->magic = MAGIC_JUPYTER;
    jupyter->options = *options;
    keep(&jupyter->given_python, options->python);
    jupyter_streams_code(&jupyter->streams_code);
    keep(&jupyter->startup_code, options->startup_code);
    keep(&jupyter->cwd, options->cwd);
    jupyter->options.python =
        str_is_set(options->python) ? buf_str(&jupyter->given_python) : STR_NULL;
    jupyter->on_ready = on_ready;
    jupyter->ready_owner = owner;
    jupyter->idle_wait = timer_open(options->loop, on_idle_missing, jupyter);
    jupyter->setup = timer_open(options->loop, on_setup_late, jupyter);
    list_init(&jupyter->cells);
    start_kernel(jupyter);
    return jupyter;
}

static void on_cell_due(void *due)
{
    struct jupyter_cell *cell = due;
    struct jupyter *jupyter = cell->jupyter;
    const bool is_running =
        jupyter->running == RUNNING_CELL && jupyter_cell_first(&jupyter->cells) == cell;
    if (!is_running) {
        jupyter_cell_answer_timed_out(cell, false);
    } else if (!cell->has_timed_out) {
        cell->has_timed_out = true;
        timer_start(cell->timer, JUPYTER_GRACE_MS, 0);
        jupyter_kernel_interrupt(jupyter->kernel);
    } else {
        jupyter_kernel_kill(jupyter->kernel);
    }
}

void jupyter_run(struct jupyter *jupyter, struct str code, uint64_t timeout_ms,
                 jupyter_result_fn on_result, void *owner)
{
    const struct jupyter_cell_options options = {
        .jupyter = jupyter,
        .loop = jupyter->options.loop,
        .code = code,
        .timeout_ms = timeout_ms,
        .on_due = on_cell_due,
        .on_result = on_result,
        .owner = owner,
    };
    jupyter_cell_new(&jupyter->cells, &options);
    if (jupyter->kernel == NULL && !jupyter->is_closing)
        start_kernel(jupyter);
    else
        advance(jupyter);
}

struct str jupyter_python(const struct jupyter *jupyter)
{
    return buf_str(&jupyter->python);
}

void jupyter_set_cwd(struct jupyter *jupyter, struct str cwd)
{
    if (str_equal(cwd, buf_str(&jupyter->cwd)))
        return;
    keep(&jupyter->cwd, cwd);
    jupyter->is_cwd_due = cwd.len > 0;
}

void jupyter_close(struct jupyter *jupyter, void (*on_closed)(void *owner), void *owner)
{
    jupyter->is_closing = true;
    jupyter->on_closed = on_closed;
    jupyter->closed_owner = owner;
    if (jupyter->kernel != NULL)
        jupyter_kernel_kill(jupyter->kernel);
    else
        loop_defer(jupyter->options.loop, finish_closing, jupyter);
}

#include "agent/tool_runs.h"

#include "actions/path.h"
#include "actions/path_missing.h"
#include "agent/observation.h"
#include "agent/tool_set.h"
#include "agent/tools/action.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"
#include "server/loop/timer.h"
#include "server/loop/work.h"

/* How long a run waits, by what stands before the colon of a resource's name. */
static const struct wait_limit {
    struct str prefix;
    uint64_t ms;
} wait_limits[] = {
    {STR_INIT("terminal:"), 300000},
    {STR_INIT("tool:"), 60000},
};
#define OTHER_WAIT_LIMIT_MS 30000 /* files */

struct running {
    struct list link;
    struct tool_run run;
    struct tool_runs *runs;
    struct doc *doc; /* of the action */
    struct buf resource;
    bool is_named;       /* the resource is known */
    struct timer *timer; /* while it waits */
    bool is_started;
    bool has_ended;
    enum tool_outcome outcome;
    struct buf text;
    void (*on_done)(void *owner, const struct tool_result *result);
    void *owner;
};

static struct running *from_run(struct tool_run *run)
{
    return container_of(run, struct running, run);
}

static struct running *from_link(struct list *link)
{
    return link == NULL ? NULL : container_of(link, struct running, link);
}

void tool_runs_init(struct tool_runs *runs, const struct tool_context *context,
                    void (*on_gone)(struct tool_runs *runs, struct tool *tool))
{
    runs->context = context;
    runs->on_gone = on_gone;
    list_init(&runs->all);
}

bool tool_runs_are_over(const struct tool_runs *runs)
{
    return list_is_empty(&runs->all);
}

static bool uses_file(const struct running *running)
{
    return running->run.tool->type->file != NULL;
}

/* Perhaps: a file whose name is not known yet may be any. */
static bool use_the_same(const struct running *a, const struct running *b)
{
    if (!a->is_named || !b->is_named)
        return uses_file(a) && uses_file(b);
    return a->resource.len > 0 && str_equal(buf_str(&a->resource), buf_str(&b->resource));
}

static bool must_wait(const struct running *running)
{
    const struct list *all = &running->runs->all;
    for (struct list *link = list_first(all); link != &running->link; link = list_next(all, link)) {
        if (use_the_same(from_link(link), running))
            return true;
    }
    return !running->is_named;
}

static void stop_waiting(struct running *running)
{
    timer_close(running->timer);
    running->timer = NULL;
}

static void begin(struct running *running)
{
    stop_waiting(running);
    running->is_started = true;
    running->run.tool->type->start(&running->run);
}

static uint64_t wait_limit_ms(const struct running *running)
{
    const uint64_t given = running->runs->context->wait_limit_ms;
    for (size_t i = 0; given == 0 && i < ARRAY_SIZE(wait_limits); i++) {
        if (str_starts_with(buf_str(&running->resource), wait_limits[i].prefix))
            return wait_limits[i].ms;
    }
    return given == 0 ? OTHER_WAIT_LIMIT_MS : given;
}

static void on_waited_too_long(void *owner)
{
    struct running *running = owner;
    scoped_buf struct buf reason = {0};
    buf_printf(&reason, "Could not acquire lock for '%.*s' within ",
               STR_ARG(buf_str(&running->resource)));
    jsonw_number(&reason, (double)wait_limit_ms(running) / 1000);
    buf_append_byte(&reason, 's');
    tool_run_fail(&running->run, buf_str(&reason));
}

static void begin_or_wait(struct running *running)
{
    if (!must_wait(running)) {
        begin(running);
        return;
    }
    running->timer = timer_open(running->runs->context->loop, on_waited_too_long, running);
    timer_start(running->timer, wait_limit_ms(running), 0);
}

/* Each that may go on does; a run that begins here never ends in the same call. */
static void begin_waiting(struct tool_runs *runs)
{
    for (struct list *link = list_first(&runs->all); link != NULL;
         link = list_next(&runs->all, link)) {
        struct running *running = from_link(link);
        if (!running->is_started && !running->has_ended && !must_wait(running))
            begin(running);
    }
}

static void tell_and_free(void *owner)
{
    struct running *running = owner;
    struct tool_runs *runs = running->runs;
    struct tool *tool = running->run.tool;
    const bool ends_run = tool->ends_run && running->outcome == TOOL_OBSERVED;
    list_remove(&running->link);
    tool->run_count--;
    begin_waiting(runs);
    runs->on_gone(runs, tool);
    const struct tool_result result = {
        .outcome = running->outcome, .text = buf_str(&running->text), .ends_run = ends_run};
    running->on_done(running->owner, &result);
    doc_free(running->doc);
    buf_fini(&running->resource);
    buf_fini(&running->text);
    free(running);
}

static void end(struct running *running, enum tool_outcome outcome)
{
    assert(!running->has_ended);
    running->has_ended = true;
    running->outcome = outcome;
    stop_waiting(running);
    loop_defer(running->runs->context->loop, tell_and_free, running);
}

void tool_run_begin(const struct tool_run *run, struct observation *ret_observation)
{
    observation_begin(ret_observation, run->context->mask, run->tool->observation_kind);
}

void tool_run_observe(struct tool_run *run, struct observation *observation)
{
    struct running *running = from_run(run);
    running->text = observation_finish(observation);
    end(running, TOOL_OBSERVED);
}

static void end_with_reason(struct running *running, enum tool_outcome outcome, struct str reason)
{
    buf_printf(&running->text, "Error executing tool '%.*s': %.*s",
               STR_ARG(running->run.tool->name), STR_ARG(reason));
    end(running, outcome);
}

void tool_run_refuse(struct tool_run *run, struct str reason)
{
    end_with_reason(from_run(run), TOOL_REFUSED, reason);
}

void tool_run_fail(struct tool_run *run, struct str reason)
{
    end_with_reason(from_run(run), TOOL_FAILED, reason);
}

/* --- names --- */

struct naming {
    struct running *running; /* it lasts until it is named */
    char *path;
    char *resolved;
};

static void find_real_path(void *job)
{
    struct naming *naming = job;
    struct error ignored; /* then the path as it is given is the name */
    if (!path_missing_resolve(str_from(naming->path), &naming->resolved, &ignored))
        naming->resolved = mem_strdup(naming->path);
}

static void on_real_path(void *job, bool is_cancelled)
{
    struct naming *naming = job;
    struct running *running = naming->running;
    buf_printf(&running->resource, "file:%s", is_cancelled ? naming->path : naming->resolved);
    free(naming->path);
    free(naming->resolved);
    free(naming);
    running->is_named = true;
    if (running->run.is_cancelled)
        tool_run_refuse(&running->run, STR("cancelled"));
    else
        begin_or_wait(running);
    begin_waiting(running->runs);
}

static void find_file(struct running *running)
{
    const struct str path = action_string(running->run.action, running->run.tool->type->file);
    struct naming *naming = mem_zero(1, sizeof(*naming));
    naming->running = running;
    naming->path = str_starts_with(path, STR("/"))
                       ? mem_strndup(path.data, path.len)
                       : path_join(running->runs->context->working_dir, path);
    (void)work_start(running->runs->context->loop, find_real_path, on_real_path,
                     naming); /* ends by itself */
}

static void find_resource(struct running *running)
{
    const struct tool *tool = running->run.tool;
    if (tool->type->resource != NULL)
        tool->type->resource(tool, running->run.action, &running->resource);
    else
        buf_printf(&running->resource, "tool:%.*s", STR_ARG(tool->name));
    running->is_named = true;
    begin_or_wait(running);
}

static bool read_action(struct running *running, struct str json)
{
    struct doc_error ignored; /* the text was written by us */
    running->doc = doc_parse(json, &ignored);
    if (running->doc == NULL || doc_kind(doc_root(running->doc)) != DOC_OBJECT)
        return false;
    running->run.action = doc_root(running->doc);
    return true;
}

struct tool_run *tool_runs_start(struct tool_runs *runs, const struct tool_start *start)
{
    struct running *running = mem_zero(1, sizeof(*running));
    running->runs = runs;
    running->run = (struct tool_run){.tool = start->tool, .context = runs->context};
    running->on_done = start->on_done;
    running->owner = start->owner;
    start->tool->run_count++;
    list_append(&runs->all, &running->link);
    if (!read_action(running, start->action)) {
        tool_run_refuse(&running->run, STR("the action is no JSON object"));
        return &running->run;
    }
    if (uses_file(running))
        find_file(running);
    else
        find_resource(running);
    return &running->run;
}

void tool_run_cancel(struct tool_run *run)
{
    struct running *running = from_run(run);
    if (running->has_ended || run->is_cancelled)
        return;
    run->is_cancelled = true;
    if (!running->is_named)
        return; /* on_real_path ends it */
    if (!running->is_started)
        tool_run_refuse(run, STR("cancelled"));
    else if (run->tool->type->cancel != NULL)
        run->tool->type->cancel(run);
}

void tool_runs_cancel_all(struct tool_runs *runs)
{
    for (struct list *link = list_first(&runs->all); link != NULL;
         link = list_next(&runs->all, link))
        tool_run_cancel(&from_link(link)->run);
}

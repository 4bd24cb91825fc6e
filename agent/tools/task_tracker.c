#include "agent/tools/task_tracker.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "actions/file_write.h"
#include "agent/observation.h"
#include "agent/python_json.h"
#include "agent/tool_set.h"
#include "agent/tools/action.h"
#include "agent/tools/tool_job.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"

#define MAX_FILE_BYTES ((size_t)1 << 20)
#define READ_BYTES     ((size_t)16 << 10)

#define DESCRIPTION                                                                                \
    "Keeps a list of tasks for work that takes several steps, visible to the user.\n\n"            \
    "`plan` replaces the whole list: always send all tasks, also those that have not changed. "    \
    "`view` shows the list.\n\n"                                                                   \
    "When to use it: for work with three or more distinct steps, when the user asks for several "  \
    "things at once, or when new work turns up on the way. Not for a single simple change or a "   \
    "question.\n\n"                                                                                \
    "How to use it:\n"                                                                             \
    "- Write the list before the work begins; each task is one result that can be checked.\n"      \
    "- Set one task to in_progress when you start with it, and to done as soon as it is "          \
    "finished and verified, before the next one begins.\n"                                         \
    "- A task whose tests fail or that is only half implemented is not done.\n"                    \
    "- Add tasks that turn out to be needed; take out those that no longer are.\n"                 \
    "- Put what the next step should know into notes."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"command\":{\"type\":\"string\",\"description\":\"`view` shows the current list, `plan` "    \
    "replaces it by `task_list`.\",\"enum\":[\"view\",\"plan\"],\"default\":\"view\"},"            \
    "\"task_list\":{\"type\":\"array\",\"description\":\"All tasks, in order. Needed for "         \
    "`plan`.\",\"items\":{\"type\":\"object\",\"properties\":{"                                    \
    "\"title\":{\"type\":\"string\",\"description\":\"The task in a few words.\"},"                \
    "\"notes\":{\"type\":\"string\",\"description\":\"Details worth keeping.\",\"default\":\"\"}," \
    "\"status\":{\"type\":\"string\",\"description\":\"Where the task stands.\","                  \
    "\"enum\":[\"todo\",\"in_progress\",\"done\"],\"default\":\"todo\"}},"                         \
    "\"required\":[\"title\"]},\"default\":[]}}}"

struct task_tracker {
    struct tool tool;
    struct doc *list; /* an array; NULL: not read yet, or none */
    bool is_loaded;
};

struct task_job {
    struct tool_job base;
    struct task_tracker *tracker;
    bool is_plan;
    struct buf text;
};

static struct task_tracker *tracker_of(struct tool *tool)
{
    return container_of(tool, struct task_tracker, tool);
}

static struct task_job *job_of(struct tool_job *base)
{
    return container_of(base, struct task_job, base);
}

static char *file_path(const struct task_job *job)
{
    scoped_buf struct buf path = {0};
    const char *directory = job->base.run->context->persistence_dir;
    if (directory == NULL)
        return NULL;
    buf_printf(&path, "%s/TASKS.json", directory);
    return mem_strdup(path.data);
}

static void read_file(const char *path, struct buf *out)
{
    scoped_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got = 1; fd >= 0 && got > 0 && out->len < MAX_FILE_BYTES;) {
        got = read(fd, buf_reserve(out, READ_BYTES), READ_BYTES);
        out->len += got > 0 ? (size_t)got : 0;
    }
}

static void load(struct task_job *job)
{
    struct doc_error ignored; /* a damaged list is an empty one */
    scoped_buf struct buf text = {0};
    scoped_free char *path = file_path(job);
    struct task_tracker *tracker = job->tracker;
    if (tracker->is_loaded)
        return;
    tracker->is_loaded = true;
    if (path != NULL)
        read_file(path, &text);
    tracker->list = text.len > 0 ? doc_parse(buf_str(&text), &ignored) : NULL;
    if (tracker->list != NULL && doc_kind(doc_root(tracker->list)) == DOC_ARRAY)
        return;
    doc_free(tracker->list);
    tracker->list = NULL;
}

static void write_member(struct buf *out, const char *name, struct str value, const char *end)
{
    buf_printf(out, "    \"%s\": ", name);
    python_json_quote(value, out);
    buf_append(out, str_from(end));
}

static struct str task_member(const struct doc_value *task, const char *name, struct str absent)
{
    const struct str value = doc_kind(task) == DOC_OBJECT ? action_string(task, name) : STR_NULL;
    return str_is_set(value) ? value : absent;
}

/* As the reference writes it, so that either can read the other's. */
static void write_list(const struct doc_value *list, struct buf *out)
{
    const char *separator = "[\n";
    for (size_t i = 0; i < doc_count(list); i++) {
        const struct doc_value *task = doc_at(list, i);
        buf_printf(out, "%s  {\n", separator);
        write_member(out, "title", task_member(task, "title", STR("")), ",\n");
        write_member(out, "notes", task_member(task, "notes", STR("")), ",\n");
        write_member(out, "status", task_member(task, "status", STR("todo")), "\n  }");
        separator = ",\n";
    }
    buf_append(out, doc_count(list) == 0 ? STR("[]") : STR("\n]"));
}

static bool write_file(const char *path, struct str text, struct error *error)
{
    const struct file_write_options options = {.path = path, .creates_parents = true};
    return file_write_whole(&options, text, error);
}

static void save(struct task_job *job)
{
    struct error error;
    scoped_buf struct buf text = {0};
    scoped_free char *path = file_path(job);
    if (path == NULL)
        return;
    write_list(doc_root(job->tracker->list), &text);
    if (!write_file(path, buf_str(&text), &error))
        log_warn("tasks.not_saved", "error=%s", error.text);
}

static void plan(struct task_job *job)
{
    struct doc_error ignored; /* it was printed here */
    scoped_buf struct buf json = {0};
    const struct doc_value *list = doc_find(job->base.run->action, STR("task_list"));
    doc_free(job->tracker->list);
    if (list != NULL && doc_kind(list) == DOC_ARRAY)
        doc_print(list, &json);
    else
        buf_append(&json, STR("[]"));
    job->tracker->list = doc_parse(buf_str(&json), &ignored);
    assert(job->tracker->list != NULL);
    job->tracker->is_loaded = true;
    save(job);
    buf_printf(&job->text, "Task list has been updated with %zu item(s).",
               doc_count(doc_root(job->tracker->list)));
}

static const char *icon(struct str status)
{
    if (str_equal(status, STR("in_progress")))
        return "🔄";
    return str_equal(status, STR("done")) ? "✅" : "⏳";
}

static void show(struct task_job *job)
{
    const struct doc_value *list = job->tracker->list == NULL ? NULL : doc_root(job->tracker->list);
    if (list == NULL || doc_count(list) == 0) {
        buf_append(&job->text, STR("No task list found. Use the \"plan\" command to create one."));
        return;
    }
    buf_append(&job->text, STR("# Task List\n"));
    for (size_t i = 0; i < doc_count(list); i++) {
        const struct doc_value *task = doc_at(list, i);
        const struct str notes = task_member(task, "notes", STR(""));
        buf_printf(&job->text, "\n%zu. %s %.*s\n", i + 1,
                   icon(task_member(task, "status", STR("todo"))),
                   STR_ARG(task_member(task, "title", STR(""))));
        if (notes.len > 0)
            buf_printf(&job->text, "   %.*s\n", STR_ARG(notes));
    }
    buf_truncate(&job->text, job->text.len - 1);
}

static void work(struct tool_job *base)
{
    struct task_job *job = job_of(base);
    job->is_plan = str_equal(action_string(base->run->action, "command"), STR("plan"));
    if (job->is_plan) {
        plan(job);
    } else {
        load(job);
        show(job);
    }
}

static void done(struct tool_job *base)
{
    struct observation observation;
    const struct task_job *job = job_of(base);
    tool_run_begin(base->run, &observation);
    observation_text(&observation, buf_str(&job->text));
    observation_content_end(&observation, false);
    observation_string(&observation, "command", job->is_plan ? STR("plan") : STR("view"));
    if (job->tracker->list != NULL)
        observation_json(&observation, "task_list", doc_root(job->tracker->list));
    else
        jsonw_raw(&observation.w, "task_list", STR("[]"));
    tool_run_observe(base->run, &observation);
}

static void free_job(struct tool_job *base)
{
    buf_fini(&job_of(base)->text);
    free(job_of(base));
}

static void start(struct tool_run *run)
{
    struct task_job *job = mem_zero(1, sizeof(*job));
    job->base = (struct tool_job){.run = run, .work = work, .done = done, .free = free_job};
    job->tracker = tracker_of(run->tool);
    tool_job_start(&job->base);
}

static struct str normal_status(struct str status, struct buf *out)
{
    static const struct {
        struct str name;
        struct str status;
    } others[] = {{STR_INIT("pending"), STR_INIT("todo")},
                  {STR_INIT("to_do"), STR_INIT("todo")},
                  {STR_INIT("completed"), STR_INIT("done")},
                  {STR_INIT("complete"), STR_INIT("done")}};
    status = str_trim(status);
    buf_clear(out);
    for (size_t i = 0; i < status.len; i++) {
        const char byte = status.data[i];
        const bool is_upper = byte >= 'A' && byte <= 'Z';
        const bool is_gap = byte == '-' || byte == ' ';
        buf_append_byte(out, (char)(is_gap ? '_' : is_upper ? byte + ('a' - 'A') : byte));
    }
    for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
        if (str_equal(buf_str(out), others[i].name))
            return others[i].status;
    }
    return buf_str(out);
}

static void copy_members(const struct doc_value *object, const char *replaced, struct jsonw *w)
{
    void *iterator = NULL;
    struct str name;
    const struct doc_value *value;
    while (doc_next(object, &iterator, &name, &value)) {
        scoped_buf struct buf json = {0};
        if (str_equal(name, str_from(replaced)))
            continue;
        doc_print(value, &json);
        jsonw_name(w, name);
        jsonw_raw(w, NULL, buf_str(&json));
    }
}

static void write_task(const struct doc_value *task, struct jsonw *w)
{
    scoped_buf struct buf status = {0};
    jsonw_object(w);
    if (doc_kind(task) == DOC_OBJECT && str_is_set(action_string(task, "status"))) {
        copy_members(task, "status", w);
        jsonw_string(w, "status", normal_status(action_string(task, "status"), &status));
    } else if (doc_kind(task) == DOC_OBJECT) {
        copy_members(task, "", w);
    } else if (doc_kind(task) == DOC_STRING) {
        jsonw_string(w, "title", doc_string(task));
    }
    jsonw_end(w);
}

/* Statuses by the names that other lists of this kind have for them. */
static void normalise(const struct tool *tool, const struct doc_value *arguments, struct buf *out)
{
    struct jsonw w;
    const struct doc_value *list = doc_find(arguments, STR("task_list"));
    (void)tool; /* all have the same arguments */
    if (list == NULL || doc_kind(list) != DOC_ARRAY)
        return;
    jsonw_init(&w, out);
    jsonw_object(&w);
    copy_members(arguments, "task_list", &w);
    jsonw_array_in(&w, "task_list");
    for (size_t i = 0; i < doc_count(list); i++)
        write_task(doc_at(list, i), &w);
    jsonw_end(&w);
    jsonw_end(&w);
}

static void close_tracker(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    struct task_tracker *tracker = tracker_of(tool);
    doc_free(tracker->list);
    free(tracker);
    on_closed(owner);
}

static const struct tool_type type = {
    .start = start, .cancel = tool_job_cancel, .close = close_tracker, .normalise = normalise};

static const struct tool pattern = {
    .type = &type,
    .name = STR_INIT("task_tracker"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("TaskTrackerTool"),
    .action_kind = STR_INIT("TaskTrackerAction"),
    .observation_kind = STR_INIT("TaskTrackerObservation"),
    .annotations = {.is_given = true, .has_no_title = true, .is_idempotent = true},
};

bool task_tracker_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    struct task_tracker *tracker = mem_zero(1, sizeof(*tracker));
    (void)params; /* it has none */
    tracker->tool = pattern;
    return tool_set_add(set, &tracker->tool, error);
}

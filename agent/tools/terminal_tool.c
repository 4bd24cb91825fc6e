/*
 * A run is placed on a shell as soon as one is free for it; then it has the shell until its call is
 * answered: secrets are asked for, a reset replaces the shell, the call is made.
 */
#include "agent/tools/terminal_tool.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "agent/tool_set.h"
#include "agent/tools/action.h"
#include "agent/tools/dialog.h"
#include "agent/tools/terminal_env.h"
#include "agent/tools/terminal_report.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

#define DESCRIPTION                                                                                \
    "Runs a command in a bash shell that stays open: the working directory, variables, functions " \
    "and background jobs of one call are there in the next.\n\n"                                   \
    "Commands\n"                                                                                   \
    "- One command per call. Several are chained with `&&` or `;`; here documents, loops and "     \
    "other constructs over several lines are one command.\n"                                       \
    "- Quote paths with blanks. Prefer absolute paths to `cd`, so that you know where you are. "   \
    "Avoid `set -e` and `exit`: they end the shell itself.\n"                                      \
    "- Pagers and editors wait for keys; use their non-interactive options (`git --no-pager`, "    \
    "`-y`, `--no-input`).\n\n"                                                                     \
    "Long commands\n"                                                                              \
    "- A command that prints nothing for 30 seconds is reported as still running, with exit code " \
    "-1; it goes on. With `timeout` the report comes after that many seconds instead, whatever "   \
    "it prints: use it for builds, installs and tests that are silent for long.\n"                 \
    "- What never ends, such as a server, belongs into the background with its output in a file: " \
    "`server > server.log 2>&1 &`.\n\n"                                                            \
    "While a command is running (exit code -1)\n"                                                  \
    "- An empty `command` waits for more output.\n"                                                \
    "- With `is_input` true, `command` is typed to the program, followed by Enter; `C-c`, `C-d`, " \
    "`C-z` and the names of keys (UP, TAB, ESC …) are pressed.\n"                                \
    "- A new command cannot be run before the old one has ended or was stopped with `C-c`.\n"      \
    "- When the shell does not react to anything, `reset` starts a new one; everything in the "    \
    "old one is lost. It cannot be used together with `is_input`.\n\n"                             \
    "The output is cut in the middle when it is long; where the whole of it was saved is then "    \
    "said. Put large output into a file and look at parts of it. To read and change files, "       \
    "file_editor is safer than commands."

#define PARAMETERS                                                                                 \
    "{\"type\":\"object\",\"properties\":{"                                                        \
    "\"command\":{\"type\":\"string\",\"description\":\"The command to run. Empty: wait for more " \
    "output of the one that is running. `C-c` and the like with `is_input`: press that key.\"},"   \
    "\"is_input\":{\"type\":\"boolean\",\"description\":\"True: `command` is input for the "       \
    "program that is running, not a new command.\",\"default\":false},"                            \
    "\"timeout\":{\"type\":\"number\",\"description\":\"Seconds after which the call returns "     \
    "even "                                                                                        \
    "though the command goes on. Left out: it returns when the command has printed nothing for "   \
    "30 seconds.\",\"minimum\":0},"                                                                \
    "\"reset\":{\"type\":\"boolean\",\"description\":\"True: begin with a new shell; variables, "  \
    "directory and running programs of the old one are gone. With a `command`, that is run in "    \
    "the new shell.\",\"default\":false}},\"required\":[\"command\"]}"

struct shell {
    struct dialog *dialog;    /* NULL: not started */
    struct terminal_run *run; /* that has it; NULL: free */
};

struct terminal_tool {
    struct tool tool;
    const struct tool_context *context;
    struct terminal_env env;
    struct shell shells[TERMINAL_MAX_SHELLS];
    struct list waiting; /* runs without a shell */
    size_t closing;      /* dialogs whose on_closed has not come */
    void (*on_closed)(void *owner);
    void *owner;
};

struct terminal_run {
    struct list link;
    struct tool_run *run;
    struct terminal_tool *terminal;
    struct shell *shell;
    struct str command;
    bool is_input;
    bool is_reset;
    bool awaits_secrets;
    struct buf exports;
};

static struct terminal_tool *terminal_of(struct tool *tool)
{
    return container_of(tool, struct terminal_tool, tool);
}

static void place_waiting(struct terminal_tool *terminal);

static void free_run(struct terminal_run *self)
{
    struct terminal_tool *terminal = self->terminal;
    list_remove(&self->link);
    if (self->shell != NULL)
        self->shell->run = NULL;
    self->run->state = NULL;
    buf_fini(&self->exports);
    free(self);
    place_waiting(terminal);
}

static void free_when_closed(struct terminal_tool *terminal)
{
    void (*on_closed)(void *owner) = terminal->on_closed;
    void *owner = terminal->owner;
    if (on_closed == NULL || terminal->closing > 0)
        return;
    terminal_env_fini(&terminal->env);
    free(terminal);
    on_closed(owner);
}

static void on_dialog_closed(void *owner)
{
    struct terminal_tool *terminal = owner;
    terminal->closing--;
    free_when_closed(terminal);
}

static void close_shell(struct terminal_tool *terminal, struct shell *shell)
{
    struct dialog *dialog = shell->dialog;
    if (dialog == NULL)
        return;
    shell->dialog = NULL;
    terminal->closing++;
    dialog_close(dialog, on_dialog_closed, terminal);
}

static bool open_shell(struct terminal_tool *terminal, struct shell *shell, struct error *error)
{
    scoped_buf struct buf name = {0};
    const struct tool_context *context = terminal->context;
    const size_t number = (size_t)(shell - terminal->shells) + 1;
    if (shell->dialog != NULL)
        return true;
    buf_append(&name, context->terminal_name);
    if (number > 1)
        buf_printf(&name, " %zu", number);
    const struct dialog_options options = {.loop = context->loop,
                                           .processes = context->processes,
                                           .terminals = context->terminals,
                                           .name = buf_str(&name),
                                           .env = terminal->env.variables,
                                           .user = terminal->env.user,
                                           .shell_path = terminal->env.shell_path,
                                           .cwd = context->working_dir,
                                           .rc_lines = terminal->env.rc_lines,
                                           .no_change_timeout_s =
                                               terminal->env.no_change_timeout_s};
    return dialog_open(&options, &shell->dialog, error);
}

static void on_reply(void *owner, const struct dialog_reply *reply)
{
    struct terminal_run *self = owner;
    terminal_report(self->run, reply, self->is_reset);
    free_run(self);
}

static void make_call(struct terminal_run *self)
{
    struct dialog_call call = {.command = self->command,
                               .exports = buf_str(&self->exports),
                               .is_input = self->is_input,
                               .idle_timeout_s = self->terminal->env.idle_timeout_s,
                               .on_reply = on_reply,
                               .owner = self};
    call.has_timeout = action_number(self->run->action, "timeout", &call.timeout_s);
    dialog_execute(self->shell->dialog, &call);
}

static void on_secrets(void *waiter, const struct tool_secret *secrets, size_t count)
{
    struct terminal_run *self = waiter;
    self->awaits_secrets = false;
    if (self->run->is_cancelled) {
        tool_run_refuse(self->run, STR("cancelled"));
        free_run(self);
        return;
    }
    terminal_env_write_exports(secrets, count, &self->exports);
    make_call(self);
}

/* The run has its shell. */
static void begin(struct terminal_run *self)
{
    struct error error;
    const struct tool_context *context = self->run->context;
    if (self->is_reset)
        close_shell(self->terminal, self->shell);
    if (!open_shell(self->terminal, self->shell, &error)) {
        tool_run_fail(self->run, str_from(error.text));
        free_run(self);
    } else if (self->is_reset && self->command.len == 0) {
        terminal_report(self->run, NULL, true);
        free_run(self);
    } else if (self->is_input || self->command.len == 0 || context->find_secrets == NULL) {
        make_call(self);
    } else {
        self->awaits_secrets = true;
        context->find_secrets(context->owner, self->command, on_secrets, self);
    }
}

static bool is_unfinished(const struct shell *shell)
{
    return shell->dialog != NULL && dialog_is_unfinished(shell->dialog);
}

/* The shell with the command that is asked for: the first one, unless only another has one. */
static struct shell *find_unfinished(struct terminal_tool *terminal)
{
    for (size_t i = 0; i < TERMINAL_MAX_SHELLS; i++) {
        if (is_unfinished(&terminal->shells[i]))
            return &terminal->shells[i];
    }
    return &terminal->shells[0];
}

/* NULL: it has to wait. */
static struct shell *find_shell(const struct terminal_run *self)
{
    struct shell *shells = self->terminal->shells;
    const bool is_about_running = self->is_input || (self->command.len == 0 && !self->is_reset);
    struct shell *wanted = is_about_running ? find_unfinished(self->terminal) : &shells[0];
    if (wanted->run == NULL)
        return wanted;
    if (is_about_running || self->is_reset)
        return NULL;
    for (size_t i = 1; i < TERMINAL_MAX_SHELLS; i++) {
        if (shells[i].run == NULL && !is_unfinished(&shells[i]))
            return &shells[i];
    }
    return NULL;
}

static bool place(struct terminal_run *self)
{
    self->shell = find_shell(self);
    if (self->shell == NULL)
        return false;
    list_remove(&self->link);
    self->shell->run = self;
    begin(self);
    return true;
}

/* In the order of their start. Each that is placed may free others, so it begins anew. */
static void place_waiting(struct terminal_tool *terminal)
{
    struct list *link = list_first(&terminal->waiting);
    while (link != NULL) {
        struct terminal_run *self = container_of(link, struct terminal_run, link);
        link = place(self) ? list_first(&terminal->waiting) : list_next(&terminal->waiting, link);
    }
}

static void start(struct tool_run *run)
{
    struct terminal_tool *terminal = terminal_of(run->tool);
    const bool is_input = action_bool(run->action, "is_input");
    const bool is_reset = action_bool(run->action, "reset");
    if (is_input && is_reset) {
        tool_run_refuse(run, STR("Cannot use reset=True with is_input=True"));
        return;
    }
    struct terminal_run *self = mem_zero(1, sizeof(*self));
    self->run = run;
    self->terminal = terminal;
    self->command = utf8_trim(action_string(run->action, "command"));
    self->is_input = is_input;
    self->is_reset = is_reset;
    run->state = self;
    list_append(&terminal->waiting, &self->link);
    (void)place(self); /* else when a shell is free */
}

static void cancel(struct tool_run *run)
{
    struct terminal_run *self = run->state;
    if (self == NULL || self->awaits_secrets)
        return; /* it is over, or soon refused */
    if (self->shell != NULL) {
        dialog_interrupt(self->shell->dialog);
        return;
    }
    tool_run_refuse(run, STR("cancelled"));
    free_run(self);
}

static void interrupt(struct tool *tool)
{
    struct terminal_tool *terminal = terminal_of(tool);
    for (size_t i = 0; i < TERMINAL_MAX_SHELLS; i++) {
        if (terminal->shells[i].dialog != NULL)
            dialog_interrupt(terminal->shells[i].dialog);
    }
}

static void close_tool(struct tool *tool, void (*on_closed)(void *owner), void *owner)
{
    struct terminal_tool *terminal = terminal_of(tool);
    terminal->on_closed = on_closed;
    terminal->owner = owner;
    terminal->closing++; /* while the shells are closed one by one */
    for (size_t i = 0; i < TERMINAL_MAX_SHELLS; i++)
        close_shell(terminal, &terminal->shells[i]);
    on_dialog_closed(terminal);
}

/* Runs find their shells themselves. */
static void no_resource(const struct tool *tool, const struct doc_value *action, struct buf *out)
{
    (void)tool;
    (void)action;
    (void)out;
}

static void the_session(const struct tool *tool, const struct doc_value *action, struct buf *out)
{
    (void)tool;
    (void)action;
    buf_append(out, STR("terminal:session"));
}

static const struct tool_type type = {.start = start,
                                      .cancel = cancel,
                                      .interrupt = interrupt,
                                      .close = close_tool,
                                      .resource = no_resource};

static const struct tool_type type_with_one_shell = {.start = start,
                                                     .cancel = cancel,
                                                     .interrupt = interrupt,
                                                     .close = close_tool,
                                                     .resource = the_session};

static const struct tool pattern = {
    .type = &type,
    .name = STR_INIT("terminal"),
    .description = STR_INIT(DESCRIPTION),
    .parameters = STR_INIT(PARAMETERS),
    .kind = STR_INIT("TerminalTool"),
    .action_kind = STR_INIT("TerminalAction"),
    .observation_kind = STR_INIT("TerminalObservation"),
    .annotations = {.is_given = true, .is_destructive = true, .is_open_world = true},
};

bool terminal_tool_make(struct tool_set *set, const struct doc_value *params, struct error *error)
{
    struct stat status;
    const struct tool_context *context = tool_set_context(set);
    if (stat(context->working_dir, &status) != 0 || !S_ISDIR(status.st_mode))
        return error_set(error, ERROR_INVALID, "working_dir '%s' is not a valid directory",
                         context->working_dir);
    struct terminal_tool *terminal = mem_zero(1, sizeof(*terminal));
    terminal->tool = pattern;
    terminal->context = context;
    list_init(&terminal->waiting);
    terminal_env_init(&terminal->env, context, params);
    if (terminal->env.has_one_shell)
        terminal->tool.type = &type_with_one_shell;
    return tool_set_add(set, &terminal->tool, error);
}

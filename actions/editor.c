#include "actions/editor.h"

#include <pthread.h>
#include <unistd.h>

#include "actions/editor_call.h"
#include "actions/editor_change.h"
#include "actions/editor_history.h"
#include "actions/editor_text.h"
#include "actions/editor_view.h"
#include "actions/path.h"
#include "actions/text_file.h"
#include "server/base/error.h"
#include "server/base/mem.h"

struct editor {
    struct editor_options options;
    char *workspace_root;
    struct editor_history *history;
    pthread_mutex_t lock; /* one call at a time */
};

struct editor *editor_new(const struct editor_options *options)
{
    struct editor *editor = mem_zero(1, sizeof(*editor));
    editor->options = *options;
    if (str_is_set(options->workspace_root))
        editor->workspace_root =
            mem_strndup(options->workspace_root.data, options->workspace_root.len);
    editor->options.workspace_root = str_from(editor->workspace_root);
    editor->history = editor_history_new();
    pthread_mutex_init(&editor->lock, NULL);
    return editor;
}

void editor_free(struct editor *editor)
{
    if (editor == NULL)
        return;
    editor_history_free(editor->history);
    pthread_mutex_destroy(&editor->lock);
    free(editor->workspace_root);
    free(editor);
}

void editor_result_fini(struct editor_result *result)
{
    buf_fini(&result->text);
    buf_fini(&result->path);
    buf_fini(&result->old_content);
    buf_fini(&result->new_content);
    buf_fini(&result->image);
}

static bool fail_path(const struct editor_call *call, const char *before, const char *after)
{
    (void)editor_fail_parameter(call->result, "path", call->shown, "%s", before); /* is false */
    buf_append(&call->result->text, call->shown);
    buf_append(&call->result->text, str_from(after));
    return false;
}

static bool fail_relative(const struct editor_call *call)
{
    const struct str root = call->options->workspace_root;
    (void)editor_fail_parameter(call->result, "path", call->shown, "%s",
                                call->rules->absolute); /* is false */
    if (!str_is_set(root) || str_has_byte(call->shown, '\0'))
        return false;
    scoped_free char *suggestion = str_equal(call->shown, STR("."))
                                       ? mem_strdup(root.data)
                                       : path_join(root.data, call->shown);
    if (access(suggestion, F_OK) == 0)
        buf_printf(&call->result->text, " Maybe you meant %s?", suggestion);
    return false;
}

static bool fail_document(const struct editor_call *call)
{
    (void)fail_path(call, "The path ", " points to a binary file ("); /* is false */
    buf_append(&call->result->text, editor_call_suffix(call));
    buf_append(&call->result->text, STR(") and only the `view` command can be used on supported "
                                        "binary files."));
    return false;
}

/* Whether this command can be used on this path at all. */
static bool check_path(const struct editor_call *call)
{
    const struct str command = call->request->command;
    const bool creates = str_equal(command, STR("create"));
    if (call->shown.data[0] != '/')
        return fail_relative(call);
    if (creates && call->exists)
        return fail_path(
            call, "File already exists at: ", ". Cannot overwrite files using command `create`.");
    if (!creates && !call->exists)
        return fail_path(call, "The path ", " does not exist. Please provide a valid path.");
    if (str_equal(command, STR("view")))
        return true;
    if (editor_call_is_directory(call))
        return fail_path(call, "The path ",
                         " is a directory and only the `view` command can be used on directories.");
    return !editor_call_is_document(call) || fail_document(call);
}

static void create(const struct editor_call *call)
{
    struct editor_result *result = call->result;
    const struct str text = call->request->file_text;
    if (!str_is_set(text)) {
        (void)editor_fail_missing(result, "file_text", call->request->command); /* is false */
        return;
    }
    if (!editor_call_write(call, text))
        return;
    editor_call_remember(call, text);
    result->prev_exist = false;
    result->has_new_content = true;
    buf_append(&result->new_content, text);
    buf_append(&result->text, STR("File created successfully at: "));
    buf_append(&result->text, call->shown);
}

/* Writes the bytes back that the file had, and shows them. */
static void restore(const struct editor_call *call, const struct text_file *current,
                    struct buf *bytes)
{
    struct error error;
    struct editor_result *result = call->result;
    struct text_file restored = {0};
    if (!editor_call_write(call, buf_str(bytes)))
        return;
    if (text_file_read(&restored, bytes, &error)) {
        result->has_old_content = true;
        result->has_new_content = true;
        buf_append(&result->old_content, current->text);
        buf_append(&result->new_content, restored.text);
        buf_append(&result->text, STR("Last edit to "));
        buf_append(&result->text, call->shown);
        buf_append(&result->text, STR(" undone successfully. "));
        editor_numbered(call->rules, call->shown, restored.text, 1, &result->text);
    } else {
        (void)editor_fail(result, "%s", error.text); /* is false */
    }
    text_file_fini(&restored);
}

static void undo_edit(const struct editor_call *call)
{
    struct text_file current = {0};
    scoped_buf struct buf bytes = {0};
    if (editor_call_read(call, &current)) {
        if (editor_history_pop(call->history, call->shown, &bytes)) {
            restore(call, &current, &bytes);
        } else {
            (void)editor_fail(call->result, "No edit history found for "); /* is false */
            buf_append(&call->result->text, call->shown);
            buf_append_byte(&call->result->text, '.');
        }
    }
    text_file_fini(&current);
}

struct command {
    const char *name;
    void (*run)(const struct editor_call *call);
};

static const struct command commands[] = {
    {"view", editor_view},     {"create", create},       {"str_replace", editor_str_replace},
    {"insert", editor_insert}, {"undo_edit", undo_edit},
};

static void fail_command(const struct editor_call *call)
{
    struct buf *text = &call->result->text;
    (void)editor_fail(call->result, "Unrecognized command "); /* is false */
    buf_append(text, call->request->command);
    buf_printf(text, ". The allowed commands for %s tool are: ", call->rules->tool);
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
        buf_printf(text, "%s%s", i == 0 ? "" : ", ", commands[i].name);
}

static void run_command(const struct editor_call *call)
{
    if (!check_path(call))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
        if (str_equal(call->request->command, str_from(commands[i].name))) {
            commands[i].run(call);
            return;
        }
    }
    fail_command(call);
}

void editor_run(struct editor *editor, const struct editor_request *request,
                struct editor_result *result)
{
    struct editor_call call = {
        .options = &editor->options,
        .rules = editor_rules(editor->options.dialect),
        .history = editor->history,
        .request = request,
        .result = result,
    };
    result->prev_exist = true;
    pthread_mutex_lock(&editor->lock);
    if (editor_call_init(&call))
        run_command(&call);
    pthread_mutex_unlock(&editor->lock);
    editor_call_fini(&call);
}

#include "agent/tools/terminal_report.h"

#include "agent/observation.h"
#include "agent/secret_mask.h"
#include "agent/tools/dialog.h"
#include "agent/tools/dialog_text.h"
#include "agent/truncate.h"
#include "server/base/buf.h"

static const struct dialog_reply only_reset = {.is_plain = true,
                                               .command = STR_INIT(""),
                                               .text = STR_INIT(""),
                                               .exit_code = -1,
                                               .pid = -1,
                                               .prefix = STR_INIT(""),
                                               .suffix = STR_INIT("")};

/* Masked before it is cut, so that no secret loses the part by which it is known. */
static void write_text(const struct tool_run *run, const struct dialog_reply *reply, bool is_reset,
                       struct buf *out)
{
    scoped_buf struct buf text = {0};
    scoped_buf struct buf masked = {0};
    const struct truncate_options limit = {.limit = OBSERVATION_MAX_TEXT};
    if (is_reset)
        buf_append(&text, STR(DIALOG_RESET_TEXT));
    if (is_reset && reply != &only_reset)
        buf_append(&text, STR("\n\n"));
    buf_append(&text, reply->text);
    if (run->context->mask != NULL)
        secret_mask_apply(run->context->mask, buf_str(&text), &masked);
    else
        buf_append(&masked, buf_str(&text));
    truncate_append(buf_str(&masked), &limit, out);
}

static void write_metadata(struct observation *observation, const struct dialog_reply *reply)
{
    jsonw_object_in(&observation->w, "metadata");
    observation_int(observation, "exit_code", reply->is_plain ? -1 : reply->exit_code);
    observation_int(observation, "pid", reply->pid);
    observation_string(observation, "username", reply->username);
    observation_string(observation, "hostname", reply->hostname);
    observation_string(observation, "working_dir", reply->working_dir);
    observation_string(observation, "py_interpreter_path", reply->python);
    observation_string(observation, "prefix", reply->prefix);
    observation_string(observation, "suffix", reply->suffix);
    jsonw_end(&observation->w);
}

static void write_save_dir(const struct tool_run *run, struct observation *observation)
{
    scoped_buf struct buf path = {0};
    if (run->context->persistence_dir == NULL)
        return;
    buf_printf(&path, "%s/observations", run->context->persistence_dir);
    observation_string(observation, "full_output_save_dir", buf_str(&path));
}

static void write_command(struct observation *observation, struct str command, bool is_reset)
{
    scoped_buf struct buf text = {0};
    buf_append(&text, is_reset ? STR("[RESET]") : STR(""));
    buf_append(&text, is_reset && command.len > 0 ? STR(" ") : STR(""));
    buf_append(&text, command);
    observation_string(observation, "command", text.len > 0 ? buf_str(&text) : STR(""));
}

void terminal_report(struct tool_run *run, const struct dialog_reply *reply, bool is_reset)
{
    struct observation observation;
    scoped_buf struct buf text = {0};
    const bool is_only_reset = reply == NULL;
    reply = is_only_reset ? &only_reset : reply;
    write_text(run, reply, is_reset, &text);
    tool_run_begin(run, &observation);
    observation_text(&observation, buf_str(&text));
    observation_content_end(&observation, reply->is_error);
    write_command(&observation, reply->command, is_reset);
    if (!reply->is_plain)
        observation_int(&observation, "exit_code", reply->exit_code);
    else if (is_only_reset)
        observation_int(&observation, "exit_code", 0);
    observation_bool(&observation, "timeout", false);
    write_metadata(&observation, reply);
    if (text.len > 0)
        write_save_dir(run, &observation);
    tool_run_observe(run, &observation);
}

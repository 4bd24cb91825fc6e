#include "agent/skill_commands.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/utf8.h"
#include "server/loop/process_run.h"

static void append_output(struct str output, struct buf *out)
{
    scoped_buf struct buf text = {0};
    utf8_repair(&text, str_trim(output));
    if (text.len <= SKILL_COMMAND_MAX_BYTES) {
        buf_append(out, buf_str(&text));
        return;
    }
    const struct str cut = str_slice(buf_str(&text), 0, SKILL_COMMAND_MAX_BYTES);
    buf_append(out, str_slice(cut, 0, cut.len - utf8_incomplete_tail(cut)));
    buf_append(out, STR("\n... [output truncated]"));
}

static void run_command(const struct skill_commands *commands, struct str command, struct buf *out)
{
    scoped_buf struct buf text = {0};
    struct process_run_result result = {0};
    struct error error;
    buf_append(&text, command);
    const char *const argv[] = {"/bin/sh", "-c", text.data, NULL};
    const struct process_run_options options = {.argv = argv,
                                                .env = commands->env,
                                                .cwd = commands->working_dir,
                                                .timeout_ms =
                                                    (uint64_t)SKILL_COMMAND_TIMEOUT_S * 1000};
    if (!process_run(commands->processes, &options, &result, &error))
        buf_printf(out, "[Error: Failed to execute command `%s`: %s]", text.data, error.text);
    else if (result.has_timed_out)
        buf_printf(out, "[Error: Command `%s` timed out after %ds]", text.data,
                   SKILL_COMMAND_TIMEOUT_S);
    else if (result.exit.code != 0)
        buf_printf(out, "[Error: Command `%s` exited with code %d: %.*s]", text.data,
                   result.exit.code, STR_ARG(buf_str(&result.err)));
    else
        append_output(buf_str(&result.out), out);
    process_run_fini(&result);
}

/* Bytes up to and with the next `mark` behind the first `from`; SIZE_MAX: there is none. */
static size_t end_of(struct str text, size_t from, struct str mark)
{
    const size_t at = str_find(str_skip(text, from), mark);
    return at == SIZE_MAX ? SIZE_MAX : from + at + mark.len;
}

/* The inline code that begins `from` bytes on; empty code is none. */
static size_t end_of_code(struct str text, size_t from)
{
    const size_t end = end_of(text, from, STR("`"));
    return end == SIZE_MAX || end == from + 1 ? SIZE_MAX : end;
}

/* Handles what the text begins with and returns its length. */
static size_t take(const struct skill_commands *commands, struct str text, struct buf *out)
{
    size_t end;
    if (str_starts_with(text, STR("```"))) {
        end = end_of(text, 3, STR("```"));
        end = end == SIZE_MAX ? text.len : end;
        buf_append(out, str_slice(text, 0, end));
        return end;
    }
    if (str_starts_with(text, STR("\\!`")) && (end = end_of_code(text, 3)) != SIZE_MAX) {
        buf_append(out, str_slice(text, 1, end));
        return end;
    }
    if (str_starts_with(text, STR("!`")) && (end = end_of_code(text, 2)) != SIZE_MAX) {
        run_command(commands, str_slice(text, 2, end - 1), out);
        return end;
    }
    if (str_starts_with(text, STR("`")) && (end = end_of_code(text, 1)) != SIZE_MAX) {
        buf_append(out, str_slice(text, 0, end));
        return end;
    }
    buf_append_byte(out, text.data[0]);
    return 1;
}

void skill_commands_run(const struct skill_commands *commands, struct str text, struct buf *out)
{
    struct str rest = text;
    while (!str_is_empty(rest))
        rest = str_skip(rest, take(commands, rest, out));
}

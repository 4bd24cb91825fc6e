#include "actions/shell_text.h"

#include <ctype.h>

#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/utf8.h"

bool shell_text_is_key(struct str command)
{
    return command.len == 3 && str_starts_with(command, STR("C-"));
}

static bool is_blank(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* Takes a byte of what was sent off the text, as the terminal shows it. */
static bool take_shown(struct str *text, char byte)
{
    const bool is_control = (unsigned char)byte < 0x20;
    const char shown[2] = {'^', (char)(byte + 0x40)};
    const struct str expected = is_control ? str_span(shown, 2) : str_span(&byte, 1);
    if (!str_starts_with(*text, expected))
        return false;
    *text = str_skip(*text, expected.len);
    return true;
}

struct str shell_text_drop_echo(struct str text, struct str sent)
{
    struct str rest = utf8_trim_start(text);
    for (size_t i = 0; i < sent.len; i++) {
        if (is_blank(sent.data[i]))
            rest = utf8_trim_start(rest);
        else if (!take_shown(&rest, sent.data[i]))
            return text;
    }
    return rest;
}

void shell_text_completed(struct buf *out, int exit_code, struct str command)
{
    buf_printf(out, "\n[The command completed with exit code %d.", exit_code);
    if (shell_text_is_key(command))
        buf_printf(out, " CTRL+%c was sent.", toupper((unsigned char)command.data[2]));
    buf_append_byte(out, ']');
}

void shell_text_advise(struct buf *out, const char *tool)
{
    buf_printf(
        out,
        "You may wait longer to see additional output by sending empty command '', send "
        "other commands to interact with the current process, send keys (\"C-c\", \"C-z\", "
        "\"C-d\") to interrupt/kill the previous command before sending your new command, or "
        "use the timeout parameter in %s for future commands.]",
        tool);
}

void shell_text_no_change(struct buf *out, uint64_t seconds, const char *tool)
{
    buf_printf(out, "\n[The command has no new output after %llu seconds. ",
               (unsigned long long)seconds);
    shell_text_advise(out, tool);
}

void shell_text_timed_out(struct buf *out, double seconds, const char *tool)
{
    buf_append(out, STR("\n[The command timed out after "));
    jsonw_number(out, seconds);
    buf_append(out, STR(" seconds. "));
    shell_text_advise(out, tool);
}

void shell_text_not_executed(struct buf *out, struct str command, const char *tool)
{
    buf_printf(out,
               "\n[Your command \"%.*s\" is NOT executed. The previous command is still running - "
               "You CANNOT send new commands until the previous command is completed. By setting "
               "`is_input` to `true`, you can interact with the current process: ",
               STR_ARG(command));
    shell_text_advise(out, tool);
}

void shell_text_truncated(struct buf *out, struct str text)
{
    size_t lines = 0;
    struct str line = STR_NULL;
    while (str_next(&text, '\n', &line))
        lines++;
    buf_printf(out,
               "[Previous command outputs are truncated. Showing the last %zu lines of the output "
               "below.]\n",
               lines);
}

void shell_text_several(struct buf *out, const struct str *units, size_t count)
{
    buf_append(out, STR("Cannot execute multiple commands at once.\n"
                        "Please run each command separately OR chain them into a single command "
                        "via && or ;\nProvided commands:"));
    for (size_t i = 0; i < count; i++)
        buf_printf(out, "\n(%zu) %.*s", i + 1, STR_ARG(units[i]));
}

#include "agent/tools/dialog_text.h"

#include <ctype.h>

#include "actions/shell_units.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"
#include "server/base/repr.h"
#include "server/base/utf8.h"

#define ADVICE                                                                                     \
    "You may wait longer to see additional output by sending empty command '', send other "        \
    "commands to interact with the current process, send keys (\"C-c\", \"C-z\", \"C-d\") to "     \
    "interrupt/kill the previous command before sending your new command, or use the timeout "     \
    "parameter in terminal for future commands."
#define SHOWN_LITERAL_CHARACTERS 60
#define IDLE_SHARE               0.9

static bool is_space(unsigned code_point)
{
    return (code_point >= 0x09 && code_point <= 0x0d) ||
           (code_point >= 0x1c && code_point <= 0x20) || code_point == 0x85 || code_point == 0xa0 ||
           code_point == 0x1680 || (code_point >= 0x2000 && code_point <= 0x200a) ||
           code_point == 0x2028 || code_point == 0x2029 || code_point == 0x202f ||
           code_point == 0x205f || code_point == 0x3000;
}

struct str dialog_text_strip_start(struct str text)
{
    while (text.len > 0) {
        unsigned code_point;
        bool is_valid;
        const size_t len = utf8_step(text, &code_point, &is_valid);
        if (!is_space(code_point))
            break;
        text = str_skip(text, len);
    }
    return text;
}

struct str dialog_text_strip_end(struct str text)
{
    while (text.len > 0) {
        size_t from = text.len - 1;
        while (from > 0 && text.len - from < 4 && ((unsigned char)text.data[from] & 0xc0) == 0x80)
            from--;
        unsigned code_point;
        bool is_valid;
        const size_t len = utf8_step(str_skip(text, from), &code_point, &is_valid);
        if (from + len != text.len || !is_space(code_point))
            break;
        text.len = from;
    }
    return text;
}

struct str dialog_text_strip(struct str text)
{
    return dialog_text_strip_start(dialog_text_strip_end(text));
}

bool dialog_text_is_key(struct str command)
{
    return command.len == 3 && str_starts_with(command, STR("C-"));
}

static bool encode_control(struct str name, struct buf *out)
{
    static const struct str prefixes[] = {STR_INIT("C-"), STR_INIT("CTRL-"), STR_INIT("CTRL+")};
    for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
        const struct str letter = str_skip(name, prefixes[i].len);
        if (letter.len != 1 || !str_equal_nocase(str_slice(name, 0, prefixes[i].len), prefixes[i]))
            continue;
        if (!isalpha((unsigned char)letter.data[0]))
            return false;
        buf_append_byte(out, (char)((unsigned char)letter.data[0] & 0x1f));
        return true;
    }
    return false;
}

bool dialog_text_encode_key(struct str name, struct buf *out)
{
    static const struct {
        struct str name;
        struct str bytes;
    } keys[] = {
        {STR_INIT("ENTER"), STR_INIT("\r")},     {STR_INIT("TAB"), STR_INIT("\t")},
        {STR_INIT("BS"), STR_INIT("\x7f")},      {STR_INIT("ESC"), STR_INIT("\x1b")},
        {STR_INIT("UP"), STR_INIT("\x1b[A")},    {STR_INIT("DOWN"), STR_INIT("\x1b[B")},
        {STR_INIT("RIGHT"), STR_INIT("\x1b[C")}, {STR_INIT("LEFT"), STR_INIT("\x1b[D")},
        {STR_INIT("HOME"), STR_INIT("\x1b[H")},  {STR_INIT("END"), STR_INIT("\x1b[F")},
        {STR_INIT("PGUP"), STR_INIT("\x1b[5~")}, {STR_INIT("PGDN"), STR_INIT("\x1b[6~")},
    };
    name = str_trim(name);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        if (str_equal_nocase(name, keys[i].name)) {
            buf_append(out, keys[i].bytes);
            return true;
        }
    }
    return encode_control(name, out);
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

struct str dialog_text_drop_echo(struct str text, struct str sent)
{
    struct str rest = dialog_text_strip_start(text);
    for (size_t i = 0; i < sent.len; i++) {
        if (is_blank(sent.data[i]))
            rest = dialog_text_strip_start(rest);
        else if (!take_shown(&rest, sent.data[i]))
            return text;
    }
    return rest;
}

/* NULL: it may well be a command. What bash knows by [ and [[ has a blank behind it. */
static const char *literal_kind(struct str command)
{
    static const char *const starts[][2] = {
        {"[{", "list literal"},  {"[\"", "list literal"}, {"['", "list literal"},
        {"{\"", "dict literal"}, {"{'", "dict literal"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        if (str_starts_with(command, str_from(starts[i][0])))
            return starts[i][1];
    }
    if (str_starts_with(command, STR("[[")) && command.len > 2 && !is_blank(command.data[2]))
        return "nested list literal";
    return NULL;
}

bool dialog_text_refuse_literal(struct str command, struct buf *out)
{
    const char *kind = literal_kind(command);
    if (kind == NULL)
        return false;
    const size_t shown = utf8_prefix_bytes(command, SHOWN_LITERAL_CHARACTERS);
    buf_printf(out,
               "[Tool-argument error] The `command` argument looks like a Python/JSON %s, not a "
               "shell command. It starts with: ",
               kind);
    repr_append(out, str_slice(command, 0, shown));
    buf_append(out, STR("\n\nNothing was executed. `command` must be text for the shell. To put "
                        "structured data into a file, use file_editor with `create`, or a here "
                        "document: cat > data.json <<'EOF' … EOF"));
    return true;
}

/* The line is the delimiter of a here document that begins in the unit. */
static bool ends_with_heredoc(struct str unit)
{
    const size_t newline = str_find_last_byte(unit, '\n');
    struct str rest = unit;
    if (newline == SIZE_MAX)
        return false;
    const struct str delimiter = str_trim(str_skip(unit, newline + 1));
    while (delimiter.len > 0) {
        const size_t at = str_find(rest, STR("<<"));
        if (at == SIZE_MAX)
            return false;
        rest = str_skip(rest, at + 2);
        struct str word = rest;
        while (word.len > 0 && strchr("-~ \t'\"\\", word.data[0]) != NULL)
            word = str_skip(word, 1);
        if (str_starts_with(word, delimiter))
            return true;
    }
    return false;
}

/* What follows a here document belongs to it. */
static size_t join_heredocs(struct shell_units *units)
{
    size_t count = 0;
    for (size_t i = 0; i < units->count; i++) {
        if (count > 0 && ends_with_heredoc(units->items[count - 1])) {
            struct str *before = &units->items[count - 1];
            before->len = (size_t)(units->items[i].data + units->items[i].len - before->data);
        } else {
            units->items[count++] = units->items[i];
        }
    }
    return count;
}

bool dialog_text_refuse_several(struct str command, struct buf *out)
{
    struct shell_units units;
    shell_units_split(command, &units);
    const size_t count = join_heredocs(&units);
    if (count > 1)
        buf_append(out, STR("Cannot execute multiple commands at once.\n"
                            "Please run each command separately OR chain them into a single "
                            "command via && or ;\nProvided commands:"));
    for (size_t i = 0; count > 1 && i < count; i++)
        buf_printf(out, "\n(%zu) %.*s", i + 1, STR_ARG(units.items[i]));
    shell_units_fini(&units);
    return count > 1;
}

bool dialog_text_refuse_timeout(double timeout_s, double idle_timeout_s, struct buf *out)
{
    if (idle_timeout_s <= 0 || timeout_s <= IDLE_SHARE * idle_timeout_s)
        return false;
    buf_printf(out,
               "Refusing to run foreground terminal command with timeout=%gs.\n\n"
               "This runtime is subject to idle cleanup after %gs. Foreground terminal commands "
               "are capped at 90%% of that threshold, currently %gs, so commands can return "
               "control before the runtime is considered idle.\n\n"
               "For long-running work, use a shorter timeout, omit the timeout to use the "
               "terminal soft-timeout/polling flow, or start the command in the background and "
               "poll its log file.",
               timeout_s, idle_timeout_s, IDLE_SHARE * idle_timeout_s);
    return true;
}

void dialog_text_completed(struct buf *out, int exit_code, struct str command)
{
    buf_printf(out, "\n[The command completed with exit code %d.", exit_code);
    if (dialog_text_is_key(command))
        buf_printf(out, " CTRL+%c was sent.", toupper((unsigned char)command.data[2]));
    buf_append_byte(out, ']');
}

void dialog_text_no_exit_code(struct buf *out)
{
    buf_append(out, STR("\n[The command completed but the exit code could not be determined. "
                        "Terminal output may have corrupted the PS1 metadata markers.]"));
}

void dialog_text_no_change(struct buf *out, uint64_t seconds)
{
    buf_printf(out, "\n[The command has no new output after %llu seconds. " ADVICE "]",
               (unsigned long long)seconds);
}

void dialog_text_timed_out(struct buf *out, double seconds)
{
    buf_append(out, STR("\n[The command timed out after "));
    jsonw_number(out, seconds);
    buf_append(out, STR(" seconds. " ADVICE "]"));
}

void dialog_text_interrupted(struct buf *out)
{
    buf_append(out, STR("\n[The command was interrupted but has not ended. " ADVICE "]"));
}

void dialog_text_not_executed(struct buf *out, struct str command)
{
    buf_printf(out,
               "\n[Your command \"%.*s\" is NOT executed. The previous command is still running - "
               "You CANNOT send new commands until the previous command is completed. By setting "
               "`is_input` to `true`, you can interact with the current process: " ADVICE "]",
               STR_ARG(command));
}

void dialog_text_truncated(struct buf *out, struct str text)
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

#include "agent/tools/dialog_text.h"

#include <ctype.h>

#include "actions/shell_text.h"
#include "actions/shell_units.h"
#include "server/base/buf.h"
#include "server/base/repr.h"
#include "server/base/utf8.h"

#define SHOWN_LITERAL_CHARACTERS 60
#define IDLE_SHARE               0.9

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
        shell_text_several(out, units.items, count);
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

void dialog_text_no_exit_code(struct buf *out)
{
    buf_append(out, STR("\n[The command completed but the exit code could not be determined. "
                        "Terminal output may have corrupted the PS1 metadata markers.]"));
}

void dialog_text_interrupted(struct buf *out)
{
    buf_append(out, STR("\n[The command was interrupted but has not ended. "));
    shell_text_advise(out, DIALOG_TOOL);
}

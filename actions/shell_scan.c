#include "actions/shell_scan.h"

static size_t find_from(struct str text, size_t at, char byte)
{
    const size_t found = str_find_byte(str_skip(text, at), byte);
    return found == SIZE_MAX ? SIZE_MAX : at + found;
}

/* Behind the next `end` that has no backslash in front. */
static size_t find_unescaped(struct str text, size_t at, char end)
{
    while (at < text.len && text.data[at] != end)
        at += text.data[at] == '\\' ? 2 : 1;
    return at < text.len ? at + 1 : SIZE_MAX;
}

size_t shell_scan_quotes(struct str text, size_t at)
{
    const size_t end = find_from(text, at + 1, '\'');
    return end == SIZE_MAX ? SIZE_MAX : end + 1;
}

size_t shell_scan_ansi_quotes(struct str text, size_t at)
{
    return find_unescaped(text, at + 1, '\'');
}

size_t shell_scan_backticks(struct str text, size_t at)
{
    return find_unescaped(text, at + 1, '`');
}

size_t shell_scan_comment(struct str text, size_t at)
{
    const size_t end = find_from(text, at, '\n');
    return end == SIZE_MAX ? text.len : end;
}

size_t shell_scan_heredoc(struct str text, size_t at, struct str delimiter, bool strips_tabs)
{
    while (at < text.len) {
        const size_t newline = find_from(text, at, '\n');
        const size_t end = newline == SIZE_MAX ? text.len : newline;
        struct str line = str_slice(text, at, end);
        while (strips_tabs && str_starts_with(line, STR("\t")))
            line = str_skip(line, 1);
        at = end == text.len ? end : end + 1;
        if (str_equal(line, delimiter))
            return at;
    }
    return SIZE_MAX;
}

bool shell_scan_ends_word(char byte)
{
    return byte != '\0' && strchr(" \t\n;&|<>()", byte) != NULL;
}

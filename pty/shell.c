#include "pty/shell.h"

#include <assert.h>

#include "pty/shell_bash.h"
#include "pty/shell_directory.h"
#include "pty/shell_posix.h"
#include "pty/shell_zsh.h"
#include "server/base/buf.h"

const struct shell_kind *shell_kind(enum session_shell shell)
{
    static const struct shell_kind *const kinds[] = {
        [SESSION_BASH] = &shell_bash,
        [SESSION_ZSH] = &shell_zsh,
        [SESSION_POSIX] = &shell_posix,
        [SESSION_PROGRAM] = NULL,
    };
    return kinds[shell];
}

bool shell_write_embedded(const struct shell_directory *directory, const char *name,
                          const unsigned char *bytes, size_t len, struct error *error)
{
    return shell_directory_write(directory, name, str_span((const char *)bytes, len), error);
}

void shell_add_argument(struct shell_invocation *invocation, const char *argument)
{
    assert(invocation->argc < SHELL_MAX_ARGUMENTS);
    invocation->argv[invocation->argc++] = argument;
}

void shell_add_variable(struct shell_invocation *invocation, const char *variable)
{
    assert(invocation->envc < SHELL_MAX_VARIABLES);
    invocation->env[invocation->envc++] = variable;
}

const char *shell_variable(const struct shell_start *start, const char *name)
{
    const struct str wanted = str_from(name);
    for (const char *const *entry = start->env; *entry != NULL; entry++) {
        const struct str pair = str_from(*entry);
        if (str_starts_with(pair, wanted) && pair.len > wanted.len && pair.data[wanted.len] == '=')
            return *entry + wanted.len + 1;
    }
    return NULL;
}

void shell_add_program(const struct shell_start *start, struct shell_invocation *invocation)
{
    if (start->user == NULL) {
        shell_add_argument(invocation, start->path);
        return;
    }
    shell_add_argument(invocation, "su");
    shell_add_argument(invocation, "-s");
    shell_add_argument(invocation, start->path);
    shell_add_argument(invocation, start->user);
    shell_add_argument(invocation, "--");
}

void shell_quote(struct buf *out, struct str text)
{
    buf_append_byte(out, '\'');
    for (size_t at; (at = str_find_byte(text, '\'')) != SIZE_MAX; text = str_skip(text, at + 1)) {
        buf_append(out, str_slice(text, 0, at));
        buf_append(out, STR("'\\''"));
    }
    buf_append(out, text);
    buf_append_byte(out, '\'');
}

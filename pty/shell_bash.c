#include "pty/shell_bash.h"

#include <inttypes.h>

#include "pty/shell.h"
#include "pty/shell_directory.h"
#include "server/base/buf.h"

extern const unsigned char shell_hooks_bash[];
extern const size_t shell_hooks_bash_len;
extern const unsigned char shell_run_bash[];
extern const size_t shell_run_bash_len;
extern const unsigned char shell_query_bash[];
extern const size_t shell_query_bash_len;

/* Files of others are sourced, not pasted in: a `return` or a syntax error stays inside them. */
static void print_rc(const struct shell_start *start, struct buf *out)
{
    if (start->attempt == SHELL_WITH_ALL)
        buf_append(out, STR("[ -r ~/.bashrc ] && . ~/.bashrc\n"));
    if (start->has_lines && start->attempt < SHELL_WITHOUT_LINES)
        buf_printf(out, ". %s/" SHELL_LINES_FILE "\n", start->directory->path);
    buf_printf(out, "__ad_k=%.*s __ad_d=%s\n. \"$__ad_d/hooks\"\n", STR_ARG(start->nonce),
               start->directory->path);
}

static bool write_files(const struct shell_start *start, struct error *error)
{
    const struct shell_directory *directory = start->directory;
    scoped_buf struct buf rc = {0};
    print_rc(start, &rc);
    return shell_directory_write(directory, "rc", buf_str(&rc), error) &&
           shell_write_embedded(directory, "hooks", shell_hooks_bash, shell_hooks_bash_len,
                                error) &&
           shell_write_embedded(directory, "k", shell_run_bash, shell_run_bash_len, error) &&
           shell_write_embedded(directory, "o", shell_query_bash, shell_query_bash_len, error);
}

static void invoke(const struct shell_start *start, struct shell_invocation *invocation)
{
    shell_add_program(start, invocation);
    shell_add_argument(invocation, "--rcfile");
    shell_add_argument(invocation,
                       arena_printf(&invocation->arena, "%s/rc", start->directory->path).data);
    shell_add_argument(invocation, "-i");
}

static void print_command(const struct shell_command *command, struct buf *out)
{
    buf_printf(out, "__ad_i=%" PRIu64 " __ad_f='%s' __ad_t=", command->number,
               command->makes_sane ? "\\command stty sane; " : "");
    shell_quote(out, command->text);
    buf_append_byte(out, '\n');
}

const struct shell_kind shell_bash = {
    .program = "bash",
    .write_files = write_files,
    .invoke = invoke,
    .print_command = print_command,
    .run_key = STR_INIT("\x1b[7078~"),
    .query_key = STR_INIT("\x1b[7076~"),
    .restore_key = STR_INIT("\x1b[7075~"),
    .keeps_signals = true,
    .marks_lines = true,
    .typed_line = STR_INIT(" __ad_b; \\builtin eval \"$__ad_t\"\r"),
    .shown_line = STR_INIT(" __ad_b; \\builtin eval \"$__ad_t\""),
};

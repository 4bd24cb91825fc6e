#include "pty/shell_zsh.h"

#include <inttypes.h>

#include "pty/shell.h"
#include "pty/shell_directory.h"
#include "server/base/buf.h"

extern const unsigned char shell_hooks_zsh[];
extern const size_t shell_hooks_zsh_len;

static void print_source(struct buf *out, const char *name)
{
    buf_printf(out, "[[ ! -r ${ZDOTDIR-$HOME}/%s ]] || . ${ZDOTDIR-$HOME}/%s\n", name, name);
}

/* The user's files see the ZDOTDIR that they expect, and may change it. */
static void print_env(const struct shell_start *start, struct buf *out)
{
    const char *own = shell_variable(start, "ZDOTDIR");
    buf_append(out, own == NULL ? STR("unset ZDOTDIR") : STR("ZDOTDIR="));
    if (own != NULL)
        shell_quote(out, str_from(own));
    buf_append_byte(out, '\n');
    if (start->attempt == SHELL_WITH_ALL)
        print_source(out, ".zshenv");
    buf_printf(out, "typeset -g __ad_z=${ZDOTDIR-}\nZDOTDIR=%s\n", start->directory->path);
}

static void print_rc(const struct shell_start *start, struct buf *out)
{
    buf_append(out, STR("if [[ -n $__ad_z ]]; then ZDOTDIR=$__ad_z; else unset ZDOTDIR; fi\n"
                        "unset __ad_z\n"));
    if (start->attempt == SHELL_WITH_ALL)
        print_source(out, ".zshrc");
    if (start->has_lines && start->attempt < SHELL_WITHOUT_LINES)
        buf_printf(out, ". %s/" SHELL_LINES_FILE "\n", start->directory->path);
    buf_printf(out, "__ad_k=%.*s __ad_d=%s\n. $__ad_d/hooks\n", STR_ARG(start->nonce),
               start->directory->path);
}

/* For a zsh without its line editor. */
static const struct str run_file =
    STR_INIT("typeset -g __ad_s=$? __ad_l= __ad_t= __ad_f=\n[[ ! -r $__ad_d/c ]] || . $__ad_d/c\n");

static bool write_files(const struct shell_start *start, struct error *error)
{
    const struct shell_directory *directory = start->directory;
    scoped_buf struct buf env = {0};
    scoped_buf struct buf rc = {0};
    print_env(start, &env);
    print_rc(start, &rc);
    return shell_directory_write(directory, ".zshenv", buf_str(&env), error) &&
           shell_directory_write(directory, ".zshrc", buf_str(&rc), error) &&
           shell_directory_write(directory, "k", run_file, error) &&
           shell_write_embedded(directory, "hooks", shell_hooks_zsh, shell_hooks_zsh_len, error);
}

static void invoke(const struct shell_start *start, struct shell_invocation *invocation)
{
    shell_add_program(start, invocation);
    shell_add_argument(invocation, "-i");
    shell_add_variable(invocation,
                       arena_printf(&invocation->arena, "ZDOTDIR=%s", start->directory->path).data);
}

static void print_command(const struct shell_command *command, struct buf *out)
{
    buf_printf(out, "__ad_i=%" PRIu64 " __ad_f='%s' __ad_t=", command->number,
               command->makes_sane ? "command stty sane; " : "");
    shell_quote(out, command->text);
    buf_append_byte(out, '\n');
}

const struct shell_kind shell_zsh = {
    .program = "zsh",
    .write_files = write_files,
    .invoke = invoke,
    .print_command = print_command,
    .run_key = STR_INIT("\x1b[7078~"),
    .query_key = STR_INIT("\x1b[7076~"),
    .restore_key = STR_INIT("\x1b[7075~"),
    .typed_line = STR_INIT("__ad_b; builtin eval \"$__ad_t\"\n"),
    .keeps_signals = true,
    .marks_lines = true,
    .shown_line = STR_INIT(" __ad_b; builtin eval \"$__ad_t\""),
};

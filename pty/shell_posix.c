#include "pty/shell_posix.h"

#include <inttypes.h>

#include "pty/shell.h"
#include "pty/shell_directory.h"
#include "server/base/buf.h"

extern const unsigned char shell_hooks_sh[];
extern const size_t shell_hooks_sh_len;
extern const unsigned char shell_run_sh[];
extern const size_t shell_run_sh_len;

static void print_own(const struct shell_start *start, struct buf *out)
{
    const char *own = shell_variable(start, "ENV");
    if (own == NULL) {
        buf_append(out, STR("unset ENV\n"));
        return;
    }
    buf_append(out, STR("ENV="));
    shell_quote(out, str_from(own));
    buf_append(out, STR("\n"));
    if (start->attempt == SHELL_WITH_ALL)
        buf_append(out, STR("[ ! -r \"$ENV\" ] || . \"$ENV\"\n"));
}

static void print_rc(const struct shell_start *start, struct buf *out)
{
    print_own(start, out);
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
           shell_write_embedded(directory, "hooks", shell_hooks_sh, shell_hooks_sh_len, error) &&
           shell_write_embedded(directory, "k", shell_run_sh, shell_run_sh_len, error);
}

static void invoke(const struct shell_start *start, struct shell_invocation *invocation)
{
    shell_add_program(start, invocation);
    shell_add_argument(invocation, "-i");
    shell_add_variable(invocation,
                       arena_printf(&invocation->arena, "ENV=%s/rc", start->directory->path).data);
}

static void print_command(const struct shell_command *command, struct buf *out)
{
    buf_printf(out, "__ad_i=%" PRIu64 " __ad_f=%s __ad_t=", command->number,
               command->makes_sane ? "1" : "");
    shell_quote(out, command->text);
    buf_append_byte(out, '\n');
}

const struct shell_kind shell_posix = {
    .program = "sh",
    .write_files = write_files,
    .invoke = invoke,
    .print_command = print_command,
    .typed_line = STR_INIT("__ad_b;eval \"$__ad_t\";__ad_p\n"),
    .shown_line = STR_INIT("__ad_b;eval \"$__ad_t\";__ad_p"),
};

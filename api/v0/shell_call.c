#include "api/v0/shell_call.h"

#include "actions/shell_output.h"
#include "actions/shell_text.h"
#include "actions/shell_units.h"
#include "actions/terminal.h"
#include "api/v0/shell_answer.h"
#include "api/v0/shell_state.h"
#include "pty/keys.h"
#include "pty/screen.h"
#include "server/base/error.h"

/* Inputs that are the name of a key; C-x and M-x are keys as well. */
static const char *const key_names[] = {
    "Up",   "Down", "Left",   "Right", "Enter",    "Tab",   "BTab", "Space", "BSpace", "Escape",
    "Home", "End",  "PageUp", "PPage", "PageDown", "NPage", "IC",   "DC",    "F1",     "F2",
    "F3",   "F4",   "F5",     "F6",    "F7",       "F8",    "F9",   "F10",   "F11",    "F12",
};

static void answer(struct v0_shell *shell, void (*fn)(struct v0_shell *shell));

static void run_answer(void *owner)
{
    struct v0_shell *shell = owner;
    if (shell->has_call && shell->answer != NULL)
        shell->answer(shell);
}

static void answer(struct v0_shell *shell, void (*fn)(struct v0_shell *shell))
{
    shell->answer = fn;
    v0_shell_turn(shell, run_answer);
}

static void answer_error(struct v0_shell *shell, struct str text)
{
    buf_clear(&shell->message);
    buf_append(&shell->message, text);
    answer(shell, shell_answer_error);
}

/* False: it has several units, or somebody else drives the terminal; that is answered. */
static bool may_be_done(struct v0_shell *shell, struct str command)
{
    struct error error;
    struct shell_units units;
    shell_units_split(command, &units);
    const bool is_one = units.count < 2;
    if (!is_one) {
        buf_clear(&shell->message);
        buf_append(&shell->message, STR("ERROR: "));
        shell_text_several(&shell->message, units.items, units.count);
        answer(shell, shell_answer_error);
    }
    shell_units_fini(&units);
    if (!is_one || shell->terminal == NULL || command.len == 0 ||
        terminal_may_type(shell->terminal, STR(V0_SHELL_DRIVER), &error))
        return is_one;
    answer_error(shell, str_from(error.text));
    return false;
}

static bool is_key_name(struct str text)
{
    if (shell_text_is_key(text) || (text.len == 3 && str_starts_with(text, STR("M-"))))
        return true;
    for (size_t i = 0; i < ARRAY_SIZE(key_names); i++) {
        if (str_equal_nocase(text, str_from(key_names[i])))
            return true;
    }
    return false;
}

static bool encode_key(const struct v0_shell *shell, struct str text, struct buf *out)
{
    const struct screen_modes modes = screen_modes(session_screen(shell->session));
    return is_key_name(text) && keys_encode(text, &modes, out);
}

/* Lines as they are typed, without the last Enter. */
static void append_lines(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        buf_append_byte(out, (char)(text.data[i] == '\n' ? '\r' : text.data[i]));
}

/* Types to the program that runs; a C- key stands alone, everything else is followed by Enter. */
static void type_input(struct v0_shell *shell, struct str text)
{
    scoped_buf struct buf keys = {0};
    const bool is_key = encode_key(shell, text, &keys);
    if (!is_key)
        append_lines(&keys, text);
    if (!is_key || !shell_text_is_key(text))
        buf_append_byte(&keys, '\r');
    shell_output_keep(shell->output, v0_shell_output_end(shell), is_key ? STR("") : text);
    session_write(shell->session, buf_str(&keys));
}

static void on_start(void *owner, uint64_t from)
{
    struct v0_shell *shell = owner;
    shell->has_started = true;
    shell_output_begin(shell->output, from);
}

static void set_note(struct v0_shell *shell, struct str text)
{
    buf_clear(&shell->note);
    buf_append(&shell->note, text);
}

static void fail_call(struct v0_shell *shell, struct str text)
{
    buf_clear(&shell->message);
    buf_append(&shell->message, text);
    shell_answer_error(shell);
}

static void on_end(void *owner, const struct session_command_end *end)
{
    struct v0_shell *shell = owner;
    const bool is_replaced = end->outcome == SESSION_SHELL_REPLACED;
    const bool is_over = end->outcome == SESSION_COMPLETED || end->outcome == SESSION_SHELL_ENDED;
    shell->is_running = is_replaced;
    shell->is_foreign = is_replaced;
    shell->ended_at = end->to;
    shell->exit_code = end->exit_code;
    set_note(shell, end->message);
    if (!shell->has_call)
        return;
    if (is_replaced)
        shell_answer_replaced(shell);
    else if (is_over)
        shell_answer_completed(shell);
    else
        fail_call(shell, end->message);
}

/* What an old command has printed at its end is shown in front of the new one's output. */
static void keep_old_output(struct v0_shell *shell)
{
    if (shell->is_unfinished)
        shell_output_keep(shell->output, v0_shell_output_end(shell), STR(""));
    shell_output_end(shell->output);
    shell->is_unfinished = false;
}

static void run_command(struct v0_shell *shell, struct str text)
{
    struct error error;
    const struct session_command command = {
        .text = text, .on_start = on_start, .on_end = on_end, .owner = shell};
    if (!session_run(shell->session, &command, &error)) {
        if (error.code == ERROR_CONFLICT)
            answer(shell, shell_answer_not_executed);
        else
            answer_error(shell, str_from(error.text));
        return;
    }
    keep_old_output(shell);
    shell->is_running = true;
    shell->has_started = false;
    buf_clear(&shell->note);
    shell_answer_wait(shell);
}

/* True when nothing is missing, or nothing more can be added. */
static bool add_open_text(struct v0_shell *shell, struct str text)
{
    if (shell->open_text.len > 0)
        buf_append_byte(&shell->open_text, '\n');
    buf_append(&shell->open_text, text);
    return shell->open_text.len > SESSION_MAX_TEXT_BYTES ||
           !shell_units_is_open(buf_str(&shell->open_text));
}

static void leave_open_text(struct v0_shell *shell)
{
    shell->is_open = false;
    shell->is_running = false;
    shell->is_unfinished = false;
}

static void run_open_text(struct v0_shell *shell)
{
    struct buf text = buf_take(&shell->open_text);
    const bool is_answered = shell->is_unfinished;
    leave_open_text(shell);
    run_command(shell, buf_str(&text));
    shell->is_unfinished = is_answered && shell->is_running;
    buf_fini(&text);
}

/* A shell would wait for the rest of such a text, so that is what the call does. */
static void begin_command(struct v0_shell *shell, struct str text)
{
    if (shell->is_foreign || add_open_text(shell, text)) {
        buf_fini(&shell->open_text);
        run_command(shell, text);
        return;
    }
    keep_old_output(shell);
    shell->is_open = true;
    shell->is_running = true;
    shell->has_started = false;
    shell_answer_wait(shell);
}

/* A key where no command runs: one that ends the line brings a new prompt, others bring nothing. */
static void press_key(struct v0_shell *shell, struct str key)
{
    scoped_buf struct buf keys = {0};
    if (!encode_key(shell, key, &keys)) {
        run_command(shell, key);
        return;
    }
    keep_old_output(shell);
    shell->waits_for_prompt = strchr("cCdDjJmMoO", key.data[2]) != NULL;
    session_write(shell->session, buf_str(&keys));
    if (shell->waits_for_prompt)
        shell_answer_wait(shell);
    else
        answer(shell, shell_answer_key);
}

/* The next line, or a key: C-c drops the text, C-d is its end. Others are for nobody. */
static void continue_open_text(struct v0_shell *shell, struct str input)
{
    if (str_equal_nocase(input, STR("C-c"))) {
        buf_fini(&shell->open_text);
        leave_open_text(shell);
        press_key(shell, input);
    } else if (str_equal_nocase(input, STR("C-d"))) {
        run_open_text(shell);
    } else if (input.len > 0 && !is_key_name(input) && add_open_text(shell, input)) {
        run_open_text(shell);
    } else {
        shell_answer_wait(shell);
    }
}

/* What took the shell's place may give it back for a command; keys and input are for itself. */
static bool is_for_program(const struct v0_shell *shell, struct str command)
{
    return shell->is_running && (!shell->is_foreign || shell->call.is_input || command.len == 0 ||
                                 shell_text_is_key(command));
}

static void act(struct v0_shell *shell, struct str command)
{
    if (command.len == 0 && !shell->is_running) {
        answer(shell, shell_answer_completed); /* it has ended since it was last asked for */
    } else if (shell->is_open) {
        continue_open_text(shell, command);
    } else if (is_for_program(shell, command)) {
        if (command.len > 0)
            type_input(shell, command);
        shell_answer_wait(shell);
    } else if (shell_text_is_key(command)) {
        press_key(shell, command);
    } else {
        begin_command(shell, command);
    }
}

void shell_call_begin(struct v0_shell *shell)
{
    const struct str command = buf_str(&shell->command);
    if (!shell->is_unfinished && command.len == 0)
        answer(shell, shell_answer_nothing_to_show);
    else if (!shell->is_unfinished && shell->call.is_input)
        answer(shell, shell_answer_nobody_to_tell);
    else if (!may_be_done(shell, command))
        return;
    else if (shell->is_running && !shell->is_foreign && !shell->call.is_input && command.len > 0)
        answer(shell, shell_answer_not_executed);
    else
        act(shell, command);
}

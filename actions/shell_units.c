#include "actions/shell_units.h"

#include <stdlib.h>

#include "actions/shell_frames.h"
#include "actions/shell_scan.h"
#include "server/base/mem.h"

/*
 * One pass over the text. Words and operators go to the frames, which know the grammar; a unit
 * begins at the first byte outside all frames and ends at the newline where the text is complete.
 */

#define MAX_HEREDOCS 16

struct heredoc {
    struct str delimiter;
    bool strips_tabs;
};

struct reader {
    struct str text;
    size_t at;
    struct shell_frames frames;
    struct heredoc heredocs[MAX_HEREDOCS]; /* whose bodies begin at the next line */
    size_t heredoc_count;
    bool is_delimiter; /* the target of the last redirection is one */
    bool strips_tabs;
    bool is_unknown; /* it holds what the contract's own parser does not know */
    bool is_cut_off; /* lost because the text ends inside a piece */
    size_t *starts;  /* of the units */
    size_t start_count;
    size_t start_capacity;
    bool is_unit_open;
};

static struct shell_frame *top_frame(struct reader *reader)
{
    return shell_frames_top(&reader->frames);
}

static void lose(struct reader *reader)
{
    reader->frames.is_lost = true;
}

static char look(const struct reader *reader, size_t ahead)
{
    return reader->at + ahead < reader->text.len ? reader->text.data[reader->at + ahead] : '\0';
}

/* Goes on behind a piece, if that has an end. */
static void go_to(struct reader *reader, size_t position)
{
    reader->is_cut_off = position == SIZE_MAX;
    if (reader->is_cut_off)
        lose(reader);
    else
        reader->at = position;
}

static void push(struct reader *reader, enum shell_frame_kind kind, size_t opening_len)
{
    reader->at += opening_len;
    shell_frames_push(&reader->frames, kind);
}

static void open_unit(struct reader *reader)
{
    if (reader->frames.depth > 1 || reader->is_unit_open)
        return;
    if (reader->start_count == reader->start_capacity) {
        reader->start_capacity = reader->start_capacity == 0 ? 8 : reader->start_capacity * 2;
        reader->starts =
            mem_resize(reader->starts, reader->start_capacity * sizeof(*reader->starts));
    }
    reader->starts[reader->start_count++] = reader->at;
    reader->is_unit_open = true;
}

static void begin_word(struct reader *reader)
{
    struct shell_frame *frame = top_frame(reader);
    open_unit(reader);
    frame->in_word = true;
    frame->is_plain = true;
    frame->word_from = reader->at;
}

/* 'EOF' or "EOF", as a whole. */
static bool take_quotes(struct str *delimiter)
{
    const struct str quote = str_slice(*delimiter, 0, 1);
    if (delimiter->len < 2 || (quote.data[0] != '\'' && quote.data[0] != '"') ||
        !str_ends_with(*delimiter, quote))
        return false;
    *delimiter = str_slice(*delimiter, 1, delimiter->len - 1);
    for (size_t i = 0; i < delimiter->len; i++) {
        if (strchr("\\\"'`$", delimiter->data[i]) != NULL)
            return false;
    }
    return true;
}

static void add_heredoc(struct reader *reader, struct str delimiter)
{
    const bool is_plain = top_frame(reader)->is_plain;
    if ((!is_plain && !take_quotes(&delimiter)) || reader->heredoc_count == MAX_HEREDOCS) {
        lose(reader);
        return;
    }
    reader->is_unknown = reader->is_unknown || !is_plain;
    reader->heredocs[reader->heredoc_count++] =
        (struct heredoc){.delimiter = delimiter, .strips_tabs = reader->strips_tabs};
}

/* The 2 of 2>file. */
static bool is_descriptor(const struct reader *reader, struct str word)
{
    uint64_t number;
    return (look(reader, 0) == '<' || look(reader, 0) == '>') &&
           str_to_u64(word, 0, UINT64_MAX, &number);
}

static void end_word(struct reader *reader)
{
    struct shell_frame *frame = top_frame(reader);
    const struct str word = str_slice(reader->text, frame->word_from, reader->at);
    frame->in_word = false;
    if (is_descriptor(reader, word))
        return;
    if (!frame->is_target) {
        shell_frames_word(&reader->frames, word);
        return;
    }
    if (reader->is_delimiter)
        add_heredoc(reader, word);
    frame->is_target = false;
}

static void on_dollar(struct reader *reader)
{
    const char next = look(reader, 1);
    if (next == '[' || (next == '(' && look(reader, 2) == '('))
        lose(reader);
    else if (next == '(')
        push(reader, SHELL_FRAME_SUBSTITUTION, 2);
    else if (next == '{')
        push(reader, SHELL_FRAME_PARAMETER, 2);
    else if (next == '\'' && top_frame(reader)->kind != SHELL_FRAME_QUOTES)
        go_to(reader, shell_scan_ansi_quotes(reader->text, reader->at + 1));
    else
        reader->at++;
}

static void on_backslash(struct reader *reader)
{
    const bool is_last = reader->at + 1 == reader->text.len;
    go_to(reader, is_last ? SIZE_MAX : reader->at + 2);
}

static void on_double_quote(struct reader *reader)
{
    if (top_frame(reader)->kind != SHELL_FRAME_QUOTES) {
        push(reader, SHELL_FRAME_QUOTES, 1);
        return;
    }
    reader->at++;
    shell_frames_pop(&reader->frames);
}

/* In quotes, and in a ${ } there, ' is a character like others. */
static void on_single_quote(struct reader *reader)
{
    const struct shell_frame *frame = top_frame(reader);
    if (frame->kind == SHELL_FRAME_QUOTES ||
        (frame->kind == SHELL_FRAME_PARAMETER && frame[-1].kind == SHELL_FRAME_QUOTES))
        reader->at++;
    else
        go_to(reader, shell_scan_quotes(reader->text, reader->at));
}

/* Inside a word, quotes or ${ }: one byte, or the piece that begins there. */
static void step_text(struct reader *reader)
{
    const char byte = look(reader, 0);
    if (strchr("\\\"'`$", byte) != NULL)
        top_frame(reader)->is_plain = false;
    switch (byte) {
    case '\\':
        on_backslash(reader);
        break;
    case '$':
        on_dollar(reader);
        break;
    case '"':
        on_double_quote(reader);
        break;
    case '`':
        go_to(reader, shell_scan_backticks(reader->text, reader->at));
        break;
    case '\'':
        on_single_quote(reader);
        break;
    default:
        reader->at++;
    }
}

static void step_parameter(struct reader *reader)
{
    if (look(reader, 0) != '}') {
        step_text(reader);
        return;
    }
    reader->at++;
    shell_frames_pop(&reader->frames);
}

static void read_heredocs(struct reader *reader)
{
    for (size_t i = 0; i < reader->heredoc_count && !reader->frames.is_lost; i++) {
        const struct heredoc *heredoc = &reader->heredocs[i];
        go_to(reader, shell_scan_heredoc(reader->text, reader->at, heredoc->delimiter,
                                         heredoc->strips_tabs));
    }
    reader->heredoc_count = 0;
}

static void on_newline(struct reader *reader)
{
    reader->at++;
    read_heredocs(reader);
    if (reader->frames.depth == 1 && shell_frame_is_complete(top_frame(reader)))
        reader->is_unit_open = false;
    shell_frames_newline(&reader->frames);
}

static void on_redirection(struct reader *reader, size_t operator_len)
{
    reader->is_delimiter = false;
    reader->at += operator_len;
    shell_frames_redirection(&reader->frames);
}

/* Longer ones first. */
static const struct str redirections[] = {
    STR_INIT("<<<"), STR_INIT("<<-"), STR_INIT("<<"), STR_INIT("<&"), STR_INIT("<>"),
    STR_INIT("<"),   STR_INIT(">>"),  STR_INIT(">&"), STR_INIT(">|"), STR_INIT(">"),
};

static void on_angle(struct reader *reader)
{
    const struct str rest = str_skip(reader->text, reader->at);
    if (look(reader, 1) == '(') { /* the output or input of a process: a word */
        begin_word(reader);
        top_frame(reader)->is_plain = false;
        push(reader, SHELL_FRAME_SUBSTITUTION, 2);
        return;
    }
    size_t i = 0;
    while (!str_starts_with(rest, redirections[i]))
        i++;
    on_redirection(reader, redirections[i].len);
    reader->strips_tabs = str_equal(redirections[i], STR("<<-"));
    reader->is_delimiter = reader->strips_tabs || str_equal(redirections[i], STR("<<"));
}

static void on_separator(struct reader *reader)
{
    reader->at++;
    shell_frames_separator(&reader->frames);
}

static void on_joint(struct reader *reader, size_t operator_len)
{
    reader->at += operator_len;
    shell_frames_joint(&reader->frames);
}

static void on_ampersand(struct reader *reader)
{
    if (look(reader, 1) == '>')
        on_redirection(reader, look(reader, 2) == '>' ? 3 : 2);
    else if (look(reader, 1) == '&')
        on_joint(reader, 2);
    else
        on_separator(reader);
}

/* A subshell, or the () behind the name of a function. */
static void on_parenthesis(struct reader *reader)
{
    size_t ahead = 1;
    while (look(reader, ahead) == ' ' || look(reader, ahead) == '\t')
        ahead++;
    const bool is_array = reader->at > 0 && reader->text.data[reader->at - 1] == '=';
    const bool is_arithmetic = look(reader, 1) == '(';
    if (look(reader, ahead) == ')' && !is_array && shell_frames_function(&reader->frames)) {
        reader->at += ahead + 1;
        return;
    }
    if (is_array || is_arithmetic)
        lose(reader);
    reader->at++;
    shell_frames_open(&reader->frames);
}

static void on_operator(struct reader *reader)
{
    open_unit(reader);
    switch (look(reader, 0)) {
    case ';':
        on_separator(reader);
        break;
    case '&':
        on_ampersand(reader);
        break;
    case '|':
        on_joint(reader, look(reader, 1) == '|' || look(reader, 1) == '&' ? 2 : 1);
        break;
    case '(':
        on_parenthesis(reader);
        break;
    case ')':
        reader->at++;
        shell_frames_close(&reader->frames);
        break;
    default:
        on_angle(reader);
        break;
    }
}

static void step_between_words(struct reader *reader)
{
    const char byte = look(reader, 0);
    if (byte == ' ' || byte == '\t')
        reader->at++;
    else if (byte == '\\' && (look(reader, 1) == '\n' || reader->at + 1 == reader->text.len))
        on_backslash(reader);
    else if (byte == '#')
        reader->at = shell_scan_comment(reader->text, reader->at);
    else if (byte == '\n')
        on_newline(reader);
    else if (shell_scan_ends_word(byte))
        on_operator(reader);
    else
        begin_word(reader);
}

static void step(struct reader *reader)
{
    const struct shell_frame *frame = top_frame(reader);
    if (frame->kind == SHELL_FRAME_PARAMETER)
        step_parameter(reader);
    else if (frame->kind == SHELL_FRAME_QUOTES)
        step_text(reader);
    else if (!frame->in_word)
        step_between_words(reader);
    else if (shell_scan_ends_word(look(reader, 0)))
        end_word(reader);
    else
        step_text(reader);
}

static void read_all(struct reader *reader)
{
    const struct shell_frames *frames = &reader->frames;
    shell_frames_init(&reader->frames);
    while (!frames->is_lost && reader->at < reader->text.len)
        step(reader);
    if (!frames->is_lost && top_frame(reader)->in_word)
        end_word(reader);
}

static bool is_whole(struct reader *reader)
{
    return !reader->frames.is_lost && !reader->is_unknown && reader->frames.depth == 1 &&
           reader->heredoc_count == 0 && shell_frame_is_complete(top_frame(reader));
}

/* Where a word is missing, bash complains at the end of the line. */
static bool is_word_missing(const struct shell_frame *frame)
{
    return frame->is_target || frame->expected == SHELL_LOOP_NAME ||
           frame->expected == SHELL_FUNCTION_NAME;
}

static bool is_open(struct reader *reader)
{
    const struct shell_frame *frame = top_frame(reader);
    if (reader->frames.is_lost || is_word_missing(frame))
        return reader->is_cut_off;
    return reader->frames.depth > 1 || reader->heredoc_count > 0 || !shell_frame_is_complete(frame);
}

static struct str trim_right(struct str text)
{
    while (text.len > 0 && strchr(" \t\n\r\f\v", text.data[text.len - 1]) != NULL)
        text.len--;
    return text;
}

void shell_units_split(struct str text, struct shell_units *ret_units)
{
    struct reader reader = {.text = text};
    read_all(&reader);
    const size_t count = is_whole(&reader) && reader.start_count > 1 ? reader.start_count : 1;
    struct str *items = mem_zero(count, sizeof(*items));
    items[0] = text;
    for (size_t i = 0; i < count && count > 1; i++) {
        const size_t end = i + 1 < count ? reader.starts[i + 1] : text.len;
        items[i] = trim_right(str_slice(text, reader.starts[i], end));
    }
    free(reader.starts);
    *ret_units = (struct shell_units){.items = items, .count = count};
}

bool shell_units_is_open(struct str text)
{
    struct reader reader = {.text = text};
    read_all(&reader);
    free(reader.starts);
    return is_open(&reader);
}

void shell_units_fini(struct shell_units *units)
{
    free(units->items);
    *units = (struct shell_units){0};
}

#include "actions/shell_frames.h"

#include "server/base/attributes.h"

void shell_frames_init(struct shell_frames *frames)
{
    frames->depth = 0;
    frames->is_lost = false;
    shell_frames_push(frames, SHELL_FRAME_TEXT);
}

struct shell_frame *shell_frames_top(struct shell_frames *frames)
{
    return &frames->items[frames->depth - 1];
}

void shell_frames_push(struct shell_frames *frames, enum shell_frame_kind kind)
{
    if (frames->depth == SHELL_FRAMES_MAX)
        frames->is_lost = true;
    else
        frames->items[frames->depth++] = (struct shell_frame){.kind = kind};
}

void shell_frames_pop(struct shell_frames *frames)
{
    frames->depth--;
}

static bool may_end(const struct shell_frame *frame)
{
    return !frame->is_target &&
           (frame->expected == SHELL_ARGUMENTS || frame->expected == SHELL_AFTER_COMPOUND);
}

bool shell_frame_is_complete(const struct shell_frame *frame)
{
    return may_end(frame) ||
           (!frame->is_target && frame->expected == SHELL_COMMAND && !frame->is_joined);
}

enum role {
    OPENS,
    CONTINUES,
    CLOSES,
    NEGATES,
    NAMES_FUNCTION,
    LOSES,
};

static const struct reserved {
    struct str word;
    enum role role;
    enum shell_frame_kind kind;
} reserved_words[] = {
    {STR_INIT("if"), OPENS, SHELL_FRAME_IF},
    {STR_INIT("then"), CONTINUES, SHELL_FRAME_IF},
    {STR_INIT("elif"), CONTINUES, SHELL_FRAME_IF},
    {STR_INIT("else"), CONTINUES, SHELL_FRAME_IF},
    {STR_INIT("fi"), CLOSES, SHELL_FRAME_IF},
    {STR_INIT("for"), OPENS, SHELL_FRAME_LOOP},
    {STR_INIT("while"), OPENS, SHELL_FRAME_LOOP},
    {STR_INIT("until"), OPENS, SHELL_FRAME_LOOP},
    {STR_INIT("do"), CONTINUES, SHELL_FRAME_LOOP},
    {STR_INIT("done"), CLOSES, SHELL_FRAME_LOOP},
    {STR_INIT("{"), OPENS, SHELL_FRAME_GROUP},
    {STR_INIT("}"), CLOSES, SHELL_FRAME_GROUP},
    {STR_INIT("!"), NEGATES, SHELL_FRAME_TEXT},
    {STR_INIT("function"), NAMES_FUNCTION, SHELL_FRAME_TEXT},
    {STR_INIT("case"), LOSES, SHELL_FRAME_TEXT},
    {STR_INIT("esac"), LOSES, SHELL_FRAME_TEXT},
    {STR_INIT("select"), LOSES, SHELL_FRAME_TEXT},
    {STR_INIT("coproc"), LOSES, SHELL_FRAME_TEXT},
    {STR_INIT("time"), LOSES, SHELL_FRAME_TEXT},
    {STR_INIT("[["), LOSES, SHELL_FRAME_TEXT},
};

static const struct reserved *find_reserved(struct str word)
{
    for (size_t i = 0; i < ARRAY_SIZE(reserved_words); i++) {
        if (str_equal(reserved_words[i].word, word))
            return &reserved_words[i];
    }
    return NULL;
}

static void open_compound(struct shell_frames *frames, enum shell_frame_kind kind)
{
    struct shell_frame *frame = shell_frames_top(frames);
    frame->expected = SHELL_AFTER_COMPOUND;
    frame->has_command = true;
    frame->is_joined = false;
    shell_frames_push(frames, kind);
}

/* What stands behind `then`, `do` and the like. */
static void begin_part(struct shell_frame *frame)
{
    frame->expected = SHELL_COMMAND;
    frame->has_command = false;
}

static void close_compound(struct shell_frames *frames, const struct reserved *reserved)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if (frame->kind != reserved->kind || !frame->has_command || !shell_frame_is_complete(frame))
        frames->is_lost = true;
    else if (reserved->role == CLOSES)
        shell_frames_pop(frames);
    else
        begin_part(frame);
}

static void on_reserved(struct shell_frames *frames, const struct reserved *reserved)
{
    switch (reserved->role) {
    case OPENS:
        open_compound(frames, reserved->kind);
        if (str_equal(reserved->word, STR("for")))
            shell_frames_top(frames)->expected = SHELL_LOOP_NAME;
        break;
    case CONTINUES:
    case CLOSES:
        close_compound(frames, reserved);
        break;
    case NEGATES:
        shell_frames_top(frames)->is_joined = true;
        break;
    case NAMES_FUNCTION:
        shell_frames_top(frames)->expected = SHELL_FUNCTION_NAME;
        break;
    case LOSES:
        frames->is_lost = true;
        break;
    }
}

static void on_command_word(struct shell_frames *frames, const struct reserved *reserved)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if (reserved != NULL) {
        on_reserved(frames, reserved);
        return;
    }
    frame->expected = SHELL_ARGUMENTS;
    frame->has_command = true;
    frame->is_joined = false;
    frame->is_single = true;
}

/* A word where only certain ones may stand. */
static void on_restricted_word(struct shell_frames *frames, const struct reserved *reserved)
{
    const bool is_body = shell_frames_top(frames)->expected == SHELL_FUNCTION_BODY;
    if (reserved == NULL || is_body != (reserved->role == OPENS))
        frames->is_lost = true;
    else
        on_reserved(frames, reserved);
}

static void on_loop_word(struct shell_frames *frames, struct str word)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if (str_equal(word, STR("in")))
        frame->expected = SHELL_LOOP_WORDS;
    else if (str_equal(word, STR("do")))
        begin_part(frame);
    else
        frames->is_lost = true;
}

void shell_frames_word(struct shell_frames *frames, struct str word)
{
    struct shell_frame *frame = shell_frames_top(frames);
    const struct reserved *reserved = frame->is_plain ? find_reserved(word) : NULL;
    switch (frame->expected) {
    case SHELL_COMMAND:
        on_command_word(frames, reserved);
        break;
    case SHELL_ARGUMENTS:
        frame->is_single = false;
        break;
    case SHELL_AFTER_COMPOUND:
    case SHELL_FUNCTION_BODY:
        on_restricted_word(frames, reserved);
        break;
    case SHELL_FUNCTION_NAME:
        frame->expected = SHELL_FUNCTION_BODY;
        break;
    case SHELL_LOOP_NAME:
        frame->expected = SHELL_LOOP_IN;
        frame->has_command = true;
        break;
    case SHELL_LOOP_IN:
        on_loop_word(frames, word);
        break;
    case SHELL_LOOP_WORDS:
        break;
    }
}

void shell_frames_newline(struct shell_frames *frames)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if (frame->is_target || frame->expected == SHELL_LOOP_NAME ||
        frame->expected == SHELL_FUNCTION_NAME)
        frames->is_lost = true;
    if (may_end(frame) || frame->expected == SHELL_LOOP_WORDS)
        frame->expected = SHELL_COMMAND;
}

void shell_frames_separator(struct shell_frames *frames)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if (!may_end(frame) && frame->expected != SHELL_LOOP_IN && frame->expected != SHELL_LOOP_WORDS)
        frames->is_lost = true;
    frame->expected = SHELL_COMMAND;
}

void shell_frames_joint(struct shell_frames *frames)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if (!may_end(frame))
        frames->is_lost = true;
    frame->expected = SHELL_COMMAND;
    frame->is_joined = true;
}

void shell_frames_redirection(struct shell_frames *frames)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if (frame->is_target || frame->expected > SHELL_AFTER_COMPOUND)
        frames->is_lost = true;
    if (frame->expected == SHELL_COMMAND)
        frame->expected = SHELL_ARGUMENTS;
    frame->has_command = true;
    frame->is_joined = false;
    frame->is_single = false;
    frame->is_target = true;
}

void shell_frames_open(struct shell_frames *frames)
{
    const struct shell_frame *frame = shell_frames_top(frames);
    if (!frame->is_target &&
        (frame->expected == SHELL_COMMAND || frame->expected == SHELL_FUNCTION_BODY))
        open_compound(frames, SHELL_FRAME_SUBSHELL);
    else
        frames->is_lost = true;
}

void shell_frames_close(struct shell_frames *frames)
{
    const struct shell_frame *frame = shell_frames_top(frames);
    const bool is_empty = frame->kind == SHELL_FRAME_SUBSHELL && !frame->has_command;
    if ((frame->kind == SHELL_FRAME_SUBSHELL || frame->kind == SHELL_FRAME_SUBSTITUTION) &&
        !is_empty && shell_frame_is_complete(frame))
        shell_frames_pop(frames);
    else
        frames->is_lost = true;
}

bool shell_frames_function(struct shell_frames *frames)
{
    struct shell_frame *frame = shell_frames_top(frames);
    if ((frame->expected != SHELL_ARGUMENTS || !frame->is_single) &&
        frame->expected != SHELL_FUNCTION_BODY)
        return false;
    frame->expected = SHELL_FUNCTION_BODY;
    frame->is_single = false;
    return true;
}

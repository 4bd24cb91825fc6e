#ifndef ACTIONS_SHELL_FRAMES_H
#define ACTIONS_SHELL_FRAMES_H

/*
 * The constructs of a bash text that are open at one point of it, and what may come next in each:
 * the grammar beneath shell_units.h. The reader of the text tells every word and operator; whatever
 * does not fit is either an error or something this grammar does not know, and loses the frames for
 * good.
 *
 *     a; if b; then c "d $(e        text ▸ if ▸ quotes ▸ substitution
 *
 * A plain value without memory of its own.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

#define SHELL_FRAMES_MAX 128

enum shell_frame_kind {
    SHELL_FRAME_TEXT,
    SHELL_FRAME_SUBSHELL,     /* ( ) */
    SHELL_FRAME_SUBSTITUTION, /* $( ), <( ) and >( ): part of a word of the frame below */
    SHELL_FRAME_GROUP,        /* { } */
    SHELL_FRAME_IF,
    SHELL_FRAME_LOOP,
    SHELL_FRAME_QUOTES,    /* " " */
    SHELL_FRAME_PARAMETER, /* ${ } */
};

enum shell_expected {
    SHELL_COMMAND,
    SHELL_ARGUMENTS,
    SHELL_AFTER_COMPOUND, /* redirections, or the end of the command */
    SHELL_FUNCTION_NAME,
    SHELL_FUNCTION_BODY,
    SHELL_LOOP_NAME,
    SHELL_LOOP_IN,
    SHELL_LOOP_WORDS,
};

struct shell_frame {
    enum shell_frame_kind kind;
    enum shell_expected expected;
    bool has_command; /* since it, or its present part, began: an empty one is an error */
    bool is_joined;   /* behind &&, || and |: the command goes on in the next line */
    bool is_single;   /* exactly one word of a command has been read */
    bool is_target;   /* a word is due that belongs to a redirection */
    /* Of the reader: the word it is in, if any. */
    bool in_word;
    bool is_plain; /* neither quotes nor expansions */
    size_t word_from;
};

struct shell_frames {
    struct shell_frame items[SHELL_FRAMES_MAX];
    size_t depth;
    bool is_lost;
};

void shell_frames_init(struct shell_frames *frames); /* the text */
struct shell_frame *shell_frames_top(struct shell_frames *frames);
void shell_frames_push(struct shell_frames *frames, enum shell_frame_kind kind);
void shell_frames_pop(struct shell_frames *frames);
/* Whether the construct may be closed, and a text end, here. */
bool shell_frame_is_complete(const struct shell_frame *frame);

void shell_frames_word(struct shell_frames *frames,
                       struct str word); /* no target of redirections */
void shell_frames_newline(struct shell_frames *frames);
void shell_frames_separator(struct shell_frames *frames); /* ; & */
void shell_frames_joint(struct shell_frames *frames);     /* && || | |& */
void shell_frames_redirection(struct shell_frames *frames);
void shell_frames_open(struct shell_frames *frames);  /* ( */
void shell_frames_close(struct shell_frames *frames); /* ) */
/* () behind the name of a function: false where it has no such meaning. */
bool shell_frames_function(struct shell_frames *frames);

#endif

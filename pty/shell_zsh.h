#ifndef PTY_SHELL_ZSH_H
#define PTY_SHELL_ZSH_H

/*
 * zsh 5 with our integration. ZDOTDIR makes it read our files, which read the user's own from where
 * they are and leave ZDOTDIR as it was:
 *
 *     .zshenv, .zshrc   the user's, then the caller's lines, then the hooks
 *     hooks             marks from precmd (D), preexec (E) and the start of a line (B, P); widgets
 *                       for the run key, the query key and the person's unfinished line
 *
 * The prompts stay as they are. What a job says of its end comes before D.
 */

struct shell_kind;

extern const struct shell_kind shell_zsh;

#endif

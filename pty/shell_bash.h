#ifndef PTY_SHELL_BASH_H
#define PTY_SHELL_BASH_H

/*
 * bash 5 with our integration. Its files stand in pty/shell, with names in .bash:
 *
 *     hooks   marks from PROMPT_COMMAND (D), PS0 (E), PS1 (A, B), PS2 (P); keys bound in readline
 *     k       the run key: loads `c` and puts a short fixed line in place of the input line, which
 *             Enter then runs. It prints C, then evaluates the text at top level
 *     o       the query key: says whether the hooks are still there, and puts them back
 *
 * Nothing that changes from command to command is exported, and the nonce is in no child's
 * environment.
 */

struct shell_kind;

extern const struct shell_kind shell_bash;

#endif

#ifndef PTY_TTY_H
#define PTY_TTY_H

/*
 * The kernel's side of a terminal: a pseudo-terminal pair, and what the kernel knows about it.
 * Reading and writing is pipe.h's; the descriptor of the master is all that is kept open, a program
 * opens the other side by its path.
 *
 * All of this asks the kernel at the moment of the call; nothing is remembered.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "server/base/attributes.h"

struct error;

#define TTY_PATH_BYTES 32

struct tty_size {
    int cols;
    int rows;
};

/* *ret_master is the caller's; the path is that of the program's side. */
bool tty_open(struct tty_size size, int *ret_master, char path[TTY_PATH_BYTES],
              struct error *error) MUST_CHECK;
/* The other side belongs to the user from here on; what fails is left as it was. */
void tty_give_to(const char *path, uid_t user);
void tty_resize(int master, struct tty_size size);

/* The process group in the foreground; 0: none. */
pid_t tty_foreground(int master);

struct tty_modes {
    bool is_line;      /* input is read by lines (ICANON): no editor, no full-screen program */
    bool is_edited;    /* a line editor reads keys as they are, without echo */
    bool has_echo;     /* ECHO */
    bool has_signals;  /* C-c and friends are signals (ISIG) */
    bool has_newlines; /* \n is printed as \r\n (OPOST) */
    bool has_quote;    /* C-v quotes (LNEXT); line editors switch it off, raw programs do not */
};
/* Something has been printed that was not read yet. */
bool tty_has_output(int master);
/* False when the terminal is gone. */
bool tty_modes(int master, struct tty_modes *ret_modes) MUST_CHECK;

/* Bytes written to the terminal that no program has read; in line mode, of complete lines. */
size_t tty_unread(const char *path);
void tty_drop_unread(const char *path);

#endif

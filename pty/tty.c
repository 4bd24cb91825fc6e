#include "pty/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "server/base/error.h"
#include "server/base/mem.h"

static struct winsize window_of(struct tty_size size)
{
    return (struct winsize){.ws_col = (unsigned short)size.cols,
                            .ws_row = (unsigned short)size.rows};
}

/* Not openpty: it would leave both descriptors open to children for a moment. */
bool tty_open(struct tty_size size, int *ret_master, char path[TTY_PATH_BYTES], struct error *error)
{
    scoped_fd int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0)
        return error_set_errno(error, errno, "no terminal is left: posix_openpt");
    if (grantpt(master) != 0 || unlockpt(master) != 0)
        return error_set_errno(error, errno, "cannot prepare a terminal");
    const int status = ptsname_r(master, path, TTY_PATH_BYTES);
    if (status != 0)
        return error_set_errno(error, status, "cannot name a terminal");
    tty_resize(master, size);
    *ret_master = take_fd(&master);
    return true;
}

void tty_give_to(const char *path, uid_t user)
{
    (void)!lchown(path, user, (gid_t)-1); /* programs of another user reach it by /dev/tty only */
}

void tty_resize(int master, struct tty_size size)
{
    const struct winsize window = window_of(size);
    (void)ioctl(master, TIOCSWINSZ, &window); /* a terminal without programs has no size to keep */
}

pid_t tty_foreground(int master)
{
    pid_t group = 0;
    return ioctl(master, TIOCGPGRP, &group) == 0 && group > 1 ? group : 0;
}

bool tty_has_output(int master)
{
    struct pollfd poll_fd = {.fd = master, .events = POLLIN};
    return poll(&poll_fd, 1, 0) > 0 && (poll_fd.revents & POLLIN) != 0;
}

bool tty_modes(int master, struct tty_modes *ret_modes)
{
    struct termios settings;
    if (tcgetattr(master, &settings) != 0)
        return false;
    *ret_modes = (struct tty_modes){
        .is_line = (settings.c_lflag & ICANON) != 0,
        .is_edited = (settings.c_lflag & (ICANON | ECHO)) == 0 &&
                     ((settings.c_iflag & ICRNL) == 0 || settings.c_cc[VLNEXT] == _POSIX_VDISABLE),
        .has_echo = (settings.c_lflag & ECHO) != 0,
        .has_signals = (settings.c_lflag & ISIG) != 0,
        .has_newlines = (settings.c_oflag & OPOST) != 0,
        .has_quote = settings.c_cc[VLNEXT] != _POSIX_VDISABLE,
    };
    return true;
}

static int open_other_side(const char *path)
{
    return open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

size_t tty_unread(const char *path)
{
    scoped_fd int fd = open_other_side(path);
    int count = 0;
    return fd >= 0 && ioctl(fd, FIONREAD, &count) == 0 && count > 0 ? (size_t)count : 0;
}

void tty_drop_unread(const char *path)
{
    scoped_fd int fd = open_other_side(path);
    if (fd >= 0)
        (void)tcflush(fd, TCIFLUSH); /* the terminal may be gone by now */
}

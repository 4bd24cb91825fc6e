#ifndef BASE_FD_H
#define BASE_FD_H

/*
 * Writing all of some bytes to a descriptor that blocks: a file, or a stream whose reader is
 * waited for. Signals in between do not count. False leaves the reason in errno and what was
 * written in place. Ends of life are scoped_fd of mem.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

bool fd_write(int fd, struct str bytes) MUST_CHECK;
/* To a place in a file; the file's own offset stays. */
bool fd_write_at(int fd, struct str bytes, uint64_t position) MUST_CHECK;
/* The file's time of change is exact then, as far as the file system has such times: what the
 * system notes goes in steps of milliseconds, in which several files may be written. */
bool fd_write_stamped(int fd, struct str bytes) MUST_CHECK;

#endif

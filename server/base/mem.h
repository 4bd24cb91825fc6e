#ifndef BASE_MEM_H
#define BASE_MEM_H

/*
 * Heap memory that never runs out quietly: every function here aborts the process when the system
 * has no memory, so callers never see NULL. Bound every size that a client controls before asking.
 *
 * Locals that own memory or descriptors use scope clean-up:
 *
 *     scoped_free char *name = mem_strdup("x");
 *     scoped_fd int fd = open(...);
 *     return take_pointer(&name);             // gives it away
 *
 * struct arena is memory that is freed all at once, with the request or action that owns it. A
 * zeroed arena is a valid empty one. Not thread safe; each arena has one owner.
 */

#include <stddef.h>

#include "server/base/attributes.h"

struct str;

void *mem_alloc(size_t size) __attribute__((malloc));
void *mem_zero(size_t count, size_t size) __attribute__((malloc));
void *mem_resize(void *memory, size_t size);
char *mem_strdup(const char *text) __attribute__((malloc));
char *mem_strndup(const char *text, size_t len) __attribute__((malloc));

void mem_free_scoped(void *pointer_to_pointer);
void fd_close_scoped(const int *fd);
/* Closes the descriptor, sets it to -1, and ignores one that is -1 already. */
void fd_close(int *fd);

#define scoped_free __attribute__((cleanup(mem_free_scoped)))
#define scoped_fd   __attribute__((cleanup(fd_close_scoped)))

/* Moves a pointer or descriptor out of its owner, which is left empty. */
#define take_pointer(owner)                                                                        \
    __extension__({                                                                                \
        __typeof__(*(owner)) taken_ = *(owner);                                                    \
        *(owner) = NULL;                                                                           \
        taken_;                                                                                    \
    })
int take_fd(int *fd);

struct arena {
    struct arena_block *head;
    size_t used_bytes;
};

void arena_fini(struct arena *arena);
void *arena_alloc(struct arena *arena, size_t size);
void *arena_zero(struct arena *arena, size_t count, size_t size);
/* Copies are NUL-terminated one byte after their length. */
struct str arena_copy(struct arena *arena, struct str text);
const char *arena_cstr(struct arena *arena, struct str text);
struct str arena_printf(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

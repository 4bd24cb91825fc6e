#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

/*
 * The few compiler attributes and language helpers the whole tree uses.
 *
 * MUST_CHECK marks functions whose result says whether they worked. PRINTF_LIKE lets the compiler
 * check format strings. container_of recovers the object that embeds a member; libraries force
 * `void *` on us only at their borders. The magics (MAGIC_…) of objects that travel through a
 * `void *` stand beside their types and are checked with magic_check.
 */

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(format_index, first_argument)                                                  \
    __attribute__((format(printf, format_index, first_argument)))
#define NORETURN __attribute__((noreturn))

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define magic_check(object, expected) assert((object) != NULL && (object)->magic == (expected))

#endif

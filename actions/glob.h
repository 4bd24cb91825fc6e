#ifndef ACTIONS_GLOB_H
#define ACTIONS_GLOB_H

/*
 * Patterns for names and paths, matched in time proportional to pattern times name.
 *
 *   *      any characters of one component     ?        one character
 *   [a-z]  one of these, [!a-z] none of these  \x       x itself
 *   **     as a whole component: any number of components, at the end at least one
 *   {a,b}  either (not nested)                 final /  directories only
 *
 * A pattern is compiled into a list of components and walked with a set of places, one bit each, so
 * that a tree is searched without looking into directories where nothing can match any more.
 * Names with a leading dot are matched only by a component that begins with one, unless the pattern
 * was compiled with GLOB_HIDDEN. Patterns are relative; ".." is refused. Limits: GLOB_MAX_BYTES of
 * pattern, GLOB_MAX_PLACES components over all alternatives; an error beyond. Pure, any thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct error;
struct glob;

#define GLOB_MAX_BYTES  1024
#define GLOB_MAX_PLACES 64

enum glob_flags {
    GLOB_PLAIN = 0,
    GLOB_HIDDEN = 1 << 0, /* a leading dot is a character like any other */
};

bool glob_compile(struct str pattern, unsigned flags, struct glob **ret_glob,
                  struct error *error) MUST_CHECK;
void glob_free(struct glob *glob); /* NULL is fine */
bool glob_only_directories(const struct glob *glob);

/* A whole relative path at once. */
bool glob_matches(const struct glob *glob, struct str path);

/* Step by step: the places before the first component, then after each one. With `is_link`, "**"
 * does not take the name, so that nothing is searched twice through a link. */
uint64_t glob_start(const struct glob *glob);
uint64_t glob_step(const struct glob *glob, uint64_t places, struct str name, bool is_link);
bool glob_is_match(const struct glob *glob, uint64_t places);
/* Something below may match. */
bool glob_goes_on(const struct glob *glob, uint64_t places);

/* One component against a shell pattern as Python's fnmatch reads it: no escapes, no braces, dots
 * are nothing special. */
bool glob_fnmatch(struct str pattern, struct str name);

#endif

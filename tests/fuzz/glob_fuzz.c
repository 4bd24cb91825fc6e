/*
 * Globs: the first line of the input is the pattern, the rest is the path. Matching a path at once
 * and step by step agree, and a place that goes nowhere never matches below.
 */

#include "actions/archive_exclude.h"
#include "actions/glob.h"
#include "server/base/error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_steps(const struct glob *glob, struct str path)
{
    const bool matches = glob_matches(glob, path);
    uint64_t places = glob_start(glob);
    bool went_on = true;
    struct str part;
    while (str_next(&path, '/', &part)) {
        if (part.len == 0)
            continue;
        went_on = glob_goes_on(glob, places);
        places = glob_step(glob, places, part, false);
        assert(went_on || places == 0);
        const uint64_t over_link = glob_step(glob, places, STR("x"), true);
        assert((over_link & ~glob_step(glob, places, STR("x"), false)) == 0);
    }
    assert(matches == glob_is_match(glob, places));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = str_span((const char *)data, size);
    struct str pattern;
    if (!str_next(&rest, '\n', &pattern))
        return 0;
    for (unsigned flags = GLOB_PLAIN; flags <= GLOB_HIDDEN; flags++) {
        struct glob *glob;
        struct error error;
        if (!glob_compile(pattern, flags, &glob, &error))
            continue;
        check_steps(glob, rest);
        glob_free(glob);
    }
    (void)glob_fnmatch(pattern, rest);
    /* What is excluded as a file is excluded as a directory. */
    if (archive_is_excluded(&pattern, 1, rest, false))
        assert(archive_is_excluded(&pattern, 1, rest, true));
    (void)archive_is_sensitive(rest);
    return 0;
}

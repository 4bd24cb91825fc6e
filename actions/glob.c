/*
 * One component is matched with the classic two pointers and one step back to the last '*': an
 * earlier '*' never needs to be tried again. Paths are matched by a set of places in the list of
 * components, all of them advanced by one name at a time; "**" is a place that may keep itself.
 */
#include "actions/glob.h"

#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

struct component {
    struct str text;
    bool is_deep; /* ** */
    bool is_end;  /* behind the last one of an alternative */
};

struct glob {
    struct arena arena;
    struct component components[GLOB_MAX_PLACES];
    size_t count;
    uint64_t start;
    bool matches_hidden;
    bool only_directories;
};

enum dialect {
    DIALECT_GLOB,
    DIALECT_FNMATCH
};

/* One character; bytes that are no UTF-8 become characters of their own beyond Unicode. */
static unsigned next_character(struct str text, size_t *ret_len)
{
    unsigned code_point;
    bool is_valid;
    *ret_len = utf8_step(text, &code_point, &is_valid);
    if (is_valid)
        return code_point;
    *ret_len = 1;
    return 0x110000u + (unsigned char)text.data[0];
}

/* One character of a pattern, an escape counting as what it stands for. */
static unsigned pattern_character(struct str pattern, enum dialect dialect, size_t *ret_len)
{
    if (dialect == DIALECT_GLOB && pattern.data[0] == '\\' && pattern.len > 1) {
        const unsigned character = next_character(str_skip(pattern, 1), ret_len);
        (*ret_len)++;
        return character;
    }
    return next_character(pattern, ret_len);
}

/* The length of a class with its brackets, or 0 when it is not closed. */
static size_t class_length(struct str pattern, size_t first, enum dialect dialect)
{
    for (size_t at = first; at < pattern.len;) {
        if (pattern.data[at] == ']' && at > first)
            return at + 1;
        size_t len;
        (void)pattern_character(str_skip(pattern, at), dialect, &len);
        at += len;
    }
    return 0;
}

static bool class_contains(struct str body, unsigned character, enum dialect dialect)
{
    while (body.len > 0) {
        size_t len;
        const unsigned low = pattern_character(body, dialect, &len);
        body = str_skip(body, len);
        unsigned high = low;
        if (body.len >= 2 && body.data[0] == '-') {
            high = pattern_character(str_skip(body, 1), dialect, &len);
            body = str_skip(body, len + 1);
        }
        if (low <= character && character <= high)
            return true;
    }
    return false;
}

/* A class at the front of the pattern. Returns its length, 0 when it is none. */
static size_t match_class(struct str pattern, unsigned character, enum dialect dialect,
                          bool *ret_matches)
{
    size_t first = 1;
    const char mark = pattern.len > 1 ? pattern.data[1] : '\0';
    const bool is_negated = mark == '!' || (dialect == DIALECT_GLOB && mark == '^');
    if (is_negated)
        first++;
    const size_t len = class_length(pattern, first, dialect);
    if (len > 0)
        *ret_matches =
            class_contains(str_slice(pattern, first, len - 1), character, dialect) != is_negated;
    return len;
}

/* One element of the pattern, other than '*', against one character. Returns the element's length,
 * 0 when it does not match. */
static size_t match_element(struct str pattern, unsigned character, enum dialect dialect)
{
    if (pattern.data[0] == '?')
        return 1;
    if (pattern.data[0] == '[') {
        bool matches = false;
        const size_t len = match_class(pattern, character, dialect, &matches);
        if (len > 0)
            return matches ? len : 0;
    }
    size_t len;
    return pattern_character(pattern, dialect, &len) == character ? len : 0;
}

static bool match_component(struct str pattern, struct str name, enum dialect dialect)
{
    size_t at = 0;
    size_t star = SIZE_MAX;
    struct str rest = name;
    struct str after_star = STR_NULL;
    while (rest.len > 0) {
        if (at < pattern.len && pattern.data[at] == '*') {
            star = at++;
            after_star = rest;
            continue;
        }
        size_t len;
        const unsigned character = next_character(rest, &len);
        const size_t element =
            at < pattern.len ? match_element(str_skip(pattern, at), character, dialect) : 0;
        if (element > 0) {
            at += element;
            rest = str_skip(rest, len);
        } else if (star != SIZE_MAX) {
            (void)next_character(after_star, &len);
            after_star = str_skip(after_star, len);
            rest = after_star;
            at = star + 1;
        } else {
            return false;
        }
    }
    while (at < pattern.len && pattern.data[at] == '*')
        at++;
    return at == pattern.len;
}

bool glob_fnmatch(struct str pattern, struct str name)
{
    return match_component(pattern, name, DIALECT_FNMATCH);
}

/* The place itself and those behind it that are reached without any name. */
static uint64_t reach(const struct glob *glob, size_t place)
{
    uint64_t places = UINT64_C(1) << place;
    while (glob->components[place].is_deep && !glob->components[place + 1].is_end)
        places |= UINT64_C(1) << ++place;
    return places;
}

static bool add_component(struct glob *glob, struct component component, struct error *error)
{
    if (glob->count == GLOB_MAX_PLACES)
        return error_set(error, ERROR_INVALID, "the pattern has too many parts, %d are possible",
                         GLOB_MAX_PLACES);
    glob->components[glob->count++] = component;
    return true;
}

/* One alternative without braces. */
static bool add_path(struct glob *glob, struct str path, struct error *error)
{
    const size_t first = glob->count;
    struct str rest = arena_copy(&glob->arena, path);
    struct str part;
    while (str_next(&rest, '/', &part)) {
        if (part.len == 0 || str_equal(part, STR(".")))
            continue;
        if (str_equal(part, STR("..")))
            return error_set(error, ERROR_INVALID, "the pattern must not contain '..'");
        const bool is_deep = str_equal(part, STR("**"));
        const bool is_repeated =
            is_deep && glob->count > first && glob->components[glob->count - 1].is_deep;
        if (!is_repeated &&
            !add_component(glob, (struct component){.text = part, .is_deep = is_deep}, error))
            return false;
    }
    if (glob->count == first)
        return error_set(error, ERROR_INVALID, "the pattern is empty");
    if (!add_component(glob, (struct component){.is_end = true}, error))
        return false;
    glob->start |= reach(glob, first);
    return true;
}

/* The first brace group: [*ret_open, *ret_close]. False when there is none. */
static bool find_braces(struct str pattern, size_t *ret_open, size_t *ret_close)
{
    size_t open = SIZE_MAX;
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.data[i] == '\\')
            i++;
        else if (pattern.data[i] == '{' && open == SIZE_MAX)
            open = i;
        else if (pattern.data[i] == '}' && open != SIZE_MAX) {
            *ret_open = open;
            *ret_close = i;
            return true;
        }
    }
    return false;
}

/* Patterns still to be expanded: a stack, at most one entry per place and level. */
struct pending {
    struct str items[GLOB_MAX_PLACES];
    size_t count;
};

/* Replaces a pattern with braces by one pattern for each choice. */
static bool expand(struct glob *glob, struct pending *pending, struct str pattern, size_t open,
                   size_t close, struct error *error)
{
    const struct str before = str_slice(pattern, 0, open);
    const struct str after = str_skip(pattern, close + 1);
    struct str choices = str_slice(pattern, open + 1, close);
    struct str choice;
    while (str_next(&choices, ',', &choice)) {
        if (pending->count == GLOB_MAX_PLACES)
            return error_set(error, ERROR_INVALID, "the pattern has too many choices");
        pending->items[pending->count++] = arena_printf(
            &glob->arena, "%.*s%.*s%.*s", STR_ARG(before), STR_ARG(choice), STR_ARG(after));
    }
    return true;
}

static bool add_pattern(struct glob *glob, struct str pattern, struct error *error)
{
    struct pending pending = {.items = {pattern}, .count = 1};
    while (pending.count > 0) {
        const struct str next = pending.items[--pending.count];
        size_t open;
        size_t close;
        const bool is_fine = find_braces(next, &open, &close)
                                 ? expand(glob, &pending, next, open, close, error)
                                 : add_path(glob, next, error);
        if (!is_fine)
            return false;
    }
    return true;
}

static bool check_pattern(struct str pattern, struct error *error)
{
    if (pattern.len > GLOB_MAX_BYTES)
        return error_set(error, ERROR_INVALID, "the pattern is too long, %d bytes are possible",
                         GLOB_MAX_BYTES);
    if (str_has_byte(pattern, '\0'))
        return error_set(error, ERROR_INVALID, "the pattern contains a NUL byte");
    if (str_starts_with(pattern, STR("/")))
        return error_set(error, ERROR_INVALID, "the pattern must be relative to the root");
    return true;
}

bool glob_compile(struct str pattern, unsigned flags, struct glob **ret_glob, struct error *error)
{
    if (!check_pattern(pattern, error))
        return false;
    struct glob *glob = mem_zero(1, sizeof(*glob));
    glob->matches_hidden = (flags & GLOB_HIDDEN) != 0;
    glob->only_directories = str_ends_with(pattern, STR("/"));
    if (!add_pattern(glob, pattern, error)) {
        glob_free(glob);
        return false;
    }
    *ret_glob = glob;
    return true;
}

void glob_free(struct glob *glob)
{
    if (glob == NULL)
        return;
    arena_fini(&glob->arena);
    free(glob);
}

bool glob_only_directories(const struct glob *glob)
{
    return glob->only_directories;
}

uint64_t glob_start(const struct glob *glob)
{
    return glob->start;
}

static bool may_match_hidden(const struct glob *glob, struct str component, struct str name)
{
    return glob->matches_hidden || !str_starts_with(name, STR(".")) ||
           str_starts_with(component, STR(".")) || str_starts_with(component, STR("\\."));
}

/* Where one place leads when the name is taken. */
static uint64_t step_place(const struct glob *glob, size_t place, struct str name, bool is_link)
{
    const struct component *component = &glob->components[place];
    if (component->is_end || !may_match_hidden(glob, component->text, name))
        return 0;
    if (!component->is_deep)
        return match_component(component->text, name, DIALECT_GLOB) ? reach(glob, place + 1) : 0;
    if (is_link)
        return 0;
    const bool is_last = glob->components[place + 1].is_end;
    return reach(glob, place) | (is_last ? UINT64_C(1) << (place + 1) : 0);
}

uint64_t glob_step(const struct glob *glob, uint64_t places, struct str name, bool is_link)
{
    uint64_t next = 0;
    for (size_t place = 0; place < glob->count; place++)
        if ((places >> place & 1) != 0)
            next |= step_place(glob, place, name, is_link);
    return next;
}

bool glob_is_match(const struct glob *glob, uint64_t places)
{
    for (size_t place = 0; place < glob->count; place++)
        if ((places >> place & 1) != 0 && glob->components[place].is_end)
            return true;
    return false;
}

bool glob_goes_on(const struct glob *glob, uint64_t places)
{
    for (size_t place = 0; place < glob->count; place++)
        if ((places >> place & 1) != 0 && !glob->components[place].is_end)
            return true;
    return false;
}

bool glob_matches(const struct glob *glob, struct str path)
{
    uint64_t places = glob->start;
    struct str part;
    while (str_next(&path, '/', &part))
        if (part.len > 0)
            places = glob_step(glob, places, part, false);
    return glob_is_match(glob, places);
}

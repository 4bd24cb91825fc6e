#include "server/base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "server/base/error.h"
#include "server/base/mem.h"

#define ERROR_TEXT_MAX  256
#define MATCH_STEPS_MAX 100000
#define HEAP_MAX_KIB    20000
#define STACK_MIN_BYTES ((size_t)32 << 10)
#define STACK_MAX_BYTES ((size_t)1 << 20)

struct regex {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
    pcre2_jit_stack *stack; /* NULL: interpreted, or the thread's own is used */
};

static struct regex *wrap(pcre2_code *code, uint32_t max_steps)
{
    struct regex *regex = mem_zero(1, sizeof(*regex));
    regex->code = code;
    regex->match = pcre2_match_data_create(1, NULL);
    regex->limits = pcre2_match_context_create(NULL);
    assert(regex->match != NULL && regex->limits != NULL);
    (void)pcre2_set_match_limit(regex->limits, max_steps); /* always succeeds */
    return regex;
}

bool regex_new(struct str pattern, struct regex **ret_regex, struct error *error)
{
    int number;
    PCRE2_SIZE offset;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)(pattern.data == NULL ? "" : pattern.data), pattern.len,
                      PCRE2_ANCHORED | PCRE2_ENDANCHORED, &number, &offset, NULL);
    if (code == NULL) {
        PCRE2_UCHAR text[ERROR_TEXT_MAX];
        (void)pcre2_get_error_message(number, text, sizeof(text)); /* cut when it is too long */
        return error_set(error, ERROR_INVALID, "regular expression '%.*s', at %zu: %s",
                         STR_ARG(pattern), offset, (const char *)text);
    }
    *ret_regex = wrap(code, MATCH_STEPS_MAX);
    return true;
}

void regex_free(struct regex *regex)
{
    if (regex == NULL)
        return;
    pcre2_jit_stack_free(regex->stack);
    pcre2_match_context_free(regex->limits);
    pcre2_match_data_free(regex->match);
    pcre2_code_free(regex->code);
    free(regex);
}

bool regex_matches(const struct regex *regex, struct str text)
{
    return pcre2_match(regex->code, (PCRE2_SPTR)(text.data == NULL ? "" : text.data), text.len, 0,
                       0, regex->match, regex->limits) >= 0;
}

static uint32_t search_flags(const struct regex_search_options *options)
{
    const uint32_t flags =
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | (options->ignores_case ? PCRE2_CASELESS : 0);
    return flags | (options->is_literal ? PCRE2_LITERAL : PCRE2_NEVER_BACKSLASH_C);
}

bool regex_new_search(const struct regex_search_options *options, struct regex **ret_regex,
                      struct error *error)
{
    const struct str pattern = options->pattern;
    if (pattern.len == 0)
        return error_set(error, ERROR_INVALID, "the pattern is empty");
    if (pattern.len > REGEX_SEARCH_MAX_BYTES)
        return error_set(error, ERROR_INVALID, "the pattern is too long, %d bytes are possible",
                         REGEX_SEARCH_MAX_BYTES);
    int number;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len, search_flags(options),
                                     &number, &offset, NULL);
    if (code == NULL) {
        PCRE2_UCHAR text[ERROR_TEXT_MAX];
        (void)pcre2_get_error_message(number, text, sizeof(text)); /* cut when it is too long */
        return error_set(error, ERROR_INVALID, "the pattern is not valid, at %zu: %s", offset,
                         (const char *)text);
    }
    struct regex *regex = wrap(code, REGEX_SEARCH_MAX_STEPS);
    (void)pcre2_set_heap_limit(regex->limits, HEAP_MAX_KIB); /* always succeeds */
    if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0) {
        regex->stack = pcre2_jit_stack_create(STACK_MIN_BYTES, STACK_MAX_BYTES, NULL);
        pcre2_jit_stack_assign(regex->limits, NULL, regex->stack);
    }
    *ret_regex = regex;
    return true;
}

enum regex_outcome regex_search(struct regex *regex, struct str line, size_t *ret_start,
                                size_t *ret_end)
{
    const int outcome = pcre2_match(regex->code, (PCRE2_SPTR)(line.data == NULL ? "" : line.data),
                                    line.len, 0, 0, regex->match, regex->limits);
    if (outcome == PCRE2_ERROR_NOMATCH)
        return REGEX_NONE;
    if (outcome < 0)
        return REGEX_TOO_COMPLEX;
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(regex->match);
    *ret_start = offsets[0];
    *ret_end = offsets[1];
    return REGEX_FOUND;
}

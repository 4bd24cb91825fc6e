#include "actions/grep_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "server/base/error.h"
#include "server/base/mem.h"

#define JIT_STACK_MIN_BYTES ((size_t)32 << 10)
#define JIT_STACK_MAX_BYTES ((size_t)1 << 20)
#define HEAP_MAX_KIBIBYTES  20000
#define MESSAGE_BYTES       256

struct grep_pattern {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static bool refuse(int number, size_t offset, struct error *error)
{
    scoped_free char *message = mem_zero(1, MESSAGE_BYTES);
    (void)pcre2_get_error_message(number, (PCRE2_UCHAR *)message, MESSAGE_BYTES); /* cut is fine */
    return error_set(error, ERROR_INVALID, "the pattern is not valid at offset %zu: %s", offset,
                     message);
}

static uint32_t compile_flags(const struct grep_pattern_options *options)
{
    uint32_t flags = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    if (options->ignores_case)
        flags |= PCRE2_CASELESS;
    return options->is_literal ? (flags & ~(uint32_t)PCRE2_NEVER_BACKSLASH_C) | PCRE2_LITERAL
                               : flags;
}

bool grep_pattern_compile(const struct grep_pattern_options *options,
                          struct grep_pattern **ret_pattern, struct error *error)
{
    if (str_is_empty(options->text))
        return error_set(error, ERROR_INVALID, "the pattern is empty");
    if (options->text.len > GREP_PATTERN_MAX_BYTES)
        return error_set(error, ERROR_INVALID, "the pattern is too long, %d bytes are possible",
                         GREP_PATTERN_MAX_BYTES);
    int number;
    PCRE2_SIZE offset;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)options->text.data, options->text.len,
                                     compile_flags(options), &number, &offset, NULL);
    if (code == NULL)
        return refuse(number, offset, error);
    struct grep_pattern *pattern = mem_zero(1, sizeof(*pattern));
    pattern->code = code;
    pattern->match = pcre2_match_data_create(1, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    assert(pattern->match != NULL && pattern->context != NULL);
    (void)pcre2_set_match_limit(pattern->context, GREP_PATTERN_MAX_STEPS); /* always 0 */
    (void)pcre2_set_heap_limit(pattern->context, HEAP_MAX_KIBIBYTES);      /* always 0 */
    if (pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) == 0) { /* else it is interpreted */
        pattern->stack = pcre2_jit_stack_create(JIT_STACK_MIN_BYTES, JIT_STACK_MAX_BYTES, NULL);
        pcre2_jit_stack_assign(pattern->context, NULL, pattern->stack);
    }
    *ret_pattern = pattern;
    return true;
}

void grep_pattern_free(struct grep_pattern *pattern)
{
    if (pattern == NULL)
        return;
    pcre2_jit_stack_free(pattern->stack);
    pcre2_match_context_free(pattern->context);
    pcre2_match_data_free(pattern->match);
    pcre2_code_free(pattern->code);
    free(pattern);
}

enum grep_pattern_outcome grep_pattern_find(struct grep_pattern *pattern, struct str line,
                                            size_t *ret_start, size_t *ret_end)
{
    const int outcome = pcre2_match(pattern->code, (PCRE2_SPTR)line.data, line.len, 0, 0,
                                    pattern->match, pattern->context);
    if (outcome == PCRE2_ERROR_NOMATCH)
        return GREP_PATTERN_NONE;
    if (outcome < 0)
        return GREP_PATTERN_TOO_COMPLEX;
    const PCRE2_SIZE *offsets = pcre2_get_ovector_pointer(pattern->match);
    *ret_start = offsets[0];
    *ret_end = offsets[1];
    return GREP_PATTERN_FOUND;
}

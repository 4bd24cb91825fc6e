#include "server/base/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "server/base/error.h"
#include "server/base/mem.h"

#define ERROR_TEXT_MAX  256
#define MATCH_STEPS_MAX 100000

struct regex {
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *limits;
};

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
    struct regex *regex = mem_zero(1, sizeof(*regex));
    regex->code = code;
    regex->match = pcre2_match_data_create(1, NULL);
    regex->limits = pcre2_match_context_create(NULL);
    assert(regex->match != NULL && regex->limits != NULL);
    (void)pcre2_set_match_limit(regex->limits, MATCH_STEPS_MAX); /* always succeeds */
    *ret_regex = regex;
    return true;
}

void regex_free(struct regex *regex)
{
    if (regex == NULL)
        return;
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

#include "agent/prompt/texts.h"

#include <stddef.h>

#define DECLARE_BYTES(name, file)                                                                  \
    extern const unsigned char prompt_##file[];                                                    \
    extern const size_t prompt_##file##_len;
PROMPT_TEXTS(DECLARE_BYTES)
#undef DECLARE_BYTES

struct embedded_text {
    const unsigned char *bytes;
    const size_t *len;
};

static const struct embedded_text texts[PROMPT_TEXT_COUNT] = {
#define TEXT_ROW(name, file) [PROMPT_TEXT_##name] = {prompt_##file, &prompt_##file##_len},
    PROMPT_TEXTS(TEXT_ROW)
#undef TEXT_ROW
};

struct str prompt_text(enum prompt_text text)
{
    return str_trim(str_span((const char *)texts[text].bytes, *texts[text].len));
}

#include "agent/secret_form.h"

#include "agent/cipher.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"

#define REDACTED "**********"

void secret_write(const struct secret_writer *writer, struct str value, struct buf *out)
{
    scoped_buf struct buf token = {0};
    switch (writer->form) {
    case FORM_PLAIN:
        jsonw_quote(out, value);
        return;
    case FORM_ANSWER:
        buf_append(out, STR("null"));
        return;
    case FORM_STORED:
        if (writer->cipher == NULL)
            break;
        cipher_seal(writer->cipher, value, &token);
        jsonw_quote(out, buf_str(&token));
        return;
    case FORM_EVENT:
        break;
    }
    buf_append(out, STR("\"" REDACTED "\""));
}

bool secret_read(struct str text, const struct cipher *cipher, struct buf *out)
{
    if (str_is_empty(str_trim(text)) || str_equal(text, STR(REDACTED)))
        return false;
    if (cipher != NULL && cipher_is_token(text))
        return cipher_open(cipher, text, out);
    buf_append(out, text);
    return true;
}

bool secret_is_name(struct str name)
{
    static const struct str parts[] = {
        STR_INIT("authorization"), STR_INIT("cookie"), STR_INIT("credential"), STR_INIT("key"),
        STR_INIT("password"),      STR_INIT("secret"), STR_INIT("session"),    STR_INIT("token"),
    };
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
        if (str_contains_nocase(name, parts[i]))
            return true;
    return false;
}

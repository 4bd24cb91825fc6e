#include "agent/title.h"

#include "agent/llm/message.h"
#include "agent/llm/request.h"
#include "server/base/buf.h"
#include "server/base/json.h"
#include "server/base/utf8.h"

#define MAX_TEXT_CHARS 1000
#define CUT_MARK       "...(truncated)"
#define SHORTENED      "..."

#define SYSTEM_TEXT                                                                                \
    "You name conversations. From the first message you are shown, you derive a short, specific "  \
    "title that helps its author find the conversation again. You answer with the title alone."
#define USER_TEXT                                                                                  \
    "Write a title of at most %d characters for the conversation that begins with the message "    \
    "below. Name the task, not the person; no quotes and no full stop. Put one emoji and a blank " \
    "in front, picked by the kind of work: \xF0\x9F\x90\x9B a bug, \xE2\x9C\xA8 a feature, "       \
    "\xF0\x9F\x93\x9D documents, \xF0\x9F\x94\xA7 settings, \xE2\x99\xBB\xEF\xB8\x8F clean-up, "   \
    "\xF0\x9F\xA7\xAA tests, \xF0\x9F\x93\xA6 packages, \xF0\x9F\x9A\x80 releases, "               \
    "\xF0\x9F\x94\x92 security, \xE2\x9A\xA1 speed, \xF0\x9F\x8E\xA8 looks, "                      \
    "\xF0\x9F\x97\x83\xEF\xB8\x8F data, \xF0\x9F\x94\x8D research, \xF0\x9F\x92\xAC anything "     \
    "else.\n\n%.*s"
#define QUESTION_TEXT                                                                              \
    "<QUESTION>\nSomebody who follows this conversation asks the question below. Answer it from "  \
    "what you know so far, in plain text and without calling a tool; then the work goes on as if " \
    "nobody had asked.\n\n%.*s\n</QUESTION>"

void title_text(struct str content, struct buf *out)
{
    struct doc_error why;
    struct doc *doc = doc_parse(content, &why);
    for (size_t i = 0; doc != NULL && i < doc_count(doc_root(doc)); i++) {
        const struct doc_value *text = doc_find(doc_at(doc_root(doc), i), STR("text"));
        if (text == NULL || doc_kind(text) != DOC_STRING)
            continue;
        if (out->len > 0)
            buf_append_byte(out, '\n');
        buf_append(out, doc_string(text));
    }
    doc_free(doc);
}

static void render(const struct llm_config *config, enum llm_role role, struct str text,
                   struct llm_fragment *ret_fragment)
{
    const struct llm_part part = {.text = text};
    llm_request_render(config, &(struct llm_message){.role = role, .parts = &part, .part_count = 1},
                       ret_fragment);
}

/* Replaces each `name` by `value`; says whether there was one. */
static bool fill_in(struct str text, struct str name, struct str value, struct buf *out)
{
    bool is_found = false;
    for (size_t at; (at = str_find(text, name)) != SIZE_MAX;) {
        buf_append(out, str_slice(text, 0, at));
        buf_append(out, value);
        text = str_skip(text, at + name.len);
        is_found = true;
    }
    buf_append(out, text);
    return is_found;
}

static void fill_prompt(struct str prompt, struct str text, struct buf *out)
{
    scoped_buf struct buf limit = {0};
    scoped_buf struct buf half = {0};
    buf_printf(&limit, "%d", TITLE_MAX_CHARS);
    (void)fill_in(prompt, STR("{max_length}"), buf_str(&limit), &half); /* need not be there */
    if (fill_in(buf_str(&half), STR("{conversation_content}"), text, out))
        return;
    buf_append(out, STR("\n\nConversation content:\n"));
    buf_append(out, text);
}

static struct str first_chars(struct str text, size_t count)
{
    return str_slice(text, 0, utf8_prefix_bytes(text, count));
}

static void shorten(struct str text, size_t limit, const char *mark, struct buf *out)
{
    buf_append(out, first_chars(text, limit));
    if (utf8_count(text) > limit)
        buf_append(out, str_from(mark));
}

void title_render(const struct llm_config *config, struct str text, struct str prompt,
                  struct llm_fragment *ret_system, struct llm_fragment *ret_user)
{
    struct doc_error why;
    struct doc *doc = doc_parse(prompt, &why);
    scoped_buf struct buf shown = {0};
    scoped_buf struct buf user = {0};
    shorten(text, MAX_TEXT_CHARS, CUT_MARK, &shown);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_STRING)
        fill_prompt(doc_string(doc_root(doc)), buf_str(&shown), &user);
    else
        buf_printf(&user, USER_TEXT, TITLE_MAX_CHARS, STR_ARG(buf_str(&shown)));
    doc_free(doc);
    render(config, LLM_SYSTEM, STR(SYSTEM_TEXT), ret_system);
    render(config, LLM_USER, buf_str(&user), ret_user);
}

/* Without what a model thinks aloud, closed or not. */
static struct str without_thoughts(struct str answer)
{
    const size_t begin = str_find(answer, STR("<think>"));
    const size_t end = str_find(answer, STR("</think>"));
    if (end != SIZE_MAX)
        return str_skip(answer, end + STR("</think>").len);
    return begin == SIZE_MAX ? answer : str_slice(answer, 0, begin);
}

static void cut(struct str text, struct buf *out)
{
    if (utf8_count(text) <= TITLE_MAX_CHARS)
        buf_append(out, text);
    else
        shorten(text, TITLE_MAX_CHARS - STR(SHORTENED).len, SHORTENED, out);
}

void title_clean(struct str answer, struct buf *out)
{
    cut(str_trim(without_thoughts(answer)), out);
}

void title_fallback(struct str text, struct buf *out)
{
    cut(str_trim(text), out);
}

void title_render_question(const struct llm_config *config, struct str question,
                           struct llm_fragment *ret_fragment)
{
    scoped_buf struct buf text = {0};
    buf_printf(&text, QUESTION_TEXT, STR_ARG(question));
    render(config, LLM_USER, buf_str(&text), ret_fragment);
}

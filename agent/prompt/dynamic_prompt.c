#include "agent/prompt/dynamic_prompt.h"

#include "agent/prompt/system_prompt.h"
#include "agent/prompt/texts.h"
#include "agent/skills.h"
#include "server/base/buf.h"

static void write_framed(struct buf *out, const char *tag, enum prompt_text notice, struct str text)
{
    scoped_buf struct buf body = {0};
    if (str_is_empty(text))
        return;
    buf_append(&body, prompt_text(notice));
    buf_append(&body, STR("\n\n"));
    buf_append(&body, text);
    system_prompt_section(out, tag, buf_str(&body));
}

static void write_skills(const struct dynamic_prompt_options *options, struct buf *out)
{
    scoped_buf struct buf text = {0};
    if (options->skills != NULL)
        skills_write_available(options->skills, &text);
    write_framed(out, "SKILLS", PROMPT_TEXT_SKILLS, buf_str(&text));
}

static void write_repo_context(const struct dynamic_prompt_options *options, struct buf *out)
{
    scoped_buf struct buf text = {0};
    if (options->skills != NULL)
        skills_write_repo_context(options->skills, options->model, &text);
    write_framed(out, "REPO_CONTEXT", PROMPT_TEXT_UNTRUSTED_REPO, buf_str(&text));
}

static void write_suffix(struct str suffix, struct buf *out)
{
    if (str_is_empty(str_trim(suffix)))
        return;
    if (out->len > 0)
        buf_append(out, STR("\n\n"));
    buf_append(out, suffix);
}

static void write_secrets(const struct dynamic_prompt_options *options, struct buf *out)
{
    scoped_buf struct buf names = {0};
    for (size_t i = 0; i < options->secret_count; i++) {
        const struct prompt_secret *secret = &options->secrets[i];
        buf_append(&names, i == 0 ? STR("* **$") : STR("\n* **$"));
        buf_append(&names, secret->name);
        buf_append(&names, STR("**"));
        if (str_is_empty(secret->description))
            continue;
        buf_append(&names, STR(" - "));
        buf_append(&names, secret->description);
    }
    write_framed(out, "CUSTOM_SECRETS", PROMPT_TEXT_SECRETS, buf_str(&names));
}

static void write_datetime(struct str datetime, struct buf *out)
{
    scoped_buf struct buf text = {0};
    if (str_is_empty(datetime))
        return;
    buf_append(&text, STR("The current date and time is: "));
    buf_append(&text, datetime);
    system_prompt_section(out, "CURRENT_DATETIME", buf_str(&text));
}

void dynamic_prompt_write(const struct dynamic_prompt_options *options, struct buf *out)
{
    scoped_buf struct buf text = {0};
    write_repo_context(options, &text);
    write_framed(&text, "MEMORY_CONTEXT", PROMPT_TEXT_UNTRUSTED_MEMORY, options->memory);
    write_skills(options, &text);
    write_suffix(options->suffix, &text);
    write_secrets(options, &text);
    write_datetime(options->datetime, &text);
    buf_append(out, buf_str(&text));
}

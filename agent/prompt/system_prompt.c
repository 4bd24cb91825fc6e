#include "agent/prompt/system_prompt.h"

#include "agent/memory.h"
#include "agent/prompt/text_source.h"
#include "agent/prompt/texts.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"

/*
 * Most sections are a text in a tag, and a table; those that depend on more than the persona have a
 * function. A persona stands for who the agent is and how it works, so it takes the place of those
 * sections; what belongs to the environment stays.
 */

struct draft {
    const struct system_prompt_options *options;
    struct buf *out;
};

static void begin_section(struct buf *out)
{
    if (out->len > 0)
        buf_append(out, STR("\n\n"));
}

void system_prompt_section(struct buf *out, const char *tag, struct str text)
{
    begin_section(out);
    buf_printf(out, "<%s>\n", tag);
    buf_append(out, text);
    buf_printf(out, "\n</%s>", tag);
}

static bool option_is_on(const struct doc_value *kwargs, const char *name, bool otherwise)
{
    const struct doc_value *value =
        kwargs == NULL || doc_kind(kwargs) != DOC_OBJECT ? NULL : doc_find(kwargs, str_from(name));
    return value == NULL || doc_kind(value) != DOC_BOOL ? otherwise : doc_bool(value);
}

/* --- sections with a choice --- */

static bool write_soul(const struct draft *draft, struct error *error)
{
    (void)error; /* no such file, no other soul */
    scoped_buf struct buf path = {0};
    scoped_buf struct buf own = {0};
    struct error none;
    buf_printf(&path, "%s/SOUL.md", draft->options->state_dir);
    const bool has_own = text_source_read(path.data, &own, &none);
    const struct str text = has_own ? str_trim(buf_str(&own)) : STR_NULL;
    system_prompt_section(draft->out, "SOUL",
                          str_is_empty(text) ? prompt_text(PROMPT_TEXT_SOUL) : text);
    return true;
}

#define MEMORY_PLACE "@USER_MEMORY@"

static bool write_memory(const struct draft *draft, struct error *error)
{
    (void)error;
    scoped_buf struct buf text = {0};
    const struct str tiers = prompt_text(PROMPT_TEXT_MEMORY_TIERS);
    const size_t place = str_find(tiers, STR(MEMORY_PLACE));
    if (!draft->options->loads_memory) {
        system_prompt_section(draft->out, "MEMORY", prompt_text(PROMPT_TEXT_MEMORY_AGENTS));
        return true;
    }
    buf_append(&text, str_slice(tiers, 0, place));
    memory_user_folder(draft->options->state_dir, draft->options->home, &text);
    buf_append_byte(&text, '/');
    buf_append(&text, str_skip(tiers, place + sizeof(MEMORY_PLACE) - 1));
    system_prompt_section(draft->out, "MEMORY", buf_str(&text));
    return true;
}

static bool read_named_file(struct str name, struct buf *out, struct error *error)
{
    scoped_buf struct buf path = {0};
    buf_append(&path, name);
    if (str_has_byte(name, '\0'))
        return error_set(error, ERROR_INVALID, "a prompt's file name has a zero byte");
    return text_source_read(path.data, out, error);
}

static bool is_built_in(struct str name, struct str prefix)
{
    return !str_is_set(name) || (str_starts_with(name, prefix) && str_ends_with(name, STR(".j2")) &&
                                 !str_has_byte(name, '/'));
}

static bool write_security(const struct draft *draft, struct error *error)
{
    scoped_buf struct buf own = {0};
    const struct str name = draft->options->security_policy;
    if (is_built_in(name, STR(SECURITY_POLICY_BUILT_IN))) {
        system_prompt_section(draft->out, "SECURITY", prompt_text(PROMPT_TEXT_SECURITY));
        return true;
    }
    if (str_is_empty(name))
        return true;
    if (!read_named_file(name, &own, error))
        return error_wrap(error, "security policy");
    system_prompt_section(draft->out, "SECURITY", buf_str(&own));
    return true;
}

static bool write_risk(const struct draft *draft, struct error *error)
{
    (void)error;
    scoped_buf struct buf text = {0};
    const struct doc_value *kwargs = draft->options->kwargs;
    if (!option_is_on(kwargs, "llm_security_analyzer", false))
        return true;
    buf_append(&text,
               prompt_text(option_is_on(kwargs, "cli_mode", true) ? PROMPT_TEXT_RISK_CLI
                                                                  : PROMPT_TEXT_RISK_SANDBOX));
    buf_append(&text, STR("\n\n"));
    buf_append(&text, prompt_text(PROMPT_TEXT_RISK_COMMON));
    system_prompt_section(draft->out, "SECURITY_RISK_ASSESSMENT", buf_str(&text));
    return true;
}

static bool write_tool_guidance(const struct draft *draft, struct error *error)
{
    (void)error;
    if (draft->options->has_browser)
        system_prompt_section(draft->out, "BROWSER_TOOLS", prompt_text(PROMPT_TEXT_BROWSER));
    return true;
}

struct model_advice {
    const char *part; /* of the model's name; the first that fits wins */
    enum prompt_text text;
};

static const struct model_advice model_advice[] = {
    {"claude", PROMPT_TEXT_IMPORTANT_CLAUDE}, {"anthropic", PROMPT_TEXT_IMPORTANT_CLAUDE},
    {"gemini", PROMPT_TEXT_IMPORTANT_GEMINI}, {"codex", PROMPT_TEXT_IMPORTANT_CODEX},
    {"gpt-5", PROMPT_TEXT_IMPORTANT_GPT5},
};

static bool write_important(const struct draft *draft, struct error *error)
{
    (void)error;
    for (size_t i = 0; i < ARRAY_SIZE(model_advice); i++) {
        if (!str_contains_nocase(draft->options->model, str_from(model_advice[i].part)))
            continue;
        system_prompt_section(draft->out, "IMPORTANT", prompt_text(model_advice[i].text));
        return true;
    }
    return true;
}

/* --- all of them --- */

struct section {
    const char *tag;
    enum prompt_text text;
    /* Instead of tag and text. */
    bool (*write)(const struct draft *draft, struct error *error);
    bool is_of_persona; /* left out when the agent has one */
};

static const struct section sections[] = {
    {.write = write_soul, .is_of_persona = true},
    {.tag = "ROLE", .text = PROMPT_TEXT_ROLE, .is_of_persona = true},
    {.write = write_memory},
    {.tag = "EFFICIENCY", .text = PROMPT_TEXT_EFFICIENCY, .is_of_persona = true},
    {.tag = "FILE_SYSTEM_GUIDELINES", .text = PROMPT_TEXT_FILE_SYSTEM, .is_of_persona = true},
    {.tag = "CODE_QUALITY", .text = PROMPT_TEXT_CODE_QUALITY, .is_of_persona = true},
    {.tag = "VERSION_CONTROL", .text = PROMPT_TEXT_VERSION_CONTROL, .is_of_persona = true},
    {.tag = "PULL_REQUESTS", .text = PROMPT_TEXT_PULL_REQUESTS, .is_of_persona = true},
    {.tag = "PROBLEM_SOLVING_WORKFLOW", .text = PROMPT_TEXT_WORKFLOW, .is_of_persona = true},
    {.tag = "SELF_DOCUMENTATION", .text = PROMPT_TEXT_SELF_DOCUMENTATION, .is_of_persona = true},
    {.write = write_security},
    {.write = write_risk},
    {.write = write_tool_guidance},
    {.tag = "EXTERNAL_SERVICES", .text = PROMPT_TEXT_EXTERNAL_SERVICES},
    {.tag = "ENVIRONMENT_SETUP", .text = PROMPT_TEXT_ENVIRONMENT_SETUP, .is_of_persona = true},
    {.tag = "TROUBLESHOOTING", .text = PROMPT_TEXT_TROUBLESHOOTING, .is_of_persona = true},
    {.tag = "PROCESS_MANAGEMENT", .text = PROMPT_TEXT_PROCESS_MANAGEMENT},
    {.write = write_important},
};

static void write_persona(const struct draft *draft)
{
    if (!str_is_set(draft->options->persona))
        return;
    begin_section(draft->out);
    buf_append(draft->out, draft->options->persona);
}

static bool write_sections(const struct draft *draft, struct error *error)
{
    const bool has_persona = str_is_set(draft->options->persona);
    write_persona(draft);
    for (size_t i = 0; i < ARRAY_SIZE(sections); i++) {
        const struct section *section = &sections[i];
        if (has_persona && section->is_of_persona)
            continue;
        if (section->write == NULL)
            system_prompt_section(draft->out, section->tag, prompt_text(section->text));
        else if (!section->write(draft, error))
            return false;
    }
    return true;
}

bool system_prompt_write(const struct system_prompt_options *options, struct buf *out,
                         struct error *error)
{
    scoped_buf struct buf text = {0};
    const struct draft draft = {.options = options, .out = &text};
    bool is_written = true;
    if (str_is_set(options->system_prompt)) {
        buf_append(&text, options->system_prompt);
        is_written = write_tool_guidance(&draft, error);
    } else if (str_equal(options->filename, STR(SYSTEM_PROMPT_PLANNING))) {
        write_persona(&draft);
        begin_section(&text);
        buf_append(&text, prompt_text(PROMPT_TEXT_PLANNING));
    } else if (is_built_in(options->filename, STR(SYSTEM_PROMPT_BUILT_IN))) {
        is_written = write_sections(&draft, error);
    } else {
        is_written = read_named_file(options->filename, &text, error);
    }
    if (is_written)
        buf_append(out, buf_str(&text));
    return is_written || error_wrap(error, "system prompt");
}

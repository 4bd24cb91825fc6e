#ifndef AGENT_PROMPT_SYSTEM_PROMPT_H
#define AGENT_PROMPT_SYSTEM_PROMPT_H

/*
 * The static part of an agent's system prompt (contract v1-conversations §5.2): sections in a fixed
 * order, chosen by the agent's options, each in a tag of its own. It is written once, at the
 * agent's start, stored in the SystemPromptEvent and never changed again; dynamic_prompt.h writes
 * what follows it.
 *
 *     persona | SOUL ROLE · MEMORY · … · SECURITY · SECURITY_RISK_ASSESSMENT · … · IMPORTANT
 *
 * Reads files (SOUL.md, a security policy, a prompt of the user's), so it belongs into a worker
 * job. The options are borrowed for the call.
 */

#include <stdbool.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct buf;
struct doc_value;
struct error;

struct system_prompt_options {
    struct str model;         /* as configured; some families get advice of their own */
    struct str system_prompt; /* agent.system_prompt: replaces all but the tools' guidance */
    struct str filename;      /* agent.system_prompt_filename; STR_NULL: the default */
    struct str persona;       /* agent.persona; STR_NULL: none */
    /* agent.security_policy_filename; STR_NULL: the default, empty: no such section */
    struct str security_policy;
    const struct doc_value *kwargs; /* agent.system_prompt_kwargs; NULL: none */
    const char *state_dir;          /* OH_PERSISTENCE_DIR or ~/.openhands */
    const char *home;
    bool loads_memory; /* agent_context.load_memory */
    bool has_browser;
};

/* Built-in prompts have names that begin so; other names are files. */
#define SYSTEM_PROMPT_BUILT_IN   "system_prompt"
#define SYSTEM_PROMPT_PLANNING   "system_prompt_planning.j2"
#define SECURITY_POLICY_BUILT_IN "security_policy"

/* ERROR_NOT_FOUND names the file that is missing. */
bool system_prompt_write(const struct system_prompt_options *options, struct buf *out,
                         struct error *error) MUST_CHECK;

/* Appends the section, in its tag, a blank line behind what is there already. */
void system_prompt_section(struct buf *out, const char *tag, struct str text);

#endif

#ifndef AGENT_PROMPT_DYNAMIC_PROMPT_H
#define AGENT_PROMPT_DYNAMIC_PROMPT_H

/*
 * The dynamic part of an agent's system prompt (contract v1-conversations §5.2): what is known of
 * the workspace, of earlier conversations, of skills, secrets and the time. A second text of the
 * system message, so that the first is the same for all conversations and a provider may cache it.
 *
 *     REPO_CONTEXT · MEMORY_CONTEXT · SKILLS · suffix · CUSTOM_SECRETS · CURRENT_DATETIME
 *
 * Pure text; the options are borrowed for the call.
 */

#include <stdbool.h>
#include <stddef.h>

#include "server/base/str.h"

struct buf;
struct skills;

struct prompt_secret {
    struct str name;
    struct str description; /* STR_NULL: none */
};

struct dynamic_prompt_options {
    struct str model;            /* as configured */
    const struct skills *skills; /* NULL: none */
    struct str memory;           /* memory.h; empty: none */
    struct str suffix;           /* agent_context.system_message_suffix */
    const struct prompt_secret *secrets;
    size_t secret_count;
    struct str datetime; /* agent_context.current_datetime as text; STR_NULL: none */
};

/* Appends nothing when nothing is known. */
void dynamic_prompt_write(const struct dynamic_prompt_options *options, struct buf *out);

#endif

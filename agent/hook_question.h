#ifndef AGENT_HOOK_QUESTION_H
#define AGENT_HOOK_QUESTION_H

/*
 * The words between a hook and the model that judges for it (contract v1-conversations §4.7): what
 * it is asked, and what its answer means.
 *
 *     prompt hook   the rule is the hook's prompt
 *     agent hook    what it has to do is the hook's system prompt
 *
 * Either answers with {"decision":"allow"|"deny","reason","additionalContext"}, somewhere in its
 * text. An answer without a decision is a failure and blocks nothing.
 *
 * Pure text; fragments are the caller's to finish.
 */

#include "server/base/str.h"

struct hook;
struct hook_verdict;
struct llm_config;
struct llm_fragment;

/* `input` is the event as commands get it. */
void hook_question_render(const struct llm_config *config, const struct hook *hook,
                          struct str input, struct llm_fragment *ret_system,
                          struct llm_fragment *ret_user);
/* These two fill an empty verdict. */
void hook_question_read(const struct hook *hook, struct str answer,
                        struct hook_verdict *ret_verdict);
void hook_question_fail(const struct hook *hook, struct str error,
                        struct hook_verdict *ret_verdict);

#endif

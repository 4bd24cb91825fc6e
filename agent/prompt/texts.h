#ifndef AGENT_PROMPT_TEXTS_H
#define AGENT_PROMPT_TEXTS_H

/*
 * The texts that prompts are made of, each a file in agent/prompt/sections, built into the program.
 * One file is one subject; the modules beside this one choose, order and wrap them.
 *
 *     soul, role                     who the agent is; not for an agent with a persona
 *     memory_agents, memory_tiers    how to remember: in AGENTS.md, or in memory of its own
 *     risk_*                         how to estimate the security_risk of a call
 *     important_*                    advice to families of models
 *     planning                       the whole prompt of a planning agent
 *     condense                       how to sum up what is forgotten
 *     untrusted_*, secrets, skills   what stands before what is known of the workspace
 */

#include "server/base/str.h"

#define PROMPT_TEXTS(TEXT)                                                                         \
    TEXT(BROWSER, browser)                                                                         \
    TEXT(CODE_QUALITY, code_quality)                                                               \
    TEXT(CONDENSE, condense)                                                                       \
    TEXT(EFFICIENCY, efficiency)                                                                   \
    TEXT(ENVIRONMENT_SETUP, environment_setup)                                                     \
    TEXT(EXTERNAL_SERVICES, external_services)                                                     \
    TEXT(FILE_SYSTEM, file_system)                                                                 \
    TEXT(IMPORTANT_CLAUDE, important_claude)                                                       \
    TEXT(IMPORTANT_CODEX, important_codex)                                                         \
    TEXT(IMPORTANT_GEMINI, important_gemini)                                                       \
    TEXT(IMPORTANT_GPT5, important_gpt5)                                                           \
    TEXT(MEMORY_AGENTS, memory_agents)                                                             \
    TEXT(MEMORY_TIERS, memory_tiers)                                                               \
    TEXT(PLANNING, planning)                                                                       \
    TEXT(PROCESS_MANAGEMENT, process_management)                                                   \
    TEXT(PULL_REQUESTS, pull_requests)                                                             \
    TEXT(RISK_CLI, risk_cli)                                                                       \
    TEXT(RISK_COMMON, risk_common)                                                                 \
    TEXT(RISK_SANDBOX, risk_sandbox)                                                               \
    TEXT(ROLE, role)                                                                               \
    TEXT(SECRETS, secrets)                                                                         \
    TEXT(SECURITY, security)                                                                       \
    TEXT(SELF_DOCUMENTATION, self_documentation)                                                   \
    TEXT(SKILLS, skills)                                                                           \
    TEXT(SOUL, soul)                                                                               \
    TEXT(TROUBLESHOOTING, troubleshooting)                                                         \
    TEXT(UNTRUSTED_MEMORY, untrusted_memory)                                                       \
    TEXT(UNTRUSTED_REPO, untrusted_repo)                                                           \
    TEXT(VERSION_CONTROL, version_control)                                                         \
    TEXT(WORKFLOW, workflow)

enum prompt_text {
#define PROMPT_TEXT_ENUMERATOR(name, file) PROMPT_TEXT_##name,
    PROMPT_TEXTS(PROMPT_TEXT_ENUMERATOR)
#undef PROMPT_TEXT_ENUMERATOR
    PROMPT_TEXT_COUNT
};

/* Without the line end of its file. */
struct str prompt_text(enum prompt_text text);

#endif

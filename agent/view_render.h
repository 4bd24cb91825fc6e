#ifndef AGENT_VIEW_RENDER_H
#define AGENT_VIEW_RENDER_H

/*
 * Turns events into the messages that a model gets (contract v1-conversations §5.3), in the
 * protocol of its configuration. With a model that knows no calls of tools, calls and results
 * become text (prompt_calls.h).
 *
 * Each function fills an empty fragment, which the caller owns. Events are parsed ones; members
 * that are missing or of another type count as empty.
 */

#include <stdbool.h>
#include <stddef.h>

#include "agent/event.h"
#include "server/base/str.h"

struct doc_value;
struct llm_config;
struct llm_fragment;

/* Characters of one result that a model gets at most. */
#define VIEW_MAX_RESULT_CHARS 50000

/* Text around the content of a message; empty where nothing is added. */
struct view_render_frame {
    struct str prefix;
    struct str suffix;
};

/* A MessageEvent. Returns the number of its images. */
size_t view_render_message(const struct llm_config *config, const struct doc_value *event,
                           const struct view_render_frame *frame,
                           struct llm_fragment *ret_fragment);
void view_render_system(const struct llm_config *config, const struct doc_value *event,
                        struct str suffix, struct llm_fragment *ret_fragment);
/* The ActionEvents of one answer of the model. */
void view_render_actions(const struct llm_config *config, const struct doc_value *const *events,
                         size_t count, struct llm_fragment *ret_fragment);
/* An ObservationEvent, UserRejectObservation or AgentErrorEvent. Returns the number of its
 * images. `save_dir`: of observation_parts. */
size_t view_render_result(const struct llm_config *config, const struct doc_value *event,
                          struct str save_dir, struct llm_fragment *ret_fragment);
void view_render_summary(const struct llm_config *config, struct str summary,
                         struct llm_fragment *ret_fragment);

#endif

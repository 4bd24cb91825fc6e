#ifndef AGENT_TITLE_H
#define AGENT_TITLE_H

/*
 * The words around what a model is asked in passing (contract v1-conversations §4.10, §4.11): for a
 * title of a conversation, and for a question that changes nothing.
 *
 * Pure text; fragments are the caller's to finish.
 */

#include "server/base/str.h"

struct buf;
struct llm_config;
struct llm_fragment;

#define TITLE_MAX_CHARS 50

/* The texts of a message's content (a JSON array), joined by newlines. */
void title_text(struct str content, struct buf *out);
/* The request for a title of a conversation that begins with `text`. `prompt`: JSON, a text of the
 * user's in the place of ours, or null. */
void title_render(const struct llm_config *config, struct str text, struct str prompt,
                  struct llm_fragment *ret_system, struct llm_fragment *ret_user);
/* The title in what the model has said; nothing is appended when there is none. */
void title_clean(struct str answer, struct buf *out);
/* The beginning of the text. */
void title_fallback(struct str text, struct buf *out);

void title_render_question(const struct llm_config *config, struct str question,
                           struct llm_fragment *ret_fragment);

#endif

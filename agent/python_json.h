#ifndef AGENT_PYTHON_JSON_H
#define AGENT_PYTHON_JSON_H

/*
 * JSON as Python's json.dumps writes it: a blank behind commas and colons, everything beyond ASCII
 * escaped. Arguments of calls are stored in this form (contract v1-conversations §3.2), so that the
 * bytes a provider has cached stay the same whoever wrote the conversation.
 */

#include "server/base/str.h"

struct buf;
struct doc_value;

void python_json_append(const struct doc_value *value, struct buf *out);
void python_json_quote(struct str text, struct buf *out);

#endif

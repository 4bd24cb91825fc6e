#ifndef ACTIONS_ARCHIVE_REDACT_H
#define ACTIONS_ARCHIVE_REDACT_H

/*
 * Takes secrets out of JSON on its way into an exported archive (contract v1-server §6.2): every
 * non-empty string under the keys api_key, aws_access_key_id, aws_secret_access_key,
 * aws_session_token and llm_api_key, and every string that begins with gAAAAA (a token encrypted
 * with the server's key), becomes "**********".
 *
 * The text is checked and copied in one pass over its bytes; everything but those strings keeps its
 * bytes. Nesting is not limited but by memory: one byte per level. Text that is no JSON, or not
 * UTF-8, is left alone as a whole; of JSON lines each line by itself. Pure, any thread.
 */

#include <stdbool.h>

#include "server/base/str.h"

struct buf;

/* True when something was replaced: then `out`, empty before, has the new text. */
bool archive_redact_json(struct str text, struct buf *out);
bool archive_redact_json_lines(struct str text, struct buf *out);

#endif

#include "api/v1/conversation_frame.h"

#include "agent/conversation.h"
#include "agent/event_log.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"

bool conversation_frame_write(const struct conversation *conversation, size_t number,
                              struct buf *out)
{
    const enum event_level level = conversation_level(conversation);
    const struct event_log *log = conversation_log(conversation);
    scoped_buf struct buf text = {0};
    struct doc_error why;
    if (level == EVENT_LEVEL_1_40) /* nothing is left out */
        return event_log_read(log, number, out);
    struct doc *doc = event_log_read(log, number, &text) ? doc_parse(buf_str(&text), &why) : NULL;
    const bool is_shown = doc != NULL && event_form_level(doc_root(doc), level, out);
    doc_free(doc);
    return is_shown;
}

static void write_now(enum event_kind kind, enum event_source source, struct str members,
                      struct buf *out)
{
    const struct event_draft draft = {.kind = kind, .source = source, .members = members};
    const struct event_stamp stamp = {.id = id_new(), .time_us = clock_wall_us()};
    event_write(&draft, &stamp, out);
}

bool conversation_frame_write_piece(const struct conversation *conversation,
                                    const struct conversation_piece *piece, struct buf *out)
{
    scoped_buf struct buf members = {0};
    if (conversation_level(conversation) < EVENT_LEVEL_1_20 || !str_is_set(piece->raw))
        return false;
    if (piece->kind == PIECE_TEXT)
        buf_append(&members, STR("\"content\":"));
    else if (piece->kind == PIECE_REASONING)
        buf_append(&members, STR("\"reasoning_content\":"));
    else
        return false;
    jsonw_quote(&members, piece->raw);
    write_now(EVENT_STREAMING_DELTA, EVENT_FROM_AGENT, buf_str(&members), out);
    return true;
}

void conversation_frame_write_error(struct str code, struct str detail, struct buf *out)
{
    scoped_buf struct buf members = {0};
    buf_append(&members, STR("\"code\":"));
    jsonw_quote(&members, code);
    buf_append(&members, STR(",\"detail\":"));
    jsonw_quote(&members, detail);
    write_now(EVENT_SERVER_ERROR, EVENT_FROM_ENVIRONMENT, buf_str(&members), out);
}

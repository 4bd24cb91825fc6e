#include "api/v1/session_frame.h"

#include "agent/conversation.h"
#include "server/base/buf.h"
#include "server/base/jsonw.h"

size_t session_place_first(const struct session_place *place, size_t count)
{
    if (!place->is_set)
        return count;
    if (place->after_seq < 0)
        return 0;
    return (uint64_t)place->after_seq < count ? (size_t)place->after_seq + 1 : count;
}

static void begin(struct jsonw *w, struct buf *out, struct str type)
{
    jsonw_init(w, out);
    jsonw_object(w);
    jsonw_string(w, "type", type);
}

void session_frame_sync(const struct session_place *place, size_t count, struct buf *out)
{
    struct jsonw w;
    begin(&w, out, STR("sync"));
    if (place->is_set)
        jsonw_int(&w, "from_seq", place->after_seq);
    if (count > 0)
        jsonw_uint(&w, "through_seq", count - 1);
    jsonw_end(&w);
}

void session_frame_durable(size_t number, struct str event, struct buf *out)
{
    struct jsonw w;
    begin(&w, out, STR("durable"));
    jsonw_uint(&w, "seq", number);
    jsonw_raw(&w, "event", event);
    jsonw_end(&w);
}

void session_frame_transient(struct str event, struct buf *out)
{
    struct jsonw w;
    begin(&w, out, STR("transient"));
    jsonw_raw(&w, "event", event);
    jsonw_end(&w);
}

void session_frame_error(struct str code, struct str detail, struct buf *out)
{
    struct jsonw w;
    begin(&w, out, STR("error"));
    jsonw_string(&w, "code", code);
    jsonw_string(&w, "detail", detail);
    jsonw_end(&w);
}

/* --- pieces of an answer --- */

static const struct str piece_types[] = {
    [PIECE_STARTED] = STR_INIT("item_started"),
    [PIECE_TEXT] = STR_INIT("delta"),
    [PIECE_REASONING] = STR_INIT("delta"),
    [PIECE_ABORTED] = STR_INIT("item_aborted"),
};

struct str session_frame_piece_type(const struct conversation_piece *piece)
{
    return piece_types[piece->kind];
}

static void write_delta(struct jsonw *w, const struct conversation_piece *piece)
{
    jsonw_uint(w, "order", piece->order);
    jsonw_cstr(w, "kind", piece->kind == PIECE_TEXT ? "text" : "reasoning");
    jsonw_string(w, "content", piece->content);
    if (!str_is_set(piece->chunk_id))
        return;
    jsonw_string(w, "chunk_id", piece->chunk_id);
    jsonw_uint(w, "choice_index", 0); /* no other is asked for */
}

void session_frame_piece(const struct conversation_piece *piece, size_t count, struct buf *out)
{
    struct jsonw w;
    begin(&w, out, session_frame_piece_type(piece));
    jsonw_cstr(&w, "item_id", id_uuid(piece->item).text);
    jsonw_uint(&w, "attempt", piece->attempt);
    if (piece->kind == PIECE_STARTED && count > 0)
        jsonw_uint(&w, "anchor_seq", count - 1);
    else if (piece->kind == PIECE_ABORTED)
        jsonw_string(&w, "reason", piece->content);
    else if (piece->kind != PIECE_STARTED)
        write_delta(&w, piece);
    jsonw_end(&w);
}

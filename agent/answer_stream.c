#include "agent/answer_stream.h"

#include "agent/conversation.h"
#include "agent/llm/answer.h"

void answer_stream_init(struct answer_stream *stream, struct conversation *conversation,
                        struct id item)
{
    *stream = (struct answer_stream){.conversation = conversation, .item = item};
}

void answer_stream_fini(struct answer_stream *stream)
{
    mask_stream_fini(&stream->text);
    mask_stream_fini(&stream->reasoning);
}

static void publish(struct answer_stream *stream, enum conversation_piece_kind kind,
                    struct str content, struct str raw)
{
    const bool has_order = kind == PIECE_TEXT || kind == PIECE_REASONING;
    const struct conversation_piece piece = {
        .kind = kind,
        .item = stream->item,
        .attempt = stream->attempt,
        .order = has_order ? stream->order++ : 0,
        .content = content,
        .raw = raw,
        .chunk_id = stream->chunk_id,
    };
    conversation_publish_piece(stream->conversation, &piece);
}

void answer_stream_attempt(struct answer_stream *stream)
{
    stream->attempt++;
    stream->order = 0;
    answer_stream_fini(stream);
    publish(stream, PIECE_STARTED, STR_NULL, STR_NULL);
}

void answer_stream_delta(struct answer_stream *stream, const struct llm_answer *answer,
                         struct str text, bool is_reasoning)
{
    scoped_buf struct buf shown = {0};
    mask_stream_feed(is_reasoning ? &stream->reasoning : &stream->text,
                     conversation_mask(stream->conversation), text, &shown);
    stream->chunk_id = answer->id.len > 0 ? buf_str(&answer->id) : STR_NULL;
    publish(stream, is_reasoning ? PIECE_REASONING : PIECE_TEXT, buf_str(&shown), text);
    stream->chunk_id = STR_NULL;
}

static void flush(struct answer_stream *stream, struct mask_stream *held,
                  enum conversation_piece_kind kind)
{
    scoped_buf struct buf shown = {0};
    mask_stream_end(held, conversation_mask(stream->conversation), &shown);
    if (shown.len > 0)
        publish(stream, kind, buf_str(&shown), STR_NULL);
}

void answer_stream_end(struct answer_stream *stream)
{
    if (stream->attempt == 0)
        return;
    flush(stream, &stream->reasoning, PIECE_REASONING);
    flush(stream, &stream->text, PIECE_TEXT);
    stream->attempt = 0;
}

void answer_stream_abort(struct answer_stream *stream, struct str reason)
{
    if (stream->attempt == 0)
        return;
    publish(stream, PIECE_ABORTED, reason, STR_NULL);
    stream->attempt = 0;
}

#include "api/native/output_piece.h"

#include "server/base/base64.h"
#include "server/base/jsonw.h"
#include "server/base/utf8.h"
#include "server/http/reply.h"

static void reply_raw(struct http_request *request, const struct output_piece *piece)
{
    scoped_buf struct buf number = {0};
    buf_printf(&number, "%llu", (unsigned long long)piece->offset);
    reply_header(request, "x-offset", buf_str(&number));
    buf_clear(&number);
    buf_printf(&number, "%llu", (unsigned long long)piece->next);
    reply_header(request, "x-next-offset", buf_str(&number));
    reply_header(request, "x-end", piece->is_end ? STR("true") : STR("false"));
    reply_text(request, 200, "application/octet-stream", buf_str(&piece->bytes));
}

void output_piece_print_bytes(struct jsonw *w, struct str bytes)
{
    const bool is_text = utf8_is_valid(bytes);
    jsonw_string(w, "encoding", is_text ? STR("utf-8") : STR("base64"));
    if (is_text) {
        jsonw_string(w, "data", bytes);
    } else {
        scoped_buf struct buf text = {0};
        base64_encode(&text, bytes);
        jsonw_string(w, "data", buf_str(&text));
    }
}

static void reply_as_json(struct http_request *request, const struct output_piece *piece)
{
    struct buf body = {0};
    struct jsonw w;
    jsonw_init(&w, &body);
    jsonw_object(&w);
    jsonw_uint(&w, "offset", piece->offset);
    jsonw_uint(&w, "next_offset", piece->next);
    jsonw_bool(&w, "end", piece->is_end);
    output_piece_print_bytes(&w, buf_str(&piece->bytes));
    jsonw_end(&w);
    reply_json(request, 200, &body);
    buf_fini(&body);
}

void output_piece_reply(struct http_request *request, const struct output_piece *piece,
                        bool wants_json)
{
    if (wants_json)
        reply_as_json(request, piece);
    else
        reply_raw(request, piece);
}

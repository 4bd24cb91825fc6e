#include "plugins/jupyter/message.h"

#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/utf8.h"

enum json_part {
    PART_HEADER,
    PART_PARENT,
    PART_METADATA,
    PART_CONTENT
};

bool jupyter_frame_find(const struct str *parts, size_t count, struct jupyter_frame *ret_frame)
{
    size_t at = 0;
    while (at < count && !str_equal(parts[at], STR(JUPYTER_MESSAGE_DELIMITER)))
        at++;
    if (at == count || count - at < 2 + JUPYTER_MESSAGE_JSON_PARTS)
        return false;
    *ret_frame = (struct jupyter_frame){.signature = parts[at + 1], .json = &parts[at + 2]};
    return true;
}

/* What a program prints may hold half characters, and the kernel passes them on. */
static struct doc *parse(struct str json)
{
    struct doc_error ignored;
    if (utf8_is_valid(json))
        return doc_parse(json, &ignored);
    scoped_buf struct buf repaired = {.max_bytes = SIZE_MAX / 2};
    utf8_repair(&repaired, json);
    return doc_parse(buf_str(&repaired), &ignored);
}

static struct doc *parse_object(struct str json, const char *what, struct error *error)
{
    struct doc *doc = parse(json);
    if (doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT)
        return doc;
    doc_free(doc);
    (void)error_set(error, ERROR_INVALID, "the %s of a kernel's message is no JSON object", what);
    return NULL;
}

static struct str text_of(const struct doc_value *object, const char *name)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR("");
}

bool jupyter_message_read(const struct jupyter_frame *frame, struct jupyter_message *ret_message,
                          struct error *error)
{
    struct jupyter_message message = {
        .docs = {parse_object(frame->json[PART_HEADER], "header", error),
                 parse_object(frame->json[PART_PARENT], "parent", error),
                 parse_object(frame->json[PART_CONTENT], "content", error)},
    };
    if (message.docs[0] == NULL || message.docs[1] == NULL || message.docs[2] == NULL) {
        jupyter_message_fini(&message);
        return false;
    }
    message.type = text_of(doc_root(message.docs[0]), "msg_type");
    message.parent_id = text_of(doc_root(message.docs[1]), "msg_id");
    message.content = doc_root(message.docs[2]);
    *ret_message = message;
    return true;
}

void jupyter_message_fini(struct jupyter_message *message)
{
    for (size_t i = 0; i < ARRAY_SIZE(message->docs); i++)
        doc_free(message->docs[i]);
    *message = (struct jupyter_message){0};
}

struct str jupyter_message_text(const struct jupyter_message *message, const char *name)
{
    return text_of(message->content, name);
}

static void write_header(struct jupyter_request *request, const char *type, struct id session)
{
    scoped_buf struct buf date = {0};
    clock_format_utc(&date, clock_wall_us());
    struct jsonw w;
    jsonw_init(&w, &request->json[PART_HEADER]);
    jsonw_object(&w);
    jsonw_cstr(&w, "msg_id", id_hex(request->id).text);
    jsonw_cstr(&w, "session", id_hex(session).text);
    jsonw_string(&w, "username", STR("actiond"));
    jsonw_string(&w, "date", buf_str(&date));
    jsonw_cstr(&w, "msg_type", type);
    jsonw_string(&w, "version", STR("5.3"));
    jsonw_end(&w);
}

void jupyter_request_init(struct jupyter_request *request, const char *type, struct id session,
                          struct str content)
{
    *request = (struct jupyter_request){.id = id_new()};
    write_header(request, type, session);
    buf_append(&request->json[PART_PARENT], STR("{}"));
    buf_append(&request->json[PART_METADATA], STR("{}"));
    buf_append(&request->json[PART_CONTENT], content);
}

void jupyter_request_fini(struct jupyter_request *request)
{
    for (size_t i = 0; i < ARRAY_SIZE(request->json); i++)
        buf_fini(&request->json[i]);
}

void jupyter_execute_content(struct str code, bool is_silent, struct buf *out)
{
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    jsonw_string(&w, "code", code);
    jsonw_bool(&w, "silent", is_silent);
    jsonw_bool(&w, "store_history", false);
    jsonw_object_in(&w, "user_expressions");
    jsonw_end(&w);
    jsonw_bool(&w, "allow_stdin", false);
    jsonw_bool(&w, "stop_on_error", false);
    jsonw_end(&w);
}

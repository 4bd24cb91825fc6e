#include "api/v1/socket_auth.h"

#include "api/api.h"
#include "server/auth/keyring.h"
#include "server/base/json.h"
#include "server/http/reply.h"
#include "server/http/ws.h"
#include "server/loop/timer.h"

#define AUTH_FRAME_MAX_BYTES ((size_t)64 << 10) /* larger messages are none, and are not parsed */

void socket_auth_refuse(struct http_request *request)
{
    reply_empty(request, 403);
}

enum socket_admission socket_auth_admit(const struct api *api, struct http_request *request)
{
    if (!ws_is_handshake(request)) {
        reply_detail(request, 404, STR("Not Found"));
        return SOCKET_REFUSED;
    }
    if (keyring_is_open(api->keyring))
        return SOCKET_ADMITTED;
    struct str key = http_request_query(request, "session_api_key");
    if (!str_is_set(key))
        key = http_request_header(request, "x-session-api-key");
    if (!str_is_set(key))
        return SOCKET_MUST_PROVE;
    if (keyring_accepts(api->keyring, key))
        return SOCKET_ADMITTED;
    socket_auth_refuse(request);
    return SOCKET_REFUSED;
}

static void fail(struct socket_auth *auth)
{
    ws_close(auth->ws, WS_CLOSE_AUTH_FAILED, STR("Authentication failed"));
}

static void on_limit(void *owner)
{
    fail(owner);
}

void socket_auth_open(struct socket_auth *auth, const struct api *api, struct ws *ws,
                      enum socket_admission admission)
{
    *auth = (struct socket_auth){.keyring = api->keyring, .ws = ws};
    if (admission != SOCKET_MUST_PROVE)
        return;
    auth->limit = timer_open(api->loop, on_limit, auth);
    timer_start(auth->limit, SOCKET_AUTH_TIMEOUT_MS, 0);
}

void socket_auth_close(struct socket_auth *auth)
{
    timer_close(auth->limit);
    auth->limit = NULL;
}

bool socket_auth_is_pending(const struct socket_auth *auth)
{
    return auth->limit != NULL;
}

static struct str text_member(const struct doc_value *object, struct str name)
{
    const struct doc_value *value = doc_find(object, name);
    return value != NULL && doc_kind(value) == DOC_STRING ? doc_string(value) : STR_NULL;
}

/* An object whose "type" is "auth", or NULL. */
static const struct doc_value *auth_frame(const struct doc *doc)
{
    const struct doc_value *root = doc == NULL ? NULL : doc_root(doc);
    if (root == NULL || doc_kind(root) != DOC_OBJECT ||
        !str_equal(text_member(root, STR("type")), STR("auth")))
        return NULL;
    return root;
}

static bool proves(const struct socket_auth *auth, const struct doc *doc)
{
    const struct doc_value *frame = auth_frame(doc);
    if (frame == NULL)
        return false;
    const struct str key = text_member(frame, STR("session_api_key"));
    return str_is_set(key) && keyring_accepts(auth->keyring, key);
}

/* Later ones are ignored when they hold nothing else. */
static bool is_redundant(const struct doc *doc)
{
    const struct doc_value *frame = auth_frame(doc);
    if (frame == NULL)
        return false;
    const size_t known = doc_find(frame, STR("session_api_key")) == NULL ? 1 : 2;
    return doc_count(frame) == known;
}

static enum socket_verdict receive_first(struct socket_auth *auth, const struct doc *doc,
                                         bool is_binary)
{
    if (is_binary) {
        ws_abort(auth->ws);
        return SOCKET_CONSUMED;
    }
    if (!proves(auth, doc)) {
        fail(auth);
        return SOCKET_CONSUMED;
    }
    socket_auth_close(auth);
    return SOCKET_PROVEN;
}

enum socket_verdict socket_auth_receive(struct socket_auth *auth, struct str message,
                                        bool is_binary)
{
    struct doc_error error;
    const bool is_text = !is_binary && message.len <= AUTH_FRAME_MAX_BYTES;
    struct doc *doc = is_text ? doc_parse(message, &error) : NULL;
    enum socket_verdict verdict = SOCKET_MESSAGE;
    if (socket_auth_is_pending(auth))
        verdict = receive_first(auth, doc, is_binary);
    else if (is_redundant(doc))
        verdict = SOCKET_CONSUMED;
    doc_free(doc);
    return verdict;
}

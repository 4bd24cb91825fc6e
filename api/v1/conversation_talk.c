#include "api/v1/conversation_talk.h"

#include <stdlib.h>

#include "agent/conversation.h"
#include "agent/registry.h"
#include "agent/runner.h"
#include "api/api.h"
#include "api/v1/conversation_message.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

struct talk {
    struct conversation_talk asked;
    struct buf content;
    const char *code; /* of what could not be read; NULL: it could */
    struct buf detail;
};

static void finish(struct talk *talk, struct str code, struct str detail)
{
    talk->asked.on_done(talk->asked.owner, code, detail);
    buf_fini(&talk->content);
    buf_fini(&talk->detail);
    free(talk);
}

static void on_sent(void *owner, const struct error *error)
{
    if (error == NULL)
        finish(owner, STR_NULL, STR_NULL);
    else
        finish(owner, str_from(error_code_name(error->code)), str_from(error->text));
}

static void on_found(void *owner, struct conversation *conversation, const struct error *error)
{
    struct talk *talk = owner;
    const struct runner_message message = {.content = buf_str(&talk->content), .runs = true};
    if (error != NULL) {
        on_sent(talk, error);
        return;
    }
    if (conversation_is_closing(conversation)) { /* by somebody who was told just before */
        finish(talk, STR("unavailable"), STR("The conversation is being closed"));
        return;
    }
    api_touch(talk->asked.api);
    runner_send(conversation, &message, on_sent, talk);
}

static void refuse(void *owner)
{
    struct talk *talk = owner;
    finish(talk, str_from(talk->code), buf_str(&talk->detail));
}

void conversation_talk(const struct conversation_talk *asked)
{
    struct api *api = asked->api;
    struct talk *talk = mem_zero(1, sizeof(*talk));
    talk->asked = *asked;
    talk->asked.frame = STR_NULL;
    struct conversation_message_error failure = {.detail = &talk->detail};
    if (conversation_message_read(asked->frame, asked->is_binary, &talk->content, &failure)) {
        registry_find(api->registry, asked->id, on_found, talk);
        return;
    }
    talk->code = failure.code;
    loop_defer(api->loop, refuse, talk);
}

#include "agent/start_secrets.h"

#include "agent/meta.h"
#include "agent/secrets.h"
#include "agent/state.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/log.h"
#include "server/base/mem.h"

static void take(struct state *state, const struct doc_value *sources)
{
    struct error error;
    if (sources != NULL && doc_kind(sources) == DOC_OBJECT &&
        !secrets_update(state->secrets, sources, NULL, &error))
        log_warn("conversation.secrets", "error=\"%s\"", error.text);
}

static void take_agents(struct state *state)
{
    struct doc_error why;
    struct doc *doc = doc_parse(state_json(state, STATE_AGENT), &why);
    assert(doc != NULL && doc_kind(doc_root(doc)) == DOC_OBJECT); /* it is completed */
    const struct doc_value *context = doc_find(doc_root(doc), STR("agent_context"));
    if (context != NULL && doc_kind(context) == DOC_OBJECT)
        take(state, doc_find(context, STR("secrets")));
    doc_free(doc);
}

void start_secrets_take(struct state *state, const struct meta *meta)
{
    struct doc_error why;
    secrets_clear(state->secrets);
    take_agents(state);
    struct doc *doc = doc_parse(meta_json(meta, META_SECRETS), &why);
    if (doc != NULL)
        take(state, doc_root(doc));
    doc_free(doc);
}

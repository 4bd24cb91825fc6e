#include <stdint.h>

#include "agent/llm/config.h"
#include "agent/start_request.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/schema.h"

/*
 * The request that begins a conversation: what is taken is whole, and its model can be asked; what
 * is not says why.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(struct start_request *request)
{
    struct doc_error why;
    struct error error;
    struct llm_config *config;
    scoped_buf struct buf meta = {0};
    meta_print(request->meta, NULL, &meta);
    struct doc *printed = doc_parse(buf_str(&meta), &why);
    assert(printed != NULL);
    doc_free(printed);
    if (request->agent == NULL) { /* a profile is to give it */
        assert(!id_is_nil(request->profile_id));
        return;
    }
    struct doc *agent = doc_parse(str_from(request->agent), &why);
    assert(agent != NULL && doc_kind(doc_root(agent)) == DOC_OBJECT);
    const struct doc_value *llm = doc_find(doc_root(agent), STR("llm"));
    if (llm != NULL && llm_config_decode(llm, &config, &error))
        llm_config_free(config);
    doc_free(agent);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doc_error why;
    struct issues issues;
    struct error error = {0};
    struct start_request *request;
    scoped_buf struct buf items = {0};
    struct doc *doc = doc_parse(str_span((const char *)data, size), &why);
    if (doc == NULL)
        return 0;
    issues_init(&issues, &items);
    if (start_request_decode(doc_root(doc), NULL, &issues, &request, &error)) {
        check_request(request);
        start_request_free(request);
    } else {
        assert(issues.count > 0 || error.text[0] != '\0');
    }
    doc_free(doc);
    return 0;
}

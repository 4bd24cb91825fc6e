#include <stdint.h>

#include "agent/event.h"
#include "agent/event_form.h"
#include "agent/message_parts.h"
#include "agent/observation.h"
#include "server/base/buf.h"
#include "server/base/json.h"

/*
 * A file of an event, which may be somebody else's: every form of it is JSON again, and a model can
 * be told what it observes.
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const struct buf *text)
{
    struct doc_error why;
    struct doc *doc = doc_parse(buf_str(text), &why);
    assert(doc != NULL);
    doc_free(doc);
}

static void check_forms(const struct doc_value *event)
{
    scoped_buf struct buf full = {0};
    event_form_full(event, &full);
    check_json(&full);
    for (enum event_level level = EVENT_LEVEL_1_10; level <= EVENT_LEVEL_1_40; level++) {
        scoped_buf struct buf text = {0};
        if (event_form_level(event, level, &text))
            check_json(&text);
        else
            assert(text.len == 0);
    }
}

static void check_observation(const struct doc_value *event)
{
    const struct doc_value *observation = doc_find(event, STR("observation"));
    struct message_parts parts = {0};
    if (observation == NULL)
        return;
    observation_parts(observation, STR_NULL, &parts);
    message_parts_fini(&parts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct doc_error why;
    struct event_head head;
    struct doc *doc = doc_parse(str_span((const char *)data, size), &why);
    if (doc != NULL && event_read_head(doc_root(doc), &head)) {
        check_forms(doc_root(doc));
        check_observation(doc_root(doc));
    }
    doc_free(doc);
    return 0;
}

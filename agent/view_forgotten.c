#include "agent/view_forgotten.h"

#include "agent/view.h"
#include "agent/view_key.h"
#include "server/base/json.h"

void view_forgotten_fini(struct view_forgotten *forgotten)
{
    map_fini(&forgotten->events);
    map_fini(&forgotten->summaries);
}

/* Only that a key is there matters, not what stands behind it. */
static void add(struct view_forgotten *forgotten, struct str id)
{
    const struct str suffix = STR(VIEW_SUMMARY_SUFFIX);
    if (str_ends_with(id, suffix)) {
        const struct str condensation = str_slice(id, 0, id.len - suffix.len);
        map_set(&forgotten->summaries, view_event_id(condensation), forgotten);
        return;
    }
    map_set(&forgotten->events, view_event_id(id), forgotten);
}

void view_forgotten_read(struct view_forgotten *forgotten, const struct doc_value *condensation)
{
    if (condensation == NULL || doc_kind(condensation) != DOC_OBJECT)
        return;
    const struct doc_value *ids = doc_find(condensation, STR("forgotten_event_ids"));
    if (ids == NULL || doc_kind(ids) != DOC_ARRAY)
        return;
    for (size_t i = 0; i < doc_count(ids); i++)
        if (doc_kind(doc_at(ids, i)) == DOC_STRING)
            add(forgotten, doc_string(doc_at(ids, i)));
}

bool view_forgotten_has(const struct view_forgotten *forgotten, const struct view_item *item)
{
    const struct map *ids =
        item->kind == EVENT_CONDENSATION_SUMMARY ? &forgotten->summaries : &forgotten->events;
    return ids->count > 0 && map_find(ids, item->id) != NULL;
}

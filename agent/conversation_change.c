#include "agent/conversation_change.h"

#include <stdlib.h>

#include "agent/conversation_parts.h"
#include "agent/meta.h"
#include "agent/stats.h"
#include "server/base/buf.h"
#include "server/base/clock.h"
#include "server/base/error.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

static void change_state(struct conversation *conversation)
{
    conversation->is_state_changed = true;
    conversation_touch(conversation);
}

enum state_status conversation_status(const struct conversation *conversation)
{
    return conversation->files.state->status;
}

static bool append_text(struct conversation *conversation, const char *key, struct str text,
                        struct error *error)
{
    scoped_buf struct buf value = {0};
    jsonw_quote(&value, text);
    return conversation_append_update(conversation, key, buf_str(&value), error);
}

bool conversation_set_status(struct conversation *conversation, enum state_status status,
                             struct error *error)
{
    struct state *state = conversation->files.state;
    if (state->status == status)
        return true;
    state->status = status;
    change_state(conversation);
    return append_text(conversation, "execution_status", state_status_name(status), error);
}

bool conversation_set_field(struct conversation *conversation, enum state_field field,
                            struct str json, struct error *error)
{
    struct state *state = conversation->files.state;
    scoped_buf struct buf value = {0};
    if (!state_set_json(state, field, json))
        return true;
    change_state(conversation);
    if (field == STATE_INVOKED_SKILLS)
        return true; /* which no event tells */
    state_print_field(state, field, &value);
    return conversation_append_update(conversation, state_field_name(field).data, buf_str(&value),
                                      error);
}

bool conversation_set_last_user_message(struct conversation *conversation, struct id event_id,
                                        struct error *error)
{
    conversation->files.state->last_user_message = event_id;
    change_state(conversation);
    return append_text(conversation, "last_user_message_id", str_from(id_uuid(event_id).text),
                       error);
}

bool conversation_stats_changed(struct conversation *conversation, struct error *error)
{
    scoped_buf struct buf value = {0};
    struct jsonw w;
    jsonw_init(&w, &value);
    stats_print(conversation->files.state->stats, STATS_SNAPSHOT, NULL, &w);
    change_state(conversation);
    return conversation_append_update(conversation, "stats", buf_str(&value), error);
}

void conversation_stats_kept(struct conversation *conversation)
{
    change_state(conversation);
}

void conversation_secrets_changed(struct conversation *conversation)
{
    change_state(conversation);
}

/* --- title and tags --- */

static bool write_meta(struct conversation *conversation, struct error *error)
{
    return conversation_check_owner(conversation, error) &&
           conversation_disk_write_meta(conversation->files.directory, conversation->files.meta,
                                        conversation->options.cipher, error);
}

bool conversation_set_title(struct conversation *conversation, struct str title,
                            struct error *error)
{
    struct meta *meta = conversation->files.meta;
    char *before = meta->title;
    meta->title = NULL;
    if (meta_set_title(meta, title, error) && write_meta(conversation, error)) {
        free(before);
        return true;
    }
    free(meta->title);
    meta->title = before;
    return false;
}

struct names {
    char *title;
    char *tags;
    int64_t updated_us;
};

static struct names keep_names(const struct meta *meta)
{
    return (struct names){
        .title = meta->title == NULL ? NULL : mem_strdup(meta->title),
        .tags = mem_strndup(meta_json(meta, META_TAGS).data, meta_json(meta, META_TAGS).len),
        .updated_us = meta->updated_us,
    };
}

static void put_back(struct meta *meta, struct names *names)
{
    free(meta->title);
    meta->title = take_pointer(&names->title);
    meta_set_json(meta, META_TAGS, str_from(names->tags));
    meta->updated_us = names->updated_us;
}

static bool rename_meta(struct conversation *conversation, struct str title, struct str tags,
                        struct error *error)
{
    struct meta *meta = conversation->files.meta;
    if (str_is_set(title) && !meta_set_title(meta, title, error))
        return false;
    if (str_is_set(tags))
        meta_set_json(meta, META_TAGS, tags);
    meta->updated_us = clock_wall_us();
    return write_meta(conversation, error);
}

bool conversation_rename(struct conversation *conversation, struct str title, struct str tags,
                         struct error *error)
{
    struct meta *meta = conversation->files.meta;
    struct names before = keep_names(meta);
    bool is_renamed = rename_meta(conversation, title, tags, error);
    if (!is_renamed)
        put_back(meta, &before);
    free(before.title);
    free(before.tags);
    if (!is_renamed)
        return false;
    conversation->is_renamed = true;
    conversation_touch(conversation);
    return !str_is_set(tags) || conversation_set_field(conversation, STATE_TAGS, tags, error);
}

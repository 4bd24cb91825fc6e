#include "agent/state.h"

#include <stdlib.h>

#include "agent/agent_spec.h"
#include "agent/cipher.h"
#include "agent/secrets.h"
#include "agent/shape.h"
#include "agent/stats.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"

static const struct str status_names[STATUS_COUNT] = {
    [STATUS_IDLE] = STR_INIT("idle"),
    [STATUS_RUNNING] = STR_INIT("running"),
    [STATUS_PAUSED] = STR_INIT("paused"),
    [STATUS_WAITING_FOR_CONFIRMATION] = STR_INIT("waiting_for_confirmation"),
    [STATUS_FINISHED] = STR_INIT("finished"),
    [STATUS_ERROR] = STR_INIT("error"),
    [STATUS_STUCK] = STR_INIT("stuck"),
    [STATUS_DELETING] = STR_INIT("deleting"),
};

static const struct {
    struct str name;
    struct str initial;
} fields[STATE_FIELD_COUNT] = {
#define FIELD_ROW(enumerator, text, value) [STATE_##enumerator] = {STR_INIT(text), STR_INIT(value)},
    STATE_FIELDS(FIELD_ROW)
#undef FIELD_ROW
};

struct str state_status_name(enum state_status status)
{
    return status_names[status];
}

bool state_status_find(struct str name, enum state_status *ret_status)
{
    for (enum state_status status = STATUS_IDLE; status < STATUS_COUNT; status++)
        if (str_equal(status_names[status], name)) {
            *ret_status = status;
            return true;
        }
    return false;
}

struct str state_field_name(enum state_field field)
{
    return fields[field].name;
}

struct state *state_new(struct secret_mask *mask)
{
    struct state *state = mem_zero(1, sizeof(*state));
    state->stats = stats_new();
    state->secrets = secrets_new(mask);
    state->max_iterations = 500;
    state->stuck_detection = true;
    return state;
}

/* Agents hold keys. */
static void drop_json(char *json)
{
    if (json != NULL)
        explicit_bzero(json, strlen(json));
    free(json);
}

void state_free(struct state *state)
{
    if (state == NULL)
        return;
    for (size_t i = 0; i < STATE_FIELD_COUNT; i++)
        drop_json(state->json[i]);
    free(state->persistence_dir);
    free(state->stored_agent);
    stats_free(state->stats);
    secrets_free(state->secrets);
    free(state);
}

struct str state_json(const struct state *state, enum state_field field)
{
    const char *json = state->json[field];
    return json == NULL ? fields[field].initial : str_from(json);
}

bool state_set_json(struct state *state, enum state_field field, struct str json)
{
    if (str_equal(state_json(state, field), json))
        return false;
    drop_json(state->json[field]);
    state->json[field] = mem_strndup(json.data, json.len);
    if (field == STATE_AGENT) {
        free(state->stored_agent);
        state->stored_agent = NULL;
    }
    return true;
}

/* --- reading --- */

static const struct doc_value *member(const struct doc_value *root, const char *name,
                                      enum doc_kind kind)
{
    const struct doc_value *value = doc_find(root, str_from(name));
    return value != NULL && doc_kind(value) == kind ? value : NULL;
}

static struct id read_id(const struct doc_value *root, const char *name)
{
    const struct doc_value *value = member(root, name, DOC_STRING);
    struct id id;
    return value != NULL && id_parse(doc_string(value), &id) ? id : (struct id){0};
}

static bool read_agent(struct state *state, const struct doc_value *root,
                       const struct cipher *cipher, struct error *error)
{
    const struct doc_value *agent = member(root, "agent", DOC_OBJECT);
    struct shape_problem problem;
    scoped_buf struct buf text = {0};
    if (agent == NULL)
        return error_set(error, ERROR_INVALID, "the state has no agent");
    if (!agent_spec_complete(agent, cipher, &text, &problem, error))
        return error_wrap(error, "the agent of the state");
    (void)state_set_json(state, STATE_AGENT,
                         buf_str(&text)); /* whether it is another is no matter */
    explicit_bzero(text.data, text.len);
    return true;
}

static void read_fields(struct state *state, const struct doc_value *root)
{
    for (enum state_field field = STATE_AGENT + 1; field < STATE_FIELD_COUNT; field++) {
        const struct doc_value *value = doc_find(root, fields[field].name);
        scoped_buf struct buf text = {0};
        if (value == NULL || doc_kind(value) == DOC_NULL)
            continue;
        doc_print(value, &text);
        (void)state_set_json(state, field, buf_str(&text)); /* as above */
    }
}

static void read_typed(struct state *state, const struct doc_value *root)
{
    const struct doc_value *directory = member(root, "persistence_dir", DOC_STRING);
    const struct doc_value *iterations = member(root, "max_iterations", DOC_INT);
    const struct doc_value *stuck = member(root, "stuck_detection", DOC_BOOL);
    const struct doc_value *empty = member(root, "head_is_empty", DOC_BOOL);
    const struct doc_value *status = member(root, "execution_status", DOC_STRING);
    if (directory != NULL)
        state->persistence_dir = mem_strndup(doc_string(directory).data, doc_string(directory).len);
    if (iterations != NULL)
        state->max_iterations = doc_int(iterations);
    state->stuck_detection = stuck == NULL || doc_bool(stuck);
    state->head_is_empty = empty != NULL && doc_bool(empty);
    if (status == NULL || !state_status_find(doc_string(status), &state->status))
        state->status = STATUS_IDLE;
    state->id = read_id(root, "id");
    state->last_user_message = read_id(root, "last_user_message_id");
    state->leaf = read_id(root, "leaf_event_id");
}

static bool read_secrets(struct state *state, const struct doc_value *root,
                         const struct cipher *cipher, struct error *error)
{
    const struct doc_value *registry = member(root, "secret_registry", DOC_OBJECT);
    const struct doc_value *sources =
        registry == NULL ? NULL : member(registry, "secret_sources", DOC_OBJECT);
    return sources == NULL || secrets_update(state->secrets, sources, cipher, error);
}

static bool read_root(struct state *state, const struct doc_value *root,
                      const struct cipher *cipher, struct error *error)
{
    if (doc_kind(root) != DOC_OBJECT)
        return error_set(error, ERROR_INVALID, "the state should be an object");
    if (!read_agent(state, root, cipher, error) || !read_secrets(state, root, cipher, error))
        return false;
    read_fields(state, root);
    read_typed(state, root);
    stats_read(state->stats, doc_find(root, STR("stats")));
    return true;
}

bool state_read(struct state *state, struct str text, const struct cipher *cipher,
                struct error *error)
{
    struct doc_error why;
    struct doc *doc = doc_parse(text, &why);
    if (doc == NULL)
        return error_set(error, ERROR_INVALID, "the state is no JSON: %s", why.text);
    const bool is_read = read_root(state, doc_root(doc), cipher, error);
    doc_free(doc);
    return is_read;
}

/* --- printing --- */

static void print_agent(const struct state *state, const struct secret_writer *writer,
                        struct buf *out)
{
    struct doc_error why;
    struct doc *doc = doc_parse(state_json(state, STATE_AGENT), &why);
    assert(doc != NULL); /* we have printed it */
    if (doc_kind(doc_root(doc)) == DOC_OBJECT)
        agent_spec_print(doc_root(doc), &(struct agent_print){.writer = *writer}, out);
    else
        buf_append(out, STR("null"));
    doc_free(doc);
}

/* Sealing all keys anew at every change would be the most costly part of it. */
static struct str stored_agent(struct state *state, const struct secret_writer *writer)
{
    if (state->stored_agent == NULL) {
        scoped_buf struct buf text = {0};
        print_agent(state, writer, &text);
        state->stored_agent = mem_strndup(text.data, text.len);
    }
    return str_from(state->stored_agent);
}

static void print_fields(const struct state *state, enum state_field from, enum state_field to,
                         struct jsonw *w)
{
    for (enum state_field field = from; field <= to; field++) {
        const struct str json = state_json(state, field);
        if (str_equal(json, STR("null")))
            continue;
        jsonw_name(w, fields[field].name);
        jsonw_raw(w, NULL, json);
    }
}

static void print_first(struct state *state, const struct secret_writer *writer, struct jsonw *w)
{
    scoped_buf struct buf agent = {0};
    jsonw_cstr(w, "id", id_uuid(state->id).text);
    if (writer->form != FORM_STORED)
        print_agent(state, writer, &agent);
    jsonw_raw(w, "agent",
              writer->form == FORM_STORED ? stored_agent(state, writer) : buf_str(&agent));
    print_fields(state, STATE_WORKSPACE, STATE_WORKSPACE, w);
    if (state->persistence_dir != NULL)
        jsonw_cstr(w, "persistence_dir", state->persistence_dir);
    jsonw_int(w, "max_iterations", state->max_iterations);
    jsonw_bool(w, "stuck_detection", state->stuck_detection);
    jsonw_string(w, "execution_status", state_status_name(state->status));
}

static void print_ids(const struct state *state, struct jsonw *w)
{
    if (!id_is_nil(state->last_user_message))
        jsonw_cstr(w, "last_user_message_id", id_uuid(state->last_user_message).text);
    if (!id_is_nil(state->leaf))
        jsonw_cstr(w, "leaf_event_id", id_uuid(state->leaf).text);
    jsonw_bool(w, "head_is_empty", state->head_is_empty);
}

void state_print(struct state *state, const struct secret_writer *writer, struct buf *out)
{
    /* The lists of all answers grow for ever, and clients take no frame beyond 1 MiB. */
    const enum stats_form form = writer->form == FORM_EVENT ? STATS_SNAPSHOT : STATS_STORED;
    struct jsonw w;
    jsonw_init(&w, out);
    jsonw_object(&w);
    print_first(state, writer, &w);
    print_fields(state, STATE_CONFIRMATION_POLICY, STATE_BLOCKED_MESSAGES, &w);
    print_ids(state, &w);
    stats_print(state->stats, form, "stats", &w);
    secrets_print(state->secrets, writer, "secret_registry", &w);
    print_fields(state, STATE_TAGS, STATE_HOOK_CONFIG, &w);
    jsonw_end(&w);
}

void state_print_field(const struct state *state, enum state_field field, struct buf *out)
{
    const struct secret_writer writer = {.form = FORM_EVENT};
    if (field == STATE_AGENT)
        print_agent(state, &writer, out);
    else
        buf_append(out, state_json(state, field));
}

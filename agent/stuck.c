#include "agent/stuck.h"

#include "server/base/json.h"

/*
 * An event is reduced to a number: a hash of its kind, its source and those members that say what
 * was done, printed as JSON. Two events say the same when their numbers are equal.
 */

const struct stuck_limits stuck_default_limits = {
    .same_observation = 4,
    .same_error = 3,
    .monologue = 3,
    .alternating = 6,
};

static uint64_t hash_bytes(uint64_t hash, struct str bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.data[i]) * 0x100000001b3u;
    return (hash ^ 0xff) * 0x100000001b3u;
}

/* --- what is remembered --- */

void stuck_fini(struct stuck *stuck)
{
    buf_fini(&stuck->tool);
    buf_fini(&stuck->error);
}

void stuck_clear(struct stuck *stuck)
{
    stuck_fini(stuck);
    *stuck = (struct stuck){0};
}

/* The members of a kind in which sameness lies. */
static const char *const *telling_members(enum event_kind kind)
{
    static const char *const action[] = {"thought", "action", "tool_name", NULL};
    static const char *const observation[] = {"observation", "tool_name", NULL};
    static const char *const rejection[] = {"rejection_reason", "tool_name", NULL};
    static const char *const error[] = {"error", NULL};
    static const char *const none[] = {NULL};
    if (kind == EVENT_ACTION)
        return action;
    if (kind == EVENT_OBSERVATION)
        return observation;
    if (kind == EVENT_USER_REJECT)
        return rejection;
    return kind == EVENT_AGENT_ERROR ? error : none;
}

static uint64_t sameness(enum event_kind kind, enum event_source source,
                         const struct doc_value *event)
{
    const unsigned char head[] = {(unsigned char)kind, (unsigned char)source};
    uint64_t hash = hash_bytes(0xcbf29ce484222325u, str_span((const char *)head, sizeof(head)));
    for (const char *const *name = telling_members(kind); event != NULL && *name != NULL; name++) {
        scoped_buf struct buf text = {0};
        const struct doc_value *value = doc_find(event, str_from(*name));
        if (value != NULL)
            doc_print(value, &text);
        hash = hash_bytes(hash, buf_str(&text));
    }
    return hash;
}

static void keep_text(struct buf *text, const struct doc_value *event, const char *name)
{
    const struct doc_value *value = event == NULL ? NULL : doc_find(event, str_from(name));
    buf_clear(text);
    if (value != NULL && doc_kind(value) == DOC_STRING)
        buf_append(text, doc_string(value));
}

void stuck_add(struct stuck *stuck, enum event_kind kind, enum event_source source,
               const struct doc_value *event)
{
    stuck->ring[stuck->count % STUCK_WINDOW] = (struct stuck_entry){
        .kind = kind, .source = source, .sameness = sameness(kind, source, event)};
    stuck->count++;
    if (kind == EVENT_ACTION)
        keep_text(&stuck->tool, event, "tool_name");
    if (kind != EVENT_AGENT_ERROR)
        return;
    keep_text(&stuck->error, event, "error");
    stuck->error_at = stuck->count;
}

/* --- looking back --- */

/* The newest event is at 0. NULL behind the last that counts. */
static const struct stuck_entry *at(const struct stuck *stuck, unsigned back)
{
    if (back >= STUCK_WINDOW || back >= stuck->count)
        return NULL;
    return &stuck->ring[(stuck->count - 1 - back) % STUCK_WINDOW];
}

/* Events since the user's newest message. */
static unsigned count_events(const struct stuck *stuck)
{
    unsigned count = 0;
    for (const struct stuck_entry *entry = at(stuck, 0); entry != NULL; entry = at(stuck, count)) {
        if (entry->kind == EVENT_MESSAGE && entry->source == EVENT_FROM_USER)
            break;
        count++;
    }
    return count;
}

static bool is_answer(const struct stuck_entry *entry)
{
    return entry->kind == EVENT_OBSERVATION || entry->kind == EVENT_AGENT_ERROR ||
           entry->kind == EVENT_USER_REJECT;
}

/* The newest actions and what came of them, newest first. */
struct pairs {
    const struct stuck_entry *actions[STUCK_WINDOW];
    const struct stuck_entry *answers[STUCK_WINDOW];
    unsigned action_count;
    unsigned answer_count;
};

static struct pairs collect(const struct stuck *stuck, bool with_rejections)
{
    struct pairs pairs = {0};
    const unsigned count = count_events(stuck);
    for (unsigned i = 0; i < count; i++) {
        const struct stuck_entry *entry = at(stuck, i);
        if (entry->kind == EVENT_ACTION)
            pairs.actions[pairs.action_count++] = entry;
        else if (is_answer(entry) && (with_rejections || entry->kind != EVENT_USER_REJECT))
            pairs.answers[pairs.answer_count++] = entry;
    }
    return pairs;
}

/* Each of the first `count` is the same as the one `step` before it. */
static bool repeat(const struct stuck_entry *const *entries, unsigned count, unsigned step)
{
    for (unsigned i = 0; i + step < count; i++)
        if (entries[i]->kind != entries[i + step]->kind ||
            entries[i]->sameness != entries[i + step]->sameness)
            return false;
    return true;
}

static bool are_repeated(const struct pairs *pairs, unsigned count, unsigned step)
{
    return pairs->action_count >= count && pairs->answer_count >= count &&
           repeat(pairs->actions, count, step) && repeat(pairs->answers, count, step);
}

/* How often the newest action has just failed in a row. */
static unsigned error_streak(const struct pairs *pairs)
{
    unsigned streak = 0;
    while (streak < pairs->action_count && streak < pairs->answer_count &&
           pairs->actions[streak]->sameness == pairs->actions[0]->sameness &&
           pairs->answers[streak]->kind == EVENT_AGENT_ERROR)
        streak++;
    return streak;
}

static bool is_monologue(const struct stuck *stuck, unsigned limit)
{
    unsigned said = 0;
    for (unsigned i = 0; i < count_events(stuck); i++) {
        const struct stuck_entry *entry = at(stuck, i);
        if (entry->kind != EVENT_MESSAGE)
            break;
        if (entry->source == EVENT_FROM_AGENT)
            said++;
    }
    return said >= limit;
}

bool stuck_is_stuck(const struct stuck *stuck, const struct stuck_limits *limits)
{
    const struct pairs pairs = collect(stuck, true);
    if (are_repeated(&pairs, limits->same_observation, 1))
        return true;
    if (error_streak(&pairs) > limits->same_error || is_monologue(stuck, limits->monologue))
        return true;
    const struct pairs done = collect(stuck, false);
    return are_repeated(&done, limits->alternating, 2);
}

bool stuck_take_nudge(struct stuck *stuck, const struct stuck_limits *limits, struct buf *out)
{
    const struct pairs pairs = collect(stuck, true);
    if (error_streak(&pairs) != limits->same_error || stuck->nudged_at == stuck->error_at)
        return false;
    stuck->nudged_at = stuck->error_at;
    buf_printf(out,
               "You've called `%.*s` with the same arguments %u times in a row and gotten the "
               "same error each time: ",
               STR_ARG(buf_str(&stuck->tool)), limits->same_error);
    buf_append(out, buf_str(&stuck->error));
    buf_append(out, STR(". Repeating the exact same call again will not work — review the error "
                        "message and either correct the arguments or try a different approach."));
    return true;
}

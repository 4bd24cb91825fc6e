#include "agent/message_queue.h"

#include <stdlib.h>

#include "agent/agent_start.h"
#include "agent/hooks_run.h"
#include "agent/known_names.h"
#include "agent/registry.h"
#include "agent/run_event.h"
#include "agent/run_loop.h"
#include "agent/runner_hooks.h"
#include "agent/runner_log.h"
#include "agent/runner_state.h"
#include "agent/side_call.h"
#include "agent/skills.h"
#include "agent/title.h"
#include "server/base/json.h"
#include "server/base/mem.h"
#include "server/loop/loop.h"

struct message {
    struct list link;
    struct runner *runner;
    char *content;
    bool runs;
    bool has_slot; /* for its run, until that begins */
    runner_fn on_done;
    void *owner;
};

static void answer(struct message *message, const struct error *error)
{
    if (message->has_slot)
        registry_release_run(message->runner->runners->registry);
    message->on_done(message->owner, error);
    free(message->content);
    free(message);
}

static struct message *first_message(const struct runner *runner)
{
    struct list *link = list_first(&runner->messages);
    return link == NULL ? NULL : container_of(link, struct message, link);
}

static void on_turn(void *owner)
{
    struct conversation *conversation = owner;
    struct runner *runner = conversation_runner(conversation);
    if (runner != NULL && !runner->is_closed)
        runner_take_messages(runner);
    conversation_release(conversation);
}

static void take_soon(struct runner *runner)
{
    conversation_hold(runner->conversation);
    loop_defer(runner->runners->options.loop, on_turn, runner->conversation);
}

static void finish(struct runner *runner, const struct error *error)
{
    struct message *message = first_message(runner);
    list_remove(&message->link);
    runner->is_taking = false;
    answer(message, error);
    if (!runner->is_closed && !list_is_empty(&runner->messages))
        take_soon(runner);
}

/* --- what is added --- */

static bool activate_skills(struct runner *runner, struct str text,
                            struct skills_activation *activation, struct error *error)
{
    struct known_names names;
    known_names_read(runner->conversation, STATE_ACTIVATED_SKILLS, &names);
    skills_activate_words(runner->parts->skills, text, &names.known, activation);
    const bool is_stored =
        known_names_add(runner->conversation, STATE_ACTIVATED_SKILLS, &names, activation, error);
    known_names_fini(&names);
    return is_stored;
}

static struct str message_suffix(const struct runner *runner)
{
    const struct doc_value *context = doc_find(doc_root(runner->parts->spec), STR("agent_context"));
    const struct doc_value *suffix = context == NULL || doc_kind(context) != DOC_OBJECT
                                         ? NULL
                                         : doc_find(context, STR("user_message_suffix"));
    return suffix == NULL || doc_kind(suffix) != DOC_STRING ? STR_NULL : doc_string(suffix);
}

/* --- storing --- */

static bool store_event(struct runner *runner, const struct message *message,
                        const struct hooks_result *hooks, struct id id, struct error *error)
{
    struct skills_activation activation = {0};
    scoped_buf struct buf text = {0};
    scoped_buf struct buf skills = {0};
    scoped_buf struct buf members = {0};
    title_text(str_from(message->content), &text);
    if (!activate_skills(runner, buf_str(&text), &activation, error)) {
        skills_activation_fini(&activation);
        return false;
    }
    known_names_write(&activation, &skills);
    const struct str context[] = {activation.text, message_suffix(runner),
                                  buf_str(&hooks->context)};
    run_event_message(&(struct run_message){.content = str_from(message->content),
                                            .skills = buf_str(&skills),
                                            .context = context,
                                            .context_count = ARRAY_SIZE(context)},
                      &members);
    skills_activation_fini(&activation);
    return runner_append(runner,
                         &(struct runner_event){.kind = EVENT_MESSAGE,
                                                .source = EVENT_FROM_USER,
                                                .id = id,
                                                .members = buf_str(&members)},
                         NULL, error);
}

/* {message id: reason} beside those that wait already. */
static bool block(struct runner *runner, struct id id, struct str reason, struct error *error)
{
    return runner_set_blocked(runner, STATE_BLOCKED_MESSAGES, id, reason, error);
}

/* What ended before goes on; what waits for a yes has got another answer. */
static bool wake(struct runner *runner, struct error *error)
{
    const enum state_status status = conversation_status(runner->conversation);
    if (runner->run != NULL)
        return true;
    if (status == STATUS_WAITING_FOR_CONFIRMATION)
        return runner_reject(runner->conversation, STR("Superseded by a new user message"), error);
    return (status != STATUS_FINISHED && status != STATUS_STUCK) ||
           conversation_set_status(runner->conversation, STATUS_IDLE, error);
}

static bool store(struct runner *runner, const struct message *message, struct id id,
                  const struct hooks_result *hooks, struct error *error)
{
    return runner_append_hooks(runner, hooks, error) &&
           (!hooks->is_blocked || block(runner, id, buf_str(&hooks->reason), error)) &&
           store_event(runner, message, hooks, id, error) &&
           conversation_set_last_user_message(runner->conversation, id, error);
}

static bool begin_run(struct runner *runner, struct message *message, struct error *error)
{
    if (runner->run != NULL) {
        runner->runs_again = !run_resume(runner->run, error);
        return true;
    }
    if (message->has_slot) {
        message->has_slot = false;
        return runner_begin_run_in_slot(runner, error);
    }
    if (runner_begin_run(runner, error))
        return true;
    if (error->code != ERROR_LIMIT)
        return false;
    return error_set(error, ERROR_LIMIT,
                     "Message saved, but the conversation run limit was reached. Retry POST "
                     "/api/conversations/%s/run without resending the message.",
                     id_uuid(conversation_id(runner->conversation)).text);
}

static void on_hooks(void *owner, const struct hooks_result *result)
{
    struct runner *runner = owner;
    struct message *message = first_message(runner);
    struct error error;
    const struct id id = runner->message_id;
    runner->message_hooks = NULL;
    if (!store(runner, message, id, result, &error)) {
        finish(runner, &error);
        return;
    }
    runner_title(runner, str_from(message->content));
    const bool is_fine = !message->runs || begin_run(runner, message, &error);
    finish(runner, is_fine ? NULL : &error);
}

static void on_started(void *owner, const struct error *error)
{
    struct runner *runner = owner;
    const struct message *message = first_message(runner);
    struct error failure;
    scoped_buf struct buf text = {0};
    if (message == NULL) /* it was dropped while the agent was made */
        return;
    if (error != NULL) {
        finish(runner, error);
        return;
    }
    if (!wake(runner, &failure)) {
        finish(runner, &failure);
        return;
    }
    runner->message_id = id_new();
    title_text(str_from(message->content), &text);
    runner->message_hooks =
        runner_run_hooks(runner,
                         &(struct hooks_occasion){.event = HOOK_USER_PROMPT_SUBMIT,
                                                  .message = buf_str(&text),
                                                  .subject = runner->message_id},
                         on_hooks, runner);
}

void runner_take_messages(struct runner *runner)
{
    if (runner->is_taking || list_is_empty(&runner->messages))
        return;
    runner->is_taking = true;
    runner_start(runner, on_started, runner);
}

void runner_drop_messages(struct runner *runner, const struct error *error)
{
    runner_forget_hooks(runner->message_hooks);
    runner->message_hooks = NULL;
    while (!list_is_empty(&runner->messages))
        finish(runner, error);
}

void runner_send(struct conversation *conversation, const struct runner_message *message,
                 runner_fn on_done, void *owner)
{
    struct runner *runner = runner_of(conversation);
    struct message *waiting = mem_zero(1, sizeof(*waiting));
    waiting->content = mem_strndup(message->content.data, message->content.len);
    waiting->runner = runner;
    waiting->runs = message->runs;
    waiting->has_slot = message->has_slot;
    waiting->on_done = on_done;
    waiting->owner = owner;
    list_append(&runner->messages, &waiting->link);
    take_soon(runner);
}

#include "actions/terminal_command.h"

#include <stdlib.h>

#include "server/base/clock.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"

/* Copies strings into one block of memory, one behind the other. */
struct packer {
    char *next;
};

static void pack(struct packer *packer, struct str *text)
{
    if (text->len > 0)
        memcpy(packer->next, text->data, text->len);
    *text = str_span(packer->next, text->len);
    packer->next += text->len;
}

/* Moves all strings of a command to a new block. */
static void repack(struct terminal_command *command)
{
    struct session_metadata *metadata = &command->metadata;
    struct str *all[] = {&command->who,       &command->text,         &metadata->username,
                         &metadata->hostname, &metadata->working_dir, &metadata->python,
                         &command->message};
    size_t len = 1;
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        len += all[i]->len;
    char *strings = mem_alloc(len);
    struct packer packer = {.next = strings};
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        pack(&packer, all[i]);
    free(command->strings);
    command->strings = strings;
}

struct terminal_command *terminal_command_new(uint64_t number, struct str who, struct str text)
{
    struct terminal_command *command = mem_zero(1, sizeof(*command));
    command->number = number;
    command->exit_code = -1;
    command->metadata.pid = -1;
    command->started_us = clock_wall_us();
    command->who = who;
    command->text = str_slice(text, 0, TERMINAL_COMMAND_TEXT_BYTES);
    command->is_text_cut = command->text.len < text.len;
    if (command->is_text_cut)
        command->text.len -= utf8_incomplete_tail(command->text);
    repack(command);
    return command;
}

void terminal_command_start(struct terminal_command *command, uint64_t from)
{
    assert(command->state == TERMINAL_COMMAND_WAITING);
    command->state = TERMINAL_COMMAND_RUNNING;
    command->from = from;
}

void terminal_command_finish(struct terminal_command *command,
                             const struct session_command_end *end)
{
    assert(command->state != TERMINAL_COMMAND_FINISHED);
    command->state = TERMINAL_COMMAND_FINISHED;
    command->finished_us = clock_wall_us();
    command->outcome = end->outcome;
    command->exit_code = end->exit_code;
    command->from = end->from;
    command->to = end->to;
    if (end->metadata != NULL)
        command->metadata = *end->metadata;
    command->message = end->message;
    repack(command);
}

void terminal_command_free(struct terminal_command *command)
{
    free(command->strings);
    free(command);
}

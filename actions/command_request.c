#include "actions/command_request.h"

#include "actions/command_description.h"
#include "actions/command_log_record.h"
#include "server/base/buf.h"

static bool needs_no_quotes(struct str word)
{
    static const struct str safe =
        STR_INIT("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-");
    for (size_t i = 0; i < word.len; i++) {
        if (!str_has_byte(safe, word.data[i]))
            return false;
    }
    return word.len > 0;
}

static void append_quoted(struct buf *out, struct str word)
{
    if (needs_no_quotes(word)) {
        buf_append(out, word);
        return;
    }
    buf_append_byte(out, '\'');
    for (size_t i = 0; i < word.len; i++) {
        if (word.data[i] == '\'')
            buf_append(out, STR("'\\''"));
        else
            buf_append_byte(out, word.data[i]);
    }
    buf_append_byte(out, '\'');
}

/* Arguments as one would type them. */
static void append_command_line(struct buf *out, const struct command_request *request)
{
    for (size_t i = 0; i < request->argc; i++) {
        if (i > 0)
            buf_append_byte(out, ' ');
        append_quoted(out, request->argv[i]);
    }
}

static uint16_t flags_of(const struct command_request *request)
{
    unsigned flags = 0;
    flags |= str_is_empty(request->cwd) ? 0 : RECORD_HAS_CWD;
    flags |= request->has_timeout ? RECORD_HAS_TIMEOUT : 0;
    flags |= request->has_open_stdin ? RECORD_HAS_STDIN : 0;
    flags |= request->has_terminal ? RECORD_HAS_TERMINAL : 0;
    return (uint16_t)flags;
}

void request_to_record(const struct command_request *request, struct id id, struct buf *text,
                       struct record *ret_record)
{
    *ret_record = (struct record){.kind = RECORD_COMMAND, .cwd = request->cwd};
    struct record_command *meta = &ret_record->command;
    meta->id = id;
    meta->timeout_s = request->has_timeout ? request->timeout_s : 0;
    meta->flags = flags_of(request);
    meta->cols = (uint16_t)request->cols;
    meta->rows = (uint16_t)request->rows;
    for (size_t i = 0; i < request->env_count; i++)
        meta->env_sum = record_sum(meta->env_sum, request->env[i]);

    if (request->argv == NULL) {
        ret_record->command_text = request->command;
        return;
    }
    size_t start = text->len;
    for (size_t i = 0; i < request->argc; i++) {
        buf_append(text, request->argv[i]);
        buf_append_byte(text, '\0');
    }
    size_t line = text->len;
    append_command_line(text, request);
    ret_record->argv = str_slice(buf_str(text), start, line);
    ret_record->command_text = str_skip(buf_str(text), line);
}

uint64_t request_sum(const struct record *record)
{
    const struct record_command *meta = &record->command;
    const uint64_t numbers[] = {(uint64_t)meta->timeout_s, meta->env_sum, meta->flags, meta->cols,
                                meta->rows};
    uint64_t sum = record_sum(0, str_span((const char *)numbers, sizeof(numbers)));
    sum = record_sum(sum, record->command_text);
    sum = record_sum(sum, record->cwd);
    return record_sum(sum, record->argv);
}

void request_describe(const struct record *record, struct command_description *ret_description)
{
    const struct record_command *meta = &record->command;
    ret_description->id = meta->id;
    ret_description->command = record->command_text;
    ret_description->cwd = meta->flags & RECORD_HAS_CWD ? record->cwd : STR_NULL;
    ret_description->has_timeout = (meta->flags & RECORD_HAS_TIMEOUT) != 0;
    ret_description->timeout_s = meta->timeout_s;
    ret_description->has_open_stdin = (meta->flags & RECORD_HAS_STDIN) != 0;
    ret_description->has_terminal = (meta->flags & RECORD_HAS_TERMINAL) != 0;
    ret_description->cols = meta->cols;
    ret_description->rows = meta->rows;
    ret_description->started_us = meta->wall_us;
}

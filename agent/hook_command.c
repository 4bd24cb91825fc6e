#include "agent/hook_command.h"

#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/utf8.h"
#include "server/loop/process_run.h"

#define MAX_STDOUT_BYTES ((size_t)16 << 20)
#define MAX_STDERR_BYTES ((size_t)1 << 20)
#define EXIT_BLOCKS      2

void hook_verdict_fini(struct hook_verdict *verdict)
{
    buf_fini(&verdict->out);
    buf_fini(&verdict->err);
    buf_fini(&verdict->reason);
    buf_fini(&verdict->context);
    buf_fini(&verdict->error);
}

struct str hook_verdict_why(const struct hook_verdict *verdict)
{
    const struct str complaint = str_trim(buf_str(&verdict->err));
    if (verdict->reason.len > 0)
        return buf_str(&verdict->reason);
    return str_is_empty(complaint) ? STR("Blocked by hook") : complaint;
}

/* --- what stdout says --- */

static bool read_text(const struct doc_value *object, const char *name, struct buf *out)
{
    const struct doc_value *value = doc_find(object, str_from(name));
    if (value == NULL)
        return false;
    if (doc_kind(value) == DOC_STRING)
        buf_append(out, doc_string(value));
    else
        doc_print(value, out);
    return true;
}

static bool says_no(const struct doc_value *value)
{
    switch (doc_kind(value)) {
    case DOC_NULL:
        return true;
    case DOC_BOOL:
        return !doc_bool(value);
    case DOC_INT:
    case DOC_DOUBLE:
        return !(doc_double(value) > 0 || doc_double(value) < 0);
    case DOC_STRING:
        return str_is_empty(doc_string(value));
    case DOC_ARRAY:
    case DOC_OBJECT:
        break;
    }
    return doc_count(value) == 0;
}

static void read_answer(const struct doc_value *answer, struct hook_verdict *verdict)
{
    if (doc_kind(answer) != DOC_OBJECT)
        return;
    const struct doc_value *decision = doc_find(answer, STR("decision"));
    const struct doc_value *goes_on = doc_find(answer, STR("continue"));
    if (decision != NULL && doc_kind(decision) == DOC_STRING &&
        (str_equal_nocase(doc_string(decision), STR("deny")) ||
         str_equal_nocase(doc_string(decision), STR("block"))))
        verdict->is_blocked = true;
    if (goes_on != NULL && says_no(goes_on))
        verdict->is_blocked = true;
    verdict->has_reason = read_text(answer, "reason", &verdict->reason);
    verdict->has_context = read_text(answer, "additionalContext", &verdict->context);
}

/* --- running --- */

static void take_result(const struct process_run_result *result, struct hook_verdict *verdict)
{
    struct doc_error why;
    utf8_repair(&verdict->out, buf_str(&result->out));
    utf8_repair(&verdict->err, buf_str(&result->err));
    verdict->exit_code = result->exit.code;
    verdict->is_success = result->exit.code == 0;
    verdict->is_blocked = result->exit.code == EXIT_BLOCKS;
    struct doc *answer = doc_parse(str_trim(buf_str(&verdict->out)), &why);
    if (answer != NULL)
        read_answer(doc_root(answer), verdict);
    doc_free(answer);
}

void hook_command_run(const struct hook_command *command, struct hook_verdict *ret_verdict)
{
    const char *const argv[] = {"/bin/sh", "-c", command->command, NULL};
    const struct process_run_options options = {
        .argv = argv,
        .env = command->env,
        .cwd = command->working_dir,
        .input = command->input,
        .timeout_ms = command->timeout_s <= 0 ? 1 : (uint64_t)command->timeout_s * 1000,
        .max_stdout_bytes = MAX_STDOUT_BYTES,
        .max_stderr_bytes = MAX_STDERR_BYTES,
    };
    struct process_run_result result = {0};
    struct error error;
    ret_verdict->exit_code = -1;
    if (!process_run(command->processes, &options, &result, &error))
        buf_printf(&ret_verdict->error, "Hook execution failed: %s", error.text);
    else if (result.has_timed_out)
        buf_printf(&ret_verdict->error, "Hook timed out after %lld seconds",
                   (long long)command->timeout_s);
    else if (result.is_too_large)
        buf_append(&ret_verdict->error, STR("Hook execution failed: it printed too much"));
    else
        take_result(&result, ret_verdict);
    process_run_fini(&result);
}

#include "agent/path_rules.h"

#include "agent/known_names.h"
#include "agent/llm/reader.h"
#include "agent/runner_state.h"
#include "agent/skills.h"

bool path_rules_apply(struct runner *runner, const struct doc_value *action, struct buf *text,
                      struct error *error)
{
    const struct str path = llm_text_member(action, "path");
    struct skills_activation activation = {0};
    struct known_names names;
    if (str_is_empty(path))
        return true;
    known_names_read(runner->conversation, STATE_ACTIVATED_RULES, &names);
    skills_activate_path(runner->parts->skills, conversation_working_dir(runner->conversation),
                         path, &names.known, &activation);
    buf_append(text, activation.text);
    const bool is_stored =
        known_names_add(runner->conversation, STATE_ACTIVATED_RULES, &names, &activation, error);
    skills_activation_fini(&activation);
    known_names_fini(&names);
    return is_stored;
}

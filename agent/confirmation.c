#include "agent/confirmation.h"

#include "agent/llm/reader.h"
#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/regex.h"

#define NOT_ASKABLE "This analyzer cannot be asked by this server; the action counts as risky."

static struct str kind_of(const struct doc_value *object)
{
    return object == NULL || doc_kind(object) != DOC_OBJECT ? STR("")
                                                            : llm_text_member(object, "kind");
}

/* --- commands that destroy --- */

struct pattern {
    const char *text;
    enum tool_risk risk;
};

static const struct pattern patterns[] = {
    {"\\brm\\s+(-[a-z]*[rf][a-z]*\\s+)+(--\\s+)?[\"']?(/|~|\\$HOME|\\*)", TOOL_RISK_HIGH},
    {"\\bmkfs(\\.\\w+)?\\b", TOOL_RISK_HIGH},
    {"\\bdd\\b[^|;&]*\\bof=/dev/", TOOL_RISK_HIGH},
    {">\\s*/dev/(sd|nvme|vd|hd)", TOOL_RISK_HIGH},
    {":\\(\\)\\s*\\{\\s*:\\|:&\\s*\\}", TOOL_RISK_HIGH},
    {"\\b(curl|wget)\\b[^|;]*\\|\\s*(sudo\\s+)?(ba|z|da)?sh\\b", TOOL_RISK_HIGH},
    {"\\bchmod\\s+(-R\\s+)?777\\s+/", TOOL_RISK_HIGH},
    {"\\b(shutdown|reboot|halt|poweroff)\\b", TOOL_RISK_HIGH},
    {"\\b(git\\s+push\\s+.*--force|git\\s+reset\\s+--hard)\\b", TOOL_RISK_MEDIUM},
    {"\\brm\\s+-[a-z]*r", TOOL_RISK_MEDIUM},
    {"\\bsudo\\b", TOOL_RISK_MEDIUM},
    {"\\b(eval|base64\\s+(-d|--decode))\\b", TOOL_RISK_UNKNOWN},
};

static bool is_found(const char *pattern, struct str text)
{
    const struct regex_search_options options = {.pattern = str_from(pattern),
                                                 .ignores_case = true};
    struct regex *regex;
    struct error error;
    size_t start;
    size_t end;
    if (!regex_new_search(&options, &regex, &error))
        return false;
    const enum regex_outcome outcome = regex_search(regex, text, &start, &end);
    regex_free(regex);
    return outcome != REGEX_NONE;
}

static enum tool_risk pattern_risk(struct str action)
{
    for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
        if (is_found(patterns[i].text, action))
            return patterns[i].risk;
    }
    return TOOL_RISK_LOW;
}

/* --- analyzers --- */

static void analyze_one(const struct doc_value *analyzer, struct risky_action *action);

static void analyze_ensemble(const struct doc_value *analyzer, struct risky_action *action)
{
    const struct doc_value *members = llm_array_member(analyzer, "analyzers");
    enum tool_risk highest = TOOL_RISK_UNKNOWN;
    for (size_t i = 0; members != NULL && i < doc_count(members); i++) {
        struct risky_action copy = *action;
        analyze_one(doc_at(members, i), &copy);
        if (copy.risk > highest)
            highest = copy.risk;
        if (copy.problem != NULL)
            action->problem = copy.problem;
    }
    action->risk = highest;
}

static void analyze_one(const struct doc_value *analyzer, struct risky_action *action)
{
    const struct str kind = kind_of(analyzer);
    if (str_equal(kind, STR("LLMSecurityAnalyzer")) ||
        str_equal(kind, STR("ToolShieldLLMSecurityAnalyzer"))) {
        action->risk = action->predicted;
    } else if (str_equal(kind, STR("PatternSecurityAnalyzer")) ||
               str_equal(kind, STR("PolicyRailSecurityAnalyzer"))) {
        action->risk = pattern_risk(action->action);
    } else if (str_equal(kind, STR("EnsembleSecurityAnalyzer"))) {
        analyze_ensemble(analyzer, action);
    } else {
        action->risk = TOOL_RISK_HIGH;
        action->problem = NOT_ASKABLE;
    }
}

void confirmation_analyze(const struct doc_value *analyzer, struct risky_action *actions,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        actions[i].risk = TOOL_RISK_UNKNOWN;
        if (analyzer != NULL && doc_kind(analyzer) == DOC_OBJECT)
            analyze_one(analyzer, &actions[i]);
    }
}

/* --- policies --- */

static bool is_risky(const struct doc_value *policy, enum tool_risk risk)
{
    const struct doc_value *unknown = doc_find(policy, STR("confirm_unknown"));
    const struct str threshold = llm_text_member(policy, "threshold");
    if (risk == TOOL_RISK_UNKNOWN)
        return unknown == NULL || doc_kind(unknown) != DOC_BOOL || doc_bool(unknown);
    return risk >= (str_is_empty(threshold) ? TOOL_RISK_HIGH : tool_risk_find(threshold));
}

bool confirmation_is_wanted(const struct doc_value *policy, const struct risky_action *actions,
                            size_t count)
{
    const struct str kind = kind_of(policy);
    if (str_equal(kind, STR("AlwaysConfirm")))
        return count > 0;
    if (!str_equal(kind, STR("ConfirmRisky")))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (is_risky(policy, actions[i].risk))
            return true;
    }
    return false;
}

/* --- the event --- */

void confirmation_write_event(const struct doc_value *analyzer, const struct doc_value *policy,
                              const struct risky_action *actions, size_t count, struct buf *out)
{
    scoped_buf struct buf object = {0};
    struct jsonw w;
    jsonw_init(&w, &object);
    jsonw_object(&w);
    jsonw_string(&w, "analyzer", kind_of(analyzer));
    jsonw_string(&w, "policy", kind_of(policy));
    jsonw_object_in(&w, "risks");
    for (size_t i = 0; i < count; i++)
        jsonw_string(&w, id_uuid(actions[i].id).text, tool_risk_name(actions[i].risk));
    jsonw_end(&w);
    jsonw_object_in(&w, "details");
    for (size_t i = 0; i < count; i++) {
        if (actions[i].problem == NULL)
            continue;
        jsonw_object_in(&w, id_uuid(actions[i].id).text);
        jsonw_cstr(&w, "error", actions[i].problem);
        jsonw_end(&w);
    }
    jsonw_end(&w);
    jsonw_end(&w);
    buf_append(out, str_slice(buf_str(&object), 1, object.len - 1));
}

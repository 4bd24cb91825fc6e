#include "server/config/argv.h"

#include "server/base/buf.h"
#include "server/base/error.h"
#include "server/base/json.h"
#include "server/base/jsonw.h"
#include "server/base/mem.h"
#include "server/base/utf8.h"
#include "server/config/config_options.h"
#include "server/config/config_value.h"

/*
 * Words are walked once. Each option's value is written as JSON into a slot of its own, so that a
 * repeated option replaces its earlier value; the slots are joined at the end.
 *
 * An abbreviation is looked up first among the options of the server that was asked for, then among
 * the other server's, then among our own: words that were unambiguous for the reference stay so.
 */

static const char module_v1[] = "openhands.agent_server";
static const char module_v0[] = "openhands.runtime.action_execution_server";

struct parser {
    char *const *words;
    size_t count;
    size_t at;
    bool only_positional; /* after "--" */
    struct argv_result *result;
    struct buf *values; /* one per option */
    struct error *error;
};

const char *argv_program(int argc, char *const *argv)
{
    if (argc < 1 || argv[0][0] == '\0')
        return "actiond";
    const char *slash = strrchr(argv[0], '/');
    return slash == NULL || slash[1] == '\0' ? argv[0] : slash + 1;
}

static bool is_negative_number(const char *word)
{
    bool has_dot = false;
    size_t digits = 0;
    for (const char *c = word + 1; *c != '\0'; c++) {
        if (*c >= '0' && *c <= '9')
            digits++;
        else if (*c == '.' && !has_dot)
            has_dot = true;
        else
            return false;
    }
    return digits > 0;
}

/* As argparse decides it: a word with a space in it is a value. */
static bool is_option(const struct parser *parser, const char *word)
{
    return !parser->only_positional && word[0] == '-' && word[1] != '\0' &&
           !is_negative_number(word) && strchr(word, ' ') == NULL;
}

/* Drops the words up to and including "-m <module>". */
static bool skip_start_words(struct parser *parser)
{
    for (size_t i = 0; i < parser->count; i++) {
        if (strcmp(parser->words[i], "-m") != 0)
            continue;
        const char *module = i + 1 < parser->count ? parser->words[i + 1] : "";
        parser->result->is_v0 = strcmp(module, module_v0) == 0;
        if (!parser->result->is_v0 && strcmp(module, module_v1) != 0)
            return error_set(parser->error, ERROR_INVALID,
                             "argument -m: unknown module '%s' (this program is %s or %s)", module,
                             module_v1, module_v0);
        parser->at = i + 2;
        return true;
    }
    return true;
}

struct lookup {
    const struct config_option *option;
    const struct config_option *second; /* of the same beginning: ambiguous */
    bool is_negated;
};

/* --no-enable-browser switches --enable-browser off. */
static bool matches(const struct config_option *option, struct str word, bool exactly,
                    bool *ret_is_negated)
{
    if (option->flag == NULL)
        return false;
    const struct str flag = str_from(option->flag);
    *ret_is_negated = false;
    if (exactly ? str_equal(flag, word) : str_starts_with(flag, word))
        return true;
    if (option->kind != CONFIG_BOOL || !str_starts_with(word, STR("--no-")))
        return false;
    const struct str name = str_skip(flag, 2);
    const struct str tail = str_skip(word, 5);
    *ret_is_negated = true;
    return exactly ? str_equal(name, tail) : str_starts_with(name, tail);
}

static struct lookup look_up_in(enum config_group group, struct str word, bool exactly)
{
    struct lookup lookup = {0};
    for (size_t i = 0; i < config_option_count; i++) {
        bool is_negated;
        if (config_options[i].group != group ||
            !matches(&config_options[i], word, exactly, &is_negated))
            continue;
        if (lookup.option == NULL) {
            lookup.option = &config_options[i];
            lookup.is_negated = is_negated;
        } else if (lookup.second == NULL) {
            lookup.second = &config_options[i];
        }
    }
    return lookup;
}

static struct lookup look_up(const struct parser *parser, struct str word)
{
    static const enum config_group orders[2][CONFIG_GROUP_COUNT] = {
        {CONFIG_GROUP_V1, CONFIG_GROUP_V0, CONFIG_GROUP_OWN},
        {CONFIG_GROUP_V0, CONFIG_GROUP_V1, CONFIG_GROUP_OWN},
    };
    struct lookup lookup = {0};
    if (str_equal(word, STR("-h")))
        word = STR("--help");
    for (int exactly = 1; exactly >= 0; exactly--) {
        for (size_t i = 0; i < CONFIG_GROUP_COUNT && lookup.option == NULL; i++)
            lookup = look_up_in(orders[parser->result->is_v0][i], word, exactly == 1);
    }
    return lookup;
}

/* The value as JSON; a text where the option wants a number is checked later. */
static void append_value(const struct config_option *option, struct str text, struct buf *out)
{
    int64_t integer;
    if (option->kind == CONFIG_INT && str_to_i64(str_trim(text), INT64_MIN, INT64_MAX, &integer))
        buf_printf(out, "%lld", (long long)integer);
    else
        jsonw_quote(out, text);
}

static bool fail(const struct parser *parser, const struct config_option *option, const char *text)
{
    return error_set(parser->error, ERROR_INVALID, "argument %s: %s", option->flag, text);
}

static bool check_value(const struct parser *parser, const struct config_option *option,
                        struct str text)
{
    if (!utf8_is_valid(text))
        return fail(parser, option, "expected UTF-8 text");
    scoped_buf struct buf json = {0};
    append_value(option, text, &json);
    struct doc_error at;
    struct doc *doc = doc_parse(buf_str(&json), &at);
    struct config_option checked = *option;
    checked.offset = CONFIG_NO_MEMBER;
    struct arena arena = {0};
    const bool is_ok = config_value_read(&checked, doc_root(doc), &arena, NULL, parser->error) ||
                       error_wrap(parser->error, "argument %s", option->flag);
    arena_fini(&arena);
    doc_free(doc);
    return is_ok;
}

static bool has_value(const struct parser *parser)
{
    return parser->at < parser->count && !is_option(parser, parser->words[parser->at]);
}

static bool take_one(struct parser *parser, const struct config_option *option, struct str given,
                     struct buf *out)
{
    if (!str_is_set(given)) {
        if (!has_value(parser))
            return fail(parser, option, "expected one argument");
        given = str_from(parser->words[parser->at++]);
    }
    if (!check_value(parser, option, given))
        return false;
    append_value(option, given, out);
    /* V0 backends split this value at its spaces; the option itself takes the first word. */
    if (strcmp(option->name, "browsergym_eval_env") == 0) {
        while (has_value(parser))
            parser->at++;
    }
    return true;
}

static bool take_many(struct parser *parser, const struct config_option *option, struct str given,
                      struct buf *out)
{
    static const char *const known[] = {"agent_skills", "jupyter", "vscode"};
    if (!str_is_set(given) && !has_value(parser))
        return fail(parser, option, "expected at least one argument");
    buf_append_byte(out, '[');
    do {
        if (!str_is_set(given))
            given = str_from(parser->words[parser->at++]);
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
            is_known |= str_equal(given, str_from(known[i]));
        if (!is_known)
            return error_set(parser->error, ERROR_INVALID, "Plugin %.*s not found", STR_ARG(given));
        if (out->len > 1)
            buf_append_byte(out, ',');
        jsonw_quote(out, given);
        given = STR_NULL;
    } while (has_value(parser));
    buf_append_byte(out, ']');
    return true;
}

static bool take_value(struct parser *parser, const struct lookup *lookup, struct str given)
{
    const struct config_option *option = lookup->option;
    struct buf *out = &parser->values[option - config_options];
    buf_clear(out);
    if (option->kind == CONFIG_STRINGS)
        return take_many(parser, option, given, out);
    if (option->kind != CONFIG_FLAG && option->kind != CONFIG_BOOL)
        return take_one(parser, option, given, out);
    if (str_is_set(given))
        return error_set(parser->error, ERROR_INVALID,
                         "argument %s: ignored explicit argument '%.*s'", option->flag,
                         STR_ARG(given));
    buf_append(out, lookup->is_negated ? STR("false") : STR("true"));
    return true;
}

static bool parse_option(struct parser *parser, const char *word)
{
    const size_t equals = str_find_byte(str_from(word), '=');
    const struct str name = str_slice(str_from(word), 0, equals);
    const struct lookup lookup = look_up(parser, name);
    if (lookup.option == NULL)
        return error_set(parser->error, ERROR_INVALID, "unrecognized arguments: %s", word);
    if (lookup.second != NULL)
        return error_set(parser->error, ERROR_INVALID, "ambiguous option: %.*s could match %s, %s",
                         STR_ARG(name), lookup.option->flag, lookup.second->flag);
    const struct str given = equals == SIZE_MAX ? STR_NULL : str_skip(str_from(word), equals + 1);
    if (!take_value(parser, &lookup, given))
        return false;
    parser->result->wants_help |= strcmp(lookup.option->name, "help") == 0;
    parser->result->wants_version |= strcmp(lookup.option->name, "version") == 0;
    return true;
}

/* The one positional word is the port of V0. */
static bool parse_positional(struct parser *parser, const char *word)
{
    const size_t index = config_option_index("port");
    uint64_t number;
    if (parser->values[index].len > 0 || !str_to_u64(str_from(word), 0, UINT64_MAX, &number))
        return error_set(parser->error, ERROR_INVALID, "unrecognized arguments: %s", word);
    if (!check_value(parser, &config_options[index], str_from(word)))
        return false;
    parser->result->is_v0 = true;
    append_value(&config_options[index], str_from(word), &parser->values[index]);
    return true;
}

static bool parse_word(struct parser *parser)
{
    const char *word = parser->words[parser->at++];
    if (!parser->only_positional && strcmp(word, "--") == 0) {
        parser->only_positional = true;
        return true;
    }
    return is_option(parser, word) ? parse_option(parser, word) : parse_positional(parser, word);
}

static bool parse_words(struct parser *parser)
{
    if (!skip_start_words(parser))
        return false;
    while (parser->at < parser->count) {
        if (!parse_word(parser))
            return false;
        if (parser->result->wants_help || parser->result->wants_version)
            return true;
    }
    if (parser->result->is_v0 && parser->values[config_option_index("port")].len == 0)
        return error_set(parser->error, ERROR_INVALID,
                         "the following arguments are required: port");
    return true;
}

static void join_values(const struct parser *parser, struct buf *out)
{
    bool is_first = true;
    buf_append_byte(out, '{');
    for (size_t i = 0; i < config_option_count; i++) {
        if (parser->values[i].len == 0)
            continue;
        if (!is_first)
            buf_append_byte(out, ',');
        is_first = false;
        jsonw_quote(out, str_from(config_options[i].name));
        buf_append_byte(out, ':');
        buf_append(out, buf_str(&parser->values[i]));
    }
    buf_append_byte(out, '}');
}

bool argv_parse(int argc, char *const *argv, struct buf *out, struct argv_result *ret_result,
                struct error *error)
{
    struct argv_result result = {0};
    struct parser parser = {
        .words = argv + 1,
        .count = argc < 1 ? 0 : (size_t)argc - 1,
        .result = &result,
        .values = mem_zero(config_option_count, sizeof(struct buf)),
        .error = error,
    };
    const bool is_ok = parse_words(&parser);
    if (is_ok) {
        join_values(&parser, out);
        *ret_result = result;
    }
    for (size_t i = 0; i < config_option_count; i++)
        buf_fini(&parser.values[i]);
    free(parser.values);
    return is_ok;
}

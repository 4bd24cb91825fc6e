#ifndef CONFIG_CONFIG_OPTIONS_H
#define CONFIG_CONFIG_OPTIONS_H

/*
 * The one option table. A row says everything about an option: how it is called in each place it
 * can be set, its type and range, its default, its help, and the member of struct config it fills.
 *
 * Every source becomes a JSON object whose keys are option names (a "layer"): defaults, file,
 * environment, command line, and what follows from other options. A later layer wins. So the types
 * are JSON types, and one function checks a value wherever it came from.
 */

#include <stdbool.h>
#include <stddef.h>

enum config_kind {
    CONFIG_FLAG, /* a flag without a value; bool */
    CONFIG_STRING,
    CONFIG_INT,
    CONFIG_FLOAT,
    CONFIG_BOOL,
    CONFIG_STRINGS, /* struct str *, with its count at count_offset */
    CONFIG_MAP,     /* struct config_map */
    CONFIG_OBJECTS, /* array of structs described by `fields`, with its count at count_offset */
};

/* Whose option it is; decides how abbreviations are understood. */
enum config_group {
    CONFIG_GROUP_V1,
    CONFIG_GROUP_V0,
    CONFIG_GROUP_OWN
};
#define CONFIG_GROUP_COUNT 3

#define CONFIG_NO_MEMBER ((size_t)-1)

struct config_option {
    const char *name;
    const char *flag;      /* "--port"; NULL: not on the command line */
    const char *metavar;   /* of the flag's value */
    const char *env;       /* NULL: not in the environment */
    const char *also_from; /* further variables, for the help */
    enum config_kind kind;
    enum config_group group;
    bool in_file; /* in the config file and in the JSON value of OH */
    bool is_secret;
    bool is_nullable; /* null leaves the member zero */
    bool is_lenient;  /* a value that makes no sense counts as not given */
    bool takes_yes;   /* "yes" is true as well */
    bool has_min;
    bool has_max;
    bool min_is_exclusive;
    double min;
    double max;
    const char *const *choices; /* NULL-terminated, compared without case */
    const char *default_json;   /* NULL: null, or not given for a required field */
    const char *help;
    size_t offset; /* CONFIG_NO_MEMBER: an action, or read where it is used */
    size_t count_offset;
    const struct config_option *fields; /* of CONFIG_OBJECTS */
    size_t field_count;
    size_t item_size;
};

extern const struct config_option config_options[];
extern const size_t config_option_count;

/* SIZE_MAX when there is none of that name. */
size_t config_option_index(const char *name);

#endif

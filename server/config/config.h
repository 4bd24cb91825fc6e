#ifndef CONFIG_CONFIG_H
#define CONFIG_CONFIG_H

/*
 * The configuration, decided once at start (contract v1-server §1.1, §1.5 to §1.8) from one option
 * table (config_options.h): flag, environment variable, key in the config file, type, range,
 * default, help. --help, --check-config and the documents are printed from that table. Precedence:
 * flag, environment, file, default. Every value remembers where it came from.
 *
 * Owned by app; strings live as long as the config. Secrets are wiped by config_free.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "server/base/attributes.h"
#include "server/base/str.h"

struct arena;
struct buf;
struct doc_value;
struct error;

struct config_map {
    const struct str *names;
    const struct str *values;
    size_t count;
};

struct config_webhook {
    struct str base_url;
    int64_t event_buffer_size;
    struct config_map headers;
    double flush_delay;
    int64_t num_retries;
    double retry_delay;
    int64_t max_queue_size;
    int64_t max_batch_bytes;
    int64_t max_queue_bytes;
};

struct config {
    struct str host; /* decided: never unset */
    int64_t port;
    struct str *session_api_keys;
    size_t session_api_key_count;
    struct str secret_key; /* STR_NULL: none */
    struct str *previous_secret_keys;
    size_t previous_secret_key_count;
    struct str *allow_cors_origins;
    size_t allow_cors_origin_count;
    struct str allow_cors_origin_regex;
    struct str docker_host_addr;
    struct str conversations_path;
    struct str workspace_path;
    struct str conversation_worktree_root;
    struct str bash_events_dir;
    int64_t bash_events_retention_seconds; /* 0: none */
    int64_t bash_events_max_bytes;         /* ours: total size, 0: no limit */
    struct str static_files_path;
    struct str web_url;
    struct str root_path; /* of web_url: "" or "/x" */
    struct config_webhook *webhooks;
    size_t webhook_count;
    bool enable_vscode;
    int64_t vscode_port;
    struct str vscode_base_path;
    bool enable_browser;
    int64_t max_concurrent_runs;
    bool trust_forwarded_headers;
    bool deferred_init;
    double lease_ttl_seconds;
    double conversation_idle_ttl_seconds; /* 0: none */
    double runtime_idle_timeout_seconds;  /* ≤ 0: none */
    struct str build_git_sha;
    struct str build_git_ref;
    struct str persistence_dir;
    struct str llm_api_key_refresh_url;
    struct str llm_api_key_refresh_base_urls;
    struct str llm_api_key_refresh_headers;
    int64_t drain_timeout_seconds; /* ours: how long a stop waits for running requests */
    bool is_debug;
    bool logs_json;
    int log_level;             /* enum log_level */
    bool has_blank_secret_key; /* OH_SECRET_KEY is blank and nothing stands in for it */

    /* Accepted for the sake of the reference's callers. */
    bool reload;
    struct str extra_python_path;
    struct str import_modules;

    /* Given by the start words of the V0 contract (§1.1). */
    bool is_v0;
    struct str working_dir;
    struct str username;
    int64_t user_id;
    struct str *plugins;
    size_t plugin_count;
    struct str browsergym_eval_env;
};

enum config_outcome {
    CONFIG_RUN,
    CONFIG_CHECK_BROWSER, /* --check-browser: probe and exit before anything else */
    CONFIG_EXIT_OK,       /* --help, --version, --check-config: printed, done */
    CONFIG_EXIT_USAGE,    /* exit 2 */
    CONFIG_EXIT_ERROR,    /* exit 1 */
};

struct config_input {
    int argc;
    char **argv;
    const char *const *environment;
};

/* Prints usage and errors itself. *ret_config is set for CONFIG_RUN only. */
enum config_outcome config_load(const struct config_input *input,
                                struct config **ret_config) MUST_CHECK;
void config_free(struct config *config);

/* The path of a URL without its final slash: "" or "/x". Borrows from `web_url`. */
struct str config_root_path(struct str web_url);
/* Where the server's own children reach it (v1-server §1.1). */
void config_internal_url(struct buf *out, struct str host, int64_t port);

/* A new config in which the members of `changes` (JSON, by option names) replace those of `config`
 * whole. Free it with config_free. */
bool config_with(const struct config *config, const struct doc_value *changes,
                 struct config **ret_config, struct error *error) MUST_CHECK;

#endif
